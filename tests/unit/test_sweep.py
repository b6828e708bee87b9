"""The sweep and its store: nothing is run twice or lost, failures stand beside results, and keys say what went in."""

import json
from pathlib import Path

import polars as pl
import pytest

from sim.kernel import Gridlock
from sim.scenario.schema import Scenario
from sim.scenario.settings import Settings
from sim.study import sweep as sweep_module
from sim.study.points import Point
from sim.study.replication import replicate_scenarios
from sim.study.store import Job, Store
from sim.study.sweep import keep_study, measure_job, run_points
from tests.unit.tiny import tiny_scenario

SETTINGS = Settings(replications=2, seed=1, workers=1, engine="compiled", out=Path("results"))


def point(label: str, gates: int) -> Point:
    tree = tiny_scenario().model_dump()
    tree["port"]["facilities"]["gate"]["servers"] = gates
    return Point(label, {"gates": gates}, Scenario.model_validate(tree))


POINTS = [point("one", gates=1), point("two", gates=2), point("three", gates=3)]


@pytest.fixture
def runs(monkeypatch) -> list[str]:
    """The labels of the jobs that are really run, one after the other; 'broken' ends with an error."""
    done: list[str] = []

    def measure(job: Job) -> pl.DataFrame:
        done.append(job.label)
        if job.label == "broken":
            raise Gridlock("gate waits for yard, yard for gate")
        return measure_job(job)

    monkeypatch.setattr(sweep_module, "measure_job", measure)
    return done


def test_outcomes_are_those_of_the_same_scenarios_without_a_sweep(tmp_path):
    swept = run_points(POINTS, SETTINGS, Store(tmp_path)).outcomes
    study = replicate_scenarios({each.label: each.scenario for each in POINTS}, 2).outcomes
    order = ["scenario", "replication", "scope", "name", "measure"]
    assert swept.sort(order).equals(study.sort(order), null_equal=True)


def test_what_is_done_is_not_run_again(tmp_path, runs):
    first = run_points(POINTS[:2], SETTINGS, Store(tmp_path)).outcomes
    again = run_points(POINTS, SETTINGS, Store(tmp_path)).outcomes
    assert runs == ["one", "two", "three"]
    assert again.filter(pl.col("scenario") != "three").equals(first, null_equal=True)


def test_order_of_the_table_is_that_of_the_points_whatever_was_run_first(tmp_path):
    run_points(POINTS[2:], SETTINGS, Store(tmp_path))
    table = run_points(POINTS, SETTINGS, Store(tmp_path)).outcomes
    assert table["scenario"].unique(maintain_order=True).to_list() == ["one", "two", "three"]
    assert table.equals(run_points(POINTS, SETTINGS, Store(tmp_path / "fresh")).outcomes, null_equal=True)


def test_points_that_are_the_same_job_are_run_once_and_are_both_in_the_table(tmp_path, runs):
    points = [
        POINTS[0],
        POINTS[1],
        Point("two again", {}, POINTS[1].scenario),
        Point("one again", {}, POINTS[0].scenario),
    ]
    table = run_points(points, SETTINGS, Store(tmp_path)).outcomes
    assert len(runs) == 2
    assert table["scenario"].unique(maintain_order=True).to_list() == ["one", "two", "two again", "one again"]
    for label in ("one", "two"):
        one, again = (table.filter(scenario=name).drop("scenario") for name in (label, f"{label} again"))
        assert one.equals(again, null_equal=True)


def test_failing_job_is_noted_and_the_others_go_on(tmp_path, runs):
    broken = point("broken", gates=5)
    swept = run_points([POINTS[0], broken, POINTS[1]], SETTINGS, Store(tmp_path))
    assert swept.failures == {"broken": "Gridlock: gate waits for yard, yard for gate"}
    assert swept.outcomes["scenario"].unique(maintain_order=True).to_list() == ["one", "two"]
    index = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert [each["label"] for each in index["failed"].values()] == ["broken"]
    assert sorted(each["label"] for each in index["done"].values()) == ["one", "two"]


def test_failed_job_is_tried_again_and_its_failure_forgotten_when_it_succeeds(tmp_path, runs, monkeypatch):
    broken = point("broken", gates=5)
    run_points([broken], SETTINGS, Store(tmp_path))
    monkeypatch.setattr(sweep_module, "measure_job", measure_job)
    assert run_points([broken], SETTINGS, Store(tmp_path)).failures == {}
    assert json.loads((tmp_path / "manifest.json").read_text("utf-8"))["failed"] == {}


def test_damaged_shard_is_run_again(tmp_path, runs):
    store = Store(tmp_path)
    swept = run_points(POINTS[:1], SETTINGS, store)
    shard = store.path(swept.keys["one"])
    shard.write_bytes(shard.read_bytes()[:100])
    again = run_points(POINTS[:1], SETTINGS, store)
    assert runs == ["one", "one"]
    assert len(again.outcomes) > 0


def test_half_written_shard_of_a_killed_run_is_no_result(tmp_path, runs):
    store = Store(tmp_path)
    (tmp_path / "shards" / ".0123.99.partial").write_bytes(b"half")
    run_points(POINTS[:1], SETTINGS, store)
    assert len(json.loads((tmp_path / "manifest.json").read_text("utf-8"))["done"]) == 1


def test_two_labels_of_one_scenario_share_a_shard(tmp_path, runs):
    same = [POINTS[0], POINTS[1], Point("first again", {}, POINTS[0].scenario)]
    table = run_points(same, SETTINGS, Store(tmp_path)).outcomes
    assert len(runs) == 2
    assert table["scenario"].unique(maintain_order=True).to_list() == ["one", "two", "first again"]
    again = table.filter(scenario="first again").drop("scenario")
    assert again.equals(table.filter(scenario="one").drop("scenario"), null_equal=True)


def test_key_changes_with_whatever_decides_the_results_and_with_nothing_else(monkeypatch):
    scenario = tiny_scenario()
    job = Job("a", scenario, SETTINGS)
    decisive = [
        Job("a", POINTS[0].scenario, SETTINGS),
        Job("a", scenario, SETTINGS, keep=("port",)),
        *(
            Job("a", scenario, SETTINGS.model_copy(update={key: value}))
            for key, value in {"seed": 2, "replications": 3, "engine": "simpy"}.items()
        ),
    ]
    assert len({each.key for each in (job, *decisive)}) == 6
    for key, value in {"workers": 2, "confidence": 0.9, "out": Path("elsewhere")}.items():
        assert Job("b", scenario, SETTINGS.model_copy(update={key: value})).key == job.key
    before = job.key
    monkeypatch.setattr("sim.study.store.code_version", lambda: "other code")
    assert job.key != before


def test_only_the_scopes_that_are_asked_for_are_kept(tmp_path):
    table = run_points(POINTS[:1], SETTINGS, Store(tmp_path), keep=("port", "class")).outcomes
    assert set(table["scope"]) == {"port", "class"}


def test_study_that_is_put_into_the_store_is_what_a_sweep_would_have_put_there(tmp_path):
    study = replicate_scenarios({each.label: each.scenario for each in POINTS}, 2)
    keep_study(study, SETTINGS, Store(tmp_path / "a"))
    keep = ("port", "direction", "class", "cost", "emissions")
    swept = run_points(POINTS, SETTINGS, Store(tmp_path / "b"), keep)
    assert run_points(POINTS, SETTINGS, Store(tmp_path / "a"), keep).outcomes.equals(swept.outcomes, null_equal=True)
    names = [sorted(path.name for path in (tmp_path / each / "shards").iterdir()) for each in "ab"]
    assert names[0] == names[1]


def test_every_point_is_counted_once(tmp_path, runs):
    ticks: list[int] = []
    run_points(POINTS[:1], SETTINGS, Store(tmp_path))
    run_points([*POINTS, point("broken", gates=5)], SETTINGS, Store(tmp_path), on_done=lambda: ticks.append(1))
    assert len(ticks) == 4

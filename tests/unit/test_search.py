"""A search asks, judges and tells: known fronts are found, bounds are kept, and nothing hangs on who runs what."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario import ScenarioError
from sim.scenario.settings import Experiment, Settings
from sim.scenario.study_file import parse_study
from sim.study import sweep as sweep_module
from sim.study.comparison import split_outcome
from sim.study.goals import Goals, Judgement, judge_points
from sim.study.search import Effort, find_hypervolume, is_on_front, search_decisions, trace_progress
from sim.study.store import Job, Store
from sim.study.sweep import measure_job
from sim.study.trials import Trials
from sim.study.verification import BASELINE, pick_candidates, verify_front
from tests.unit.tiny import tiny_scenario

lattice_points = st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=6)

FACTORS = parse_study(
    {
        "vary": {
            "a": {"key": "demand.a", "least": 0, "most": 9, "whole": True},
            "b": {"key": "demand.b", "values": [1, 2, 3]},
        }
    }
).vary
TWO = Goals(("port/port/x", "port/port/y"), {})


def judge_known(a: int, b: int) -> Judgement:
    """x = a is bought with y = 9 - a + b; b only makes things worse; a + b may be 8 at most; 5 cannot be run."""
    if a == 5:
        return Judgement({}, (math.inf,) * 2, (math.inf,) * 2)
    return Judgement({}, (float(a), float(9 - a + b)), (a + b - 8.0, -0.02))


def search_known(trials: int = 150, seed: int = 1) -> list[tuple[tuple[int, int], Judgement]]:
    def evaluate(asked):
        return [judge_known(each.levels["a"], each.levels["b"]) for each in asked]

    tried = search_decisions((FACTORS, ["one"]), TWO, evaluate, Effort(trials=trials), seed)
    return [((decision.levels["a"], decision.levels["b"]), judgement) for decision, judgement in tried]


def test_known_front_is_found_within_its_constraint():
    kept = {point: judgement.objectives for point, judgement in search_known() if judgement.is_kept}
    best = is_on_front(np.array(list(kept.values())))
    assert {point for point, good in zip(kept, best, strict=True) if good} == {(a, 1) for a in (0, 1, 2, 3, 4, 6, 7)}


def test_same_seed_asks_for_the_same_and_another_for_others():
    assert search_known(40) == search_known(40)
    assert search_known(40) != search_known(40, seed=2)


def test_hypervolume_by_hand():
    """Two boxes of 2 x 1 and 1 x 2 that share a unit square; one box of 1 x 2 x 3; one beyond the reference."""
    assert find_hypervolume(np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([3.0, 3.0])) == 3.0
    assert find_hypervolume(np.zeros((1, 3)), np.array([1.0, 2.0, 3.0])) == 6.0
    assert find_hypervolume(np.array([[4.0, 0.0]]), np.array([3.0, 3.0])) == 0.0


@given(lattice_points)
@settings(max_examples=30)
def test_hypervolume_counts_the_unit_cubes_that_some_point_is_as_good_as(points):
    cubes = sum(any((np.array(each) <= cube).all() for each in points) for cube in product(range(4), repeat=3))
    assert find_hypervolume(np.array(points, dtype=float), np.full(3, 4.0)) == cubes


@given(lattice_points)
@settings(max_examples=30)
def test_front_is_what_no_other_is_as_good_as_everywhere_and_better_somewhere(points):
    values = np.array(points, dtype=float)
    expected = [not any((each <= one).all() and (each < one).any() for each in values) for one in values]
    assert is_on_front(values).tolist() == expected


def test_progress_is_the_share_of_the_final_hypervolume():
    """Reference (2, 2); the first half of four trials has found (1, 1) of it, the last (0, 1): half of 2."""
    values = [(2.0, 0.0), (1.0, 1.0), (0.0, 2.0), (0.0, 1.0)]
    tried = [Judgement({}, each, (0.0,)) for each in values]
    assert trace_progress(tried, (0.25, 0.5, 1.0)) == [0.0, 0.5, 1.0]
    assert trace_progress(tried[:1]) == []
    assert trace_progress([TWO.blank] * 3) == []


# What a point comes to


def make_rows(**points: dict[str, list[float]]) -> pl.DataFrame:
    """Return outcomes by scenario and replication; of each outcome the values of all replications."""
    rows = [
        (label, replication, *split_outcome(key), "h", value)
        for label, outcomes in points.items()
        for key, values in outcomes.items()
        for replication, value in enumerate(values)
    ]
    columns = {"scenario": pl.String, "replication": pl.Int32, "scope": pl.String, "name": pl.String}
    return pl.DataFrame(rows, {**columns, "measure": pl.String, "unit": pl.String, "value": pl.Float64}, orient="row")


def goals(**constraints: dict[str, float]) -> Goals:
    study = parse_study({"constraints": {f"port/port/{name}": bounds for name, bounds in constraints.items()}})
    return Goals(("port/port/x", "port/port/y"), study.constraints)


def both(x: list[float], y: list[float], **more: list[float]) -> dict[str, list[float]]:
    return {"port/port/x": x, "port/port/y": y, **{f"port/port/{name}": values for name, values in more.items()}}


@pytest.mark.parametrize(
    ("bounds", "violation", "state"),
    [
        ({"most": 100}, 0.5, "broken"),
        ({"most": 150}, 0.0, "kept"),
        ({"least": 200}, 0.25, "broken"),
        ({"least": 100, "most": 300}, -0.5, "kept"),
    ],
)
def test_violation_is_a_share_of_the_bound(bounds, violation, state):
    judged = judge_points(make_rows(a=both([1.0, 3.0], [5.0, 5.0], staff=[140.0, 160.0])), goals(staff=bounds))["a"]
    assert judged.objectives == (2.0, 5.0)
    assert judged.violations[0] == pytest.approx(violation)
    assert judged.state == state


def test_mean_over_runs_of_which_one_has_no_value_is_none():
    judged = judge_points(make_rows(a=both([1.0, math.nan], [5.0, 5.0]), b=both([1.0], [2.0])), goals())
    assert {label: each.state for label, each in judged.items()} == {"a": "no value", "b": "kept"}


def test_queue_that_grows_for_certain_is_unstable_and_one_that_may_is_not():
    """Growth of 10 %, in one case the same in both runs, in the other 0 and 20 %."""
    rows = make_rows(
        grows=both([1.0, 1.0], [1.0, 1.0], growth=[0.1, 0.1]), may=both([1.0] * 2, [1.0] * 2, growth=[0.0, 0.2])
    )
    judged = judge_points(rows, goals())
    assert [judged[label].state for label in ("grows", "may")] == ["unstable", "kept"]
    assert judged["grows"].violations[-1] == pytest.approx(0.08)


def test_unknown_outcome_is_refused_with_the_nearest():
    with pytest.raises(ScenarioError, match="port/port/staf: there is no such outcome"):
        judge_points(make_rows(a=both([1.0], [1.0], staff=[1.0])), goals(staf={"most": 1}))


# Verification


def test_point_that_only_looked_good_falls_and_its_luck_is_measured():
    """The search saw `lucky` better than `good` by 1 in y; fresh runs say worse by 2. Bad luck for all added 1."""
    searched = judge_points(
        make_rows(baseline=both([10.0], [11.0]), good=both([20.0], [6.0]), lucky=both([20.0], [5.0])), goals()
    )
    fresh = make_rows(
        baseline=both([10.0] * 3, [10.0] * 3), good=both([20.0] * 3, [5.0] * 3), lucky=both([20.0] * 3, [7.0] * 3)
    )
    verified = verify_front(fresh, searched, goals(), 0.95)
    assert verified.claimed == [BASELINE, "lucky"]
    assert verified.front == [BASELINE, "good"]
    assert verified.beaten_by == {"lucky": "good"}
    assert verified.fallen == ["lucky"]
    assert verified.shifts == [0.0, 2.0]
    assert verified.luck == [0.0, -1.0]


def test_point_that_breaks_its_bound_in_fresh_runs_is_not_on_the_front():
    bound = goals(staff={"most": 100})
    searched = judge_points(make_rows(baseline=both([9.0], [9.0], staff=[90]), a=both([1.0], [1.0], staff=[99])), bound)
    fresh = make_rows(
        baseline=both([9.0] * 2, [9.0] * 2, staff=[90] * 2), a=both([1.0] * 2, [1.0] * 2, staff=[101] * 2)
    )
    verified = verify_front(fresh, searched, bound, 0.95)
    assert verified.front == [BASELINE]
    assert verified.fallen == ["a"]


def test_knee_is_nearest_to_the_best_of_each():
    """Scaled: (0, 1), (0.2, 0.2), (1, 0)."""
    rows = make_rows(a=both([0.0] * 2, [10.0] * 2), b=both([20.0] * 2, [2.0] * 2), c=both([100.0] * 2, [0.0] * 2))
    assert verify_front(rows, judge_points(rows, goals()), goals(), 0.95).knee == "b"


def test_candidates_are_those_that_luck_may_have_hidden_nearest_first():
    """`noisy` is worse in the mean, by luck as far as is known; `worse` is beaten for certain."""
    rows = make_rows(
        baseline=both([10.0] * 3, [10.0] * 3),
        best=both([10.0] * 3, [5.0] * 3),
        noisy=both([10.0] * 3, [2.0, 6.0, 10.0]),
        worse=both([10.0] * 3, [8.0] * 3),
    )
    judged = judge_points(rows, goals())
    assert pick_candidates(rows, judged, goals(), 0.95, most=9) == ["best", "noisy"]
    assert pick_candidates(rows, judged, goals(), 0.95, most=1) == ["best"]


# On a port: gates cost staff and save time; staff in the yard only costs

STUDY = parse_study(
    {
        "vary": {
            "gates": {"key": "port.facilities.gate.servers", "least": 1, "most": 4, "whole": True},
            "idlers": {"key": "port.facilities.yard.staff_per_server", "values": [0, 1]},
            "places": {"key": "port.facilities.yard.places", "values": [40, -1]},
        },
        "objectives": ["port/port/staff_hours", "class/truck/release_mean"],
        "constraints": {"port/port/staff_hours": {"most": 60}},
    }
)
PORT_GOALS = Goals(STUDY.objectives, STUDY.constraints)
EXPERIMENT = Experiment(
    baseline=tiny_scenario(),
    alternative=None,
    settings=Settings(replications=2, seed=1, workers=1, engine="compiled", out=Path("results")),
)
EFFORT = Effort(trials=30, batch=5)


def begin(folder: Path) -> Trials:
    return Trials(STUDY, EXPERIMENT, {}, PORT_GOALS, Store(folder))


@pytest.fixture(scope="module")
def trials(tmp_path_factory) -> Trials:
    made = begin(tmp_path_factory.mktemp("store"))
    made.search(EFFORT)
    return made


def test_planted_front_of_a_port_is_found_and_verified(trials):
    """A gate is staffed 12 h a day and the scanner too: 1 to 4 gates are 24 to 60 staff-hours, all within budget."""
    candidates = pick_candidates(trials.outcomes, trials.judgements, PORT_GOALS, 0.95, 20)
    fresh = trials.verify(candidates, 4)
    assert set(fresh.outcomes["replication"]) == {2, 3, 4, 5}
    verified = verify_front(fresh.outcomes, trials.judgements, PORT_GOALS, 0.95)
    assert all("idlers=0" in label or label == BASELINE for label in verified.front)
    staff = [verified.judgements[label].objectives[0] for label in verified.front]
    assert staff == sorted(staff)
    assert max(staff) <= 60.0
    hours = [verified.judgements[label].objectives[1] for label in verified.front]
    assert hours == sorted(hours, reverse=True)


def test_level_that_does_not_fit_is_told_and_is_no_candidate(trials):
    table = trials.tabulate()
    bad = table.filter(places=-1)
    assert len(bad)
    assert set(bad["state"]) == {"does not fit"}
    assert all("places" in message for message in bad["message"])
    assert set(table.filter(idlers=1)["state"]) <= {"broken", "does not fit"}


def test_order_in_which_jobs_end_changes_nothing(trials, tmp_path, monkeypatch):
    def run_backwards(work, jobs, where, take):
        for place, job in reversed(list(enumerate(jobs))):
            take(place, work(job))

    monkeypatch.setattr(sweep_module, "run_each", run_backwards)
    other = begin(tmp_path)
    other.search(EFFORT)
    assert other.tabulate().equals(trials.tabulate())


def test_search_that_is_stopped_goes_on_and_runs_nothing_twice(trials, tmp_path, monkeypatch):
    done: list[str] = []

    def measure(job: Job) -> pl.DataFrame:
        if len(done) == 4:
            done.append("stopped here")
            raise KeyboardInterrupt
        done.append(job.label)
        return measure_job(job)

    monkeypatch.setattr(sweep_module, "measure_job", measure)
    with pytest.raises(KeyboardInterrupt):
        begin(tmp_path).search(EFFORT)
    again = begin(tmp_path)
    again.search(EFFORT)
    assert again.tabulate().equals(trials.tabulate())
    done.remove("stopped here")
    assert sorted(done) == sorted(set(done))
    scenarios = {each.scenario.model_dump_json() for each in trials.points.values()}  # the baseline is in the ranges
    assert len(done) == len(scenarios)


def test_point_that_cannot_be_run_is_noted_and_the_search_goes_on(tmp_path, monkeypatch):
    def measure(job: Job) -> pl.DataFrame:
        if "gates=3" in job.label:
            raise RuntimeError("gate waits for yard")
        return measure_job(job)

    monkeypatch.setattr(sweep_module, "measure_job", measure)
    made = begin(tmp_path)
    made.search(EFFORT)
    failed = made.tabulate().filter(state="failed")
    assert set(failed["gates"]) == {3}
    assert "gate waits for yard" in failed["message"][0]

"""Checks: start-up, growing queues and full stations, on series and outcomes with a known answer."""

from io import StringIO

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from sim.outcomes import Series
from sim.scenario.settings import Experiment, Settings
from sim.study.checks import check_means, check_study, mser5
from sim.study.replication import Study, replicate_scenarios
from sim.views.tables import print_study
from tests.unit.rail_port import rail_scenario
from tests.unit.tiny import tiny_facility, tiny_scenario

SETTLED = np.tile([9.0, 11.0], 80)
"""Observations around 10 that never drift."""


def gate_of(minutes: float, days: int = 4):
    """Return a port with one gate open all day, 100 trucks a day of which each takes these minutes."""
    return tiny_scenario(
        **{
            "port.facilities": {"gate": tiny_facility(minutes=minutes)},
            "port.selections": {},
            "port.routes.out.through": ["gate"],
            "horizon.days": days,
        }
    )


def outcomes_with(measure: str, *values: float) -> pl.DataFrame:
    """Return outcomes in which one measure of the gate has these values."""
    rows = [("today", n, "station", "gate", measure, "share", value) for n, value in enumerate(values)]
    return pl.DataFrame(
        rows, schema=["scenario", "replication", "scope", "name", "measure", "unit", "value"], orient="row"
    )


def study_with(present_by_hour: np.ndarray, warmup_days: int) -> Study:
    """Return a study in which so many vehicles were present at each hour."""
    scenario = tiny_scenario(**{"horizon.warmup_days": warmup_days})
    present = np.repeat(present_by_hour, 2).astype(np.int64)
    grid = 30.0 * np.arange(len(present))
    nobody = np.zeros((1, len(grid)), dtype=np.int64)
    series = Series(("gate",), ("truck",), grid, nobody, nobody, present)
    return Study({"today": scenario}, outcomes_with("load", 0.1), {"today": (series,)}, {}, {}, 1, 1, "simpy")


@pytest.fixture(scope="module")
def overloaded() -> Study:
    """Trucks come every 14.4 minutes on average and each takes 20: no queue discipline can cope."""
    return replicate_scenarios({"today": gate_of(20.0)}, 5)


@pytest.fixture(scope="module")
def stable() -> Study:
    """Trucks come every 14.4 minutes on average and each takes 5."""
    return replicate_scenarios({"today": gate_of(5.0)}, 5)


@pytest.mark.parametrize("start_up", [0, 5, 20, 40])
def test_mser5_finds_where_a_start_up_ends(start_up):
    assert mser5(np.concatenate([np.full(start_up, 100.0), SETTLED])) == start_up


def test_mser5_drops_whole_batches_of_five():
    assert mser5(np.concatenate([np.full(17, 100.0), SETTLED])) == 20


def test_mser5_minimises_the_marginal_standard_error():
    series = np.concatenate([np.linspace(60.0, 10.0, 37), SETTLED[:83]])
    batches = series.reshape(-1, 5).mean(axis=1)
    kept = [batches[drop:] for drop in range(len(batches) // 2 + 1)]
    errors = [((batch - batch.mean()) ** 2).sum() / len(batch) ** 2 for batch in kept]
    assert mser5(series) == 5 * int(np.argmin(errors)) > 0


def test_mser5_of_a_series_that_never_settles_reaches_its_bound_of_one_half():
    assert mser5(np.arange(200.0)) == 100


@pytest.mark.parametrize("length", [0, 4])
def test_mser5_of_less_than_one_batch_drops_nothing(length):
    assert mser5(np.arange(float(length))) == 0


def test_short_warm_up_warns_with_what_it_needs():
    study = study_with(np.concatenate([np.full(40, 100.0), SETTLED]), warmup_days=1)
    warning = " ".join(check_study(study).warnings)
    assert "today" in warning
    assert "40 h" in warning
    assert "24 h" in warning
    assert "horizon.warmup_days=2" in warning


def test_long_enough_warm_up_does_not_warn():
    study = study_with(np.concatenate([np.full(40, 100.0), SETTLED]), warmup_days=2)
    assert check_study(study).warnings == ()


def test_port_with_more_arrivals_than_it_can_serve_is_unstable(overloaded):
    checks = check_study(overloaded)
    assert ("today", "truck") in checks.unstable
    assert any("truck" in warning and "unstable" in warning for warning in checks.warnings)


def test_stable_port_is_not_called_unstable(stable):
    checks = check_study(stable)
    assert checks.unstable == frozenset()
    assert not any("unstable" in warning or "saturation" in warning for warning in checks.warnings)


def test_growth_within_its_own_interval_is_not_called_unstable():
    assert check_means(outcomes_with("growth", -0.1, 0.0, 0.25)).unstable == frozenset()
    assert check_means(outcomes_with("growth", 0.24, 0.25, 0.26)).unstable == {("today", "gate")}


def test_growth_is_reported_with_its_number():
    (warning,) = check_means(outcomes_with("growth", 0.24, 0.25, 0.26)).warnings
    assert "gate" in warning
    assert "25%" in warning


def test_station_near_saturation_warns_with_the_number():
    (warning,) = check_means(outcomes_with("load", 0.94, 0.96)).warnings
    assert "gate is near saturation" in warning
    assert "95%" in warning


def test_station_beyond_saturation_says_so():
    (warning,) = check_means(outcomes_with("load", 1.2, 1.3)).warnings
    assert "gate is beyond saturation" in warning
    assert "125%" in warning


def test_station_with_room_does_not_warn():
    assert check_means(outcomes_with("load", 0.8, 0.9)).warnings == ()


def rail_outcomes(*rows: tuple[str, str, str, float]) -> pl.DataFrame:
    """Return outcomes of three runs in which each (scope, name, measure) has this value, about."""
    schema = ["scenario", "replication", "scope", "name", "measure", "unit", "value"]
    values = [
        ("today", n, scope, name, measure, "share", value + 0.001 * n)
        for scope, name, measure, value in rows
        for n in range(3)
    ]
    return pl.DataFrame(values, schema=schema, orient="row")


def test_cranes_near_saturation_warn_once_whichever_way_they_lift():
    lifts = [("station", f"yard.{way}", "load", 0.95) for way in ("lift_off", "lift_on", "across")]
    (warning,) = check_means(rail_outcomes(("terminal", "yard", "crane_utilisation", 0.94), *lifts)).warnings
    assert "cranes of yard are near saturation" in warning
    assert "94%" in warning


def test_cranes_with_time_to_spare_do_not_warn():
    assert check_means(rail_outcomes(("terminal", "yard", "crane_utilisation", 0.88))).warnings == ()


def test_tracks_of_a_terminal_warn_as_other_stations_do():
    rows = rail_outcomes(("terminal", "yard", "crane_utilisation", 0.5), ("station", "yard.loading", "load", 0.95))
    (warning,) = check_means(rows).warnings
    assert "yard.loading is near saturation" in warning


def test_cargo_that_piles_up_is_called_so_and_vehicles_are_not():
    rows = [("class", "box", "growth", 0.2), ("class", "train", "growth", 0.2), ("cargo", "box", "stay_mean", 9.0)]
    checks = check_means(rail_outcomes(*rows))
    assert checks.unstable == {("today", "box"), ("today", "train")}
    box, vehicles = sorted(checks.warnings)
    assert "more of it comes than leaves" in box
    assert "vehicles present grow" in vehicles


def test_boxes_that_nothing_takes_make_their_class_unstable():
    classes = {"demand.classes.other.per_day": 1, "demand.classes.train.timetable.times": ["01:00", "02:00", "09:00"]}
    port = rail_scenario(**classes, **{"demand.classes.train.per_day": 3, "port.terminals.yard.slots": 500})
    longer = {"horizon": port.horizon.model_copy(update={"days": 10})}
    checks = check_study(replicate_scenarios({"today": port.model_copy(update=longer)}, 3))
    assert ("today", "box") in checks.unstable
    assert ("today", "train") not in checks.unstable


def print_table(study: Study) -> str:
    settings = Settings(replications=5, seed=1, engine="simpy", out="results")
    experiment = Experiment(baseline=study.scenarios["today"], alternative=None, settings=settings)
    text = StringIO()
    print_study(Console(file=text, width=120), study.outcomes, experiment, check_study(study))
    return text.getvalue()


def row_of(table: str, words: str) -> str:
    (row,) = [line for line in table.splitlines() if words in line]
    return row


def test_unstable_class_prints_unstable_instead_of_a_mean(overloaded):
    table = print_table(overloaded)
    for words in ("release time, mean", "release time, median", "of that waiting", "both sides together"):
        assert "unstable" in row_of(table, words)
        assert not any(character.isdigit() for character in row_of(table, words).replace("90 %", ""))


def test_what_exists_for_an_unstable_class_is_still_printed(overloaded):
    table = print_table(overloaded)
    assert "±" in row_of(table, "released per day")
    assert "±" in row_of(table, "still here at the end")


def test_stable_class_prints_its_means(stable):
    table = print_table(stable)
    assert "unstable" not in table
    assert "±" in row_of(table, "release time, mean")

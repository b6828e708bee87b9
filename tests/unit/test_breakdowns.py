"""Breakdowns, outages and surges: when they come, what they take, and that no policy moves them; worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.demand import sample_movements
from sim.demand.rates import mean_rate
from sim.disruptions import WorkingTime, draw_disruptions
from sim.kernel import Pool
from sim.luck import Luck
from sim.outcomes import measure_outcomes
from sim.port.roster import in_order
from sim.study.replication import simulate_once
from tests.unit.rail_port import minutes, rail_scenario, simulate
from tests.unit.road_port import drive, road, road_port, times
from tests.unit.small_port import look_up
from tests.unit.tiny import hours, tiny_facility, tiny_scenario

DAY_MIN = 1440.0
NAMES = {"label": "it", "label_zh": "事件"}
CLOCK = WorkingTime(np.array([[480.0, 600.0], [1920.0, 2040.0], [2880.0, np.inf]]))
"""Open from 08:00 to 10:00 on two days, and from then on always."""


def once(at="10:00", lasts_h=2.0, **more):
    return NAMES | {"day": 1, "at": at, "lasts": hours(lasts_h), **more}


def failing(every_h=20.0, lasts_h=3.0, **more):
    return NAMES | {"every_h": every_h, "lasts": {"kind": "exponential", "mean_min": 60.0 * lasts_h}} | more


def broken(each=None, days=200, **changes):
    """Return the tiny port, whose scanner breaks down while it is open."""
    each = each or failing(clock="day", out_of_order={"scanner": 1})
    return tiny_scenario(**{"port.disruptions": {"it": each}, "horizon.days": days, **changes})


def draw(scenario, replication=0):
    return draw_disruptions(scenario, Luck(1, replication))


def spans_of(scenario, replication=0):
    return np.array(draw(scenario, replication).port.disruptions["it"].spans_min).reshape(-1, 2)


# Working time


@pytest.mark.parametrize(
    ("since", "lasts", "until"),
    [
        (0, 60, 540),
        (500, 60, 560),
        (500, 100, 600),
        (500, 101, 1921),
        (600, 1, 1921),
        (480, 240, 2040),
        (480, 241, 2881),
        (5000, 7, 5007),
    ],
)
def test_working_time_passes_while_it_is_open(since, lasts, until):
    assert CLOCK.after(since, lasts) == until


@given(st.floats(0, 4000), st.floats(0.01, 2000), st.floats(0.01, 2000))
def test_working_time_adds_up(since, first, second):
    assert CLOCK.after(CLOCK.after(since, first), second) == pytest.approx(CLOCK.after(since, first + second))


def worked(scenario, begin, end):
    """Return the minutes between two times in which hours `day` are open."""
    opened = np.clip(scenario.scheduled_open("day"), begin, end)
    return float((opened[:, 1] - opened[:, 0]).sum())


def gaps_of(scenario):
    spans = spans_of(scenario)
    ends = np.append(0.0, spans[:-1, 1])
    return np.array([worked(scenario, end, begin) for end, begin in zip(ends, spans[:, 0], strict=True)])


def test_hours_of_work_between_breakdowns_are_exponential():
    """1,000 days of 12 hours; repairs take 3 hours of the clock on the wall."""
    gaps = gaps_of(broken(days=1000))
    assert len(gaps) > 400
    assert stats.kstest(gaps, "expon", args=(0.0, 20.0 * 60.0)).pvalue > 0.001


def test_breakdowns_come_while_the_machine_is_scheduled_to_work_and_never_during_a_repair():
    scenario = broken()
    spans, opened = spans_of(scenario), scenario.scheduled_open("day")
    assert all(((opened[:, 0] <= begin) & (begin <= opened[:, 1])).any() for begin in spans[:, 0])
    assert (spans[1:, 0] >= spans[:-1, 1]).all()


@pytest.mark.parametrize("repair_clock", [None, "day"])
@pytest.mark.parametrize("open_hours", ["24/7", "Mo-Fr 09:00-17:00", "Mo-Su 20:00-02:00"])
def test_other_hours_leave_every_breakdown_its_work_before_it_and_its_repair(open_hours, repair_clock):
    each = failing(clock="day", repair_clock=repair_clock, out_of_order={"scanner": 1})
    plain, changed = broken(each), broken(each, **{"port.hours.day.open": open_hours})
    gaps, others = gaps_of(plain), gaps_of(changed)
    number = min(len(gaps), len(others))
    assert number > 20
    np.testing.assert_allclose(gaps[:number], others[:number])
    repairs = []
    for scenario in (plain, changed):
        spans = spans_of(scenario)[: number - 1]  # what comes after the run has no hours
        lasted = [worked(scenario, *span) for span in spans] if repair_clock else spans[:, 1] - spans[:, 0]
        repairs.append(lasted)
    np.testing.assert_allclose(*repairs)


@pytest.mark.parametrize(
    "changes",
    [
        {"port.facilities.scanner.servers": 3},
        {"demand.classes.truck.per_day": 400},
        {"port.facilities.gate.service": {"kind": "constant", "mean_min": 1}},
        {"port.disruptions.other": once(shuts=["day"])},
    ],
    ids=["servers", "demand", "service", "disruption"],
)
def test_policies_and_other_disruptions_move_no_breakdown(changes):
    plain = broken()
    changed = broken(**changes)
    np.testing.assert_array_equal(spans_of(plain), spans_of(changed))


def test_longer_run_has_the_same_breakdowns_and_more():
    short, long = spans_of(broken(days=50)), spans_of(broken(days=400))
    np.testing.assert_array_equal(short, long[: len(short)])
    assert len(long) > 4 * len(short)


def test_drawing_what_has_been_drawn_changes_nothing():
    scenario = draw(broken())
    assert draw(scenario) == scenario
    assert len(spans_of(scenario)) > 20


# Once, perhaps


def test_date_is_the_measured_day_of_that_date():
    """One day of warm-up from 1 September: the second measured day is the 3rd."""
    by_day = broken(NAMES | {"day": 2, "at": "10:30", "lasts": hours(2), "shuts": "day"}, days=5)
    by_date = broken(NAMES | {"date": "2025-09-03", "at": "10:30", "lasts": hours(2), "shuts": "day"}, days=5)
    assert spans_of(by_day).tolist() == spans_of(by_date).tolist() == [[3510.0, 3630.0]]


def test_date_may_lie_in_the_warm_up():
    assert spans_of(broken(NAMES | {"date": "2025-09-01", "lasts": hours(2), "shuts": "day"})).tolist() == [[0, 120]]


def test_higher_probability_is_a_superset_of_the_same_runs():
    happens = {
        p: [len(spans_of(broken(once(probability=p, shuts="day")), each)) for each in range(300)]
        for p in (0.0, 0.3, 0.7, 1.0)
    }
    assert sum(happens[0.0]) == 0
    assert sum(happens[1.0]) == 300
    low, high = stats.binom.interval(0.999, 300, 0.3)
    assert low <= sum(happens[0.3]) <= high
    assert all(few <= many for few, many in zip(happens[0.3], happens[0.7], strict=True))


def test_repair_on_working_time_rests_overnight():
    """From 18:00, three hours: one until 19:00, two from 07:00 of the second day."""
    each = once("18:00", 3.0, repair_clock="day", shuts="always")
    assert spans_of(broken(each, **{"horizon.warmup_days": 0})).tolist() == [[18 * 60.0, 1440.0 + 9 * 60.0]]


# Out of order


def steps(pool):
    return list(zip(pool.times_min.tolist(), pool.tokens.tolist(), strict=True))


def capacity(*disruptions):
    """Return how many of 3 servers, open from 08:00 to 20:00, are in order, from which minute on."""
    scenario = draw(
        tiny_scenario(
            **{
                "port.facilities.gate.servers": 3,
                "port.disruptions": {f"it_{i}": each for i, each in enumerate(disruptions)},
                "horizon.warmup_days": 0,
            }
        )
    )
    return steps(in_order(Pool.of("gate", [(0.0, 0), (480.0, 3), (1200.0, 0)]), "gate", scenario))


def test_servers_out_of_order_are_missing_for_as_long_as_it_lasts():
    one = once(out_of_order={"gate": 1})
    assert capacity(one) == [(0, 0), (480, 3), (600, 2), (720, 3), (1200, 0)]


def test_what_is_out_of_order_adds_up_and_is_no_more_than_there_is():
    two = [once(out_of_order={"gate": 2}), once("11:00", out_of_order={"gate": 2})]
    assert capacity(*two) == [(0, 0), (480, 3), (600, 1), (660, 0), (720, 1), (780, 3), (1200, 0)]


def test_all_servers_are_all_that_there_are():
    assert capacity(once("07:00", out_of_order={"gate": "all"})) == [(0, 0), (420, 0), (480, 0), (540, 3), (1200, 0)]


def test_disruption_of_another_facility_takes_nothing():
    assert capacity(once(out_of_order={"scanner": 1})) == [(0, 0), (480, 3), (1200, 0)]


def test_disruption_that_happens_again_before_it_ends_counts_once():
    drawn = draw(tiny_scenario(**{"port.disruptions": {"it": once(out_of_order={"gate": 1})}}))
    again = drawn.port.disruptions["it"].model_copy(update={"spans_min": ((600, 900), (610, 620), (800, 950))})
    scenario = drawn.model_copy(update={"port": drawn.port.model_copy(update={"disruptions": {"it": again}})})
    pool = in_order(Pool.of("gate", 2), "gate", scenario)
    assert {count for time, count in steps(pool) if 600 <= time < 950} == {1}
    assert {count for time, count in steps(pool) if not 600 <= time < 950} == {2}


def one_post(*disruptions, **more):
    happen = {f"it_{i}": each for i, each in enumerate(disruptions)}
    gate = tiny_facility(1, 30.0) | more
    return road_port({"r": road("a", "b")}, {"car": ["gate"]}, {"gate": gate}, **{"port.disruptions": happen})


@pytest.mark.parametrize("at_closing", ["finish", "freeze"])
def test_scanner_that_breaks_down_finishes_whom_it_serves_and_begins_nobody_until_it_is_repaired(engine, at_closing):
    visits = drive(one_post(once(out_of_order={"gate": 1}), at_closing=at_closing), engine, car=[590.0, 600.0, 650.0])
    assert times(visits, "gate", "start").tolist() == [590, 720, 750]
    assert times(visits, "gate", "finish").tolist() == [620, 750, 780]


def test_staff_of_what_is_out_of_order_stay_on_duty_and_its_load_is_that_of_the_time_left(engine):
    """Four cars of 30 minutes in 24 hours, of which 12 are left."""
    scenarios = one_post(), one_post(once("00:00", 12.0, out_of_order={"gate": 1}))
    whole, half = (measure_outcomes(each, drive(each, engine, car=[800.0] * 4)) for each in scenarios)
    for measure in ("staff_hours", "lane_hours", "utilisation", "overtime"):
        assert look_up(whole, "station", "gate", measure) == look_up(half, "station", "gate", measure)
    assert look_up(whole, "station", "gate", "load") == pytest.approx(120 / 1440)
    assert look_up(half, "station", "gate", "load") == pytest.approx(120 / 720)


def test_cranes_out_of_order_finish_their_lift_and_begin_no_other(engine):
    """From 94 to 124: the second lift, from 93 on, ends at 96; the third begins at 124."""
    cranes = rail_scenario(**{"port.disruptions": {"it": once("01:34", 0.5, out_of_order={"yard": "all"})}})
    visits = simulate(cranes, engine)[1]
    assert minutes(visits, "yard.lift_off", "finish")[:4] == [93, 96, 127, 130]
    assert look_up(measure_outcomes(draw(cranes), visits), "terminal", "yard", "cranes_stopped") == pytest.approx(0.5)


def test_engines_agree_and_all_are_accounted_for_where_everything_goes_wrong():
    each = failing(3.0, 1.0, clock="day", out_of_order={"gate": 1, "scanner": "all"}, surge={"all": 2.0})
    scenario = broken(each, days=3)
    one, other = (simulate_once(scenario, engine=name).outcomes for name in ("simpy", "compiled"))
    assert one.equals(other, null_equal=True)
    assert look_up(one, "disruption", "it", "happened") > 3
    parts = [look_up(one, "port", "port", name) for name in ("finished", "inside", "not_admitted")]
    assert look_up(one, "port", "port", "arrived") == sum(parts) > 100


# Surges


def surge(factor=1.5, at="10:20", lasts_h=4.0, **more):
    return once(at, lasts_h, surge={"all": factor}) | more


def test_rate_is_multiplied_between_beginning_and_end_to_the_minute():
    """100 a day are 100 / 24 an hour; four hours from 10:20 of the second day on have half as many more."""
    scenario = draw(broken(surge(), days=2))
    rate = mean_rate(scenario, "truck")
    assert rate.expected(DAY_MIN + 620, DAY_MIN + 860) == pytest.approx(4 * 1.5 * 100 / 24)
    assert rate.expected(0.0, 3 * DAY_MIN) == pytest.approx(300 + 4 * 0.5 * 100 / 24)
    assert rate.expected(DAY_MIN + 600, DAY_MIN + 620) == pytest.approx(100 / 72)


def test_surges_of_one_class_and_of_all_multiply():
    both = once(surge={"all": 2.0, "truck": 1.5})
    assert mean_rate(draw(broken(both, days=1)), "truck").at(np.array([DAY_MIN + 600])) == pytest.approx(3 * 100 / 1440)


def identities(scenario):
    movements = sample_movements(draw(scenario), Luck(1, 0))
    columns = (movements.layer, movements.index, movements.arrival_min)
    return set(zip(*(column.tolist() for column in columns), strict=True))


@pytest.mark.parametrize("day_cv", [0.0, 0.4])
def test_surge_adds_vehicles_and_leaves_all_others_who_they_are(day_cv):
    changes = {"demand.classes.truck.day_cv": day_cv, "demand.classes.truck.per_day": 1000}
    calm, rushed = (identities(broken(surge(factor), days=3, **changes)) for factor in (1.0, 3.0))
    assert calm < rushed
    assert all(DAY_MIN + 620 <= time < DAY_MIN + 860 for *_, time in rushed - calm)


def test_surge_of_nothing_keeps_everybody_away_meanwhile():
    away = {time for *_, time in identities(broken(surge(0.0), days=3))}
    assert away
    assert not any(DAY_MIN + 620 <= time < DAY_MIN + 860 for time in away)

"""Disruptions: how often hours are shut at random, and what it does to lifts that have begun; worked out by hand."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from sim.disruptions import draw_disruptions
from sim.luck import Luck
from sim.outcomes import measure_outcomes
from sim.port.roster import hours_open
from tests.unit.rail_port import minutes, rail_scenario, simulate, train
from tests.unit.small_port import change, look_up

DAY_MIN = 1440.0
WINDY_SPRING = [0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 0]


def wind(days_per_year=60.0, lasts=120.0, shuts="cranes", kind="constant", **more):
    return {
        "label": "wind",
        "label_zh": "大风",
        "shuts": shuts,
        "days_per_year": days_per_year,
        "lasts": {"kind": kind, "mean_min": lasts},
        **more,
    }


def windy(disruption=None, days=1, start="2025-01-01", **changes):
    return rail_scenario(
        **{"port.disruptions": {"wind": disruption or wind()}, "horizon.days": days, "horizon.start": start, **changes}
    )


def draw_spans(scenario, replication=0, name="wind"):
    return draw_disruptions(scenario, Luck(1, replication)).port.disruptions[name].spans_min


def count_by_month(spans, start="2025-01-01"):
    first = date.fromisoformat(start)
    months = [(first + timedelta(days=int(begin // DAY_MIN))).month for begin, _ in spans]
    return np.bincount(months, minlength=13)[1:]


def days_by_month(days, start="2025-01-01"):
    first = date.fromisoformat(start)
    return np.bincount([(first + timedelta(days=n)).month for n in range(days)], minlength=13)[1:]


def test_scenario_without_disruptions_is_returned_as_it_is():
    scenario = rail_scenario()
    assert draw_disruptions(scenario, Luck(1, 0)) is scenario


def test_drawing_leaves_the_scenario_itself_alone():
    scenario = windy(days=365)
    assert len(draw_spans(scenario)) > 0
    assert scenario.port.disruptions["wind"].spans_min == ()


def test_disruptions_happen_on_so_many_days_a_year():
    """Ten years of 365 days: a chance of 60 / 365.25 on each, within the binomial interval of 99.9 %."""
    happened = len(draw_spans(windy(days=3650)))
    low, high = stats.binom.interval(0.999, 3650, 60 / 365.25)
    assert low <= happened <= high


@pytest.mark.parametrize(
    "weights", [WINDY_SPRING, [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1]]
)
def test_disruptions_of_a_year_happen_in_the_months_that_have_weights(weights):
    """Chances of the days of a month are as its weight, and add up to the days a year; binomial in each month."""
    happened = count_by_month(draw_spans(windy(wind(20.0, by_month=weights), days=3650)))
    days = days_by_month(3650)
    chance = 20.0 * np.array(weights) / (np.array(weights) @ days_by_month(3650) / 10.0)
    for month in range(12):
        low, high = stats.binom.interval(0.9999, int(days[month]), min(chance[month], 1.0))
        assert low <= happened[month] <= high, f"month {month + 1}"
    low, high = stats.binom.interval(0.999, 3650, 20 / 365.0)
    assert low <= happened.sum() <= high


def test_days_a_year_do_not_depend_on_the_length_of_the_month_in_which_they_are():
    """Two a year, all in February or all in March, in 40 replications of ten years: 800 in each, 3.3 % to either side.

    Binomial, 99.9 %: 40 x 282 days at 2 / 28.25, or 40 x 310 at 2 / 31.
    """
    for month in (1, 2):
        weights = [float(each == month) for each in range(12)]
        scenario = windy(wind(2.0, by_month=weights), days=3650)
        happened = sum(len(draw_spans(scenario, each)) for each in range(40))
        days = 40 * int(days_by_month(3650)[month])
        low, high = stats.binom.interval(0.999, days, 20 * 40 / days)
        assert low <= happened <= high


def test_month_is_that_of_the_day_and_not_of_the_run():
    """From 15 March to 15 April of a year that is windy in April only, almost every day."""
    april = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    spans = draw_spans(windy(wind(30.0, by_month=april), days=31, start="2025-03-15"))
    assert len(spans) >= 12
    assert min(begin for begin, _ in spans) >= 17 * DAY_MIN


def test_more_days_are_a_superset_of_the_same_days():
    few, many = (draw_spans(windy(wind(n, kind="exponential"), days=365)) for n in (20.0, 60.0))
    assert set(few) < set(many)


def test_longer_disruptions_begin_at_the_same_minutes():
    short, long = (draw_spans(windy(wind(lasts=lasts), days=365)) for lasts in (60.0, 240.0))
    assert [begin for begin, _ in short] == [begin for begin, _ in long]
    assert {end - begin for begin, end in short} == {60.0}
    assert {end - begin for begin, end in long} == {240.0}


def test_disruptions_begin_at_any_minute_of_the_day():
    """Uniform within the day: Kolmogorov and Smirnov, and no two days alike."""
    begin = np.array([begin for begin, _ in draw_spans(windy(wind(365.0), days=3650))]) % DAY_MIN
    assert stats.kstest(begin / DAY_MIN, "uniform").pvalue > 0.001
    assert len(np.unique(begin)) == len(begin)


def test_disruption_lasts_as_its_distribution_says():
    spans = np.array(draw_spans(windy(wind(365.0, 100.0, kind="exponential"), days=3650)))
    assert stats.kstest(spans[:, 1] - spans[:, 0], "expon", args=(0.0, 100.0)).pvalue > 0.001


@pytest.mark.parametrize("days_per_year", [0.0])
def test_no_disruptions_shut_nothing(days_per_year):
    assert draw_spans(windy(wind(days_per_year), days=365)) == ()


def test_disruptions_are_the_same_under_every_policy():
    plain = windy(days=365)
    changed = change(plain, **{"port.terminals.yard.cranes": 5, "port.hours.cranes.open": "Mo-Su 08:00-20:00"})
    assert draw_spans(plain) == draw_spans(changed)


def test_replications_have_disruptions_of_their_own():
    scenario = windy(days=365)
    assert draw_spans(scenario, 0) != draw_spans(scenario, 1)


def test_two_kinds_of_disruptions_are_drawn_apart_and_both_shut():
    both = windy(days=365, **{"port.disruptions": {"wind": wind(), "ice": wind(30.0)}})
    assert draw_spans(both) == draw_spans(windy(days=365))
    assert not set(draw_spans(both, name="ice")) & set(draw_spans(both))
    opened = hours_open(draw_disruptions(both, Luck(1, 0)), "cranes")
    for begin, end in draw_spans(both) + draw_spans(both, name="ice"):
        assert not ((opened[:, 0] < end) & (opened[:, 1] > begin)).any()


def test_several_hours_are_shut_at_once():
    scenario = draw_disruptions(windy(wind(shuts=["cranes", "always"]), days=365), Luck(1, 0))
    assert hours_open(scenario, "cranes").tolist() == hours_open(scenario, "always").tolist()
    assert len(hours_open(scenario, "always")) > 30


def test_hours_are_closed_in_the_spans_and_open_besides():
    scenario = draw_disruptions(windy(wind(60.0, 30.0), days=365), Luck(1, 0))
    opened = hours_open(scenario, "cranes")
    spans = np.array(scenario.port.disruptions["wind"].spans_min)
    ends = np.minimum(spans[:, 1], 365 * DAY_MIN)
    assert (opened[:, 1] - opened[:, 0]).sum() == pytest.approx(365 * DAY_MIN - (ends - spans[:, 0]).sum())
    for begin, end in spans:
        assert not ((opened[:, 0] < end) & (opened[:, 1] > begin)).any()


# What it does to cranes


def stopped(*spans, **changes):
    """Return the port whose cranes stop in these spans, as drawn."""
    stops = {f"it_{i}": stop(*span) for i, span in enumerate(spans)}
    return draw_disruptions(rail_scenario(**changes, **{"port.disruptions": stops}), Luck(1, 0))


def stop(begin, end):
    """Return what stops the cranes once, from one minute of the first day to another."""
    once = {"label": "gust", "label_zh": "阵风", "day": 1, "at": f"{int(begin) // 60:02}:{int(begin) % 60:02}"}
    return once | {"lasts": {"kind": "constant", "mean_min": end - begin}, "shuts": "cranes"}


def test_lift_that_has_begun_goes_on_after_the_disruption(engine):
    """From 94 to 124: the second lift has run for a minute, and ends at 126."""
    scenario = stopped((94.0, 124.0))
    visits = simulate(scenario, engine)[1]
    assert minutes(visits, "yard.lift_off", "finish")[:4] == [93, 126, 129, 132]
    assert minutes(visits, "yard.unloading", "leave") == [132, 162]
    waiting = visits.waiting_min[(visits.station == [s.key for s in visits.stations].index("yard.lift_off"))]
    assert waiting[:4].tolist() == [0, 3 + 30, 36, 39]


def test_no_lift_begins_in_a_disruption(engine):
    visits = simulate(stopped((80.0, 95.0)), engine)[1]
    assert minutes(visits, "yard.lift_off", "start")[:4] == [95, 98, 101, 104]


def test_disruptions_may_overlap_and_touch(engine):
    visits = simulate(stopped((94.0, 110.0), (100.0, 120.0), (120.0, 124.0), (130.0, 130.0)), engine)[1]
    assert minutes(visits, "yard.lift_off", "finish")[:4] == [93, 126, 129, 132]


def test_only_the_hours_that_are_shut_stop(engine):
    """The checks of the second train go on from 120 to 150."""
    visits = simulate(stopped((94.0, 160.0)), engine)[1]
    assert minutes(visits, "checks", "finish") == [90, 150]


def test_use_of_cranes_is_of_the_time_that_is_left(engine):
    """16 lifts of 3 minutes; the cranes stand for 4 of 24 hours."""
    scenario = stopped((600.0, 840.0))
    outcomes = measure_outcomes(scenario, simulate(scenario, engine)[1])
    assert look_up(outcomes, "terminal", "yard", "crane_utilisation") == pytest.approx(48 / 1200)
    assert look_up(outcomes, "terminal", "yard", "cranes_stopped") == pytest.approx(4)
    calm = rail_scenario()
    outcomes = measure_outcomes(calm, simulate(calm, engine)[1])
    assert look_up(outcomes, "terminal", "yard", "crane_utilisation") == pytest.approx(48 / 1440)
    assert look_up(outcomes, "terminal", "yard", "cranes_stopped") == 0


def test_drawn_disruptions_reach_the_cranes(engine):
    """A day of gale on which the whole day is shut from its beginning on: nothing is lifted after it."""
    gale = wind(365.25, 5 * DAY_MIN)
    calm, shut = (
        simulate(
            rail_scenario(**{"port.disruptions": disruptions, "demand.classes.train": train("train", "23:00")}), engine
        )[1]
        for disruptions in ({}, {"gale": gale})
    )
    assert minutes(calm, "yard.across", "finish") == [1413, 1416, 1419, 1422]
    begin = draw_spans(rail_scenario(**{"port.disruptions": {"gale": gale}}), name="gale")[0][0]
    assert begin < 1410
    lifted = minutes(shut, "yard.across", "finish") + minutes(shut, "yard.lift_off", "finish")
    assert [time for time in lifted if time is not None] == []

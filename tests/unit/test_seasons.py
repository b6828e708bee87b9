"""Seasons and holidays: which days they name, when hours are then open, and how many come on each day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.demand.rates import mean_rate
from sim.scenario import ScenarioError
from sim.scenario.facts import read_facts
from sim.scenario.public_holidays import public_holidays
from sim.scenario.schema import Hours
from sim.scenario.seasons import ALL_YEAR, parse_season, weigh_days
from sim.study.calendar import list_closures, require_season
from tests.shipped import PORTS, load_baseline
from tests.unit.tiny import tiny_scenario

EVEN_MONTHS_FROM_11TH = "Feb 11-29,Apr 11-30,Jun 11-30,Aug 11-30,Oct 11-30,Dec 11-30"


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def count_days(text: str, year: int = 2025) -> int:
    return sum((day.month, day.day) in parse_season(text) for day in days_of(year))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Feb", 28),
        ("Feb,Apr", 28 + 30),
        ("Jul 04", 1),
        ("Jul 01-10", 10),
        ("Jul 01-10,Aug 01-10,Sep 01-10", 30),
        ("Apr 01-Nov 30", 30 + 31 + 30 + 31 + 31 + 30 + 31 + 30),
        ("Apr-Nov", 244),
        ("Apr 30-May", 1 + 31),
        ("Nov 15-Mar 15", 16 + 31 + 31 + 28 + 15),
        (EVEN_MONTHS_FROM_11TH, 18 + 5 * 20),
    ],
)
def test_season_has_the_days_that_its_text_names(text, days):
    assert count_days(text) == days


def test_season_has_29_february_in_leap_years_only():
    assert (count_days("Feb 11-29", 2025), count_days("Feb 11-29", 2028)) == (18, 19)


@pytest.mark.parametrize("text", ["", "Foo", "Apr-", "-Apr", "01-Apr", "Apr-Jun-Aug", "April", "Apr 01 - Nov 30 Mo-Fr"])
def test_season_in_another_notation_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"cannot read season .*'Apr 01-Nov 30'"):
        parse_season(text)


@pytest.mark.parametrize(("text", "rule"), [("Feb 30", "no such day"), ("Jul 10-05", "ends before it begins")])
def test_season_with_impossible_days_is_refused(text, rule):
    with pytest.raises(ValueError, match=rule):
        parse_season(text)


def open_days(start: str, days: int, **more) -> list[str]:
    """Return the days on which hours open, at noon by their own clock."""
    hours = Hours(timezone="Asia/Hovd", open="Mo-Su 10:00-18:00", **more)
    begin = datetime.combine(date.fromisoformat(start), datetime.min.time(), ZoneInfo("Asia/Shanghai"))
    opens = hours.open_intervals(begin, days)[:, 0].tolist()
    return [(begin + timedelta(minutes=minute)).strftime("%m-%d %H:%M") for minute in opens]


def test_hours_open_only_in_their_season_on_their_own_clock():
    """10:00 in Hovd is 11:00 in Beijing."""
    assert open_days("2025-10-08", 5, season=EVEN_MONTHS_FROM_11TH) == ["10-11 11:00", "10-12 11:00"]
    assert open_days("2025-11-29", 4, season="Apr 01-Nov 30") == ["11-29 11:00", "11-30 11:00"]


def test_hours_are_closed_on_holidays_and_on_other_dates():
    """National Day and Mid-Autumn of 2025, and a bridge between them."""
    opened = open_days("2025-09-30", 8, holidays=["CN"], closed_dates=["2025-10-04"])
    assert opened == [f"{day} 11:00" for day in ("09-30", "10-05", "10-07")]


def test_holidays_of_october_2025_are_those_on_which_the_ports_were_shut():
    """N189: the ports to Kazakhstan and Kyrgyzstan were shut for freight on 1-3 and 6 October."""
    assert "KZ ports closed 1-3 and 6 Oct" in read_facts()["N189"]["value"]
    october = sorted(day.day for day in public_holidays("CN", 2025) if day.month == 10)
    assert october == [1, 2, 3, 6]


@pytest.mark.parametrize("country", ["KZ", "KG", "TJ", "PK", "MN"])
def test_neighbours_have_holidays(country):
    assert len(public_holidays(country, 2025)) >= 5


def test_unknown_country_and_season_are_refused_in_one_message():
    changes = {"port.hours.day.holidays": ["XX"], "port.hours.day.season": "Smarch"}
    with pytest.raises(ValueError, match=r"(?s)cannot read season 'Smarch'.*no holidays are known of this country"):
        tiny_scenario(**changes)


weights = st.lists(st.floats(0.01, 10.0), min_size=12, max_size=12)


@settings(max_examples=25)
@given(weights, st.sets(st.sampled_from(sorted(ALL_YEAR)), min_size=1))
def test_weights_keep_the_mean_over_the_days_of_the_season(by_month, season):
    """Over four years, in which there is one 29 February."""
    days = [day for year in range(2025, 2029) for day in days_of(year)]
    weighed = weigh_days(by_month, frozenset(season), days)
    inside = np.array([(day.month, day.day) in season for day in days])
    assert weighed.sum() == pytest.approx(inside.sum())
    assert not weighed[~inside].any()


def test_even_months_without_season_change_no_rate_by_a_bit():
    assert (weigh_days((1.0,) * 12, ALL_YEAR, days_of(2025)) == 1.0).all()


def test_vehicles_come_as_often_in_a_month_as_its_weight_says():
    """Twice as many in September as in October; 100 a day in the mean of the year."""
    changes = {"demand.classes.truck.by_month": [1] * 8 + [2] + [1] * 3, "horizon.days": 60, "horizon.warmup_days": 0}
    scenario = tiny_scenario(**changes)
    rate = mean_rate(scenario, "truck")
    september, october = rate.expected(0, 30 * 1440.0) / 30, rate.expected(30 * 1440.0, 60 * 1440.0) / 30
    assert september == pytest.approx(2 * october)
    assert october == pytest.approx(100 * 365.25 / (365.25 + 30))


def seasonal(**changes):
    return tiny_scenario(**{"port.hours.day.season": "Sep 02", "demand.classes.truck.season": "day", **changes})


def test_vehicles_come_in_season_only_and_per_day_is_per_day_of_the_season():
    scenario = seasonal()
    rate = mean_rate(scenario, "truck")
    assert [rate.expected(day * 1440.0, (day + 1) * 1440.0) for day in range(3)] == [0.0, pytest.approx(100.0), 0.0]


def test_run_out_of_season_is_refused_with_the_next_day_on_which_somebody_comes():
    require_season({"baseline": seasonal()})
    with pytest.raises(ScenarioError, match=r"nobody comes in this run.*set horizon\.start=2026-09-02"):
        require_season({"baseline": seasonal(**{"horizon.start": "2025-09-03"})})


def test_closed_days_of_the_window_are_noted_as_spans():
    changes = {"port.hours.day.closed_dates": ["2025-09-01", "2025-09-02", "2025-09-04", "2025-09-05"]}
    scenario = tiny_scenario(**changes, **{"horizon.days": 5})
    assert list_closures({"baseline": scenario, "same": scenario}) == [
        "hours 'day' are closed on 3 of 5 measured days (calendar): 2025-09-02, 2025-09-04 to 2025-09-05"
    ]


def test_by_month_that_is_0_throughout_the_season_is_refused():
    with pytest.raises(ValueError, match=r"truck\.by_month: is 0 in all months of the season of 'day'"):
        seasonal(**{"demand.classes.truck.by_month": [1] * 8 + [0] + [1] * 3})


def test_season_of_hours_that_do_not_exist_is_refused():
    with pytest.raises(ValueError, match=r"truck\.season: there is no 'dya'"):
        tiny_scenario(**{"demand.classes.truck.season": "dya"})


ZONES = sorted({hours.timezone for port in PORTS for hours in load_baseline(port).port.hours.values()})


@pytest.mark.parametrize("name", ZONES)
def test_no_clock_of_a_shipped_port_changes_in_2025_and_2026(name):
    zone = ZoneInfo(name)
    noons = [datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for year in (2025, 2026) for day in days_of(year)]
    assert len({noon.astimezone(zone).utcoffset() for noon in noons}) == 1


def test_posts_of_kazakhstan_open_at_10_by_beijing_time():
    """Kazakhstan has had one clock, UTC+5, since 1 March 2024; N140 gives 07:00."""
    hours = load_baseline("bakhtu").port.hours["neighbour"]
    start = datetime(2025, 9, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert hours.open_intervals(start, 1).tolist() == [[10 * 60.0, 22 * 60.0]]

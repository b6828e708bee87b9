"""Opening hours: the part of OpenStreetMap's notation that is understood, and the minutes in which it says open."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.hours import DAYS, day_starts, open_intervals, parse_hours

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2025, 9, 1, tzinfo=SHANGHAI)
DAY_BEFORE_CLOCKS_GO_BACK = date(2025, 10, 25)
"""On 26 October 2025 clocks in Berlin go from 03:00 back to 02:00."""


def open_hours(text, zone="Asia/Shanghai", start=MONDAY, days=1, closed=()):
    """Return open intervals in hours since `start`."""
    found = open_intervals(parse_hours(text), zone, start, days, frozenset(closed))
    return [tuple(pair) for pair in (found / 60.0).tolist()]


def midnight(day, zone):
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def test_24_7_is_open_throughout_the_run():
    assert open_hours("24/7", days=3) == [(0, 72)]


def test_off_is_never_open():
    assert open_hours("off", days=3) == []


def test_one_span_opens_every_day_that_its_rule_names():
    assert open_hours("Mo-Su 07:00-19:00", days=2) == [(7, 19), (31, 43)]


def test_several_spans_leave_a_break_between_them():
    assert open_hours("Mo-Su 08:00-12:00,13:00-17:30") == [(8, 12), (13, 17.5)]


def test_spans_may_be_written_in_any_order():
    assert parse_hours("Mo 13:00-17:00, 08:00-12:00") == parse_hours("Mo 08:00-12:00,13:00-17:00")


def test_days_that_no_rule_names_are_closed():
    assert open_hours("Tu 10:00-11:00", days=7) == [(34, 35)]


def test_days_may_be_listed_and_ranged():
    assert open_hours("Mo-We,Fr 10:00-11:00", days=7) == [(day * 24 + 10, day * 24 + 11) for day in (0, 1, 2, 4)]


def test_range_of_days_may_run_over_the_weekend():
    assert parse_hours("Sa-Mo 10:00-11:00") == parse_hours("Sa,Su,Mo 10:00-11:00")


def test_later_rule_replaces_the_earlier_one_for_its_days():
    assert parse_hours("Mo-Su 07:00-19:00; Sa 10:00-14:00; Su off") == (((420, 1140),),) * 5 + (((600, 840),), ())


def test_span_past_midnight_closes_on_the_next_day():
    assert open_hours("Mo 22:00-06:00", days=3) == [(22, 30)]


def test_span_past_midnight_of_the_day_before_is_still_open_when_the_run_starts():
    assert open_hours("Su 22:00-06:00", days=2) == [(0, 6)]


def test_span_that_closes_when_it_opens_lasts_a_whole_day():
    assert open_hours("Mo 07:00-07:00", days=3) == [(7, 31)]


def test_span_may_end_at_24_00():
    assert open_hours("Mo 20:00-24:00", days=2) == [(20, 24)]


def test_spans_that_meet_at_midnight_are_one_interval():
    assert open_hours("Mo-Tu 00:00-24:00", days=3) == [(0, 48)]
    assert open_hours("Mo 20:00-24:00; Tu 00:00-04:00", days=2) == [(20, 28)]


def test_span_past_midnight_merges_with_the_next_days_span():
    assert open_hours("Mo 22:00-06:00; Tu 05:00-09:00", days=2) == [(22, 33)]


def test_intervals_are_cut_to_the_run():
    assert open_hours("Mo-Su 18:00-06:00", days=1) == [(0, 6), (18, 24)]
    assert open_hours("Mo-Su 07:00-19:00", days=0.5) == [(7, 12)]


@pytest.mark.parametrize("span", ["25:00-26:00", "24:00-06:00", "07:60-09:00", "07:00-24:01", "07:00-12:75"])
def test_clock_time_that_does_not_exist_is_refused(span):
    with pytest.raises(ValueError, match=f"no such clock time in '{span}'.*00:00 to 24:00"):
        parse_hours(f"Mo-Su {span}")


@pytest.mark.parametrize("spans", ["08:00-12:00,11:00-13:00", "20:00-04:00,22:00-23:00", "08:00-12:00,08:00-12:00"])
def test_overlapping_spans_of_one_day_are_refused(spans):
    with pytest.raises(ValueError, match="overlap; write each open span once"):
        parse_hours(f"Mo-Fr {spans}")


@pytest.mark.parametrize("rule", ["Mx 07:00-19:00", "Mo-Xx 07:00-19:00", "Mo,Do 07:00-19:00"])
def test_unknown_day_is_refused_with_the_days_there_are(rule):
    with pytest.raises(ValueError, match=r"unknown day '\w\w'; days are Mo, Tu, We, Th, Fr, Sa, Su"):
        parse_hours(rule)


@pytest.mark.parametrize("text", ["07:00-19:00", "Mo-Su", "Mo-Su 7-19", "daily 07:00-19:00", "Mo-Su 07:00", "24h"])
def test_text_in_another_notation_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"cannot read hours .*07:00-19:00"):
        parse_hours(text)


@pytest.mark.parametrize("text", ["", "  ", ";"])
def test_empty_text_is_refused_because_closed_is_written_off(text):
    with pytest.raises(ValueError, match="'off'"):
        parse_hours(text)


def test_range_of_days_with_three_ends_is_refused():
    with pytest.raises(ValueError, match="Mo-We-Fr"):
        parse_hours("Mo-We-Fr 07:00-19:00")


def test_neighbour_three_hours_behind_opens_three_hours_later_on_our_clock():
    assert open_hours("Mo-Su 07:00-19:00", zone="Asia/Almaty") == [(10, 22)]


def test_weekday_is_the_neighbours_own():
    """00:00 on Monday here is 21:00 on Sunday there."""
    assert open_hours("Su 20:00-24:00", zone="Asia/Almaty") == [(0, 3)]


def test_zone_with_a_half_hour_is_read_to_the_minute():
    assert open_hours("Mo 07:00-08:00", zone="Asia/Kolkata") == [(9.5, 10.5)]


def test_closed_date_has_no_opening():
    assert open_hours("Mo-Su 07:00-19:00", days=3, closed=[date(2025, 9, 2)]) == [(7, 19), (55, 67)]


def test_closed_date_closes_24_7_from_midnight_to_midnight():
    assert open_hours("24/7", days=3, closed=[date(2025, 9, 2)]) == [(0, 24), (48, 72)]


def test_closed_date_is_read_on_the_zones_own_calendar():
    closed = [date(2025, 9, 1)]
    assert open_hours("24/7", zone="Asia/Almaty", days=2, closed=closed) == [(0, 3), (27, 48)]


def test_shift_that_began_before_a_closed_date_ends_on_it():
    assert open_hours("Mo-Su 22:00-06:00", days=3, closed=[date(2025, 9, 2)]) == [(0, 6), (22, 30), (70, 72)]


def test_neighbour_moves_against_our_clock_when_its_clocks_go_back():
    start = midnight(DAY_BEFORE_CLOCKS_GO_BACK, SHANGHAI)
    assert open_hours("Mo-Su 08:00-12:00", "Europe/Berlin", start, 2) == [(14, 18), (39, 43)]


def test_night_in_which_clocks_go_back_is_an_hour_longer():
    start = midnight(DAY_BEFORE_CLOCKS_GO_BACK, SHANGHAI)
    assert open_hours("Sa 22:00-06:00", "Europe/Berlin", start, 3) == [(28, 37)]


def test_port_whose_own_clocks_go_back_opens_an_hour_later_in_the_run():
    start = midnight(DAY_BEFORE_CLOCKS_GO_BACK, BERLIN)
    assert open_hours("Mo-Su 08:00-12:00", "Europe/Berlin", start, 3) == [(8, 12), (33, 37), (57, 61)]


def test_port_whose_own_clocks_go_forward_opens_an_hour_earlier_in_the_run():
    start = datetime(2026, 3, 28, tzinfo=BERLIN)
    assert open_hours("Mo-Su 08:00-12:00", "Europe/Berlin", start, 3) == [(8, 12), (31, 35), (55, 59)]


def test_same_instant_written_on_two_clocks_gives_the_same_hours():
    start = midnight(DAY_BEFORE_CLOCKS_GO_BACK, BERLIN)
    for zone in ("Europe/Berlin", "Asia/Shanghai"):
        here = open_hours("Mo-Su 08:00-12:00", zone, start, 4)
        assert here == open_hours("Mo-Su 08:00-12:00", zone, start.astimezone(SHANGHAI), 4)


def test_days_start_at_local_midnight():
    assert (day_starts("Asia/Shanghai", MONDAY, 2) / 60.0).tolist() == [24, 48]
    assert (day_starts("Asia/Almaty", MONDAY, 2) / 60.0).tolist() == [3, 27]


@pytest.mark.parametrize(("zone", "midnights"), [(SHANGHAI, [6, 30, 55]), (BERLIN, [24, 49, 73])])
def test_day_on_which_clocks_go_back_has_25_hours(zone, midnights):
    starts = day_starts("Europe/Berlin", midnight(DAY_BEFORE_CLOCKS_GO_BACK, zone), 3.1)
    assert (starts / 60.0).tolist() == midnights


@st.composite
def week_texts(draw):
    """Rules for some days, each with one or two spans on the quarter hour; the last may pass midnight."""
    rules = []
    for day in draw(st.lists(st.sampled_from(DAYS), unique=True)):
        marks = sorted(draw(st.sets(st.integers(0, 95), min_size=2, max_size=4)))
        if draw(st.booleans()):
            marks = [*marks[1:], marks[0]]
        pairs = zip(marks[0::2], marks[1::2], strict=False)
        rules.append(f"{day} " + ",".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in pairs))
    return "; ".join(rules) or "off"


def _clock(quarters):
    return f"{quarters // 4:02}:{quarters % 4 * 15:02}"


def is_open(text, moment):
    """Say from the words alone whether a local clock time is within hours; the day before may still be open."""
    rules = {} if text == "off" else dict(rule.split() for rule in text.split("; "))
    now = moment.hour * 60 + moment.minute
    for day, passed in ((moment.weekday(), now), ((moment.weekday() - 1) % 7, now + 1440)):
        for span in rules.get(DAYS[day], "").split(",") if DAYS[day] in rules else ():
            opens, closes = (int(mark[:2]) * 60 + int(mark[3:]) for mark in span.split("-"))
            if opens <= passed < closes + 1440 * (closes <= opens):
                return True
    return False


@given(text=week_texts(), zone=st.sampled_from(["Asia/Shanghai", "Asia/Almaty", "Asia/Kolkata", "UTC"]))
def test_minute_is_in_an_interval_when_the_local_clock_is_within_hours(text, zone):
    intervals = open_intervals(parse_hours(text), zone, MONDAY, 9)
    quarters = np.arange(0.0, 9 * 1440.0, 15.0)
    inside = ((intervals[:, :1] <= quarters) & (quarters < intervals[:, 1:])).any(axis=0)
    local = [(MONDAY + timedelta(minutes=minute)).astimezone(ZoneInfo(zone)) for minute in quarters.tolist()]
    assert inside.tolist() == [is_open(text, moment) for moment in local]


@given(text=week_texts(), days=st.integers(1, 20))
def test_intervals_ascend_without_touching_and_stay_in_the_run(text, days):
    edges = open_intervals(parse_hours(text), "Asia/Almaty", MONDAY, days).ravel()
    assert (np.diff(edges) > 0).all()
    assert not len(edges) or (edges[0] >= 0 and edges[-1] <= days * 1440)

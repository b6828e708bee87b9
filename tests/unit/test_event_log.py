"""The event log of a run: one event for each visit, on the port's clock, and the same in every kind of file.

By hand: the post opens from 08:00 to 10:00 and takes an hour, frozen at closing. The truck that comes at 09:30 has half
of its work done by 10:00 and the rest by 08:30 of the next day: 22 hours of its service are waiting.
"""

import gzip
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from sim.outcomes.event_log import make_event_log
from sim.study.logs.reading import STAMPS, read_event_log
from sim.study.logs.release_study import PARTS, Question, study_releases
from sim.study.replication import simulate_once
from sim.views.event_log import FORMATS, find_format, write_event_log
from tests.shipped import load_baseline
from tests.unit.road_port import drive
from tests.unit.small_port import change, line_of_posts, look_up, post, visit
from tests.unit.test_route_choice import two_gates
from tests.unit.tiny import tiny_facility, tiny_scenario

XES = "{http://www.xes-standard.org/}"
MS_H = 1 / 3_600_000


def frozen_log(**changes):
    scenario = change(line_of_posts(days=2, site=post(60, hours="day", at_closing="freeze")), **changes)
    return make_event_log(visit(scenario, 570).to_frame(), scenario)


@pytest.fixture(scope="module")
def two_posts() -> pl.DataFrame:
    """The log of three trucks at a gate and a yard with one place, in which the last are not done by the end."""
    scenario = line_of_posts(gate=post(1), yard=post(60, places=1, drive_min=5))
    return make_event_log(visit(scenario, 0, 0, 1379).to_frame(), scenario)


def test_event_has_the_clock_times_of_its_visit():
    (event,) = frozen_log().iter_rows(named=True)
    shown = {name: event[name].strftime("%d %H:%M %z") for name in ("arrive", "start", "complete", "leave", "released")}
    assert shown == {
        "arrive": "01 09:30 +0800",
        "start": "01 09:30 +0800",
        "complete": "02 08:30 +0800",
        "leave": "02 08:30 +0800",
        "released": "02 08:30 +0800",
    }


def test_work_that_rests_while_closed_is_waiting():
    (event,) = frozen_log().iter_rows(named=True)
    assert (event["waiting_min"], event["processing_min"], event["blocked_min"]) == (22 * 60, 60, 0)


def test_clock_is_put_forward_where_that_of_the_port_is():
    """Tallinn: +02:00 until 03:00 of 30 March 2025, then +03:00; 570 minutes after midnight it is 10:30."""
    (event,) = frozen_log(**{"port.timezone": "Europe/Tallinn", "horizon.start": "2025-03-30"}).iter_rows(named=True)
    assert event["arrive"].strftime("%H:%M %z") == "10:30 +0300"


def test_truck_that_is_blocked_has_left_late(two_posts):
    """The second truck is done at the gate at 00:02, and the yard has room again at 01:06."""
    event = two_posts.row(2, named=True)
    assert (event["case_id"], event["activity"], event["lifecycle"]) == ("truck-1", "post (gate)", "complete")
    assert event["leave"] - event["complete"] == timedelta(minutes=event["blocked_min"]) == timedelta(minutes=64)


def test_visit_that_has_not_ended_has_no_end_and_its_case_is_not_released(two_posts):
    last = two_posts.row(-1, named=True)
    assert (last["station"], last["lifecycle"], last["complete"], last["released"]) == ("yard", "start", None, None)
    assert last["start"].strftime("%H:%M") == "23:05"


def test_stops_that_share_a_label_are_told_apart_and_others_are_not(two_posts):
    assert set(two_posts["activity"]) == {"post (gate)", "post (yard)"}
    assert set(frozen_log()["activity"]) == {"post"}


def test_events_say_their_agency_resource_direction_and_route():
    scenario = tiny_scenario(
        **{
            "port.crews": {"team": {"hours": "always", "teams": 1}},
            "port.facilities": {"gate": tiny_facility(crew="team"), "far": tiny_facility(agency="neighbour")},
            "port.selections": {},
            "port.routes.out.through": ["gate", "far"],
        }
    )
    log = make_event_log(visit(scenario, 0).to_frame(), scenario, chinese=True)
    said = log.select("resource", "agency", "side", "class", "direction", "route", "activity").rows()
    of_case = ("truck", "export", "out")
    assert said == [
        ("team", "customs", "ours", *of_case, "岗位 (gate)"),
        ("far", "neighbour", "neighbour", *of_case, "岗位 (far)"),
    ]
    assert log["released"][1] == log["leave"][0]


def test_route_is_named_where_a_class_has_several():
    """Of four at once, the second expects 10 minutes at either gate's queue, the third 20 > 15 (test_route_choice)."""
    scenario = two_gates(10.0, 15.0)
    log = make_event_log(drive(scenario, "compiled", car=[0.0, 0.0, 0.0, 0.0]).to_frame(), scenario)
    assert log.select("station", "route").rows() == [("a", "one"), ("a", "one"), ("b", "two"), ("b", "two")]


@pytest.mark.parametrize(("port", "ending"), [("horgos_road", ".csv"), ("horgos_rail", ".xes.gz")])
def test_release_times_of_the_log_are_those_of_the_run_to_the_millisecond(tmp_path, port, ending):
    """Each clock time is rounded by half a millisecond at most, so each part of a visit by one, and a stay by one."""
    scenario = load_baseline(port)
    run = simulate_once(scenario)
    path = tmp_path / f"log{ending}"
    write_event_log(make_event_log(run.visits.to_frame(), scenario), path, "run")
    begin = datetime.combine(scenario.horizon.start, datetime.min.time()) + timedelta(
        minutes=scenario.horizon.warmup_min
    )
    study = study_releases(read_event_log(path).visits, Question(by="class", since=begin))
    assert study.overlapping == study.without_start == 0
    groups = {group["group"]: group for group in study.groups.iter_rows(named=True)}
    assert len(groups) > 3
    for name in groups.keys() - {"(all)"}:
        group, visits = groups[name], study.steps.filter(group=name)["visits"].sum()
        assert group["cases"] == round(look_up(run.outcomes, "class", name, "released_per_day") * scenario.horizon.days)
        for column, measure in (("mean_h", "release_mean"), ("median_h", "release_median"), ("p90_h", "release_p90")):
            assert group[column] == pytest.approx(look_up(run.outcomes, "class", name, measure), rel=0, abs=MS_H)
        for part in ("waiting", "processing", "blocked"):
            expected = look_up(run.outcomes, "class", name, part)
            assert group[f"{part}_h"] == pytest.approx(expected, rel=0, abs=2 * visits * MS_H)
        assert sum(group[f"{part}_h"] for part in PARTS) == pytest.approx(group["mean_h"], rel=1e-12)


@pytest.mark.parametrize("ending", FORMATS)
def test_log_is_read_back_from_every_kind_of_file(tmp_path, two_posts, ending):
    path = tmp_path / f"log{ending}"
    write_event_log(two_posts, path, "run")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    read = read_event_log(path).visits
    kept = two_posts.select("case_id", "activity", "resource", *STAMPS)
    utc = [
        pl.col(name).dt.convert_time_zone("UTC").dt.replace_time_zone(None).dt.cast_time_unit("us") for name in STAMPS
    ]
    said = kept.select("case_id", "activity", "resource", *utc)
    assert read.select("case", "activity", "resource", *STAMPS).rows() == said.rows()


def test_xes_has_what_the_standard_asks_for(tmp_path, two_posts):
    path = tmp_path / "log.xes.gz"
    write_event_log(two_posts.with_columns(activity=pl.lit('a "gate" <&>')), path, "run")
    log = ElementTree.fromstring(gzip.decompress(path.read_bytes()))
    assert log.tag == f"{XES}log"
    assert log.get("xes.version") == "1849.2016"
    declared = {each.get("prefix") for each in log.findall(f"{XES}extension")}
    used = {str(each.get("key")).partition(":")[0] for each in log.iter() if ":" in str(each.get("key"))}
    assert used <= declared
    order = [each.tag.removeprefix(XES) for each in log]
    assert order == sorted(order, key=["extension", "global", "classifier", "string", "id", "trace"].index)
    for trace in log.findall(f"{XES}trace"):
        events = [{each.get("key"): each.get("value") for each in event} for event in trace.findall(f"{XES}event")]
        times = [event["time:timestamp"] for event in events]
        assert times == sorted(times)
        assert {event["concept:name"] for event in events} == {'a "gate" <&>'}
        steps = [(event["concept:instance"], event["lifecycle:transition"]) for event in events]
        every = [(visit, step) for visit in "12" for step in ("schedule", "start", "complete")]
        assert steps == every[: len(steps)]
    assert len(log.findall(f"{XES}trace")) == 3


def test_file_that_cannot_be_finished_leaves_what_was_there(tmp_path, two_posts):
    path = tmp_path / "log.csv"
    path.write_text("mine")
    with pytest.raises(pl.exceptions.PolarsError):
        write_event_log(two_posts.select(pl.col("start").implode()), path, "run")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("log.csv", "mine")]


def test_format_is_that_of_the_ending():
    assert [find_format(Path(f"a.b{ending}")) for ending in FORMATS] == list(FORMATS)
    assert find_format(Path("LOG.XES.GZ")) == ".xes.gz"
    assert find_format(Path("log.xlsx")) == ""

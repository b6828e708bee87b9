"""Common luck: the same vehicle meets the same luck in every scenario, exactly, so that differences are a policy's."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.demand import sample_movements
from sim.luck import Luck
from sim.port import expand_stations, plan_program
from sim.port.selection import draw_selections
from sim.port.visits import plan_visits
from sim.scenario.load import load_experiment
from sim.scenario.policies import apply_policies
from sim.scenario.policy import Policy
from tests.shipped import POLICIES as SHIPPED
from tests.shipped import apply, load_baseline, port_of
from tests.unit.tiny import ALL_DAY, tiny_facility, tiny_scenario

PER_DAY = "demand.classes.truck.per_day"
CAR = {"label": "cars", "label_zh": "小车", "per_day": 80, "route": "out", "profile": "flat", "day_cv": 0.3}
LUCK = Luck(1, 0)
TINY = tiny_scenario()


@pytest.fixture(scope="module")
def horgos():
    return load_baseline("horgos_road")


def identify(movements):
    """Return each movement's identity: its class and which candidate of the class it is."""
    classes = np.array(movements.classes)[movements.vehicle].tolist()
    return list(zip(classes, movements.layer.tolist(), movements.index.tolist(), strict=True))


def read_arrivals(scenario, luck=LUCK):
    """Return arrival minutes by identity."""
    movements = sample_movements(scenario, luck)
    arrivals = dict(zip(identify(movements), movements.arrival_min.tolist(), strict=True))
    assert len(arrivals) == len(movements)
    return arrivals


def read_minutes(scenario, luck=LUCK):
    """Return minutes of service by (identity, station)."""
    movements = sample_movements(scenario, luck)
    visits = plan_visits(scenario, movements, luck)
    who, keys = identify(movements), [stop.key for stop in visits.stops]
    rows = zip(visits.movement.tolist(), visits.stop.tolist(), visits.minutes.tolist(), strict=True)
    return {(who[movement], keys[station]): minutes for movement, station, minutes in rows if station >= 0}


def read_selections(scenario, luck=LUCK):
    """Return by selection the identities that are picked."""
    movements = sample_movements(scenario, luck)
    who = identify(movements)
    return {
        name: {who[i] for i in np.flatnonzero(picked.any(axis=0))}
        for name, picked in draw_selections(scenario, movements, luck).items()
    }


def assert_agree(one, other):
    """Assert that two tables agree exactly on what both have, and have something in common."""
    common = one.keys() & other.keys()
    assert common
    assert {key: one[key] for key in common} == {key: other[key] for key in common}


def find_same_work(one, other):
    """Return the stations at which both scenarios do the same work on the same vehicles."""
    before, after = (expand_stations(scenario.port) for scenario in (one, other))
    untouched = set()
    for key in before.keys() & after.keys():
        pickers = [work.selected_by for work in before[key].works if work.selected_by]
        works = ("works", "presentation", "overlap")
        same = all(getattr(before[key], name) == getattr(after[key], name) for name in works)
        if same and set(pickers) <= find_same_selections(one, other):
            untouched.add(key)
    return untouched


def find_same_selections(one, other):
    """Return the selections that pick in the same way; none if agencies see the risk in another way."""
    before, after = one.port, other.port
    if before.selection_correlation != after.selection_correlation:
        return set()
    return {key for key, each in before.selections.items() if after.selections[key] == each}


@pytest.mark.parametrize("name", [name for name, policy in SHIPPED.items() if "demand" not in policy.set])
def test_shipped_policy_that_leaves_demand_alone_changes_nobodys_arrival(name):
    assert read_arrivals(apply(port_of(name), name)) == read_arrivals(load_baseline(port_of(name)))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_policy_changes_no_selection_that_it_does_not_set(name):
    before, after = load_baseline(port_of(name)), apply(port_of(name), name)
    before_picks, after_picks = read_selections(before), read_selections(after)
    untouched = find_same_selections(before, after)
    both = read_arrivals(before).keys() & read_arrivals(after).keys()
    assert {key: after_picks[key] & both for key in untouched} == {key: before_picks[key] & both for key in untouched}


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_policy_changes_no_minutes_at_stations_whose_work_it_does_not_set(name):
    """Vehicles that it sends another way, or that come later, have the same minutes where they come to both times."""
    before, after = load_baseline(port_of(name)), apply(port_of(name), name)
    same = find_same_work(before, after)
    assert len(same) >= 18
    kept = [
        {visit: minutes for visit, minutes in read_minutes(scenario).items() if visit[1] in same}
        for scenario in (before, after)
    ]
    assert_agree(*kept)
    if "demand" not in SHIPPED[name].set:
        assert kept[0] == kept[1]


def test_fewer_inspections_pick_fewer_of_the_same_vehicles(horgos):
    before, after = (
        read_selections(scenario)
        for scenario in (horgos, apply_policies(horgos, {"fewer": SHIPPED["fewer_inspections"]}))
    )
    for name in SHIPPED["fewer_inspections"].set["port"]["selections"]:
        assert after[name] < before[name]


def test_vehicle_that_one_agency_inspects_has_the_same_minutes_when_agencies_inspect_together(horgos):
    apart = read_minutes(horgos)
    together = read_minutes(apply_policies(horgos, {"joint": SHIPPED["joint_inspection"]}))
    for site in ("inspection_export", "inspection_import"):
        by_vehicle = {}
        for (who, station), minutes in apart.items():
            if station.startswith(f"{site}."):
                by_vehicle.setdefault(who, []).append(minutes)
        alone = {(who, f"{site}.joint"): minutes[0] for who, minutes in by_vehicle.items() if len(minutes) == 1}
        assert len(alone) > 10
        assert alone == {visit: together[visit] for visit in alone}
        assert len(by_vehicle) == sum(station == f"{site}.joint" for _, station in together)


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "servers": st.integers(1, 5),
        "places": st.integers(5, 20),
        "drive_min": st.floats(0, 60),
        "service": st.just({"kind": "constant", "mean_min": 3}),
        "hours": st.sampled_from(["day", "always"]),
        "quota_per_day": st.integers(1, 100),
        "at_closing": st.sampled_from(["finish", "freeze"]),
        "staff_per_server": st.integers(0, 3),
    },
)


@given(changes=CHANGES.filter(bool))
@settings(max_examples=25)
def test_policy_on_one_facility_changes_no_minutes_elsewhere(changes):
    changed = {"port": {"facilities": {"gate": changes}}}
    says = dict.fromkeys(("question", "question_zh", "article", "basis", "costs", "costs_zh"), "?")
    policy = Policy(**says, set=changed)
    after = apply_policies(TINY, {"gate": policy})
    assert read_arrivals(after) == read_arrivals(TINY)
    kept = [
        {
            visit: each
            for visit, each in read_minutes(scenario).items()
            if visit[1] != "gate" or "service" not in changes
        }
        for scenario in (TINY, after)
    ]
    assert kept[0] == kept[1]


@st.composite
def demands(draw):
    """Draw dotted changes of demand: any volume, profile, weekdays and over-dispersion."""
    weights = st.lists(st.floats(0.0, 10.0), min_size=24, max_size=24).filter(lambda hours: sum(hours) > 1)
    return {
        PER_DAY: draw(st.floats(0.0, 300.0)),
        "demand.profiles.flat.by_hour": draw(weights),
        "demand.classes.truck.by_weekday": draw(st.lists(st.floats(0.1, 2.0), min_size=7, max_size=7)),
        "demand.classes.truck.day_cv": draw(st.sampled_from([0.0, 0.3, 1.0])),
    }


@given(demand=demands(), factor=st.floats(1.0, 10.0))
@settings(max_examples=20)
def test_more_demand_keeps_every_previous_vehicle_and_its_luck(demand, factor):
    before, after = tiny_scenario(**demand), tiny_scenario(**(demand | {PER_DAY: factor * demand[PER_DAY]}))
    for read in (read_arrivals, read_minutes):
        old, new = read(before), read(after)
        assert old.items() <= new.items()


@given(demand=demands(), days=st.integers(1, 4), more=st.integers(1, 20))
@settings(max_examples=20)
def test_longer_horizon_only_appends(demand, days, more):
    short, long = (tiny_scenario(**demand, **{"horizon.days": length}) for length in (days, days + more))
    old, new = read_arrivals(short), read_arrivals(long)
    assert old == {who: arrival for who, arrival in new.items() if arrival < short.horizon.end_min}
    assert read_minutes(short).items() <= read_minutes(long).items()


def test_longer_horizon_only_appends_steps_to_the_program(horgos):
    """A month has some 300,000 visits, more than are written at once."""
    month = load_experiment("port=horgos_road", "horizon=month").baseline
    short, long = (plan_program(each, sample_movements(each, LUCK), LUCK).program for each in (horgos, month))
    assert len(long.op) > 1_000_000
    for name in ("start_min", "first_step", "op", "priority", "target", "count", "value"):
        column = getattr(short, name)
        np.testing.assert_array_equal(getattr(long, name)[: len(column)], column)


def test_warm_up_is_part_of_the_same_days():
    with_warm_up = tiny_scenario(**{"horizon.warmup_days": 2, "horizon.days": 3})
    without = tiny_scenario(**{"horizon.warmup_days": 0, "horizon.days": 5})
    assert read_arrivals(with_warm_up) == read_arrivals(without)


def test_other_profile_keeps_the_luck_of_vehicles_that_still_come():
    peaked = tiny_scenario(**{"demand.profiles.flat.by_hour": [*ALL_DAY[:12], *([3] * 12)]})
    for read in (read_arrivals, read_minutes):
        assert_agree(read(TINY), read(peaked))


def with_classes(*names):
    truck = tiny_scenario().demand.classes["truck"].model_dump()
    classes = {"truck": truck, "car": CAR, "bus": CAR}
    return tiny_scenario(**{"demand.classes": {name: classes[name] for name in names}})


def test_order_of_classes_does_not_matter():
    one, other = with_classes("truck", "car"), with_classes("car", "truck")
    for read in (read_arrivals, read_minutes, read_selections):
        assert read(one) == read(other)


def test_new_class_changes_nothing_for_the_others():
    for read in (read_arrivals, read_minutes):
        assert read(with_classes("car")).items() <= read(with_classes("truck", "car")).items()


def test_classes_alike_but_for_their_name_have_different_luck():
    arrivals = read_arrivals(with_classes("car", "bus"))
    minutes = {name: sorted(at for who, at in arrivals.items() if who[0] == name) for name in ("car", "bus")}
    assert not set(minutes["car"]) & set(minutes["bus"])


def test_new_facility_changes_no_minutes_at_the_others():
    posts = {"port.facilities.post": tiny_facility(), "port.routes.out.through": ["post", "gate", "scanner", "yard"]}
    assert read_minutes(TINY).items() <= read_minutes(tiny_scenario(**posts)).items()


def test_order_of_facilities_and_selections_does_not_matter():
    plain = tiny_scenario(**{"port.selections.opening": {"agency": "customs", "rate": 0.2}})
    turned = {
        "port.facilities": dict(reversed(plain.port.model_dump()["facilities"].items())),
        "port.selections": dict(reversed(plain.port.model_dump()["selections"].items())),
    }
    for read in (read_minutes, read_selections):
        assert read(tiny_scenario(**turned)) == read(plain)


def test_same_seed_gives_the_same_program(horgos):
    one, other = (
        plan_program(horgos, sample_movements(horgos, luck), luck).program for luck in (Luck(7, 3), Luck(7, 3))
    )
    for field in fields(one):
        if field.name not in ("pools", "calendars"):
            np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name))


@pytest.mark.parametrize("other", [Luck(1, 1), Luck(2, 0)], ids=["replication", "seed"])
def test_other_replication_or_seed_has_other_vehicles(other):
    assert not set(read_arrivals(TINY).values()) & set(read_arrivals(TINY, other).values())


def test_replications_of_two_seeds_never_meet():
    arrivals = [min(read_arrivals(TINY, Luck(seed, run)).values()) for seed in (1, 2) for run in range(5)]
    assert len(set(arrivals)) == 10


class _Recorder(Luck):
    """Luck that remembers which streams were opened."""

    def __init__(self):
        super().__init__(1, 0)
        self.opened = []

    def uniforms(self, purpose, count):
        self.opened.append(purpose)
        return super().uniforms(purpose, count)

    def poisson_times(self, purpose, rate_per_min, end_min):
        self.opened.append(purpose)
        return super().poisson_times(purpose, rate_per_min, end_min)


@pytest.mark.parametrize("name", ["post", "arrival", "height", "risk", "day"])
def test_no_stream_serves_two_purposes_whatever_a_facility_is_called(name):
    """One stream for the height of arrivals and for minutes of service would make accepted vehicles quick ones."""
    facilities = {name: tiny_facility(), "scanner": tiny_facility(selected_by="machine")}
    scenario = tiny_scenario(**{"port.facilities": facilities, "port.routes.out.through": [name, "scanner"]})
    luck = _Recorder()
    plan_program(scenario, sample_movements(scenario, luck), luck)
    assert len(luck.opened) > 5
    assert sorted(luck.opened) == sorted(set(luck.opened))

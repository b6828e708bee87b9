"""Diagnosis: ports whose bottleneck is known because it was built in, and is found with its reason."""

from typing import Any

import pytest

from sim.outcomes import Series
from sim.scenario.policies import Policy, apply_policies
from sim.scenario.schema import Scenario
from sim.study.diagnosis import Diagnosis, diagnose
from sim.study.relief import find_levers
from sim.study.replication import replicate_scenarios
from sim.views.explain import explain_limit, explain_move, summarise_limit
from sim.views.run_folder import list_by_replication
from tests.unit.rail_port import rail_scenario, train
from tests.unit.road_port import road, road_port
from tests.unit.tiny import hours, tiny_facility, tiny_scenario


def port_of(*through: str, **facilities: dict[str, Any]) -> Scenario:
    """Return a port that 100 trucks a day pass, all facilities in order unless a route is given; a week."""
    return tiny_scenario(
        **{
            "port.facilities": facilities,
            "port.selections": {},
            "port.routes.out.through": list(through or facilities),
            "port.crews": {"team": {"hours": "always", "teams": 1}},
            "horizon.days": 7,
        }
    )


def find(scenario: Scenario, replications: int = 5) -> Diagnosis:
    study = replicate_scenarios({"today": scenario}, replications)
    return diagnose(study.outcomes, list_by_replication(study.series, Series.to_frame), scenario, "today")


def exponential(minutes: float, **more: Any) -> dict[str, Any]:
    return tiny_facility(**more) | {"service": {"kind": "exponential", "mean_min": minutes}}


SLOW_GATE = port_of(gate=tiny_facility(minutes=13.6), yard=tiny_facility(minutes=5))


def test_gate_that_is_nearly_full_is_found_and_needs_another_lane():
    """100 trucks of 13.6 minutes fill 94 % of 1,440: 2 lanes bring that below 80 %, longer hours cannot."""
    found = find(SLOW_GATE)
    assert found.causes[0].name == "gate"
    assert (found.binding.why, found.binding.resource) == ("full", "servers")
    assert found.binding.load.day == pytest.approx(100 * 13.6 / 1440)
    assert found.is_sure
    assert "2 lanes instead of 1 would" in explain_limit(found, SLOW_GATE, (), "kouan")[1]


def test_neighbours_quota_is_found_although_its_lanes_are_empty():
    quota = tiny_facility(servers=9, agency="neighbour", quota_per_day=101)
    scenario = port_of(gate=tiny_facility(minutes=8), abroad=quota)
    found = find(scenario)
    assert found.causes[0].name == "abroad"
    assert (found.binding.why, found.binding.resource) == ("full", "quota")
    assert found.fullest[0] == "gate"
    limit, relief, _ = explain_limit(found, scenario, (), "kouan")
    assert "125 vehicles a day in the quota instead of 101" in relief  # 100 / 0.8
    assert "Art. 40" in relief
    assert "quota" in limit


def test_hours_that_are_too_short_are_found_although_lanes_have_time_to_spare():
    """Twelve hours of a lane for 100 trucks of 4 minutes: 56 %; half of the trucks come while it is shut."""
    scenario = port_of(yard=tiny_facility(minutes=9), gate=tiny_facility(minutes=4, hours="day"))
    found = find(scenario)
    assert found.causes[0].name == "gate"
    assert found.binding.why == "closed"
    assert found.fullest[0] == "yard"
    limit, relief, _ = explain_limit(found, scenario, (), "kouan")
    assert "the hours are too short here" in limit
    assert "round the clock its load would be 28%" in relief  # 100 x 4 / 1,440


def test_short_overlap_with_the_neighbour_is_named():
    """The gate is open from 07:00 to 19:00, the neighbour from 17:00 to 05:00: two hours of both."""
    late = tiny_facility(servers=3, agency="neighbour", hours="late", places=5)
    scenario = tiny_scenario(
        **{
            "port.hours.late": {"timezone": "Asia/Shanghai", "open": "Mo-Su 17:00-05:00"},
            "port.facilities": {"gate": tiny_facility(servers=3, hours="day"), "abroad": late},
            "port.selections": {},
            "port.routes.out.through": ["gate", "abroad"],
        }
    )
    found = find(scenario)
    assert {cause.name for cause in found.causes[:2]} == {"gate", "abroad"}
    assert found.binding.why == "closed"
    assert "for 2.0 h a day only" in explain_limit(found, scenario, (), "kouan")[1]


def test_crew_that_two_desks_share_is_found_and_not_the_desks():
    """Two desks of 6.8 minutes with a lane each: 47 % of either's time, 94 % of the one team's."""
    desk = {"minutes": 6.8, "crew": "team"}
    scenario = port_of(first=tiny_facility(**desk), second=tiny_facility(**desk), yard=tiny_facility(minutes=10))
    found = find(scenario)
    assert found.causes[0].name == "team"
    assert (found.binding.why, found.binding.resource) == ("full", "crew")
    assert found.binding.use == pytest.approx(200 * 6.8 / 1440, rel=0.05)
    assert found.is_sure
    assert "2 teams instead of 1" in explain_limit(found, scenario, (), "kouan")[1]


def test_yard_that_fills_the_road_is_found_behind_the_queue():
    classes = {"car": {"label": "cars", "label_zh": "车", "per_day": 100, "profile": "flat", "route": "car"}}
    yard = exponential(13.6, places=2)
    scenario = road_port(
        {"approach": road("a", "b", 0.1)},
        {"car": ["approach", "yard"]},
        {"yard": yard},
        **{"demand.classes": classes, "horizon.days": 7},
    )
    found = find(scenario)
    assert found.causes[0].name == "yard"
    assert found.stands_at[0] in ("approach", "before approach")
    assert "The queue stands at" in explain_limit(found, scenario, (), "kouan")[0]


def test_road_whose_end_lets_few_out_is_found():
    classes = {"car": {"label": "cars", "label_zh": "车", "per_day": 500, "profile": "flat", "route": "car"}}
    links = {"approach": road("a", "b", exit_capacity_vph=22.0), "rest": road("b", "c")}
    changes = {"demand.classes": classes, "horizon.days": 2}
    scenario = road_port(links, {"car": ["approach", "rest"]}, **changes)
    found = find(scenario, 3)
    assert found.causes[0].name == "approach"
    assert found.binding.resource is None
    assert "lane" in explain_limit(found, scenario, (), "kouan")[1]


def test_cargo_for_which_too_few_trains_come_is_found():
    """Eight boxes a day, and one train that takes four."""
    scenario = rail_scenario(
        **{
            "demand.classes.other": train("other", "05:00", takes={"cargo": "box", "units": 4}),
            "horizon": {"start": "2025-09-01", "warmup_days": 1, "days": 4},
        }
    )
    found = find(scenario, 2)
    assert found.causes[0].name == "yard.storage"
    assert (found.binding.resource, found.binding.use) == ("room", 2.0)
    relief = explain_limit(found, scenario, (), "kouan")[1]
    assert "10 units of room on vehicles a day instead of 4" in relief  # 8 / 0.8


def twin_gates() -> Scenario:
    """Return two gates that are alike, for two classes that are alike."""
    truck = {"label": "trucks", "label_zh": "车", "per_day": 80, "profile": "flat"}
    return tiny_scenario(
        **{
            "port.facilities": {"left": exponential(12), "right": exponential(12)},
            "port.selections": {},
            "port.routes": {side: {"direction": "export", "through": [side]} for side in ("left", "right")},
            "demand.classes": {side: truck | {"route": side} for side in ("left", "right")},
            "horizon.days": 7,
        }
    )


def test_two_gates_that_are_alike_are_not_told_apart():
    found = find(twin_gates(), 10)
    assert {cause.name for cause in found.causes[:2]} == {"left", "right"}
    assert not found.is_sure
    assert explain_limit(found, twin_gates(), (), "kouan")[2].startswith("Not sure")
    assert "not sure" in summarise_limit(found, twin_gates())


def test_one_run_is_never_sure():
    found = find(SLOW_GATE, 1)
    assert not found.is_sure
    assert "one run has no interval" in explain_limit(found, SLOW_GATE, (), "kouan")[2]


def test_port_without_delay_has_no_cause():
    found = find(port_of(gate=tiny_facility(servers=50)), 2)
    assert found.causes == ()
    assert len(explain_limit(found, SLOW_GATE, (), "kouan")) == 1


def test_class_whose_queue_grows_is_named_in_both_languages():
    scenario = port_of(gate=tiny_facility(minutes=20))
    found = find(scenario)
    assert found.unstable == ("truck",)
    assert "Queues grow without end (trucks)" in explain_limit(found, scenario, (), "kouan")[2]
    assert "排队不断增长（货车）" in explain_limit(found, scenario, (), "kouan", "zh")[2]


def test_bottleneck_that_another_lane_moves_is_said_to_move():
    wider = port_of(gate=tiny_facility(servers=4, minutes=13.6), yard=tiny_facility(minutes=5, label="yard"))
    before, after = find(SLOW_GATE), find(wider)
    assert explain_move(before, after, wider) == "What limits the port moved from post to yard."
    assert explain_move(before, before, wider) == "What limits the port is still post."


def lever(**settings: Any) -> Policy:
    words = {"question": "?", "question_zh": "？", "article": "Art. 1", "costs": "nothing", "costs_zh": "无"}
    return Policy(**words, basis="none", set={"port": settings})


def test_levers_are_those_that_touch_the_cause_and_do_not_load_it_more():
    storm = {"label": "storm", "label_zh": "大风", "day": 1, "lasts": hours(2), "shuts": ["always"]}
    policies = {
        "wider": lever(facilities={"gate": {"servers": 3}}),
        "wide": lever(facilities={"gate": {"servers": 2}}),
        "slower": lever(facilities={"gate": {"service": {"kind": "constant", "mean_min": 14}}}),
        "elsewhere": lever(facilities={"yard": {"servers": 2}}),
        "same": lever(facilities={"gate": {"servers": 1}}),
        "of_another_port": lever(facilities={"dock": {"servers": 2}}),
        "trouble": lever(facilities={"gate": {"servers": 4}}, disruptions={"storm": storm}),
    }
    assert find_levers(SLOW_GATE, "gate", policies, SLOW_GATE) == ["wider", "wide"]


def test_lever_that_collides_with_a_policy_that_is_there_is_none():
    policies = {
        "wide": lever(facilities={"gate": {"servers": 2}}),
        "wider": lever(facilities={"gate": {"servers": 3}}),
        "faster": lever(facilities={"gate": {"service": {"kind": "constant", "mean_min": 9}}}),
    }
    widened = apply_policies(SLOW_GATE, {"wide": policies["wide"]})
    assert find_levers(widened, "gate", policies, SLOW_GATE) == ["faster"]


def test_levers_of_hours_and_of_a_crew_are_found():
    desk = {"minutes": 6.8, "crew": "team"}
    scenario = port_of(first=tiny_facility(**desk), second=tiny_facility(**desk, hours="day"))
    policies = {"more": lever(crews={"team": {"teams": 2}}), "longer": lever(hours={"day": {"open": "24/7"}})}
    assert find_levers(scenario, "team", policies, scenario) == ["more", "longer"]


def test_command_to_try_keeps_the_policies_that_are_there():
    scenario = SLOW_GATE.model_copy(update={"policies": ("one",)})
    relief = explain_limit(find(SLOW_GATE), scenario, ["two", "three"], "kouan port=x")[1]
    assert "kouan port=x policy=[one,two]" in relief

"""Every outcome is explained: the dictionary has exactly the measures that runs have, with their units."""

import sim
from sim.outcomes.dictionary import DICTIONARY, SCOPES, list_measures
from sim.study.recovery import add_recovery

LEVERS = "trusted_trader_lane,surge_lanes"


def run_all():
    """Yield the outcomes of ports and policies that between them have everything there is to measure."""
    without, outage = (
        sim.load_scenario(f"policy=[{chosen}]", "horizon=smoke")
        for chosen in (LEVERS, f"{LEVERS},disruption_system_outage")
    )
    study = sim.replicate({"without": without, "with": outage}, replications=1, workers=1)
    yield add_recovery(study, "without", "with")
    for words in (["port=horgos_city", "policy=[appointments,holding_yard_metering]"], ["port=horgos_rail"]):
        yield sim.replicate({"": sim.load_scenario(*words, "horizon=smoke")}, replications=1, workers=1).outcomes


def test_dictionary_has_the_measures_and_units_of_runs_and_no_others():
    found = {row for outcomes in run_all() for row in outcomes.select("scope", "measure", "unit").unique().iter_rows()}
    assert found == {(scope, measure.name, measure.unit) for scope, measure in list_measures()}


def test_every_scope_and_measure_is_explained_once():
    assert list(SCOPES) == list(DICTIONARY)
    for measures in DICTIONARY.values():
        assert len({measure.name for measure in measures}) == len(measures)
        assert all(measure.meaning for measure in measures)

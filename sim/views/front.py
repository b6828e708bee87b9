"""The verified front of a search, read again from its folder."""

from pathlib import Path

from matplotlib.figure import Figure

from sim.scenario.study_file import read_study_file
from sim.study.verification import BASELINE
from sim.views.naming import name_port
from sim.views.outcome_names import name_outcome
from sim.views.phrases import Language
from sim.views.run_folder import read_csv, read_experiment_of
from sim.views.sensitivity import Candidate, draw_front


def draw_stored_front(folder: Path, language: Language) -> Figure | None:
    """Draw all candidates by their first two objectives; None if none was verified."""
    table, baseline = read_csv(folder, "front"), read_experiment_of(folder).baseline
    across, up, *_ = read_study_file(folder / "study.yaml").objectives
    found = {each: table.filter(outcome=each).drop_nulls("mean") for each in (across, up)}
    both = found[across].join(found[up], on="scenario", suffix="_up")
    if both.filter(place="front").is_empty():
        return None
    candidates = [
        Candidate(
            row["scenario"],
            row["mean"],
            row["mean_up"],
            row["half_width"],
            row["half_width_up"],
            kept=row["place"] == "front",
            mark=row["scenario"] == BASELINE,
        )
        for row in both.iter_rows(named=True)
    ]
    x, y = (f"{name_outcome(each, baseline, language)} ({found[each]['unit'][0]})" for each in (across, up))
    return draw_front(candidates, x, y, name_port(baseline, language), language)

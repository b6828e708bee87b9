"""Verifies what a search found, by runs with luck that the search has not seen.

Of many points the best of few runs are those that were good or lucky: their own numbers are too good (the winner's
curse). So only fresh runs say which points are on the front and how good they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.study.comparison import KEY, compare_scenarios, split_outcome, summarise
from sim.study.frontier import find_beaten
from sim.study.goals import Goals, Judgement, judge_points
from sim.study.search import is_on_front

FloatArray = NDArray[np.float64]
BASELINE = "baseline"
"""What tables call the world as it is; the first point of every search."""


@dataclass(frozen=True)
class Verified:
    """What fresh runs say of the candidates of a search.

    `front` is in the order of the first objective. `equals` are not beaten for certain, but means of others are
    better in all. `claimed` is the front as the search itself saw it, `fallen` those of it that another beats or that
    break a constraint. `shifts`: by how much fresh means of the claimed are above what the search saw, for each
    objective, in its unit; `luck`: the same of the baseline, which nobody chose. All points of a search share their
    luck, so a shift beyond the baseline's is what the search flattered itself by. None if there is nothing to compare.
    """

    judgements: Mapping[str, Judgement]
    beaten_by: Mapping[str, str]
    front: Sequence[str]
    equals: Sequence[str]
    claimed: Sequence[str]
    fallen: Sequence[str]
    shifts: Sequence[float] | None
    luck: Sequence[float] | None

    @property
    def knee(self) -> str:
        """The point of the front that is nearest to the best of every objective, each from 0 to 1 over the front."""
        values = _values(self.judgements, self.front)
        ranges = np.ptp(values, axis=0)
        scaled = (values - values.min(axis=0)) / np.where(ranges > 0.0, ranges, 1.0)
        return self.front[int(np.argmin(np.square(scaled).sum(axis=1)))]


def pick_candidates(
    outcomes: pl.DataFrame, judgements: Mapping[str, Judgement], goals: Goals, confidence: float, most: int
) -> list[str]:
    """Return the points that may be on the front, as far as few runs tell: no other beats them for certain.

    Those nearest to the front of the means come first; at most so many. How near: what every objective would have to
    be better by, in parts of the first point's, for no other to be better in all of them.
    """
    kept = [label for label, each in judgements.items() if each.is_kept]
    if not kept:
        return []
    objectives = [split_outcome(key) for key in goals.objectives]
    beaten = find_beaten(outcomes.filter(pl.col("scenario").is_in(kept)), confidence, objectives)
    values = _values(judgements, kept)
    values = values / (np.abs(values[0]) + np.finfo(float).tiny)
    behind = (values[:, None] - values[None]).min(axis=-1).max(axis=-1)
    on_front = is_on_front(values)
    hopeful = [place for place, label in enumerate(kept) if beaten[label] is None or on_front[place]]
    hopeful.sort(key=lambda place: (not on_front[place], behind[place]))
    return [kept[place] for place in hopeful[:most]]


def verify_front(
    outcomes: pl.DataFrame, searched: Mapping[str, Judgement], goals: Goals, confidence: float
) -> Verified:
    """Return what fresh outcomes of candidates, and of the baseline, say; `searched` is what the search thought."""
    judgements = judge_points(outcomes, goals, confidence)
    kept = [label for label, each in judgements.items() if each.is_kept]
    objectives = [split_outcome(key) for key in goals.objectives]
    rows = outcomes.filter(pl.col("scenario").is_in(kept))
    beaten = find_beaten(rows, confidence, objectives) if kept else {}
    unbeaten = [label for label, other in beaten.items() if other is None]
    values = _values(judgements, unbeaten)
    best = {label for label, is_best in zip(unbeaten, is_on_front(values).tolist(), strict=True) if is_best}
    claimed = _list_claimed(searched)
    return Verified(
        judgements,
        {label: other for label, other in beaten.items() if other is not None},
        sorted(best, key=lambda label: (judgements[label].objectives, label)),
        [label for label in unbeaten if label not in best],
        claimed,
        [label for label in claimed if label in judgements and label not in unbeaten],
        _measure_shifts([label for label in claimed if label != BASELINE], searched, judgements),
        _measure_shifts([BASELINE], searched, judgements),
    )


def tabulate_verified(outcomes: pl.DataFrame, verified: Verified, goals: Goals, confidence: float) -> pl.DataFrame:
    """Return a row for each candidate and outcome, those of the front first and in its order.

    Columns: scenario, place (front, equal, beaten, or why it is none), beaten_by, outcome, unit, mean, half_width,
    difference and difference_half_width (paired, to the baseline; null if that has no results), replications.
    """
    rows = outcomes.with_columns(outcome=KEY).filter(pl.col("outcome").is_in(goals.outcomes)).drop("outcome")
    means = summarise(rows, confidence).with_columns(outcome=KEY)
    places = _list_places(verified)
    paired = [_compare(rows, label, confidence) for label in places] if BASELINE in places else []
    differences = pl.concat(paired) if paired else _NO_DIFFERENCES
    order = pl.DataFrame({"scenario": list(places), "place": list(places.values())}).with_columns(
        beaten_by=pl.col("scenario").replace_strict(dict(verified.beaten_by), default=None, return_dtype=pl.String)
    )
    table = order.join(means, on="scenario", how="left", maintain_order="left")
    table = table.join(differences, on=["scenario", "outcome"], how="left", maintain_order="left")
    named = ("scenario", "place", "beaten_by", "outcome", "unit", "mean", "half_width")
    return table.select(*named, "difference", "difference_half_width", "replications")


_NO_DIFFERENCES = pl.DataFrame(
    schema={
        "scenario": pl.String,
        "outcome": pl.String,
        "difference": pl.Float64,
        "difference_half_width": pl.Float64,
    }
)


def _compare(rows: pl.DataFrame, label: str, confidence: float) -> pl.DataFrame:
    return compare_scenarios(rows, BASELINE, label, confidence).select(
        pl.lit(label).alias("scenario"), KEY.alias("outcome"), "difference", difference_half_width="half_width"
    )


def _list_places(verified: Verified) -> dict[str, str]:
    """Return what has become of each candidate, those of the front first."""
    others = [label for label in verified.judgements if label not in {*verified.front, *verified.equals}]
    places = dict.fromkeys(verified.front, "front") | dict.fromkeys(verified.equals, "equal")
    return places | {
        label: "beaten" if label in verified.beaten_by else verified.judgements[label].state for label in others
    }


def _list_claimed(searched: Mapping[str, Judgement]) -> list[str]:
    """Return the front of the search's own means."""
    kept = [label for label, each in searched.items() if each.is_kept]
    best = is_on_front(_values(searched, kept))
    return [label for label, is_best in zip(kept, best.tolist(), strict=True) if is_best]


def _measure_shifts(
    labels: Sequence[str], searched: Mapping[str, Judgement], fresh: Mapping[str, Judgement]
) -> list[float] | None:
    """Return the mean of (fresh - searched) over points that have values in both, for each objective."""
    both = [
        label
        for label in labels
        if all(label in each and each[label].state != "no value" for each in (searched, fresh))
    ]
    return (_values(fresh, both) - _values(searched, both)).mean(axis=0).tolist() if both else None


def _values(judgements: Mapping[str, Judgement], labels: Sequence[str]) -> FloatArray:
    """Return objectives, labels by objectives."""
    width = len(next(iter(judgements.values())).objectives) if judgements else 0
    return np.array([judgements[label].objectives for label in labels], dtype=float).reshape(len(labels), width)

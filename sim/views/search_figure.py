"""The figure of a search: everything that was tried, and the verified front with its intervals, in two objectives."""

from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.study.verification import BASELINE
from sim.views.figures import COLOURS
from sim.views.labels import head, name_points
from sim.views.search import Found, head_outcome, name_bests

FloatArray = NDArray[np.float64]
FIRST, MARK, TRIED = COLOURS[0], COLOURS[1], "0.6"


def draw_front(found: Found, replications: int) -> Figure:
    """Return the first two objectives of all points; the small ones are of so many replications.

    All runs of the search share their luck, good or bad: it would move the small ones against the front. So they are
    drawn where the line that fits fresh means of the candidates to those of the search puts them. The picture shows
    the front, the baseline and what is near.
    """
    figure = Figure(figsize=(11.0, 5.5), layout="constrained")
    axes = figure.subplots()
    _draw_tried(axes, found)
    _draw_verified(axes, found)
    axes.set_xlabel(head_outcome(found, found.study.objectives[0]))
    axes.set_ylabel(head_outcome(found, found.study.objectives[1]))
    beyond = _zoom(axes, found)
    axes.xaxis.set_major_formatter("{x:,.0f}" if max(np.abs(axes.get_xlim())) >= 1000.0 else "{x:g}")
    bests = name_bests(found)
    texts = [(*_read_both(found, label), what, MARK) for what, label in bests.items()]
    name_points(axes, texts)
    port = found.baseline.port
    head(axes, found.say["head"].format(port=port.name_zh if found.language == "zh" else port.name), above=20)
    note = found.say["note"].format(replications=replications, beyond=beyond)
    axes.annotate(note, (0, 1), (0, 6), "axes fraction", "offset points", fontsize=8, color="0.35")
    axes.legend(frameon=False, fontsize=8, loc="upper right")
    return figure


def _draw_tried(axes: Axes, found: Found) -> None:
    """Draw points that keep the constraints as dots, and those that break them as crosses, behind all else."""
    styles: tuple[tuple[str, dict[str, Any]], ...] = (
        ("broken", {"marker": "x", "s": 16, "linewidths": 0.8, "color": "0.7"}),
        ("tried", {"marker": "o", "s": 14, "linewidths": 0.0, "color": TRIED}),
    )
    for name, style in styles:
        across, up = _place_tried(found, "kept" if name == "tried" else name)
        if len(across):
            axes.scatter(across, up, label=found.say[name], zorder=1, **style)


def _place_tried(found: Found, state: str) -> tuple[FloatArray, FloatArray]:
    """Return where the points of a state are drawn, those of the front left out."""
    rows = found.trials.filter(pl.col("state") == state, ~pl.col("scenario").is_in([*found.verified.front, BASELINE]))
    across, up = (expect_fresh(found, outcome, rows[outcome]) for outcome in found.study.objectives[:2])
    return across, up


def expect_fresh(found: Found, outcome: str, means: pl.Series) -> FloatArray:
    """Return what fresh means are to be expected, by least squares over the candidates; a shift if these are equal."""
    fresh = found.table.filter(pl.col("outcome") == outcome).select("scenario", fresh="mean")
    both = found.trials.select("scenario", searched=outcome).join(fresh, on="scenario").drop_nulls()
    if both.is_empty():
        return means.to_numpy()
    x, y = both["searched"].to_numpy(), both["fresh"].to_numpy()
    spread = float(((x - x.mean()) ** 2).sum())
    slope = float(((x - x.mean()) * (y - y.mean())).sum()) / spread if spread > 0.0 else 1.0
    return np.asarray(y.mean() + slope * (means.to_numpy() - x.mean()))


def _draw_verified(axes: Axes, found: Found) -> None:
    """Draw the front, as a staircase through its points, and the baseline."""
    front = found.verified.front
    x, y = np.array([_read_both(found, label) for label in front]).T
    across, up = found.study.objectives[:2]
    if len(found.study.objectives) == 2:
        axes.step(x, y, where="post", color=MARK, lw=1.0, alpha=0.5, zorder=2)
    bars: dict[str, Any] = {"fmt": "o", "ms": 5, "elinewidth": 0.9, "zorder": 3}
    bars |= {"xerr": [_spread(found, label, across) for label in front]}
    bars |= {"yerr": [_spread(found, label, up) for label in front]}
    axes.errorbar(x, y, **bars, color=MARK, label=found.say["front"])
    if (BASELINE, across) in found.cells:
        axes.plot(*_read_both(found, BASELINE), "D", color=FIRST, ms=7, zorder=4, label=found.say["baseline"])


def _read_both(found: Found, label: str) -> tuple[float, float]:
    across, up = found.study.objectives[:2]
    return found.cells[label, across]["mean"], found.cells[label, up]["mean"]


def _spread(found: Found, label: str, outcome: str) -> float:
    """Return the half-width of the difference to the baseline; of the mean if there is none."""
    row = found.cells[label, outcome]
    return (row["half_width"] if row["difference"] is None else row["difference_half_width"]) or 0.0


def _zoom(axes: Axes, found: Found) -> str:
    """Leave out what lies far above or right of the front and the baseline; return words for how many points."""
    labels = [*found.verified.front, *([BASELINE] if (BASELINE, found.outcomes[0]) in found.cells else [])]
    ends = np.array([_read_both(found, label) for label in labels])
    far = ends.max(axis=0) + 0.6 * np.ptp(ends, axis=0)
    ranges = np.array([axes.get_xlim(), axes.get_ylim()])
    limits = np.where(np.ptp(ends, axis=0) > 0.0, np.minimum(far, ranges[:, 1]), ranges[:, 1])
    axes.set_xlim(right=limits[0])
    axes.set_ylim(top=limits[1])
    points = [np.stack(_place_tried(found, state), axis=-1) for state in ("kept", "broken")]
    beyond = int((np.concatenate(points) > limits).any(axis=1).sum())
    return found.say["beyond"].format(count=beyond) if beyond else ""

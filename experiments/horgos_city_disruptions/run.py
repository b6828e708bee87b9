"""Runs the study: a closed lane, a day of snow and a shut neighbour at Horgos, on a 12-hour and on a 24-hour day."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

import sim
from sim.outcomes.window import DAY_MIN, Window
from sim.scenario.hours import DAYS
from sim.scenario.schema import Scenario
from sim.study.recovery import add_recovery
from sim.views.figures import COLOURS
from sim.views.labels import STYLE, mark_hours, name_beside, shade_disruptions
from sim.views.markdown import format_difference, format_table, write_tables
from sim.views.progress import show_progress

HERE = Path(__file__).parent
HOURS = {"12 h": "", "24 h": "hours_24x7"}
DISRUPTIONS = {
    "lane_closed": "lane closed for 2 h",
    "snow_day": "a day of snow",
    "neighbour_shut": "neighbour shut, a day",
}
SHOWN_DAYS = {"lane_closed": (0.25, 1.0), "snow_day": (0.5, 3.0), "neighbour_shut": (1.0, 13.0)}
"""Days before the beginning of each disruption, and after it, that the figure shows."""
MEASURES = {
    "extra_queue_max": "more vehicles held up, at most",
    "extra_queue_max_km": "more km of road queue, at most",
    "recovery_at_least": "hours from its end until that is gone",
    "not_recovered": "runs that end before, %",
    "road_delay_port": "delay of port traffic",
    "road_delay_others": "delay of others",
}


def run(
    horizon: str = "fortnight", replications: int = 20, out: Path = HERE, workers: int | None = None
) -> pl.DataFrame:
    """Run all days with and without disruptions, write `table.csv` and `figure.png` to `out`, and return the table."""
    scenarios = {
        _label(hours, disruption): _load(horizon, hours, disruption)
        for hours in HOURS
        for disruption in ("", *DISRUPTIONS)
    }
    with show_progress(replications * len(scenarios)) as tick:
        study = sim.replicate(scenarios, replications, seed=1, workers=workers, on_done=tick)
    table = pl.concat(compare_pair(study, hours, disruption) for hours in HOURS for disruption in DISRUPTIONS)
    table.write_csv(out / "table.csv", float_precision=4)
    plot_disruptions(study, out / "figure.png")
    return table


def _label(hours: str, disruption: str = "") -> str:
    return f"{hours}, {disruption}" if disruption else hours


def _load(horizon: str, hours: str, disruption: str) -> Scenario:
    names = ",".join(name for name in (HOURS[hours], disruption and f"disruption_{disruption}") if name)
    return sim.load_scenario("port=horgos_city", f"horizon={horizon}", f"policy=[{names}]")


def compare_pair(study: sim.Study, hours: str, disruption: str) -> pl.DataFrame:
    """Return what a disruption adds to the same days with the same hours without it: a row for each outcome."""
    baseline, other = _label(hours), _label(hours, disruption)
    horizon = study.scenarios[other].horizon
    end_min = study.scenarios[other].port.disruptions[disruption].certain_span(horizon)[1]
    added = add_recovery(study, baseline, other).filter(scope="recovery")
    recovery = added.filter(measure="recovery")
    lasted = pl.col("value").fill_nan((horizon.end_min - end_min) / 60.0)
    delays = study.outcomes.filter(pl.col("scenario").is_in([baseline, other]), pl.col("name") == "port")
    delays = delays.filter(pl.col("measure").is_in(["road_delay_port", "road_delay_others"]))
    rows = [
        added.filter(pl.col("measure") != "recovery"),
        recovery.with_columns(pl.lit("recovery_at_least").alias("measure"), lasted),
        recovery.with_columns(
            pl.lit("not_recovered").alias("measure"),
            pl.lit("%").alias("unit"),
            pl.col("value").is_nan().cast(pl.Float64) * 100.0,
        ),
    ]
    without = [each.with_columns(pl.lit(baseline).alias("scenario"), pl.lit(0.0).alias("value")) for each in rows]
    in_all = delays.with_columns(pl.lit("vehicle-h").alias("unit"), pl.col("value") * horizon.days)
    return sim.compare(pl.concat([*without, *rows, in_all]), baseline, other).select(
        pl.lit(hours).alias("policy"), pl.lit(disruption).alias("name"), pl.exclude("scope", "name")
    )


def plot_disruptions(study: sim.Study, path: Path) -> None:
    """Draw mean vehicles held up on our side with and without each disruption, a column for each day, as PNG."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(13.0, 9.0), layout="constrained")
        panels = figure.subplots(len(DISRUPTIONS), len(HOURS), sharey="row")
        for row, disruption in zip(panels, DISRUPTIONS, strict=True):
            for axes, hours in zip(row, HOURS, strict=True):
                _draw_disruption(axes, study, hours, disruption)
            row[0].set_ylim(0.0, 1.12 * max(axes.dataLim.y1 for axes in row))
            for axes, hours in zip(row, HOURS, strict=True):
                _name_lines(axes, study, hours, disruption)
            row[0].set_ylabel("vehicles held up, our side")
        text = f"{study.scenarios['12 h'].port.name}: who waits or is blocked, mean of {study.replications} runs"
        figure.suptitle(text, fontsize=12, x=0.01, ha="left")
        figure.savefig(path, dpi=130)


def _draw_disruption(axes: Axes, study: sim.Study, hours: str, disruption: str) -> None:
    scenario = study.scenarios[_label(hours, disruption)]
    window = _shown(scenario, disruption)
    (time_min, before), (_, after) = (
        _mean_held_up(study, label, window) for label in (_label(hours), _label(hours, disruption))
    )
    axes.fill_between(time_min, before, after, color=COLOURS[1], alpha=0.2, lw=0)
    axes.plot(time_min, before, color=COLOURS[0], lw=1.4)
    axes.plot(time_min, after, color=COLOURS[1], lw=1.8)
    mark_hours(axes, scenario, window)
    axes.xaxis.set_major_locator(MultipleLocator(360.0 if window.days < 2.0 else 720.0))
    if window.days > 5.0:
        days = np.arange(np.ceil(window.begin / DAY_MIN), window.end / DAY_MIN)
        names = [DAYS[(scenario.start.weekday() + int(day)) % 7] for day in days]
        axes.set_xticks(days * DAY_MIN, names)
        axes.set_xlabel("midnights")
    axes.set_title(f"{DISRUPTIONS[disruption]}, {hours} of service", loc="left", fontsize=9.5, fontweight="bold")


def _name_lines(axes: Axes, study: sim.Study, hours: str, disruption: str) -> None:
    window = _shown(study.scenarios[_label(hours, disruption)], disruption)
    before, after = (_mean_held_up(study, label, window)[1] for label in (_label(hours), _label(hours, disruption)))
    names = [
        (float(before[-1]), "without", COLOURS[0]),
        (float(after[-1]), f"with it: at most\n{(after - before).max():,.0f} more", COLOURS[1]),
    ]
    name_beside(axes, names, 0.16)
    shade_disruptions(axes, study.drawn(_label(hours, disruption)).port.disruptions.values(), window)


def _shown(scenario: Scenario, disruption: str) -> Window:
    begin = scenario.port.disruptions[disruption].begin_min(scenario.horizon)
    before, after = (DAY_MIN * days for days in SHOWN_DAYS[disruption])
    return Window(max(begin - before, 0.0), min(begin + after, scenario.horizon.end_min))


def _mean_held_up(study: sim.Study, label: str, window: Window) -> tuple[np.ndarray, np.ndarray]:
    runs = study.series[label]
    shown = window.holds(runs[0].grid_min)
    return runs[0].grid_min[shown], np.mean([run.held_up.sum(axis=0)[shown] for run in runs], axis=0)


def format_tables(table: pl.DataFrame) -> str:
    """Return `table.csv` as two Markdown tables: the queue and how long it stays, and delay on roads in all."""
    queue, delay = list(MEASURES)[:4], list(MEASURES)[4:]
    return "\n\n".join(
        f"{caption}\n\n{_format_table(table, measures)}"
        for caption, measures in (
            ("**The queue that a disruption adds**, and how long it stays.", queue),
            ("**Delay on roads that it adds**: vehicle-hours in the 14 days, in all.", delay),
        )
    )


def _format_table(table: pl.DataFrame, measures: list[str]) -> str:
    lines = []
    for disruption, text in DISRUPTIONS.items():
        for hours in HOURS:
            rows = table.filter(policy=hours, name=disruption)
            found = {row["measure"]: row for row in rows.iter_rows(named=True)}
            lines.append([text, hours, *(_format_cell(found[measure]) for measure in measures)])
    return format_table(["disruption", "service", *(MEASURES[measure] for measure in measures)], lines)


def _format_cell(row: dict[str, float]) -> str:
    if row["unit"] == "%":
        return f"{row['difference']:.0f}"
    return format_difference(row["difference"], row["half_width"]).removeprefix("+" if row["baseline"] == 0.0 else "")


if __name__ == "__main__":
    run()
    write_tables(HERE / "README.md", format_tables(pl.read_csv(HERE / "table.csv")))

"""Runs the study: Altynkol's terminal, smaller and bigger, while something else binds as it does today, or nothing."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import sim
from sim.scenario import Scenario
from sim.views.labels import STYLE
from sim.views.markdown import format_difference, format_table, write_tables
from sim.views.progress import show_progress

HERE = Path(__file__).parent
TERMINALS = {
    "as it is": "",
    "half of it": "half_terminal_altynkol",
    "ten more tracks": "rail_ten_tracks_altynkol",
    "another terminal": "rail_another_terminal_altynkol",
}
BASELINE, *OTHERS = TERMINALS
BY_SIZE = ("half of it", "as it is", "ten more tracks", "another terminal")
PLENTY = {  # so much of everything but the terminal that it never binds; all assumed
    "arrival_tracks_export.servers": 60,
    "documents_export.servers": 40,
    "technical_check_export.servers": 20,
    "train_scanner_export.servers": 4,
    "inspection_tracks_export.servers": 30,
    "release_export.servers": 4,
    "horgos_to_altynkol.quota_per_day": 90,
    "own_locomotives.servers": 60,
    "border_path_out.paths_per_day": 72,
    "altynkol_documents.servers": 40,
    "altynkol_wagons.servers": 20000,
    "altynkol_marshalling.servers": 20,
    "broad_path_out.paths_per_day": 96,
}
BINDING = {  # what is left as it is today
    "nothing else": (),
    "wagons": ("altynkol_wagons.servers",),
    "paths": ("border_path_out.paths_per_day", "broad_path_out.paths_per_day"),
    "quota": ("horgos_to_altynkol.quota_per_day",),
    "locomotives": ("own_locomotives.servers",),
    "our yard and desks": (
        "arrival_tracks_export.servers",
        "documents_export.servers",
        "technical_check_export.servers",
        "train_scanner_export.servers",
        "inspection_tracks_export.servers",
        "release_export.servers",
    ),
    "all as today": tuple(PLENTY),
    "all, slow lifts": tuple(PLENTY),
}
MORE = {"all, slow lifts": ("port.terminals.altynkol.lift.mean_min=6.6",)}
"""Assumed: a lift takes twice as long as N251 says, and Altynkol's capacity comes near that of N253."""
LOADS = {
    "today": (),
    "saturated": (  # far more trains than can pass
        "demand.classes.export_train.per_day=60",
        "demand.classes.export_train.timetable.paths_per_day=72",
        "demand.classes.broad_train.per_day=60",
        "demand.classes.broad_train.timetable.paths_per_day=72",
    ),
}
USES = {
    "use_cranes": "cranes",
    "use_tracks": "Altynkol's arrival tracks",
    "use_unloading": "unloading tracks",
    "use_wagons": "wagons",
    "use_locomotives": "locomotives",
    "use_quota": "quota",
    "use_border_paths": "paths across the border",
    "use_broad_paths": "room on paths beyond",
}
BACKLOGS = {"trains_waiting": "trains waiting on our side", "boxes_stored": "boxes in store at Altynkol"}
BLAMED = {  # what delays export trains and boxes, and the stops that it is
    "blame_store": ("blamed on Altynkol's store", ("altynkol.storage",)),
    "blame_cranes": ("on its cranes", ("altynkol.lift_off", "altynkol.across", "altynkol.lift_on")),
    "blame_unloading": ("on its unloading tracks", ("altynkol.unloading",)),
    "blame_loading": ("on its loading tracks", ("altynkol.loading",)),
    "blame_documents": ("on its customs", ("altynkol_documents",)),
    "blame_tracks": ("on its arrival tracks", ("altynkol_tracks",)),
    "blame_wagons": ("on wagons", ("altynkol_wagons",)),
    "blame_marshalling": ("on marshalling", ("altynkol_marshalling",)),
    "blame_broad_paths": ("on paths beyond", ("broad_path_out",)),
    "blame_border_paths": ("on paths across the border", ("border_path_out",)),
    "blame_locomotives": ("on locomotives", ("own_locomotives",)),
    "blame_quota": ("on the quota", ("horgos_to_altynkol",)),
    "blame_desks": ("on our desks", ("documents_export",)),
    "blame_checks": (
        "on our checks",
        (
            "technical_check_export",
            "train_scanner_export",
            "inspection_tracks_export",
            "train_check_export.customs",
            "train_check_export.border_police",
            "opening_on_wagon_export",
            "release_export",
        ),
    ),
    "blame_our_tracks": ("on our arrival tracks", ("arrival_tracks_export",)),
    "blame_all": ("on all of these", ()),
}
BOXES_PER_TRAIN = 50.0
GROWS = 0.02
"""What is there grows through the run by more than this share of what comes, beyond luck: no mean exists."""
GAINS = 0.05
"""What must at least be gained, as a share, for a limit to be called binding."""


def run(horizon: str = "month", replications: int = 10, out: Path = HERE, workers: int | None = None) -> pl.DataFrame:
    """Run all terminals with all that binds, write `table.csv` and `figure.png` to `out`, and return the table."""
    scenarios = dict(_load_scenarios(horizon))
    with show_progress(replications * len(scenarios)) as tick:
        study = sim.replicate(scenarios, replications, seed=1, workers=workers, on_done=tick)
    measured = measure(study)
    table = pl.concat(
        _compare(measured, load, binding, terminal) for load in LOADS for binding in BINDING for terminal in OTHERS
    )
    table.write_csv(out / "table.csv", float_precision=4)
    plot_grid(table, out / "figure.png")
    return table


def _load_scenarios(horizon: str) -> Iterator[tuple[str, Scenario]]:
    for load, demand in LOADS.items():
        for binding, kept in BINDING.items():
            plenty = [f"port.facilities.{key}={value}" for key, value in PLENTY.items() if key not in kept]
            for terminal, names in TERMINALS.items():
                words = ("port=horgos_rail", f"horizon={horizon}", *plenty, *demand, *MORE.get(binding, ()))
                words = (*words, f"policy=[{names}]")
                yield f"{load}/{binding}/{terminal}", sim.load_scenario(*words, config_dir=HERE)


def measure(study: sim.Study) -> pl.DataFrame:
    """Return as outcomes of scope `grid` what passes a day, hours of a box, use of what might bind, and backlogs."""
    values = study.outcomes.select("scenario", "replication", "value", key=pl.concat_str("scope", "name", "measure"))
    growth = sim.summarise(study.outcomes.filter(scope="class", name="export_box", measure="growth"))
    grows = dict(growth.select("scenario", pl.col("mean") - pl.col("half_width") > GROWS).iter_rows())
    rows = []
    for (label, replication), found in values.group_by("scenario", "replication", maintain_order=True):
        known = dict(found.select("key", "value").iter_rows())
        rows.append((label, replication, "grid", "export", "grows", "yes: 1", float(grows[label])))
        rows += [
            (label, replication, "grid", "export", name, unit, value)
            for name, unit, value in _measure_one(study.scenarios[str(label)], known)
        ]
    return pl.DataFrame(rows, schema=study.outcomes.schema, orient="row")


def _measure_one(scenario: Scenario, known: dict[str, float]) -> Iterator[tuple[str, str, float]]:
    facilities = scenario.port.facilities
    trains = known["cargoexport_boxleft_per_day"] / BOXES_PER_TRAIN
    yield "trains_per_day", "trains/day", trains
    yield "teu_per_day", "TEU/day", known["cargoexport_boxteu_per_day"]
    yield "box_stay", "h", known["cargoexport_boxstay_mean"]
    yield "use_cranes", "share", known["terminalaltynkolcrane_utilisation"]
    yield "use_tracks", "share", known["stationaltynkol_tracksutilisation"]
    yield "use_unloading", "share", known["terminalaltynkolunloading_track_utilisation"]
    yield "use_wagons", "share", known["stationaltynkol_wagonsutilisation"]
    yield "use_locomotives", "share", known["stationown_locomotivesutilisation"]
    for measure, stop, limit in (
        ("use_quota", "horgos_to_altynkol", facilities["horgos_to_altynkol"].quota_per_day),
        ("use_border_paths", "border_path_out", facilities["border_path_out"].paths_per_day),
    ):
        yield measure, "share", known[f"station{stop}visits_per_day"] / float(limit or np.nan)
    yield "use_broad_paths", "share", trains / float(facilities["broad_path_out"].paths_per_day or np.nan)
    yield "trains_waiting", "trains", known["sideexport/ourswaiting_mean"]
    yield "boxes_stored", "boxes", known["terminalaltynkolstored_mean"]
    blamed = _sum_blame(known)
    for measure, (_, stops) in BLAMED.items():
        hours = sum(blamed.get(stop, 0.0) for stop in stops or blamed)
        yield measure, "vehicle-h/day", hours


def _sum_blame(known: dict[str, float]) -> dict[str, float]:
    """Return by cause the hours a day that export trains and boxes, and not the empty trains, are delayed."""
    blamed: dict[str, float] = {}
    for key, hours in known.items():
        stop, _, cause = key.removeprefix("blame").removesuffix("delay").partition("/")
        delayed = any(f"passage{each}/{stop}waiting" in known for each in ("export_train", "export_box"))
        if key.startswith("blame") and key.endswith("delay") and delayed:
            blamed[cause] = blamed.get(cause, 0.0) + hours
    return blamed


def _compare(measured: pl.DataFrame, load: str, binding: str, terminal: str) -> pl.DataFrame:
    pair = sim.compare(measured, f"{load}/{binding}/{BASELINE}", f"{load}/{binding}/{terminal}")
    return pair.select(
        pl.lit(terminal).alias("policy"), pl.lit(f"{load}/{binding}").alias("name"), pl.exclude("scope", "name")
    )


def plot_grid(table: pl.DataFrame, path: Path) -> None:
    """Draw two maps as PNG: trains a day if far more are offered, and hours of a box at today's demand."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(14.0, 4.6), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        _draw_map(left, _grid(table, "saturated", "trains_per_day"), "Blues", 0, 60.0)
        left.set_title("Export trains a day, if far more are offered", loc="left", fontweight="bold", fontsize=10.5)
        _draw_map(right, _grid(table, "today", "box_stay"), "Oranges", 1, 72.0)
        right.set_title(
            "Hours of a box from arrival at Horgos, 17 trains a day", loc="left", fontweight="bold", fontsize=10.5
        )
        left.set_yticks(np.arange(len(BY_SIZE)), [f"Altynkol: {terminal}" for terminal in BY_SIZE])
        figure.supxlabel(
            "columns: what is left as it is today, all else plentiful; "
            "read down a column: what a bigger terminal brings; grows: no mean exists, boxes pile up day by day",
            fontsize=8.5,
            x=0.01,
            ha="left",
        )
        figure.savefig(path, dpi=130)


def _grid(table: pl.DataFrame, load: str, measure: str) -> np.ndarray:
    """Return values by terminal (rows, from the smallest) and what binds (columns); NaN where no mean exists."""
    return np.array(
        [
            [
                np.nan
                if measure == "box_stay" and _grows(table, f"{load}/{binding}", terminal)
                else _value(table, f"{load}/{binding}", terminal, measure)
                for binding in BINDING
            ]
            for terminal in BY_SIZE
        ]
    )


def _draw_map(axes: Axes, grid: np.ndarray, colours: str, digits: int, top: float) -> None:
    shade = np.ma.masked_invalid(grid)
    axes.set_facecolor("0.25")
    axes.imshow(shade, cmap=colours, vmin=0.0, vmax=top, aspect="auto")
    for row, column in np.ndindex(grid.shape):
        value = grid[row, column]
        dark = not np.isfinite(value) or value > 0.55 * top
        text = f"{value:.{digits}f}" if np.isfinite(value) else "grows"
        axes.text(column, row, text, ha="center", va="center", color="white" if dark else "black", fontsize=12)
    axes.set_xticks(np.arange(len(BINDING)), [fill(name, 11) for name in BINDING])
    axes.tick_params(length=0)
    axes.set_xticks(np.arange(len(BINDING) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(BY_SIZE) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", lw=2.0)
    axes.tick_params(which="minor", length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _find(table: pl.DataFrame, name: str, terminal: str, measure: str) -> dict[str, float]:
    policy = OTHERS[0] if terminal == BASELINE else terminal
    return table.row(by_predicate=_is(policy, name, measure), named=True)


def _is(policy: str, name: str, measure: str) -> pl.Expr:
    return (pl.col("policy") == policy) & (pl.col("name") == name) & (pl.col("measure") == measure)


def _value(table: pl.DataFrame, name: str, terminal: str, measure: str) -> float:
    return float(_find(table, name, terminal, measure)["baseline" if terminal == BASELINE else "other"])


def _grows(table: pl.DataFrame, name: str, terminal: str) -> bool:
    return _value(table, name, terminal, "grows") > 0.0


def format_tables(table: pl.DataFrame) -> str:
    """Return `table.csv` as Markdown tables: trains, TEU, hours, what binds, and what shows it."""
    return "\n\n".join(
        f"{caption}\n\n{body}"
        for caption, body in (
            (
                "**Trains a day, if far more are offered** (as many boxes as leave for Kazakhstan, 50 to a train).",
                _format_grid(table, "saturated", "trains_per_day"),
            ),
            (
                "**The same in TEU a day.**",
                _format_grid(table, "saturated", "teu_per_day", differences=False),
            ),
            (
                "**Hours of a box at today's demand**, from arrival at Horgos until its train is loaded at Altynkol.",
                _format_grid(table, "today", "box_stay"),
            ),
            (
                "**What binds**: the terminal, if a bigger one raises the trains a day by 5 % or more; the other, if "
                "plenty of it does.",
                _format_binding(table),
            ),
            (
                "**What shows it**: use of each resource, as a share; backlogs; and blame, in hours a day that export "
                "trains and boxes are delayed, by cause. The terminal as it is; first at today's demand, then if far "
                "more trains are offered.",
                _format_uses(table),
            ),
        )
    )


def _format_grid(table: pl.DataFrame, load: str, measure: str, differences: bool = True) -> str:
    lines = []
    for terminal in BY_SIZE:
        cells = [_format_cell(table, f"{load}/{binding}", terminal, measure, differences) for binding in BINDING]
        lines.append([terminal, *cells])
    return format_table(["Altynkol", *BINDING], lines)


def _format_cell(table: pl.DataFrame, name: str, terminal: str, measure: str, differences: bool) -> str:
    if measure == "box_stay" and _grows(table, name, terminal):
        return "grows"
    row = _find(table, name, terminal, measure)
    if not differences:
        return f"{_value(table, name, terminal, measure):,.0f}"
    if terminal == BASELINE:
        return f"{row['baseline']:,.2f}"
    return f"{row['other']:,.2f} ({format_difference(row['difference'], row['half_width'])})"


def _format_binding(table: pl.DataFrame) -> str:
    columns = [binding for binding in BINDING if binding not in MORE]
    trains = {
        (binding, terminal): _value(table, f"saturated/{binding}", terminal, "trains_per_day")
        for binding in columns
        for terminal in TERMINALS
    }
    lines = []
    for place, terminal in enumerate(BY_SIZE):
        cells = []
        for binding in columns:
            here = (1.0 + GAINS) * trains[binding, terminal]
            bigger = any(trains[binding, other] > here for other in BY_SIZE[place + 1 :])
            freed = trains["nothing else", terminal] > here
            cells.append(
                {(True, False): "terminal", (False, True): binding, (True, True): "both"}.get((bigger, freed), "—")
            )
        lines.append([terminal, *cells])
    return format_table(["Altynkol", *columns], lines)


def _format_uses(table: pl.DataFrame) -> str:
    columns = {"today's demand, all as today": "today/all as today", **{each: f"saturated/{each}" for each in BINDING}}
    lines = []
    blamed = {measure: text for measure, (text, _) in BLAMED.items()}
    for measure, text in (USES | BACKLOGS | blamed).items():
        digits = 2 if measure in USES else 0
        cells = [f"{_value(table, name, BASELINE, measure):,.{digits}f}" for name in columns.values()]
        lines.append([text, *cells])
    return format_table(["the terminal as it is", *columns], lines)


if __name__ == "__main__":
    run()
    write_tables(HERE / "README.md", format_tables(pl.read_csv(HERE / "table.csv")))

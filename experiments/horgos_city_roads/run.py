"""Runs the study: appointments, an extra lane, metering and longer hours at Horgos with its roads, against 12 hours."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import sim
from sim.outcomes.window import DAY_MIN, Window
from sim.views.figures import COLOURS
from sim.views.labels import STYLE
from sim.views.markdown import format_difference, format_table, write_tables
from sim.views.progress import show_progress

HERE = Path(__file__).parent
POLICIES = {  # in the order of the staff that they take
    "12 h": "",
    "12 h, appointments": "appointments,appointments_fast_track",
    "12 h, called from the holding yard": "holding_yard_metering",
    "12 h, one more road lane": "extra_road_lane",
    "12 h, priority at the junction": "junction_priority_port",
    "24 h, same staff": "hours_24x7_same_staff",
    "24 h, same staff, night machine check": "hours_24x7_same_staff,night_machine_check",
    "12 h, one more lane at each check": "extra_lanes",
    "14 h": "hours_14h",
    "24 h": "hours_24x7",
    "24 h, appointments": "hours_24x7,appointments,appointments_fast_track",
}
BASELINE, *OTHERS = POLICIES
CLASSES = {
    "export_truck": "export trucks",
    "export_fast_truck": "fast-track trucks",
    "enter_empty_and_load": "trucks that enter empty",
    "import_truck": "import trucks",
    "export_car": "export cars",
}
APPROACH = ("g30_west", "exit_road", "ring_to_city", "city_to_yard", "port_road_out")
"""The roads of an export truck to the port gate."""
CITY_ROADS = ("exit_road", "ring_to_city", "city_to_yard", "city_street_in")
"""Roads with a way to the port on which others drive, too."""
ROADS = {
    "port_road_out": "port road, trucks",
    "port_road_cars": "port road, cars",
    "city_to_yard": "port avenue",
    "ring_to_city": "ring road to city junction",
    "city_street_in": "city street",
}
CITY_CAUSES = {
    "smart_gate_export": "export gate",
    "scale_export": "weighbridge",
    "permit_export": "transport permit",
    "national_gate": "national gate",
    "collection_yard": "collection yard",
    "ring_to_city": "city junction itself",
}
CAUSES = {
    "smart_gate_export": "export gate",
    "car_gate_export": "export gate for cars",
    "car_yard": "car yard",
    "border_police_car": "border police, cars",
    "neighbour_entry": "neighbour, trucks",
    "neighbour_entry_car": "neighbour, cars",
}
MEASURES = {
    "port": ("staff_hours", "road_delay_port", "road_delay_others"),
    "direction": ("growth",),
    "class": ("release_mean", "home_wait_mean", "wish_to_release_mean", "metered"),
    "approach": ("queue_max_km", "full_days"),
    "road": ("queue_max_km", "full"),
    "city": ("delay",),
    "cause": ("delay",),
}
GROWS = 0.02
"""Vehicles present that grow through the run by more than this share of arrivals, beyond luck: no mean exists."""
TITLES = (
    "Others delayed on roads, vehicle-hours a day",
    "Queue before the port gate, km at most",
    "Export trucks: mean hours from wish to release",
    "Staff-hours a day, our side",
)
LEGEND = (
    "others: traffic that has nothing to do with the port; queue: on the export trucks' roads, "
    "from the expressway to the port gate; black lines: intervals of the mean"
)


def run(
    horizon: str = "fortnight", replications: int = 20, out: Path = HERE, workers: int | None = None
) -> pl.DataFrame:
    """Run all policies, write `table.csv` and `figure.png` to `out`, and return the table."""
    scenarios = {
        label: sim.load_scenario("port=horgos_city", f"horizon={horizon}", f"policy=[{names}]", config_dir=HERE)
        for label, names in POLICIES.items()
    }
    with show_progress(replications * len(scenarios)) as tick:
        study = sim.replicate(scenarios, replications, seed=1, workers=workers, on_done=tick)
    outcomes = pl.concat([study.outcomes, measure_approach(study), measure_city(study.outcomes)])
    names = ["port", "export", "local", "approach", *CLASSES, *ROADS, *CITY_CAUSES, *CAUSES]
    wanted = pl.col("name").is_in(names) & pl.any_horizontal(
        (pl.col("scope") == scope) & pl.col("measure").is_in(measures) for scope, measures in MEASURES.items()
    )
    named = (
        pl.when(pl.col("scope").is_in(["city", "cause"])).then(pl.format("{}/{}", "scope", "name")).otherwise("name")
    )
    table = pl.concat(
        sim.compare(outcomes, BASELINE, label)
        .filter(wanted)
        .select(pl.lit(label).alias("policy"), named.alias("name"), pl.exclude("scope", "name"))
        for label in OTHERS
    )
    table.write_csv(out / "table.csv", float_precision=4)
    plot_policies(outcomes, table, out / "figure.png")
    return table


def measure_approach(study: sim.Study) -> pl.DataFrame:
    """Return outcomes of scope `approach`, of the roads to the port gate.

    `queue_max_km`: the longest queue on all of them together. `full_days`: % of days on which the port avenue is
    full from end to end, so that the queue stands in the city junction.
    """
    rows = []
    for label, scenario in study.scenarios.items():
        window = Window.of(scenario.horizon)
        avenue_km = scenario.port.links["city_to_yard"].length_km
        for replication, roads in enumerate(study.roads[label]):
            shown = window.holds(roads.grid_min)
            queue_km = roads.queue_km[np.isin(roads.roads, APPROACH)][:, shown].sum(axis=0)
            full = roads.queue_km[roads.roads.index("city_to_yard"), shown] >= avenue_km
            full_days = np.unique(roads.grid_min[shown][full] // DAY_MIN)
            for measure, unit, value in (
                ("queue_max_km", "km", float(queue_km.max())),
                ("full_days", "%", 100.0 * len(full_days) / window.days),
            ):
                rows.append((label, replication, "approach", "approach", measure, unit, value))
    return pl.DataFrame(rows, schema=study.outcomes.schema, orient="row")


def measure_city(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return by cause the delay of all traffic on roads that others use, too, as outcomes of scope `city`."""
    stops = [*CITY_ROADS, *(f"before {road}" for road in CITY_ROADS)]
    parts = pl.col("name").str.split("/").list
    blamed = (
        outcomes.filter((pl.col("scope") == "blame") & (pl.col("measure") == "delay") & parts.first().is_in(stops))
        .group_by("scenario", "replication", name=parts.last())
        .agg(pl.col("value").sum())
    )
    causes = outcomes.filter(pl.col("scope") == "cause").drop("value")
    keys = ["scenario", "replication", "name"]
    found = causes.join(blamed, on=keys, how="left", maintain_order="left")
    return found.with_columns(pl.lit("city").alias("scope"), pl.col("value").fill_null(0.0))


def plot_policies(outcomes: pl.DataFrame, table: pl.DataFrame, path: Path) -> None:
    """Draw for each policy who is delayed on roads, how far the queue reaches, hours of a truck, and staff, as PNG."""
    summary = sim.summarise(outcomes.filter(pl.col("scope").is_in(["port", "class", "approach"])))
    grows = [_grows(table, policy) for policy in POLICIES]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(14.0, 1.8 + 0.34 * len(POLICIES)), layout="constrained")
        panels = figure.subplots(1, 4, sharey=True, width_ratios=(1.1, 1.0, 1.6, 0.9))
        _draw_bars(panels[0], _find(summary, "port", "road_delay_others"), grows, 0)
        _draw_bars(panels[1], _find(summary, "approach", "queue_max_km"), grows, 1)
        _draw_hours(panels[2], summary, grows)
        _draw_bars(panels[3], _find(summary, "port", "staff_hours"), [False] * len(grows), 0)
        for axes, title in zip(panels, TITLES, strict=True):
            _finish(axes, title)
        panels[0].set_yticks(np.arange(len(POLICIES)), list(POLICIES))
        panels[0].set_ylim(len(POLICIES) - 0.5, -0.5)
        figure.supxlabel(LEGEND, fontsize=8, x=0.01, ha="left")
        figure.savefig(path, dpi=130)


def _draw_bars(axes: Axes, values: pl.DataFrame, grows: list[bool], digits: int) -> None:
    place = np.arange(len(values))
    mean, half = (np.where(grows, 0.0, values[column]) for column in ("mean", "half_width"))
    axes.barh(place, mean, height=0.62, color=[COLOURS[0], *[COLOURS[1]] * len(OTHERS)], alpha=0.45)
    seen = half > 0.0
    spread = np.minimum(half, mean)[seen], half[seen]
    axes.errorbar(mean[seen], place[seen], xerr=spread, fmt="none", ecolor="0.25", elinewidth=1.0, capsize=2)
    for at, text in zip(place, [f"{value:,.{digits}f}" for value in mean], strict=True):
        _write(axes, mean[at] + half[at], at, "grows day by day" if grows[at] else text)


def _draw_hours(axes: Axes, summary: pl.DataFrame, grows: list[bool]) -> None:
    """Stack the hours of an export truck from its wish to its release."""
    wish, release, metered = (
        np.where(grows, 0.0, _find(summary, "export_truck", measure)["mean"])
        for measure in ("wish_to_release_mean", "release_mean", "metered")
    )
    left = np.zeros(len(grows))
    for text, hours, colour in (
        ("at home, for the slot", wish - release, COLOURS[5]),
        ("in the holding yard, until called", metered, COLOURS[2]),
        ("else on our side, roads included", release - metered, "0.6"),
    ):
        axes.barh(np.arange(len(left)), hours, left=left, height=0.62, color=colour, label=text)
        left = left + hours
    for at, hours in enumerate(left):
        _write(axes, hours, at, "grows day by day" if grows[at] else f"{hours:.1f}")
    axes.legend(loc="lower right", frameon=False, fontsize=8)


def _write(axes: Axes, x: float, y: float, text: str) -> None:
    colour = "0.4" if text.startswith("grows") else "black"
    axes.annotate(text, (x, y), (4, 0), "data", "offset points", va="center", color=colour)


def _finish(axes: Axes, title: str) -> None:
    axes.set_title(fill(title, 27), loc="left", fontweight="bold", fontsize=9.5)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlim(0.0, 1.25 * axes.dataLim.x1)


def _find(summary: pl.DataFrame, name: str, measure: str) -> pl.DataFrame:
    """Return mean and half_width of one outcome, a row for each policy."""
    found = summary.filter(name=name, measure=measure)
    return pl.DataFrame({"scenario": list(POLICIES)}).join(found, on="scenario", how="left", maintain_order="left")


def _grows(table: pl.DataFrame, policy: str) -> bool:
    growth = table.filter(policy=policy, measure="growth")
    return bool((growth["difference"] - growth["half_width"] > GROWS).any())


def format_tables(table: pl.DataFrame) -> str:
    """Return `table.csv` as Markdown tables: roads, the hours of a truck, all classes, key roads, and causes."""
    release = {(name, "release_mean"): text for name, text in CLASSES.items() if name != "export_truck"}
    truck = {
        "release_mean": "release time",
        "metered": "of that until called",
        "home_wait_mean": "at home",
        "wish_to_release_mean": "from wish to release",
    }
    return "\n\n".join(
        f"{caption}\n\n{_format_table(table, columns, text, **options)}"
        for caption, columns, text, options in (
            (
                "**Roads**: vehicle-hours of delay a day, and km of queue before the port gate, at most.",
                {
                    ("port", "staff_hours"): "staff-hours a day",
                    ("port", "road_delay_others"): "delay of others",
                    ("port", "road_delay_port"): "delay of port traffic",
                    ("approach", "queue_max_km"): "longest queue, km",
                    ("approach", "full_days"): "days with a queue into the city junction, %",
                },
                "policy",
                {},
            ),
            (
                "**Export trucks**: mean hours.",
                {("export_truck", measure): text for measure, text in truck.items()},
                "policy",
                {},
            ),
            ("**Release time of the others**: mean hours.", release, "policy", {}),
            (
                "**Full roads**: hours a day in which a road is full from end to end.",
                {(name, "full"): text for name, text in ROADS.items()},
                "policy",
                {"differences": False},
            ),
            (
                "**What delays the traffic on roads that the city uses, too**: vehicle-hours a day, by cause.",
                {(f"city/{name}", "delay"): text for name, text in CITY_CAUSES.items()},
                "policy",
                {"differences": False},
            ),
            (
                "**What delays all traffic, at all stops**: vehicle-hours a day, by cause.",
                {(f"cause/{name}", "delay"): text for name, text in CAUSES.items()},
                "policy",
                {"differences": False},
            ),
        )
    )


def _format_table(table: pl.DataFrame, columns: dict[tuple[str, str], str], head: str, differences: bool = True) -> str:
    lines = [[policy, *_format_cells(table, policy, columns, differences)] for policy in POLICIES]
    return format_table([head, *columns.values()], lines)


def _format_cells(
    table: pl.DataFrame, policy: str, columns: dict[tuple[str, str], str], differences: bool
) -> Iterator[str]:
    rows = table.filter(policy=OTHERS[0] if policy == BASELINE else policy)
    found = {(row["name"], row["measure"]): row for row in rows.iter_rows(named=True)}
    for key in columns:
        row = found[key]
        if key[1] in ("staff_hours", "full_days") and not (_grows(table, policy) and key[1] == "full_days"):
            yield f"{row['baseline' if policy == BASELINE else 'other']:,.0f}"
        elif policy == BASELINE:
            yield f"{row['baseline']:,.2f}"
        elif _grows(table, policy):
            yield "grows"
        else:
            change = f" ({format_difference(row['difference'], row['half_width'])})" if differences else ""
            yield f"{row['other']:,.2f}{change}"


if __name__ == "__main__":
    run()
    write_tables(HERE / "README.md", format_tables(pl.read_csv(HERE / "table.csv")))

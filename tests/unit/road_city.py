"""A small city between a highway and its port, and what figures of it say."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.scenario.schema import Scenario
from tests.unit.road_port import road, road_port
from tests.unit.tiny import tiny_facility

BY_NIGHT = {"timezone": "Asia/Shanghai", "by_hour": [1] * 6 + [0] * 18}
CRASH = {
    "label": "crash",
    "label_zh": "事故",
    "day": 2,
    "at": "02:00",
    "lasts": {"kind": "constant", "mean_min": 120},
    "links": ["highway"],
    "lanes_closed": 1,
    "speed_factor": 0.5,
}


def city(minutes: float = 1.0, per_day: float = 60.0, **changes) -> Scenario:
    """Return a highway and an avenue to a gate, and a lane beyond the border; trucks come before six in the morning."""
    return road_port(
        {
            "highway": road("west", "city", 3.0, label="highway"),
            "avenue": road("city", "gate", 1.0, label="avenue"),
            "bridge": road("gate", "border", 0.5, label="bridge"),
            "lane": road("border", "abroad", 2.0, label="lane abroad", agency="neighbour"),
            "street": road("city", "east", 1.0, label="street"),
        },
        {"truck": ["highway", "yard", "avenue", "gate", "bridge", "lane"], "car": ["highway", "street"]},
        {
            "yard": tiny_facility(servers=50, minutes=1.0, label="yard", at="city"),
            "gate": tiny_facility(servers=1, minutes=minutes, label="gate", at="gate", places=1),
        },
        {"truck": 2.5},
        **{
            "demand.profiles.night": BY_NIGHT,
            "demand.classes.truck.per_day": per_day,
            "demand.classes.truck.profile": "night",
            "demand.classes.truck.label": "trucks",
            "demand.classes.car.per_day": 200.0,
            "port.routes.car.direction": "local",
            "horizon.warmup_days": 1,
            "horizon.days": 3,
            **changes,
        },
    )


def one_road(**changes) -> Scenario:
    """Return a road to a gate that lets nobody else in once it has its first car."""
    return road_port(
        {"road": road("a", "b")},
        {"car": ["road", "gate"]},
        {"gate": tiny_facility(minutes=9999.0, places=1)},
        **changes,
    )


def catch_figures(monkeypatch) -> list[Figure]:
    """Return a list that fills with every figure that is written from now on."""
    figures: list[Figure] = []
    save = Figure.savefig

    def spy(figure, *arguments, **named):
        figures.append(figure)
        save(figure, *arguments, **named)

    monkeypatch.setattr(Figure, "savefig", spy)
    return figures


def title_of(axes: Axes) -> str:
    return axes.get_title(loc="left")


def words_of(axes: Axes) -> str:
    return "\n".join([title_of(axes), *(text.get_text() for text in axes.texts)])

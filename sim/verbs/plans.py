"""Verbs that look at a port before it is run: what it is asked for, and its process as a picture."""

from pathlib import Path

from rich.console import Console

from sim.scenario import ScenarioError
from sim.scenario.load import load_experiment
from sim.scenario.problems import Problem
from sim.study.calendar import require_season
from sim.study.feasibility import check_feasibility
from sim.verbs.words import DEFAULT_PORT, sort_words, take_language
from sim.views.feasibility import print_feasibility
from sim.views.files import replace_file
from sim.views.run_folder import name_file

PICTURES = (".png", ".svg", ".pdf")


def show_feasibility(console: Console, words: list[str]) -> None:
    """Print what the words of a run ask of every facility, whether hours meet, and what nobody uses; run nothing."""
    language, rest = take_language("feasibility", words)
    files, ports, overrides, config_dir = sort_words(rest, "feasibility")
    if files or len(ports) > 1:
        raise ScenarioError([Problem("feasibility", "takes one port", None, "kouan feasibility port=horgos_rail")])
    experiment = load_experiment(*(f"port={name}" for name in ports), *overrides, config_dir=config_dir)
    require_season({"baseline": experiment.baseline})
    for scenario in filter(None, (experiment.baseline, experiment.alternative)):
        print_feasibility(console, check_feasibility(scenario), scenario, language)


def draw_port(console: Console, words: list[str]) -> None:
    """Draw the process of a port, which its name or the words of a run choose, into a file."""
    from sim.views.process import plot_process  # matplotlib takes half a second that no look-up needs

    files, ports, overrides, config_dir = sort_words(words, "draw")
    chosen = [*ports, *(word.removeprefix("port=") for word in overrides if word.startswith("port="))]
    if len(files) > 1 or len(chosen) > 1:
        raise _refuse_drawing("takes one port and one file at most", "kouan draw horgos_rail horgos_rail.png")
    if files and Path(files[0]).suffix not in PICTURES:
        raise _refuse_drawing(f"cannot draw '{files[0]}'", f"end it in {', '.join(PICTURES)}")
    experiment = load_experiment(*(f"port={name}" for name in ports), *overrides, config_dir=config_dir)
    scenario = experiment.alternative or experiment.baseline
    levers = [name_file("+".join(scenario.policies))] if scenario.policies else []
    name = "_".join([*(chosen or [DEFAULT_PORT]), *levers])
    path = Path(files[0] if files else f"{name}.png")
    if not files and path.exists():
        raise _refuse_drawing(f"'{path}' is there already", "name a file, the same to replace it, after the port")
    if not path.parent.is_dir():
        raise _refuse_drawing(f"there is no folder '{path.parent}'", "make it first")
    with replace_file(path) as partial:
        plot_process(scenario, partial)
    console.print(f"picture: {path}", markup=False, highlight=False, soft_wrap=True)


def _refuse_drawing(rule: str, remedy: str) -> ScenarioError:
    return ScenarioError([Problem("draw", rule, None, remedy)])

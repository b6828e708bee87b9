"""The verb `report`: one page that answers, from the folder of a finished run, frontier or sweep."""

from pathlib import Path

from rich.console import Console

from sim.scenario import ScenarioError
from sim.scenario.problems import Problem
from sim.verbs.words import take_language
from sim.views.files import replace_file
from sim.views.phrases import Language

EXAMPLE = "kouan report results/<folder> [page.html] [lang=zh]"
DEFAULT = {"en": "report.html", "zh": "report_zh.html"}


def write_report(console: Console, words: list[str]) -> None:
    """Write a folder of results as one HTML page, beside its tables unless another place is named."""
    from sim.views.report import read_finished, write_page  # matplotlib takes half a second that no look-up needs
    from sim.views.report_figures import draw_report_figures

    language, places = take_language("report", words)
    if not 1 <= len(places) <= 2:
        raise _refuse("takes a folder of results, and a page if it is to be elsewhere", EXAMPLE)
    folder = Path(places[0])
    path = choose_place(folder, places[1:], language)
    told = read_finished(folder, language)
    with Console(stderr=True).status("drawing figures"):
        page = write_page(told, draw_report_figures(folder, language))
    with replace_file(path) as partial:
        partial.write_text(page, encoding="utf-8")
    console.print(f"report: {path}", markup=False, highlight=False, soft_wrap=True)


def choose_place(folder: Path, named: list[str], language: Language) -> Path:
    """Return where the page goes, after seeing that nothing else is lost there.

    Raises
    ------
    ScenarioError
        If it is no page, or its folder is missing, or a file is there that is no report.
    """
    path = Path(named[0]) if named else folder / DEFAULT[language]
    if path.suffix.lower() not in (".html", ".htm"):
        raise _refuse(f"cannot write '{path}'", f"name a page that ends in .html: {EXAMPLE}")
    if named and not path.parent.is_dir():
        raise _refuse(f"there is no folder '{path.parent}'", "make it first")
    if path.exists() and not is_report(path):
        raise _refuse(f"'{path}' is there already and is no report", "name another page, or move it away")
    return path


def is_report(path: Path) -> bool:
    """Say whether a file is a page that this verb wrote, which may be written again."""
    from sim.views.report import MARK

    if not path.is_file():
        return False
    with path.open("rb") as file:
        return MARK.encode() in file.read(2000)


def _refuse(rule: str, remedy: str) -> ScenarioError:
    return ScenarioError([Problem("report", rule, None, remedy)])

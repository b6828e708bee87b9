"""The README in both languages: what it tells a reader to type works, and prints what it shows."""

import re
import shlex
import subprocess
import sys
import types
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from textwrap import dedent

import pytest

import sim
from sim.verbs import VERBS
from tests.end_to_end.terminal import KOUAN, QUICK, kouan

ROOT = Path(__file__).resolve().parents[2]
ENGLISH, CHINESE = (ROOT / name for name in ("README.md", "README.zh-CN.md"))
PAGES = [ENGLISH, CHINESE, *(ROOT / name for name in ("DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
PAGES += sorted(ROOT.glob("*/*/README.md"))
NUMBER = re.compile(r"(?<![A-Za-z\d.])\d+\.\d\d\b")
FENCE = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """Return the contents of a page's fenced blocks in one language, in order."""
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [dedent(content) for each, content in found if each == language]


def commands(page: Path) -> list[str]:
    """Return what follows the prompts of a page's console blocks."""
    return re.findall(r"^\$ (.*)$", "".join(blocks(page, "console")), re.MULTILINE)


def links(page: Path) -> list[str]:
    """Return the relative addresses that a page links to."""
    addresses = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    return [address for address in addresses if not address.startswith(("http", "#"))]


def cells(text: str) -> set[tuple[str, ...]]:
    """Return the rows of a printed table, without the spaces that set its columns."""
    return {tuple(cell.strip() for cell in line.split("│")) for line in text.splitlines() if line.startswith("│")}


def runs_a_study(command: str) -> bool:
    words = shlex.split(command)
    return words[0] == "kouan" and (words[1] not in VERBS or words[1] == "frontier")


def read_by_shell(command: str, folder: Path) -> list[str]:
    """Return the words that a shell makes of a command in a folder."""
    printed = subprocess.run(["bash", "-c", f"printf '%s\\0' {command}"], cwd=folder, check=True, capture_output=True)
    return printed.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("language", ["console", "text", "yaml", "python"])
def test_both_languages_show_the_same_blocks(language):
    assert blocks(ENGLISH, language) == blocks(CHINESE, language) != []


def test_both_languages_have_the_same_links():
    assert links(ENGLISH).count(CHINESE.name) == links(CHINESE).count(ENGLISH.name) == 1
    assert set(links(ENGLISH)) - {CHINESE.name} == set(links(CHINESE)) - {ENGLISH.name}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_whatever_a_page_links_to_is_there(page):
    assert [address for address in links(page) if not (page.parent / address.partition("#")[0]).exists()] == []


def test_two_commands_come_first_and_the_makefile_knows_them():
    first, *_ = blocks(ENGLISH, "console")
    assert first == "$ make run\n$ make test\n"
    for command in ("make run", "make test"):
        subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


def test_numbers_in_the_text_are_those_of_the_run_shown():
    (shown,) = blocks(ENGLISH, "text")
    for page in (ENGLISH, CHINESE):
        said = NUMBER.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
        assert said
        assert set(said) <= set(NUMBER.findall(shown))


@pytest.mark.slow
def test_make_run_prints_what_is_shown(tmp_path):
    planned = subprocess.run(["make", "--dry-run", "run"], cwd=ROOT, check=True, capture_output=True, text=True)
    (words,) = (
        shlex.split(line.partition(" -m sim ")[2]) for line in planned.stdout.splitlines() if " -m sim " in line
    )
    done = subprocess.run([KOUAN, *words, "out=out"], cwd=tmp_path, check=True, capture_output=True, text=True)
    (shown,) = blocks(ENGLISH, "text")
    assert len(cells(shown)) > 5
    assert cells(shown) <= cells(done.stdout)
    for number in ("1,044", "2,088"):
        assert number in done.stdout


@pytest.mark.slow
def test_every_command_can_be_typed_one_after_the_other(tmp_path):
    for block in blocks(ENGLISH, "yaml"):
        path = tmp_path / block.splitlines()[0].removeprefix("# ")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block, encoding="utf-8")
    studies = [command for command in commands(ENGLISH) if runs_a_study(command)]
    for command in (command for command in commands(ENGLISH) if command.startswith("kouan ")):
        _, *words = read_by_shell(command, tmp_path)
        done = kouan(tmp_path, *words, *(QUICK if command in studies else ()))
        assert (done.returncode, done.stderr) == (0, ""), command
        assert done.stdout, command
    assert len(list((tmp_path / "results").glob("2*"))) > len(studies) >= 4


@pytest.mark.slow
def test_every_piece_of_python_runs_and_prints_a_table(tmp_path):
    assert kouan(tmp_path, *QUICK).returncode == 0
    for code in blocks(ENGLISH, "python"):
        with chdir(tmp_path), redirect_stdout(StringIO()) as said:
            exec(code, {"__name__": "__main__"})
        assert "│" in said.getvalue()


def test_line_for_an_outcome_of_ones_own_measures_it(monkeypatch):
    (line,) = re.findall(r"`(yield .*?)`", ENGLISH.read_text(encoding="utf-8"))
    source = (ROOT / "sim" / "outcomes" / "measure.py").read_text(encoding="utf-8")
    assert source.count("    inside = ") == 1
    changed = types.ModuleType("changed_measure")
    monkeypatch.setitem(sys.modules, changed.__name__, changed)
    exec(source.replace("    inside = ", f"    {line}\n    inside = "), changed.__dict__)
    scenario = sim.load_scenario("horizon=smoke")
    outcomes = changed.measure_outcomes(scenario, sim.simulate(scenario).visits)
    shares = outcomes.filter(scope="class", measure="released_within_12h")["value"]
    assert len(shares) == len(scenario.demand.classes)
    assert shares.is_between(0.0, 1.0).all()

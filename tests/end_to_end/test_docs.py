"""Pages about ports, levers, roads, rail and mishaps: links lead somewhere, commands are understood, levers are all."""

import re
import shlex
from pathlib import Path

import pytest

from sim.scenario.load import load_experiment
from sim.scenario.policy import Policy
from sim.scenario.study_file import read_study_file
from sim.study.points import list_points
from sim.verbs import VERBS
from sim.verbs.sweep import find_policies, load_worlds
from tests.end_to_end.test_readme import ROOT, blocks, commands, links
from tests.shipped import POLICIES

PAGES = sorted(set((ROOT / "docs").glob("*.md")) - {ROOT / "docs" / "index.md"})
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def write_files(page: Path, folder: Path) -> None:
    """Write the files that a page shows to a folder; the first line of each says where it stands."""
    for block in blocks(page, "yaml"):
        path = folder / block.splitlines()[0].removeprefix("# ")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block, encoding="utf-8")


def describe(name: str, policy: Policy) -> str:
    """Return the row of a policy in the table of levers."""
    turned = ", ".join(
        f"`{each}` = {value} ({policy.parameters[each].range} {policy.parameters[each].unit})"
        for each, value in policy.strength.items()
    )
    return f"| `{name}` | {policy.question} | {policy.question_zh} | {turned or '–'} |"


def first_article(article: str) -> int:
    return int(re.findall(r"\d+", article)[0])


@every_page
def test_whatever_a_page_links_to_is_there(page):
    assert [address for address in links(page) if not (page.parent / address.partition("#")[0]).exists()] == []


@every_page
def test_page_has_a_part_in_chinese(page):
    assert "\n## 中文\n" in page.read_text(encoding="utf-8")


@every_page
def test_every_study_that_a_page_asks_for_can_be_loaded(page, tmp_path, monkeypatch):
    write_files(page, tmp_path)
    monkeypatch.chdir(tmp_path)
    asked = [shlex.split(command, comments=True)[1:] for command in commands(page) if command.startswith("kouan ")]
    for words in (words for words in asked if words[0] not in VERBS and "-m" not in words):
        own = "--config-dir" in words
        overrides = words[2:] if own else words
        assert load_experiment(*overrides, config_dir=Path("mine") if own else None).baseline
    assert asked


@every_page
def test_every_sweep_that_a_page_asks_for_has_points_that_fit(page, tmp_path, monkeypatch):
    write_files(page, tmp_path)
    monkeypatch.chdir(tmp_path)
    for command in (command for command in commands(page) if command.startswith("kouan sweep ")):
        _, _, path, *words = shlex.split(command, comments=True)
        study = read_study_file(path)
        worlds = load_worlds(study, [word for word in words if not word.startswith("lang=")])
        baselines = {name: world.baseline for name, world in worlds.items()}
        points, misfits = list_points(study, baselines, find_policies(study))
        assert points
        assert not misfits


def test_page_about_levers_has_all_of_them_by_article_as_they_are():
    page = (ROOT / "docs" / "levers.md").read_text(encoding="utf-8")
    ordered = sorted(POLICIES, key=lambda name: (first_article(POLICIES[name].article), name))
    rows = [line for line in page.splitlines() if re.match(r"\| `[a-z\d_]+` \|.*\|.*\|.*\|$", line)]
    assert rows == [describe(name, POLICIES[name]) for name in ordered]
    articles = [int(number) for number in re.findall(r"^\| \*\*Art\. (\d+)\*\*", page, re.MULTILINE)]
    assert articles == sorted({first_article(policy.article) for policy in POLICIES.values()})

"""The tutorial in both languages: every command works as typed, and prints what the page shows."""

import re
import shlex
import sys

import pytest

from sim.app import main
from sim.verbs import VERBS
from tests.end_to_end.test_docs import write_files
from tests.end_to_end.test_readme import FENCE, ROOT, blocks, cells

ENGLISH, CHINESE = (ROOT / "docs" / "learn" / name for name in ("tutorial.md", "tutorial.zh.md"))
NUMBER = re.compile(r"(?<![A-Za-z\d.])\d+\.\d\d(?!\d)")
LAST_RUN = "$(ls -d results/2* | tail -1)"


def list_steps(page):
    """Return (command, what the page shows of its output), in order; a block of text belongs to the last command."""
    steps = []
    for language, content in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "console":
            steps += [[command, ""] for command in re.findall(r"^\$ (kouan .*)$", content, re.MULTILINE)]
        elif language == "text":
            steps[-1][1] += content
    return [tuple(step) for step in steps]


def read_words(command, folder):
    """Return what follows `kouan`, as the shell would."""
    runs = sorted((folder / "results").glob("2*"), key=lambda run: run.stat().st_mtime)
    words = shlex.split(command.replace(LAST_RUN, str(runs[-1]) if runs else ""))[1:]
    return words if words[0] in VERBS and words[0] != "sweep" else [*words, "workers=1"]


@pytest.mark.parametrize("language", ["console", "text", "yaml"])
def test_both_languages_show_the_same_blocks(language):
    assert blocks(ENGLISH, language) == blocks(CHINESE, language) != []


def test_both_languages_say_the_same_numbers():
    english, chinese = (
        sorted(NUMBER.findall(FENCE.sub("", page.read_text(encoding="utf-8")))) for page in (ENGLISH, CHINESE)
    )
    assert english == chinese != []


def test_numbers_in_the_text_are_shown_by_a_command():
    shown = NUMBER.findall("".join(blocks(ENGLISH, "text")))
    assert set(NUMBER.findall(FENCE.sub("", ENGLISH.read_text(encoding="utf-8")))) <= set(shown)


@pytest.mark.slow
def test_commands_print_what_is_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sim.views.pictures.draw_study", lambda *_: None)  # half of the time, shown nowhere
    write_files(ENGLISH, tmp_path)
    steps = list_steps(ENGLISH)
    assert sum(bool(shown) for _, shown in steps) > 5
    for command, shown in steps:
        monkeypatch.setattr(sys, "argv", ["kouan", *read_words(command, tmp_path)])
        main()
        said = capsys.readouterr().out
        assert cells(shown) <= cells(said), command
        plain = [line for line in shown.splitlines() if not line.startswith("│")]
        assert [line for line in plain if line not in said] == [], command

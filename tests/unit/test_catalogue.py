"""The catalogue of policies: words find them, a port leaves some out and says why, one is shown with its numbers."""

from io import StringIO

import pytest
from rich.console import Console
from rich.text import Text

from sim.scenario import ScenarioError
from sim.verbs.library import show_policies
from sim.views.catalogue import matches
from tests.shipped import POLICIES


def ask(*words, width=100):
    """Return the lines that the verb prints."""
    console = Console(file=StringIO(), width=width)
    show_policies(console, list(words))
    return console.file.getvalue().splitlines()


def find(*words):
    return {name for name, policy in POLICIES.items() if matches(name, policy, words)}


def found(lines):
    """Return the names of the policies that have a row."""
    return [name for name in POLICIES if any(line.startswith(f"│ {name} ") for line in lines)]


@pytest.mark.parametrize("width", [80, 160])
def test_every_policy_has_a_row_with_its_whole_name_and_no_line_is_too_long(width):
    lines = ask(width=width)
    assert found(lines) == list(POLICIES)
    assert max(Text(line).cell_len for line in lines) <= width


@pytest.mark.parametrize("word", ["rail", "RAIL"])
def test_word_finds_all_policies_that_say_it_and_no_other(word):
    assert find(word) >= {name for name in POLICIES if name.startswith("rail_")}
    assert "hours_14h" not in find(word)


@pytest.mark.parametrize("word", ["Art.31", "art. 31", "Art. 31"])
def test_article_finds_its_policies(word):
    assert find(word) == {name for name, policy in POLICIES.items() if "Art. 31" in policy.article}


def test_article_is_not_one_that_begins_alike():
    assert find("Art.3") == set()


def test_all_words_must_be_said():
    assert find("Art.31", "neighbour") == find("Art.31") & find("neighbour") != set()


def test_row_says_what_the_policy_takes_and_its_strength_with_range_and_unit():
    row = " ".join(ask("narrow", width=220))
    for words in ("a lane's staff", "五处", "lanes=1 (0 to 4 lanes): more lanes at each place 每处增加通道数"):
        assert words in row


def test_port_leaves_out_what_does_not_fit_it_and_says_why():
    lines = ask("one more lane", "port=horgos_road")
    assert found(lines) == ["extra_lanes"]
    assert lines[-2:] == ["not at horgos_road:", "  extra_road_lane needs links.city_to_yard, and 1 more"]


def test_one_policy_is_shown_with_the_numbers_of_the_port_that_is_asked_for():
    lines = ask("rail_faster_lifts", "port=alashankou_rail")
    assert "  policy.rail_faster_lifts.strength.minutes=1.67 (0.5 to 2 min): time of a lift 每次吊装时间" in lines
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")]
    assert rows == [["port.terminals.shed.lift.mean_min", "2", "1.67"]]


def test_one_policy_is_shown_at_the_first_port_that_it_fits():
    assert any("horgos_road" in line for line in ask("extra_lanes"))


def test_one_policy_that_does_not_fit_the_port_says_why():
    lines = ask("extra_yard_cranes", "port=horgos_road")
    assert lines[-1] == "  extra_yard_cranes needs terminals.container_yard"


def test_unknown_word_is_refused_with_the_nearest_policy():
    with pytest.raises(ScenarioError, match="none says 'extra_lines'; did you mean 'extra_lanes'"):
        ask("extra_lines")


def test_two_ports_are_refused():
    with pytest.raises(ScenarioError, match="takes one port"):
        ask("port=horgos_road", "port=horgos_rail")

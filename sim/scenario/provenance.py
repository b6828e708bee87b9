"""Provenance: where each number of a port comes from, read from the comment beside it in its configuration file."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

import yaml

from sim.scenario.load import shipped

NUMBERS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "timestamp"))
CALENDAR = ("open", "season")
"""Keys of hours whose text is as good as a number."""
BASIS = re.compile(r"\bN\d+\b|\bassumed\b|\bderived\b")


@dataclass(frozen=True)
class Parameter:
    """A line of a configuration file with numbers: what they are called, their values, and the comment on them."""

    file: str
    line: int
    keys: tuple[str, ...]
    values: tuple[str, ...]
    comment: str

    @property
    def is_sourced(self) -> bool:
        """Say whether it names a fact, or what it is derived from, rather than that it is assumed."""
        basis = BASIS.search(self.comment)
        return basis is not None and basis[0] != "assumed"

    @property
    def key(self) -> str:
        """What its keys have in common."""
        names = zip(*(key.split(".") for key in self.keys), strict=False)
        return ".".join(each[0] for each in takewhile(lambda each: len(set(each)) == 1, names))

    @property
    def value(self) -> str:
        """Its values, with the ends of their keys if there are several."""
        if len(self.keys) == 1:
            return self.values[0]
        ends = (key.removeprefix(f"{self.key}.") for key in self.keys)
        return ", ".join(f"{end} {value}" for end, value in zip(ends, self.values, strict=True))


def read_parameters(port: str) -> list[Parameter]:
    """Return the parameters of a shipped port and its demand that hold, in the order of their files."""
    return [each for group in ("port", "demand") for each in read_group(group, port)]


def read_group(group: str, name: str, config_dir: Path | None = None) -> list[Parameter]:
    """Return the parameters that hold of one port, demand or price table, shipped or in a folder of one's own.

    What it inherits from other files (`defaults`) is among them; what it overrides there is not.
    """
    return _join(_merge(group, name, config_dir))


def find_file(group: str, name: str, config_dir: Path | None = None) -> Path:
    """Return where a configuration file lies: among the shipped ones, as for Hydra, or in a folder of one's own."""
    path = shipped("configs") / group / f"{name}.yaml"
    return path if config_dir is None or path.is_file() else config_dir / group / f"{name}.yaml"


def read_lines(path: Path) -> list[Parameter]:
    """Return the parameters of one file, whether they hold or not."""
    return _join(leaf for _, leaf in _read_leaves(path) if leaf)


def share_sourced(parameters: Sequence[Parameter]) -> float:
    """Return the share of parameters that are sourced or derived."""
    return sum(parameter.is_sourced for parameter in parameters) / len(parameters)


def _join(leaves: Iterable[Parameter]) -> list[Parameter]:
    """Return one parameter for each line, with all that it still sets."""
    lines: dict[tuple[str, int], Parameter] = {}
    for leaf in leaves:
        same = lines.get(at := (leaf.file, leaf.line))
        lines[at] = replace(leaf, keys=same.keys + leaf.keys, values=same.values + leaf.values) if same else leaf
    return list(lines.values())


def _merge(group: str, name: str, config_dir: Path | None) -> list[Parameter]:
    """Return the leaves with numbers that hold when later files override earlier ones, as Hydra merges them."""
    holding: dict[str, Parameter | None] = {}
    for key, leaf in _read_in_order(group, name, config_dir):
        for overridden in [old for old in holding if f"{old}.".startswith(f"{key}.")]:
            del holding[overridden]
        holding[key] = leaf and replace(leaf, keys=(f"{group}.{key}",))
    return [leaf for leaf in holding.values() if leaf]


def _read_in_order(group: str, name: str, config_dir: Path | None) -> Iterator[tuple[str, Parameter | None]]:
    """Yield the leaves of a file and of those in its defaults, in the order in which they are merged."""
    path = find_file(group, name, config_dir)
    tree = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506, it makes texts only
    for each in tree.get("defaults", ["_self_"]):
        if each == "_self_":
            yield from _read_leaves(path)
        else:
            yield from _read_in_order(group, each.partition("@")[0], config_dir)


def _name(path: Path) -> str:
    """Return where a file lies below the shipped folder; of one elsewhere, its own folder and name."""
    root = shipped("configs")
    return (path.relative_to(root) if path.is_relative_to(root) else Path(path.parent.name, path.name)).as_posix()


def _read_leaves(path: Path) -> Iterator[tuple[str, Parameter | None]]:
    """Yield every key of a file that is no table, and its number or numbers if it has any."""
    text = path.read_text(encoding="utf-8")
    lines, file = text.splitlines(), _name(path)
    aliased: set[int] = set()
    for key, node in _walk(yaml.compose(text, Loader=yaml.SafeLoader)):
        number = None if id(node) in aliased else _find_number(key, node)
        aliased.add(id(node))
        if number:
            at = number.start_mark.line
            value = lines[at][node.start_mark.column : node.end_mark.column] if node.end_mark.line == at else "..."
            value = re.sub(r"^&\w+ ", "", value)  # an anchor
            yield key, Parameter(file, at + 1, (key,), (value,), _comment_on(lines, at))
        else:
            yield key, None


def _walk(node: yaml.Node, at: str = "") -> Iterator[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        yield at, node
        return
    for key, value in node.value:
        if key.value != "defaults":
            yield from _walk(value, f"{at}.{key.value}" if at else key.value)


def _find_number(key: str, node: yaml.Node) -> yaml.Node | None:
    """Return the first number of a leaf, None if it has none; hours that are written as text are numbers too."""
    if isinstance(node, yaml.SequenceNode):
        return next((item for item in node.value if item.tag in NUMBERS), None)
    in_words = key.startswith("hours.") and key.rpartition(".")[2] in CALENDAR and not node.tag.endswith(":null")
    return node if node.tag in NUMBERS or (in_words and node.value != "???") else None


def _comment_on(lines: Sequence[str], at: int) -> str:
    """Return the comment beside a line if that says where it comes from, else that on the lines just above."""
    beside = lines[at].partition(" #")[2].strip()
    if BASIS.search(beside):
        return beside
    above = takewhile(lambda line: line.lstrip().startswith("#"), reversed(lines[:at]))
    return " ".join([*(line.lstrip(" #") for line in reversed(list(above))), beside]).strip()

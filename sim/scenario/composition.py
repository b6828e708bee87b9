"""Composes configuration files by Hydra, each choice of files once: what else is typed is then set on a copy."""

from collections.abc import Sequence
from copy import deepcopy
from functools import lru_cache
from itertools import islice
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

CHOICES = ("port", "demand", "policy", "horizon", "costs", "experiment")
"""Words that choose files; a change has a dotted key, such as `port.facilities.scanner_export.servers=3`."""
MANY = 2000
"""In a folder with more in it, a home say, looking for what has changed would take longer than Hydra does."""

_Stamp = tuple[tuple[str, int, int], ...]


def compose_words(words: Sequence[str], folders: Sequence[Path]) -> DictConfig:
    """Return the configuration of these words; the files lie in the first folder or in those of one's own.

    Hydra takes a fifth of a second to read and merge the files of a port. A study loads a port many times with other
    numbers, so the merged files are kept until one of them changes.
    """
    choices, changes = _sort(words)
    stamps = [_stamp(folder) for folder in folders]
    if choices is None or None in stamps:
        return _compose(words, folders)
    config = _compose_once(tuple(choices), tuple(folders), tuple(filter(None, stamps)))
    try:
        return _change(deepcopy(config), changes)
    except (HydraException, OmegaConfBaseException):
        return _compose(words, folders)  # which says what is wrong in Hydra's words


def _sort(words: Sequence[str]) -> tuple[list[str] | None, list[str]]:
    """Return the words that choose files and those that change values; None if some do neither, such as `+a.b=1`."""
    choices, changes = [], []
    for word in words:
        key, _, value = word.partition("=")
        if key in CHOICES and not value.startswith("{"):
            choices.append(word)
        elif "." in key and key.partition(".")[0] in CHOICES and not set(key) & set("@/:"):
            changes.append(word)
        else:
            return None, []
    return choices, changes


def _stamp(folder: Path) -> _Stamp | None:
    """Return what changes with the files of a folder; None if there are too many."""
    found = list(islice(folder.rglob("*"), MANY + 1))
    states = ((str(path), path.stat()) for path in found if path.suffix == ".yaml")
    return None if len(found) > MANY else tuple((name, state.st_mtime_ns, state.st_size) for name, state in states)


@lru_cache(maxsize=64)
def _compose_once(choices: tuple[str, ...], folders: tuple[Path, ...], stamps: tuple[_Stamp, ...]) -> DictConfig:
    return _compose(choices, folders)


def _change(config: DictConfig, changes: Sequence[str]) -> DictConfig:
    """Set values as Hydra does."""
    for change in OverridesParser.create().parse_overrides(list(changes)):
        if change.is_sweep_override():
            raise HydraException("one run takes one value")
        OmegaConf.update(config, change.key_or_group, change.value(), merge=True)
    return config


def _compose(words: Sequence[str], folders: Sequence[Path]) -> DictConfig:
    shipped, *own = folders
    extra = [f"hydra.searchpath=[{','.join(f'file://{folder}' for folder in own)}]"] if own else []
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(shipped), version_base="1.3", job_name="kouan"):
        return compose("config", overrides=[*words, *extra])

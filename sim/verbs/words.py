"""Words that a verb is given: ports, files, key=value, and options."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from sim.scenario import ScenarioError
from sim.scenario.problems import Problem, explain
from sim.views.phrases import PHRASES, Language

_Model = TypeVar("_Model", bound=BaseModel)

DEFAULT_PORT = "horgos_road"
"""The port of a run whose words choose none, as in configs/config.yaml."""


def sort_words(words: list[str], verb: str) -> tuple[list[str], list[str], list[str], str | None]:
    """Return the files, the ports, the key=value words and the folder of one's own that words name."""
    files: list[str] = []
    ports: list[str] = []
    overrides: list[str] = []
    config_dir = None
    rest = iter(words)
    for word in rest:
        if word.partition("=")[0] == "--config-dir":
            config_dir = word.partition("=")[2] or next(rest, "")
        elif word.startswith("-"):
            raise ScenarioError([Problem(verb, f"knows no option '{word}'", None, "the only one is --config-dir")])
        elif "=" in word:
            overrides.append(word)
        elif Path(word).suffix:
            files.append(word)
        else:
            ports.append(word)
    return files, ports, overrides, config_dir


def take_words(words: Sequence[str], names: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """Return the words that are a verb's own, by name, and the others."""
    own = {name: value for name, _, value in (word.partition("=") for word in words) if name in names}
    return own, [word for word in words if word.partition("=")[0] not in names]


def take_settings(model: type[_Model], words: Sequence[str]) -> tuple[_Model, list[str]]:
    """Return the settings of a verb that words give, each by its name, and the other words.

    Raises
    ------
    ScenarioError
        With every value that does not fit.
    """
    own, rest = take_words(words, model.model_fields)
    try:
        return model.model_validate({name: yaml.safe_load(value) for name, value in own.items()}), rest
    except ValidationError as error:
        raise ScenarioError(explain(error, model)) from None


def take_language(verb: str, words: list[str]) -> tuple[Language, list[str]]:
    """Return the language that `lang=` chooses, English without it, and the other words."""
    chosen = [word.removeprefix("lang=") for word in words if word.startswith("lang=")] or ["en"]
    known: dict[str, Language] = {language: language for language in PHRASES}
    if chosen[-1] not in known:
        raise ScenarioError([Problem(f"{verb}: lang", f"must be {' or '.join(known)}", chosen[-1])])
    return known[chosen[-1]], [word for word in words if not word.startswith("lang=")]

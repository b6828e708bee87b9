"""The door: Hydra composes configuration files, and out come frozen scenarios."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException
from pydantic import BaseModel, ValidationError
from yaml import YAMLError

from sim.scenario.composition import compose_words
from sim.scenario.consistency import find_dangling_names
from sim.scenario.policies import apply_policies
from sim.scenario.policy import Policy
from sim.scenario.problems import Problem, ScenarioError, explain, suggest
from sim.scenario.schema import Scenario
from sim.scenario.settings import Experiment, Settings

COMPOSITION_ERRORS = (HydraException, OmegaConfBaseException, YAMLError, UnicodeDecodeError)
"""What Hydra raises for files, keys and words that it cannot compose."""

_WORLD = ("port", "demand", "horizon", "costs")
_Model = TypeVar("_Model", bound=BaseModel)


def shipped(name: str) -> Path:
    """Return the path of a shipped folder or file, in the source tree or in an installed wheel."""
    package = Path(__file__).resolve().parents[1]
    inside = package / name
    return inside if inside.exists() else package.parent / name


def load_scenario(*overrides: str, config_dir: str | Path | None = None) -> Scenario:
    """Return the scenario that these command-line words describe, policies applied.

    Parameters
    ----------
    overrides
        As on the command line: `"port=horgos_road"`, `"policy=[hours_24x7]"`,
        `"port.facilities.scanner_export.servers=3"`.
    config_dir
        A folder of your own with `port/`, `demand/` or `policy/` files beside the shipped ones.

    Raises
    ------
    ScenarioError
        With every problem found, each with its path, rule and remedy.
    """
    experiment = load_experiment(*overrides, config_dir=config_dir)
    return experiment.alternative or experiment.baseline


def load_experiment(*overrides: str, config_dir: str | Path | None = None) -> Experiment:
    """Return baseline, alternative and settings; see `load_scenario`."""
    return read_experiment(_compose(overrides, config_dir), overrides)


def read_experiment(config: DictConfig, words: Sequence[str] = ()) -> Experiment:
    """Validate a configuration, composed by these command-line words, into frozen models.

    Nothing after this sees a `DictConfig`. A strength that was typed is part of the policy's name from here on.
    """
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise ScenarioError([explain_composition(error)]) from None
    assert isinstance(plain, dict)
    tree = {str(key): value for key, value in plain.items()}
    policies = tree.pop("policy", {})
    world = {key: tree.pop(key, None) for key in _WORLD}
    problems: list[Problem] = []
    unknown = [key for key in tree if key not in Settings.model_fields]
    problems += [Problem(key, "unknown key", None, suggest(key, [*Settings.model_fields, *_WORLD])) for key in unknown]
    settings = _validate(Settings, {k: v for k, v in tree.items() if k not in unknown}, problems)
    baseline = _validate(Scenario, world, problems)
    if baseline is None and all(isinstance(part, Mapping) for key, part in world.items() if key != "costs"):
        problems += [problem for problem in find_dangling_names(world) if problem not in problems]
    misnamed = _find_misnamed(policies, chosen_policies(words))
    problems += misnamed
    levers = {} if misnamed else _read_policies(policies, problems)
    levers = {_label(name, policy, words): policy for name, policy in levers.items()}
    if problems or settings is None or baseline is None:
        raise ScenarioError(problems)
    alternative = apply_policies(baseline, levers) if levers else None
    return Experiment(baseline=baseline, alternative=alternative, settings=settings, policies=levers)


def dump_experiment(experiment: Experiment) -> str:
    """Return an experiment as YAML, every number in its place."""
    return str(OmegaConf.to_yaml(OmegaConf.create(experiment.model_dump(mode="json"))))


def parse_experiment(text: str) -> Experiment:
    """Return the experiment that `dump_experiment` wrote.

    Raises
    ------
    ScenarioError
        If the text is not YAML or not an experiment.
    """
    try:
        return Experiment.model_validate(parse_tree(text))
    except ValidationError as error:
        raise ScenarioError(explain(error, Experiment)) from None


def parse_tree(text: str) -> Any:
    """Return what YAML says, as plain values, whether or not it is an experiment of today's schema.

    Raises
    ------
    ScenarioError
        If the text is not YAML.
    """
    try:
        return OmegaConf.to_container(OmegaConf.create(text))
    except COMPOSITION_ERRORS as error:
        raise ScenarioError([explain_composition(error)]) from None


def read_policy_file(path: Path) -> dict[str, Policy]:
    """Return the policies of one file, by name."""
    problems: list[Problem] = []
    try:
        policies = _read_policies(OmegaConf.to_container(OmegaConf.load(path)), problems)
    except COMPOSITION_ERRORS as error:
        raise ScenarioError([replace(explain_composition(error), path=path.name)]) from None
    if problems:
        raise ScenarioError(replace(problem, path=f"{path.name}: {problem.path}") for problem in problems)
    return policies


def read_policies(config_dir: str | Path | None = None) -> dict[str, Policy]:
    """Return all shipped policies by name, and those in a folder of one's own, which go before them."""
    folders = [shipped("configs"), *([Path(config_dir)] if config_dir else [])]
    files = {path.stem: path for folder in folders for path in sorted((folder / "policy").glob("*.yaml"))}
    return {name: policy for path in files.values() for name, policy in read_policy_file(path).items()}


def chosen_policies(overrides: Sequence[str]) -> list[str]:
    """Return the policy files that command-line words choose; Hydra keeps no record of lists."""
    parsed = OverridesParser.create().parse_overrides([word for word in overrides if word.startswith("policy=")])
    values: list[Any] = [override.value() for override in parsed]
    names = [value if isinstance(value, list) else [value] for value in values]
    return [str(name) for several in names for name in several]


def _label(name: str, policy: Policy, words: Sequence[str]) -> str:
    """Return a policy's name with the strength that was typed, such as `extra_lanes(lanes=2)`."""
    keys = [word.partition("=")[0].lstrip("+") for word in words]
    whole = f"policy.{name}.strength"
    typed = [f"{key}={value}" for key, value in policy.strength.items() if {whole, f"{whole}.{key}"} & set(keys)]
    return f"{name}({','.join(typed)})" if typed else name


def _compose(overrides: Sequence[str], config_dir: str | Path | None) -> DictConfig:
    if config_dir and not Path(config_dir).is_dir():
        raise ScenarioError([Problem("config_dir", f"there is no folder '{config_dir}'")])
    try:
        return compose_words(overrides, [shipped("configs"), *([Path(config_dir).resolve()] if config_dir else [])])
    except (*COMPOSITION_ERRORS, ValueError) as error:
        raise ScenarioError([explain_composition(error, overrides)]) from None


def explain_composition(error: Exception, words: Sequence[str] = ()) -> Problem:
    """Turn what Hydra or OmegaConf says of files, keys and words into a planner's terms."""
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, name = error.missing_cfg_file.rpartition("/")
        if not group:
            return Problem("configuration", f"there is no '{name}'")
        folder = shipped("configs") / group
        return Problem(group, f"there is no '{name}'", None, suggest(name, (p.stem for p in folder.glob("*.yaml"))))
    if isinstance(error, OverrideParseException):
        remedy = "write key=value, lists as key=[a,b], and quote what has spaces: 'key=\"a b\"'"
        return Problem("command line", f"cannot read {error.override!r}", None, remedy)
    if isinstance(error, MissingMandatoryValue):
        return Problem(str(error.full_key), "must be given, the template leaves it open", None, "add it to your file")
    if isinstance(error, UnicodeDecodeError):
        return Problem("configuration", "a file is not UTF-8 text", None, "save it as UTF-8 in your editor")
    said = " ".join(str(error).split())
    refused = re.match(r"Could not override '([^']*)'", said)
    if refused:
        return _explain_refused_key(refused[1], words)
    return Problem("configuration", said.split(" full_key:")[0].split(" See https://")[0])


def _explain_refused_key(key: str, words: Sequence[str]) -> Problem:
    """Find the first part of a key that the files which `words` choose do not have, and what is there instead."""
    chosen = [word for word in words if word.partition("=")[0] in (*_WORLD, "policy", "executor")]
    path = key.split(".")
    try:
        current: Any = OmegaConf.to_container(_compose(chosen, None))
    except ScenarioError:  # they choose files of a planner's own
        return Problem(key, "there is no such key", None, "look it up in your own files")
    if path[0] == "policy" and len(path) > 1 and path[1] not in current.get("policy", {}):
        return Problem(".".join(path[:2]), "is not chosen", None, f"choose it, too: policy=[{path[1]}]")
    for position, part in enumerate(path):
        if not isinstance(current, Mapping) or part not in current:
            known = [str(name) for name in current] if isinstance(current, Mapping) else []
            remedy = f"{suggest(part, known)} To add a key that has a default, write +{key}=..."
            return Problem(".".join(path[: position + 1]), "there is no such key", None, remedy)
        current = current[part]
    return Problem(key, "cannot be overridden")


def _validate(model: type[_Model], values: Any, problems: list[Problem]) -> _Model | None:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems += explain(error, model)
    return None


def _find_misnamed(tree: Any, chosen: Sequence[str]) -> list[Problem]:
    """Refuse files under another name than their policy: two with one top key would merge unseen."""
    keys = {str(key) for key in tree} if isinstance(tree, Mapping) else set()
    rule = "must hold its own name as its only top key"
    nameless = [name for name in chosen if name not in keys]
    return [Problem(f"policy/{name}.yaml", rule, None, f"begin it with '{name}:'") for name in nameless]


def _read_policies(tree: Any, problems: list[Problem]) -> dict[str, Policy]:
    if not isinstance(tree, Mapping):
        problems.append(Problem("policy", "must be a list of policies", tree, "write policy=[] for none"))
        return {}
    chosen: dict[str, Policy] = {}
    for name, values in tree.items():
        if not isinstance(values, Mapping):
            problems.append(Problem(f"policy.{name}", "must be a policy with question, article, basis, costs and set"))
            continue
        findings: list[Problem] = []
        policy = _validate(Policy, values, findings)
        problems += [replace(finding, path=f"policy.{name}.{finding.path}") for finding in findings]
        if policy:
            chosen[str(name)] = policy
    return chosen

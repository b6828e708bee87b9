"""A finished study, read from its folder: what every section of a report is told from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from sim.scenario.load import read_policies
from sim.scenario.policy import Policy
from sim.scenario.schema import Scenario
from sim.scenario.settings import Experiment
from sim.study.checks import Checks, check_means
from sim.study.comparison import summarise
from sim.views.phrases import Language
from sim.views.run_folder import ResultsError, read_experiment_of, read_manifest, read_table
from sim.views.tables import compare_study


@dataclass(frozen=True)
class Finished:
    """What a folder holds, and the language to tell it in; `kind` is run, frontier, sweep, matters or search."""

    folder: Path
    kind: str
    manifest: Mapping[str, Any]
    experiment: Experiment
    outcomes: pl.DataFrame
    language: Language

    @cached_property
    def labels(self) -> list[str]:
        """The names of its scenarios, in the order in which they were run."""
        return self.outcomes["scenario"].unique(maintain_order=True).to_list()

    @property
    def port_name(self) -> str:
        """The port's name in the language."""
        port = self.experiment.baseline.port
        return port.name_zh if self.language == "zh" else port.name

    @property
    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios of a run by name: the baseline, and the alternative if there is one."""
        both = [self.experiment.baseline, self.experiment.alternative or self.experiment.baseline]
        return dict(zip(self.labels, both, strict=False))

    @property
    def replications(self) -> int:
        """Runs of each scenario."""
        return self.outcomes["replication"].n_unique()

    @property
    def policies(self) -> dict[str, Policy]:
        """The policies that were asked, by the names that scenarios know; of old folders those that are shipped."""
        asked = self.experiment.policies
        if asked or self.kind in ("sweep", "matters", "search"):
            return dict(asked)
        shipped = read_policies()
        named = self.labels[1:] if self.kind == "frontier" else getattr(self.experiment.alternative, "policies", ())
        return {name: shipped[name.partition("(")[0]] for name in named if name.partition("(")[0] in shipped}

    @cached_property
    def comparison(self) -> pl.DataFrame:
        """The outcomes of a run: baseline, other, their paired difference and its half-width.

        Without an alternative the other is the baseline, and the half-width is that of its mean.
        """
        confidence = self.experiment.settings.confidence
        if len(self.labels) > 1:
            return compare_study(self.outcomes, self.labels[0], self.labels[1], confidence)
        alone = summarise(self.outcomes, confidence).rename({"mean": "baseline"})
        return alone.with_columns(other="baseline", difference=pl.lit(0.0))

    @cached_property
    def checks(self) -> Checks:
        """The classes whose queues grow without end."""
        return check_means(self.outcomes, self.experiment.settings.confidence)


def read_finished(folder: Path, language: Language) -> Finished:
    """Return what a folder of results holds.

    Raises
    ------
    ResultsError
        If it is missing, damaged or of a kind that has no report.
    """
    if not folder.is_dir():
        raise ResultsError(f"there is no folder '{folder}'; name one that a run, a frontier or a sweep wrote")
    manifest = read_manifest(folder)
    kind = str(manifest.get("kind") or ("frontier" if (folder / "frontier.csv").is_file() else "run"))
    return Finished(folder, kind, manifest, read_experiment_of(folder), read_table(folder, "outcomes"), language)

"""The trials of a search: each asked for by levels, run through the store with the same luck as all, and judged."""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from sim.scenario.policy import Policy
from sim.scenario.problems import ScenarioError
from sim.scenario.schema import Scenario
from sim.scenario.settings import Experiment, Settings
from sim.scenario.study_file import Level, StudyFile
from sim.study.comparison import KEY
from sim.study.goals import Goals, Judgement, judge_points
from sim.study.points import CHOICE, Point, label_point, make_point
from sim.study.search import Decision, Effort, search_decisions
from sim.study.store import Store
from sim.study.sweep import Sweep, run_points
from sim.study.verification import BASELINE

JUDGED_TOO = ("class", "cargo")
"""Scopes that tell whether queues grow."""


class Trials:
    """Runs what a search asks for through the store, and judges it; no point is run twice."""

    def __init__(
        self, study: StudyFile, experiment: Experiment, policies: Mapping[str, Policy], goals: Goals, store: Store
    ) -> None:
        self.study, self.policies, self.goals, self.store = study, policies, goals, store
        self.settings = experiment.settings
        self.world: tuple[str, Scenario] = (next(iter(study.scenarios), ""), experiment.baseline)
        self.points: dict[str, Point] = {BASELINE: Point(BASELINE, {}, experiment.baseline)}
        self.judgements: dict[str, Judgement] = {}
        self.misfits: dict[str, str] = {}
        self.failures: dict[str, str] = {}
        self._levels: dict[str, dict[str, Level]] = {}
        self._rows: list[pl.DataFrame] = []

    @property
    def outcomes(self) -> pl.DataFrame:
        """What the goals name, of every point that could be run."""
        return pl.concat(self._rows)

    def search(self, effort: Effort, on_done: Callable[[], None] = lambda: None) -> list[Judgement]:
        """Return what came of each trial, in order; the baseline is run before all else, and is none."""
        space = (self.study.vary, list(self.study.choices))
        self._run([BASELINE], on_done)
        tried = search_decisions(space, self.goals, lambda asked: self._try(asked, on_done), effort, self.settings.seed)
        return [judgement for _, judgement in tried]

    def verify(self, candidates: Sequence[str], replications: int, on_done: Callable[[], None] = lambda: None) -> Sweep:
        """Run the baseline and candidates again, in replications after those of the search."""
        settings = self.settings.model_copy(update={"replications": replications})
        chosen = [label for label in dict.fromkeys((BASELINE, *candidates)) if label not in self.failures]
        return self._run_points(chosen, settings, on_done, self.settings.replications)

    def tabulate(self) -> pl.DataFrame:
        """Return a row for each point that was tried: scenario, factors, state, means of the goals, and a message."""
        rows = [
            {
                "scenario": label,
                **(self.points[label].factors if label in self.points else self._levels[label]),
                "state": self._find_state(label),
                **{key: judgement.means.get(key) for key in self.goals.outcomes},
                "message": self.misfits.get(label, self.failures.get(label, "")),
            }
            for label, judgement in self.judgements.items()
        ]
        table = pl.from_dicts(rows, infer_schema_length=None, strict=False)
        last = ("state", *self.goals.outcomes, "message")
        return table.select(pl.exclude(last), *last)

    def _find_state(self, label: str) -> str:
        if label in self.misfits:
            return "does not fit"
        return "failed" if label in self.failures else self.judgements[label].state

    def _try(self, decisions: Sequence[Decision], on_done: Callable[[], None]) -> list[Judgement]:
        labels = [self._place(decision) for decision in decisions]
        new = [label for label in dict.fromkeys(labels) if label not in self.judgements]
        for _ in range(len(labels) - len(new)):
            on_done()
        self._run(new, on_done)
        return [self.judgements[label] for label in labels]

    def list_nearest(self) -> list[str]:
        """Return the points that could be run, those that break their constraints least first."""
        ran = [label for label, each in self.judgements.items() if each.means]
        return sorted(ran, key=lambda label: max(self.judgements[label].violations))

    def _place(self, decision: Decision) -> str:
        """Return the label of a decision, and make its point if there is none yet."""
        label = label_point(self.study, self.world[0], decision.choice, decision.levels)
        if label not in self.points and label not in self.misfits:
            try:
                point = make_point(self.study, self.world, decision.choice, self.policies, decision.levels)
                self.points[label] = point
            except ScenarioError as error:
                self.misfits[label] = str(error)
                self._levels[label] = {CHOICE: decision.choice, **decision.levels}
                self.judgements[label] = self.goals.blank
        return label

    def _run(self, labels: Sequence[str], on_done: Callable[[], None]) -> None:
        """Run and judge points that have not been."""
        if not labels:
            return
        sweep = self._run_points(labels, self.settings, on_done, 0)
        self.failures |= sweep.failures
        self.judgements |= dict.fromkeys(sweep.failures, self.goals.blank)
        if sweep.done:
            outcomes = sweep.outcomes
            self.judgements |= judge_points(outcomes, self.goals, self.settings.confidence)
            self._rows.append(outcomes.filter(KEY.is_in(self.goals.outcomes)))

    def _run_points(self, labels: Sequence[str], settings: Settings, on_done: Callable[[], None], first: int) -> Sweep:
        scopes = (key.partition("/")[0] for key in self.goals.outcomes)
        keep = tuple(dict.fromkeys((*self.study.keep, *JUDGED_TOO, *scopes))) if self.study.keep else ()
        return run_points([self.points[label] for label in labels], settings, self.store, keep, on_done, first)

"""The results store: a shard for each job, named by what went into it, so that nothing is run twice or lost."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from sim.scenario.schema import Scenario
from sim.scenario.settings import Settings
from sim.study.code_version import code_version
from sim.study.precision import read_precision


@dataclass(frozen=True)
class Job:
    """One scenario with its replications from `first` on, and the scopes of outcomes that are kept; all if empty."""

    label: str
    scenario: Scenario
    settings: Settings
    keep: tuple[str, ...] = ()
    first: int = 0

    @property
    def key(self) -> str:
        """32 hex digits of the resolved scenario, what decides its results, and the code version."""
        rule = read_precision(self.settings)
        made_by = {name: getattr(self.settings, name) for name in DECISIVE} | (asdict(rule) if rule else {})
        whole = f"{self.scenario.model_dump_json()}{json.dumps(made_by)}{sorted(self.keep)}{self.first}{code_version()}"
        return hashlib.sha256(whole.encode()).hexdigest()[:32]


COLUMNS = {
    "scenario": pl.String,
    "replication": pl.Int32,
    "scope": pl.String,
    "name": pl.String,
    "measure": pl.String,
    "unit": pl.String,
    "value": pl.Float64,
}
"""Of a table of outcomes."""
DECISIVE = ("seed", "replications", "engine")
"""Settings that decide the results of a job; workers, executor and folder do not."""


class Store:
    """A folder of results: `shards/<key>.parquet` of what is done, `failures/<key>.json` of what failed.

    A shard is complete or not there: it is written to a hidden name and renamed. `manifest.json` is an index of
    both, made from them, for whoever looks in; the truth is in the shards.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shards, self._failures = folder / "shards", folder / "failures"
        for each in (self._shards, self._failures):
            each.mkdir(parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        """Return where the shard of a job lies, or will."""
        return self._shards / f"{key}.parquet"

    def find_done(self, keys: Iterable[str]) -> set[str]:
        """Return those whose shard is there and can be read; one that is damaged is run again."""
        return {key for key in keys if self._is_whole(key)}

    def _is_whole(self, key: str) -> bool:
        try:
            return self.path(key).is_file() and bool(pl.read_parquet_metadata(self.path(key)))
        except (pl.exceptions.PolarsError, OSError):
            return False

    def write(self, key: str, outcomes: pl.DataFrame, about: Mapping[str, Any]) -> None:
        """Write the outcomes of a job, and in the same file what it was; a failure of before is forgotten."""
        partial = self._shards / f".{key}.{os.getpid()}.partial"
        outcomes.write_parquet(partial, metadata={"job": json.dumps(about, ensure_ascii=False)})
        partial.replace(self.path(key))
        (self._failures / f"{key}.json").unlink(missing_ok=True)

    def write_failure(self, key: str, message: str, about: Mapping[str, Any]) -> None:
        """Note that a job failed, and why; it is tried again when the study is run again."""
        _write_json(self._failures / f"{key}.json", {**about, "message": message})

    def scan(self, keys: Mapping[str, str]) -> pl.LazyFrame:
        """Return the outcomes of jobs as one table, in their order; `keys` by label. See `Sweep.outcomes`."""
        scans = [self._scan_once(part) for part in _split_repeats(keys)]
        return pl.concat(scans) if scans else pl.LazyFrame(schema=COLUMNS)

    def _scan_once(self, keys: Mapping[str, str]) -> pl.LazyFrame:
        """Return the outcomes of jobs of which no two share a shard; one scan of all is 40 times as fast as many."""
        labels = {str(self.path(key)): label for label, key in keys.items()}
        label = pl.col("file").replace_strict(labels, return_dtype=pl.String).alias("scenario")
        return pl.scan_parquet(list(labels), include_file_paths="file").select(label, pl.exclude("file"))

    def write_manifest(self) -> None:
        """Write `manifest.json`: what every shard and failure of the store is of."""
        done = {path.stem: _read_about(path) for path in sorted(self._shards.glob("*.parquet"))}
        failed = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(self._failures.glob("*.json"))}
        _write_json(self.folder / "manifest.json", {"done": done, "failed": failed})


def _split_repeats(keys: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the keys by label in parts, in order, so that no part has a key twice."""
    parts: list[dict[str, str]] = []
    seen: set[str] = set()
    for label, key in keys.items():
        if not parts or key in seen:
            parts.append({})
            seen = set()
        parts[-1][label] = key
        seen.add(key)
    return parts


def _read_about(path: Path) -> Any:
    try:
        return json.loads(pl.read_parquet_metadata(path).get("job", "{}"))
    except (pl.exceptions.PolarsError, ValueError):
        return {"message": "damaged; it is run again when a study needs it"}


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")  # runs of Hydra write side by side
    partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)

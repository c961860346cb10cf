"""The run directory: what it holds, and how it is opened."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from taskfusion import __version__
from taskfusion.config import Experiment, dump_experiment, parse_experiment
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.label import LabelStatistics
from taskfusion.errors import RunError
from taskfusion.files import atomic_directory, write_json, write_text


@dataclass(frozen=True)
class RunDirectory:
    """Paths of a run: config.yaml, schema.json, encoder/, model.safetensors, metrics.json, fusion.json, log.jsonl,
    report.html, and while training is not finished checkpoint.safetensors.
    """

    path: Path

    @property
    def config(self) -> Path:
        """The resolved experiment."""
        return self.path / "config.yaml"

    @property
    def model(self) -> Path:
        """The best weights."""
        return self.path / "model.safetensors"

    @property
    def checkpoint(self) -> Path:
        """The resume point."""
        return self.path / "checkpoint.safetensors"

    @property
    def log(self) -> Path:
        """One JSON line a look."""
        return self.path / "log.jsonl"

    @property
    def metrics(self) -> Path:
        """What training took and what it reached; written last, so that it marks a finished run."""
        return self.path / "metrics.json"

    @property
    def fusion(self) -> Path:
        """Mean fusion weights of every level."""
        return self.path / "fusion.json"

    @property
    def report(self) -> Path:
        """The page a person reads."""
        return self.path / "report.html"

    @property
    def is_finished(self) -> bool:
        """Whether training and evaluation are over."""
        return self.metrics.exists()

    def create(self, experiment: Experiment, encoder: FeatureEncoder, statistics: Sequence[LabelStatistics]) -> None:
        """Make the directory with the experiment, the schema and the encoder in it, whole or not at all.

        Raises:
            RunError: something is there already.
        """
        self.require_absent()
        with atomic_directory(self.path) as temporary:
            write_text(temporary / "config.yaml", dump_experiment(experiment))
            schema = experiment.table_schema.model_dump(mode="json")
            labels = [asdict(known) for known in statistics]
            write_json(temporary / "schema.json", {"taskfusion": __version__, **schema, "labels": labels})
            encoder.save(temporary / "encoder")

    def require_absent(self) -> None:
        """Raises RunError where something is at the path."""
        if self.path.exists():
            can_resume = self.config.exists() and not self.is_finished
            way = "add --resume to continue it, or name" if can_resume else "name"
            raise RunError(f"'{self.path}' exists already; {way} another directory with --out")

    def require_same(self, experiment: Experiment) -> None:
        """Raises RunError where the directory is of another experiment; the message names a setting that differs."""
        before = _flat(self.experiment().model_dump(mode="json"))
        now = _flat(experiment.model_dump(mode="json"))
        differing = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
        if differing:
            key = differing[0]
            raise RunError(
                f"the run in '{self.path}' was begun with {key} = {before.get(key)}, but the experiment now says "
                f"{now.get(key)}; resume it with the same settings, or train into another directory"
            )

    def experiment(self) -> Experiment:
        """The experiment of the run.

        Raises:
            RunError: this is no run directory.
        """
        if not self.config.exists():
            raise RunError(f"'{self.path}' should be a run directory made by train, but holds no config.yaml")
        return parse_experiment(yaml.safe_load(self.config.read_text(encoding="utf-8")), origin=str(self.config))

    def statistics(self) -> list[LabelStatistics]:
        """Statistics of the training labels, one a task."""
        content = json.loads((self.path / "schema.json").read_text(encoding="utf-8"))
        return [
            LabelStatistics(**{**known, "class_shares": tuple(known["class_shares"])}) for known in content["labels"]
        ]

    def encoder(self) -> FeatureEncoder:
        """The encoder of the run."""
        return FeatureEncoder.load(self.path / "encoder")

    def require_finished(self) -> None:
        """Raises RunError where the run is not finished."""
        if not self.config.exists():
            raise RunError(f"'{self.path}' should be a run directory made by train, but holds no config.yaml")
        if not self.is_finished:
            raise RunError(f"the run in '{self.path}' is not finished; continue it with train --resume")

    def read_metrics(self) -> dict[str, Any]:
        """The content of metrics.json."""
        content: dict[str, Any] = json.loads(self.metrics.read_text(encoding="utf-8"))
        return content

    def read_fusion(self) -> list[dict[str, Any]]:
        """The content of fusion.json."""
        content: list[dict[str, Any]] = json.loads(self.fusion.read_text(encoding="utf-8"))
        return content

    def read_log(self) -> list[dict[str, Any]]:
        """The looks of log.jsonl."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


def _flat(content: Any, prefix: str = "") -> dict[str, Any]:  # noqa: ANN401  nested JSON
    """Nested mappings and lists as one mapping of dotted keys."""
    items = content.items() if isinstance(content, dict) else enumerate(content, 1) if isinstance(content, list) else ()
    if not isinstance(content, dict | list):
        return {prefix: content}
    return {key: value for name, part in items for key, value in _flat(part, f"{prefix}.{name}".lstrip(".")).items()}

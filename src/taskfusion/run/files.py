"""The files of a run, by what they hold."""

from dataclasses import dataclass
from pathlib import Path

from taskfusion.base.manifest import MANIFEST
from taskfusion.run.ensemble_files import EnsembleFiles


@dataclass(frozen=True)
class RunFiles:
    """Paths of a run: config.yaml, schema.json, encoder/, model.safetensors, metrics.json, fusion.json, log.jsonl,
    report.html, manifest.json, importance.json (of train alone), quarantine.json (of quarantine alone),
    calibration.json where predictions are calibrated,
    ensemble.json and trees/ where trees predict together with the network, and while training is not finished
    checkpoint.safetensors and, where there are teachers, their predictions in teachers/. Of trees: trees.txt (LightGBM)
    or trees.cbm (CatBoost) and tree_columns.safetensors in place of model.safetensors, and neither fusion maps,
    importance, log, report nor checkpoint.
    """

    path: Path

    @property
    def config(self) -> Path:
        """The resolved experiment."""
        return self.path / "config.yaml"

    @property
    def schema(self) -> Path:
        """What the table means, and by what its data is known again."""
        return self.path / "schema.json"

    @property
    def model(self) -> Path:
        """The best weights."""
        return self.path / "model.safetensors"

    @property
    def trees(self) -> Path:
        """The trees of LightGBM up to the best round."""
        return self.path / "trees.txt"

    @property
    def catboost_trees(self) -> Path:
        """The trees of CatBoost up to the best round."""
        return self.path / "trees.cbm"

    @property
    def tree_columns(self) -> Path:
        """How the trees see rows."""
        return self.path / "tree_columns.safetensors"

    @property
    def ensemble(self) -> EnsembleFiles:
        """The trees that predict together with the network."""
        return EnsembleFiles(self.path)

    @property
    def predictions(self) -> Path:
        """Predictions of the rows that a comparison is made on."""
        return self.path / "predictions.parquet"

    @property
    def checkpoint(self) -> Path:
        """The resume point."""
        return self.path / "checkpoint.safetensors"

    @property
    def log(self) -> Path:
        """One JSON line per evaluation."""
        return self.path / "log.jsonl"

    @property
    def metrics(self) -> Path:
        """What training took and what it reached."""
        return self.path / "metrics.json"

    @property
    def calibration(self) -> Path:
        """What corrects the predictions of the tasks that are calibrated."""
        return self.path / "calibration.json"

    @property
    def fusion(self) -> Path:
        """Mean fusion weights of every level."""
        return self.path / "fusion.json"

    @property
    def importance(self) -> Path:
        """Which columns of the table each task rests on."""
        return self.path / "importance.json"

    @property
    def quarantine(self) -> Path:
        """How a task came into quarantine after training."""
        return self.path / "quarantine.json"

    @property
    def report(self) -> Path:
        """The page a person reads."""
        return self.path / "report.html"

    @property
    def manifest(self) -> Path:
        """The list of all other files with their SHA-256; written last, so that it marks a finished run."""
        return self.path / MANIFEST

    @property
    def optional(self) -> tuple[Path, ...]:
        """Files that are read where a run has them, but for predictions, which a comparison can make again."""
        return (
            self.model,
            self.trees,
            self.catboost_trees,
            self.tree_columns,
            self.ensemble.record,
            self.calibration,
            self.metrics,
            self.fusion,
            self.importance,
            self.quarantine,
            self.log,
            self.report,
        )

    @property
    def lasting(self) -> tuple[Path, ...]:
        """Files that a finished run may have, but for the manifest."""
        return (self.config, self.schema, *self.optional, self.predictions)

    @property
    def names(self) -> set[str]:
        """Names of all files that a run may have, those in folders left out."""
        return {path.name for path in (*self.lasting, self.manifest, self.checkpoint)}

"""The system in a few lines of Python, on tables in memory."""

import shutil
import tempfile
from pathlib import Path
from typing import Any, Self

import polars as pl

from taskfusion.base.errors import RunError
from taskfusion.base.files import atomic_directory
from taskfusion.config.experiment import Experiment, read_experiment
from taskfusion.data.prepared import SplitTables
from taskfusion.data.split import split_table
from taskfusion.data.table import from_table
from taskfusion.evaluate.record import TaskRecord
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Progress, Silent
from taskfusion.pipeline.train import train_run
from taskfusion.run.directory import RunDirectory
from taskfusion.schema.split import RandomSplit


class MultiTaskRanker:
    """Fit, predict and evaluate on a pandas, Polars or Arrow table.

    Args:
        experiment: what to train; where its data names a split, tables are cut by it.
        progress: shows how far training is; silent by default.
    """

    def __init__(self, experiment: Experiment, progress: Progress | None = None) -> None:
        self.experiment = experiment
        self.progress = progress or Silent()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._trained: TrainedModel | None = None
        self._run: RunDirectory | None = None

    @classmethod
    def from_yaml(cls, path: str | Path, *overrides: str) -> Self:
        """Read an experiment file; overrides are settings like "training.epochs=3".

        Raises:
            ExperimentError: the file is not usable.
        """
        return cls(read_experiment(path, overrides))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a run directory, made by save or by the train command.

        Raises:
            RunError: the run is missing, unfinished or damaged.
        """
        trained = TrainedModel.load(Path(path))
        ranker = cls(trained.experiment)
        ranker._trained, ranker._run = trained, RunDirectory(Path(path))
        return ranker

    def fit(
        self, table: object, validation: object = None, *, out: str | Path | None = None, resume: bool = False
    ) -> Self:
        """Train on a table.

        Args:
            table: pandas, Polars or Arrow. NaN in pandas is null; in Polars and Arrow a NaN label is an error.
            validation: rows that choose the best epoch; None: the table is cut by the experiment's split, or, where
                it has none, a tenth of the rows at random.
            out: run directory to make; None: a temporary one, which save copies.
            resume: go on with the run in out.

        Raises:
            DataError: the table does not hold what the experiment says.
            InterruptedTrainingError: training was stopped; with out given, it can be resumed.
        """
        folder = tempfile.TemporaryDirectory(prefix="taskfusion-")
        path = Path(folder.name) / "run" if out is None else Path(out)
        splits = self._splits(table, validation)
        run = train_run(self.experiment, splits, path, resume=resume, progress=self.progress)
        self._trained, self._run, self._folder = TrainedModel.load(path), run, folder
        return self

    def predict(self, table: object) -> pl.DataFrame:
        """Predictions, a row a row of the table and a column a task (multiclass: a column a class, task.class).

        Raises:
            RunError: the ranker is not fitted.
            DataError: the table lacks a feature.
        """
        return self._require_trained().score(from_table(table))

    def evaluate(self, table: object) -> list[TaskRecord]:
        """Metrics of every task on a table with labels.

        Raises:
            RunError: the ranker is not fitted.
            DataError: the table lacks a feature or a label.
        """
        return self._require_trained().evaluate(from_table(table).lazy())

    @property
    def metrics(self) -> dict[str, Any]:
        """What training took and what it reached on validation and test rows; the content of metrics.json."""
        return self._require_run().read_metrics()

    @property
    def report(self) -> str:
        """The page of the run, HTML."""
        return self._require_run().report.read_text(encoding="utf-8")

    def save(self, path: str | Path) -> None:
        """Copy the run directory, report included.

        Raises:
            RunError: the ranker is not fitted, or something is at the path.
        """
        run = self._require_run()
        if Path(path).exists():
            raise RunError(f"'{path}' exists already; name another directory")
        with atomic_directory(Path(path)) as temporary:
            shutil.copytree(run.path, temporary, dirs_exist_ok=True)

    def _splits(self, table: object, validation: object) -> SplitTables:
        frame = from_table(table).lazy()
        if validation is not None:
            return {"train": frame, "validation": from_table(validation).lazy()}
        data = self.experiment.data
        split = data.split if data is not None and data.split is not None else RandomSplit(kind="random", test=0.0)
        return split_table(frame, split)

    def _require_trained(self) -> TrainedModel:
        if self._trained is None:
            raise RunError("this ranker is not fitted yet; call fit, or load a run")
        return self._trained

    def _require_run(self) -> RunDirectory:
        if self._run is None:
            raise RunError("this ranker is not fitted yet; call fit, or load a run")
        return self._run

"""The system in a few lines of Python, on tables in memory."""

import shutil
import tempfile
from pathlib import Path
from typing import Any, Self, overload

import polars as pl

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.files import atomic_directory, from_home
from taskfusion.base.lock import only_writer
from taskfusion.config.experiment import Experiment
from taskfusion.data.native import TableT, like, rows_like
from taskfusion.data.prepared import SplitTables
from taskfusion.data.split import split_table
from taskfusion.data.table import from_table
from taskfusion.pipeline.export import export_run
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Progress
from taskfusion.pipeline.terminal import VERBOSE
from taskfusion.pipeline.train import train_run
from taskfusion.report.frame import fusion_frame, history_frame, records_frame
from taskfusion.report.notebook import experiment_html, run_html
from taskfusion.report.records import TaskRecords
from taskfusion.report.run import RunResult
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.metrics import RunMetrics
from taskfusion.schema.split import RandomSplit


class MultiTaskRanker:
    """Fit, predict and evaluate on a pandas, Polars or Arrow table; what comes back is of the same kind.

    predict and evaluate may be called from several threads at once, fit from one. A fitted ranker can be pickled and
    copied: its run travels with it. It has get_params and set_params, so that scikit-learn's clone copies its settings.

    >>> import polars as pl
    >>> from taskfusion import Experiment, MultiTaskRanker
    >>> log = pl.DataFrame({"item": ["a", "b", "c", "d"] * 50, "click": [0, 1, 1, 0] * 50, "like": [0, 0, 1, 0] * 50})
    >>> experiment = Experiment.from_dict(
    ...     {
    ...         "features": [{"name": "item", "kind": "categorical"}],
    ...         "tasks": [{"name": "click", "kind": "binary"}, {"name": "like", "kind": "binary"}],
    ...     }
    ... )
    >>> ranker = MultiTaskRanker(experiment, verbose=0).fit(log)
    >>> ranker.predict(log.head(3)).shape
    (3, 2)

    Args:
        experiment: what to train; where its data names a split, tables are cut by it.
        progress: shows how far training is, in a way of your own; None: as verbose says.
        verbose: 0 shows nothing, 1 one line per evaluation, 2 a bar too, in a terminal or a notebook (which needs
            ipywidgets for it); on standard error.

    Raises:
        ExperimentError: verbose is not 0, 1 or 2.
    """

    def __init__(self, experiment: Experiment, progress: Progress | None = None, *, verbose: int = 1) -> None:
        if verbose not in VERBOSE:
            raise ExperimentError(f"verbose should be {', '.join(map(str, VERBOSE))}, found {verbose!r}")
        self.experiment, self.progress, self.verbose = experiment, progress, verbose
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._trained: TrainedModel | None = None
        self._run: RunDirectory | None = None

    @classmethod
    def from_yaml(cls, path: str | Path, *settings: str, verbose: int = 1) -> Self:
        """Read an experiment file.

        Args:
            path: the file.
            settings: replace those of the file, each like "training.epochs=3".
            verbose: as of the ranker.

        Raises:
            ExperimentError: the file is not usable.
        """
        return cls(Experiment.from_yaml(path, *settings), verbose=verbose)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a run directory, made by save or by the train command.

        Raises:
            RunError: the run is missing, unfinished or damaged.
        """
        folder = from_home(path)
        trained = TrainedModel.load(folder)
        ranker = cls(trained.experiment)
        ranker._trained, ranker._run = trained, RunDirectory(folder)
        return ranker

    def with_settings(self, *settings: str) -> Self:
        """A new ranker, not fitted, with some settings replaced, each given like "training.epochs=3".

        >>> from taskfusion import MultiTaskRanker
        >>> slow = MultiTaskRanker(experiment)
        >>> quick = slow.with_settings("training.epochs=1")
        >>> (quick.experiment.training.epochs, slow.experiment == experiment)
        (1, True)

        Raises:
            ExperimentError: a setting is unknown or unfit.
        """
        return type(self)(**{**self.get_params(), "experiment": self.experiment.with_settings(*settings)})

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """What the ranker was made with, as scikit-learn asks for it; deep changes nothing."""
        return {"experiment": self.experiment, "progress": self.progress, "verbose": self.verbose}

    def set_params(self, **params: Any) -> Self:  # noqa: ANN401  as scikit-learn has it
        """Change what the ranker was made with; what it has learned stays until the next fit.

        Raises:
            ExperimentError: a name is not one of get_params, or its value is not usable.
        """
        unknown = [name for name in params if name not in self.get_params()]
        if unknown:
            raise ExperimentError(
                f"'{unknown[0]}' is no parameter of MultiTaskRanker, which has {', '.join(self.get_params())}; "
                f"settings of the experiment are changed by with_settings"
            )
        fresh = type(self)(**{**self.get_params(), **params})
        self.experiment, self.progress, self.verbose = fresh.experiment, fresh.progress, fresh.verbose
        return self

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
        path = Path(folder.name) / "run" if out is None else from_home(out)
        splits = self._splits(table, validation)
        progress = VERBOSE[self.verbose]() if self.progress is None else self.progress
        run = train_run(self.experiment, splits, path, resume=resume, progress=progress)
        self._trained, self._run, self._folder = TrainedModel.load(path), run, folder
        return self

    @overload
    def predict(self, table: pl.LazyFrame) -> pl.DataFrame: ...

    @overload
    def predict(self, table: TableT) -> TableT: ...

    def predict(self, table: object) -> object:
        """Predictions: one row per row of the table, one column per task (one per value, task.value,
        where a label is one of several).

        Args:
            table: pandas, Polars or Arrow, with the columns of all features. Labels are not needed.

        Returns:
            A table of the same kind; of pandas with the same index, of a lazy frame a DataFrame.

        Raises:
            RunError: the ranker is not fitted.
            DataError: the table lacks a feature.
        """
        return rows_like(table, self._require_trained().score(from_table(table)))

    def evaluate(self, table: object) -> TaskRecords:
        """Metrics of every task on a table with labels: a list of records that shows itself as a table.

        >>> records = ranker.evaluate(log)
        >>> records.frame.select("task", "kind", "rows").rows()
        [('click', 'binary', 200), ('like', 'binary', 200)]
        >>> 0 <= records[0].metrics["auc"] <= 1
        True

        Raises:
            RunError: the ranker is not fitted.
            DataError: the table lacks a feature or a label.
        """
        records = self._require_trained().evaluate(from_table(table).lazy())
        return TaskRecords(records, like(table, records_frame(records)))

    @property
    def metrics(self) -> RunMetrics:
        """What training took and what it reached on validation and test rows; the content of metrics.json."""
        return self._require_run().read_metrics()

    @property
    def history(self) -> pl.DataFrame:
        """One row per evaluation of the validation rows: epoch, step, seconds, rows_per_second, criterion, best, and
        per task its training loss (click.train_loss) and its metrics (click.auc); null where one cannot be computed.
        """
        return history_frame(self._require_run().read_log())

    @property
    def fusion_weights(self) -> pl.DataFrame:
        """Who takes how much from whom, averaged over the validation rows (AdaTT, figure 3): one row per level, fusion
        unit and expert, with the weight (gate plus native residual), the gate alone, and whether the edge exists. No
        rows where the network mixes nothing.
        """
        return fusion_frame(self._require_run().read_fusion().levels)

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
        target = from_home(path)
        with only_writer(target):
            if target.exists():
                raise RunError(f"'{path}' exists already; name another directory")
            with atomic_directory(target) as temporary:
                shutil.copytree(run.path, temporary, dirs_exist_ok=True)

    def export(self, path: str | Path) -> Path:
        """Write ONNX graphs and all else that Scorer needs, checked against this ranker's model.

        Returns:
            The path, for Scorer.load.

        Raises:
            RunError: the ranker is not fitted, or something is at the path.
            ExperimentError: a package of the extra "export" is missing.
        """
        return export_run(self._require_run().path, from_home(path)).path

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

    def __repr__(self) -> str:
        state = "not fitted" if self._run is None else "fitted"
        return f"MultiTaskRanker({self.experiment!r}, verbose={self.verbose}), {state}"

    def _repr_html_(self) -> str:
        if self._run is None:
            return experiment_html(self.experiment)
        metrics, settings = self.metrics, self._require_trained().experiment.to_yaml()
        return run_html(RunResult(metrics.variant, metrics, self._run.read_log(), config_yaml=settings))

    def __reduce__(self) -> tuple[Any, ...]:
        found = [] if self._run is None else sorted(path for path in self._run.path.rglob("*") if path.is_file())
        if self._run is not None and not found:
            raise RunError(
                f"the run of this ranker, '{self._run.path}', is gone, so the ranker cannot be copied; fit it again"
            )
        files = {str(path.relative_to(self._run.path)): path.read_bytes() for path in found if self._run is not None}
        return _restore, (type(self), self.get_params(), files)


def _restore(made: type[MultiTaskRanker], params: dict[str, Any], files: dict[str, bytes]) -> MultiTaskRanker:
    """A ranker with its parameters, and the files of its run in a temporary directory of its own."""
    ranker = made(**params)
    if files:
        ranker._folder = tempfile.TemporaryDirectory(prefix="taskfusion-")
        ranker._run = RunDirectory(Path(ranker._folder.name) / "run")
        for name, content in files.items():
            path = ranker._run.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        ranker._trained = TrainedModel.load(ranker._run.path)
    return ranker

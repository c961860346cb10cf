"""The system in a few lines of Python, on tables in memory."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, overload

import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.base.files import from_home
from taskfusion.config.experiment import Experiment
from taskfusion.data.native import TableT, like, rows_like
from taskfusion.data.table import from_table
from taskfusion.pipeline.progress import Progress
from taskfusion.pipeline.terminal import VERBOSE
from taskfusion.pipeline.train import train_run
from taskfusion.ranker.fitted import Fitted, temporary_folder
from taskfusion.ranker.learned import Learned
from taskfusion.ranker.rows import Source, splits_of, suggest
from taskfusion.report.frame import records_frame
from taskfusion.report.notebook import experiment_html, run_html
from taskfusion.report.records import TaskRecords
from taskfusion.report.run import RunResult
from taskfusion.study.preset.search import choose_settings


class MultiTaskRanker(Learned):
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
        super().__init__(experiment, progress, verbose=verbose)
        self._source = Source()

    @classmethod
    def from_table(cls, table: object, tasks: Sequence[str] = (), *, verbose: int = 1) -> Self:
        """Infer the experiment from a table, as taskfusion init does: kinds of features and tasks, the split, and
        settings for its size. What became of the columns is told as verbose says. Look at the experiment, change it by
        with_settings, and fit.

        >>> guessed = MultiTaskRanker.from_table(log, tasks=["click", "like"], verbose=0)
        >>> guessed.experiment
        Experiment(variant=adatt-sp, tasks=[click, like], features=[item])
        >>> quick = guessed.with_settings("training.epochs=1").fit()
        >>> quick.predict(log.head(3)).columns
        ['click', 'like']

        Args:
            table: pandas, Polars or Arrow, or the path of a file, as .parquet or .csv; fit then needs none.
            tasks: label columns; empty: those whose names are like outcomes.
            verbose: as of the ranker.

        Raises:
            DataError: the table cannot be read, or a column is not there.
            ExperimentError: no label can be told, or no feature is left.
        """
        found = suggest(table, tasks)
        ranker = cls(found.experiment, verbose=verbose)
        ranker._source = found.source
        for note in found.notes:
            VERBOSE[verbose]().on_note(note)
        return ranker

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
        ranker = cls(Experiment.from_yaml(path, *settings), verbose=verbose)
        ranker._source = Source(base=from_home(path).parent)
        return ranker

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a run directory, made by save or by the train command.

        Raises:
            RunError: the run is missing, unfinished or damaged.
        """
        fitted = Fitted.load(from_home(path))
        ranker = cls(fitted.trained.experiment)
        ranker._fitted = fitted
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
        changed = type(self)(**{**self.get_params(), "experiment": self.experiment.with_settings(*settings)})
        changed._source = self._source
        return changed

    def fit(
        self,
        table: object = None,
        validation: object = None,
        *,
        out: str | Path | None = None,
        resume: bool = False,
        preset: str | None = None,
    ) -> Self:
        """Train on a table.

        Args:
            table: pandas, Polars or Arrow; None: that of from_table, or those that the experiment file of from_yaml
                names. NaN in pandas is null; in Polars and Arrow a NaN label is an error.
            validation: rows that choose the best epoch; None: the table is cut by the experiment's split, or, where
                it has none, a tenth of the rows at random.
            out: run directory to make; None: a temporary one, which save copies.
            resume: go on with the run in out.
            preset: fast, auto or best choose settings that the experiment does not name, as `taskfusion train --preset`
                does; None: as the experiment says. The settings that were chosen are those of the fitted run.

        Raises:
            ExperimentError: the preset is not known.
            DataError: the table does not hold what the experiment says.
            InterruptedTrainingError: training was stopped; with out given, it can be resumed.
        """
        if table is None and validation is not None:
            raise DataError("fit should be given the training rows too where it is given those of validation")
        folder = temporary_folder()
        path = Path(folder.name) / "run" if out is None else from_home(out)
        data = self.experiment.data
        splits = self._source.splits(data) if table is None else splits_of(data, table, validation)
        progress = VERBOSE[self.verbose]() if self.progress is None else self.progress
        experiment, teachers = self.experiment, None
        if preset is not None:
            experiment, teachers = choose_settings(
                experiment, splits, preset, path.with_name(f"{path.name}.search"), None, progress
            )
        train_run(experiment, splits, path, resume=resume, teachers=teachers, progress=progress)
        self._fitted = Fitted.load(path, folder)
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
        return rows_like(table, self._require_fitted().trained.score(from_table(table)))

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
        records = self._require_fitted().trained.evaluate(from_table(table).lazy())
        return TaskRecords(records, like(table, records_frame(records)))

    def __repr__(self) -> str:
        state = "not fitted" if self._fitted is None else "fitted"
        return f"MultiTaskRanker({self.experiment!r}, verbose={self.verbose}), {state}"

    def _repr_html_(self) -> str:
        if self._fitted is None:
            return experiment_html(self.experiment)
        metrics, settings = self.metrics, self._fitted.trained.experiment.to_yaml()
        return run_html(RunResult(metrics.variant, metrics, self._fitted.run.read_log(), config_yaml=settings))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.get_params(), None if self._fitted is None else self._fitted.files())


def _restore(made: type[MultiTaskRanker], params: dict[str, Any], files: dict[str, bytes] | None) -> MultiTaskRanker:
    """A ranker with its parameters, and a run of its own."""
    ranker = made(**params)
    ranker._fitted = None if files is None else Fitted.restore(files)
    return ranker

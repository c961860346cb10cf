"""One method on one table: losses of the test rows, kept in a file so that nothing is trained twice.

Axes: B test rows, K of them with a known label.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from benchmarks.foreign.plain import PlainTable, TaskLabels, catboost_predictions, lightgbm_predictions
from taskfusion.assemble.tables import read_tables
from taskfusion.base.arrays import write_arrays
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment, read_experiment
from taskfusion.data.prepared import EncodedData, SplitTables, encode_splits
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Progress
from taskfusion.pipeline.train import train_run
from taskfusion.run.directory import RunDirectory
from taskfusion.schema.task.table import kind_of
from taskfusion.study.planning import plan_models
from taskfusion.study.preset.search import choose_settings

HERE: Final = Path(__file__).parent
Losses = Mapping[str, npt.NDArray[np.float64]]
"""By task the losses [K] of the test rows whose label is known, over that of the best constant prediction."""


@dataclass
class Bench:
    """A table, and what is trained on it.

    Args:
        name: of the table.
        out: folder of its runs.
        progress: shows how far they are.
    """

    name: str
    out: Path
    progress: Progress

    @cached_property
    def experiment(self) -> Experiment:
        """As the file beside this module says, on one thread."""
        return read_experiment(HERE / f"{self.name}.yaml", ["training.threads=1"])

    @cached_property
    def splits(self) -> SplitTables:
        """Its tables."""
        if self.experiment.data is None:
            raise ValueError(f"{self.name}.yaml names no table")
        return read_tables(self.experiment.data, HERE)

    @cached_property
    def data(self) -> EncodedData:
        """The rows, encoded as the file says."""
        return self.encoded(self.experiment)

    def encoded(self, experiment: Experiment) -> EncodedData:
        """The rows, encoded as an experiment says."""
        return encode_splits(self.splits, experiment.table_schema, memory_gib=experiment.training.memory_gib)

    @cached_property
    def plain(self) -> PlainTable:
        """The table as trees take it."""
        return PlainTable.of(self.experiment, self.splits)

    def labels(self, index: int) -> TaskLabels:
        """Of a task."""
        return TaskLabels.of(self.experiment.tasks[index], self.data, index)

    def losses(self, method: str) -> Losses:
        """Losses of a method, which is trained where it was not yet."""
        file = self.out / f"{method}.safetensors"
        if not file.exists():
            predictions = METHODS[method](self)
            found = {task: self._loss(index, predictions[index]) for index, task in enumerate(self._names)}
            write_arrays(file, found, {})
        with safe_open(file, framework="numpy") as kept:
            return {task: kept.get_tensor(task) for task in self._names}

    @property
    def _names(self) -> Sequence[str]:
        return self.experiment.table_schema.task_names

    def _loss(self, index: int, predicted_B: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        task, labels = self.experiment.tasks[index], self.labels(index)
        kind, known_B = kind_of(task), labels.known["test"]
        label_K = kind.unlearned(task, labels.label["test"][known_B].astype(np.float64))
        learned_K = labels.label["test"][known_B].astype(np.float64)
        constant_K = kind.row_loss(task, kind.unlearned(task, np.full(len(label_K), learned_K.mean())), label_K)
        loss_K = kind.row_loss(task, predicted_B[known_B].astype(np.float64), label_K)
        return np.asarray(loss_K / constant_K.mean())


def _auto(bench: Bench) -> list[npt.NDArray[Any]]:
    """As `taskfusion train --preset auto` does."""
    run = RunDirectory(bench.out / "auto")
    search = bench.out / "auto.search"
    chosen, teachers = choose_settings(bench.experiment, bench.splits, "auto", search, None, bench.progress)
    train_run(chosen, bench.splits, run.path, resume=True, teachers=teachers, progress=bench.progress)
    scores = TrainedModel.load(run.path).score(bench.splits["test"].collect())
    return [scores[name].to_numpy() for name in bench.experiment.table_schema.prediction_names]


def _single_task(bench: Bench) -> list[npt.NDArray[Any]]:
    """Separate networks with the settings that auto chose, teachers included, and no trees beside them."""
    bench.losses("auto")
    chosen = RunDirectory(bench.out / "auto").experiment()
    alone = derive(chosen, ensemble=derive(chosen.ensemble, trees=False))
    data, found = bench.encoded(alone), []
    for model in plan_models(alone, "single-task", data):
        path = bench.out / "single-task" / model.folder
        if not RunDirectory(path).is_finished:
            distilled = model.distilled(data, bench.out / "auto.search" / "teachers", bench.progress)
            rows = distilled.only(model.tasks)
            model.learner.train(model.experiment, rows, path, title=model.folder, progress=bench.progress)
        predicted = model.learner.predict(RunDirectory(path), data.only(model.tasks), "test")
        found.append(np.concatenate([by_task[0] for _, by_task in predicted]))
    return found


def _plain(predictions: Callable[..., npt.NDArray[Any]]) -> Callable[[Bench], list[npt.NDArray[Any]]]:
    def of(bench: Bench) -> list[npt.NDArray[Any]]:
        tasks = enumerate(bench.experiment.tasks)
        return [predictions(task, bench.plain, bench.labels(index)) for index, task in tasks]

    return of


METHODS: Final[Mapping[str, Callable[[Bench], list[npt.NDArray[Any]]]]] = {
    "auto": _auto,
    "single-task": _single_task,
    "lightgbm": _plain(lightgbm_predictions),
    "catboost": _plain(catboost_predictions),
}
"""By name, from a table to the predictions of its test rows, one [B] per task."""

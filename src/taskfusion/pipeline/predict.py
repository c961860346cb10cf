"""Score tables with a finished run."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from pyarrow.csv import CSVWriter

from taskfusion.assemble.network import build_model
from taskfusion.base.errors import DataError, RunError
from taskfusion.base.files import atomic_file
from taskfusion.base.lock import only_writer
from taskfusion.config.experiment import Experiment
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import MemoryDataset, open_dataset, row_encoder
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.prepared import GIB, check_columns
from taskfusion.data.refusal import require_columns
from taskfusion.data.table import BLOCK_ROWS, collect, count_rows, read_blocks, require_rows
from taskfusion.evaluate.record import TaskRecord
from taskfusion.model.head.calibration import calibrate
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.pipeline.calibrate import read_calibrations
from taskfusion.pipeline.ensemble import read_trees
from taskfusion.pipeline.evaluate import SCORING_ROWS, predictions, task_records
from taskfusion.run.directory import RunDirectory
from taskfusion.schema.coded import needed_columns
from taskfusion.train.checkpoint import load_model_tensors, load_tensors
from taskfusion.trees.bank import TreeBank

WRITERS: Mapping[str, Callable[[Path, pa.Schema], Any]] = {".parquet": pq.ParquetWriter, ".csv": CSVWriter}


@dataclass(frozen=True)
class TrainedModel:
    """What a finished run holds: experiment, encoder and best weights, calibrated where the experiment says so, and the
    trees that predict together with the network; None: it predicts alone.
    """

    experiment: Experiment
    encoder: FeatureEncoder
    model: MultiTaskModel
    trees: TreeBank | None = None

    @classmethod
    def load(cls, path: Path, device: str | None = None, *, calibrated: bool = True) -> Self:
        """Read a run directory.

        Args:
            path: the run directory.
            device: where to score, such as "cpu"; None: where the run was trained, or the CPU where that is missing.
            calibrated: whether predictions are corrected as the run says; else they are those of the network and its
                trees.

        Raises:
            RunError: the run is missing, unfinished or damaged, or holds trees.
        """
        directory = RunDirectory(path)
        directory.require_finished()
        if directory.tree_columns.exists():
            raise RunError(f"the run in '{path}' should be a network, but holds trees, which only compare reads")
        experiment, encoder = directory.experiment(), directory.encoder()
        model = build_model(experiment, encoder.layout, directory.read_schema().labels)
        tensors, _ = load_tensors(directory.model)
        load_model_tensors(model, tensors, directory.model)
        names = experiment.table_schema.task_names
        trees = read_trees(directory.ensemble, model, names) if experiment.ensemble.trees else None
        calibrations = read_calibrations(directory, experiment.tasks, experiment.calibration)
        calibrate(model, calibrations if calibrated else {})
        trained_on = experiment.training.device if torch.cuda.is_available() else "cpu"
        return cls(experiment, encoder, model.to(device or trained_on).eval(), trees)

    def evaluate(self, frame: pl.LazyFrame, origin: str = "the table") -> list[TaskRecord]:
        """Metrics of every task on a table with labels.

        Raises:
            DataError: a column is missing or not usable.
        """
        schema = self.experiment.table_schema
        check_columns(frame, schema, origin)
        memory = int(self.experiment.training.memory_gib * GIB)
        dataset = open_dataset(frame, row_encoder(self.encoder, schema), memory_bytes=memory, origin=origin)
        return task_records(self.model, dataset, schema.tasks, self.experiment.evaluation.ranking_bins)

    def unseen(self, frame: pl.LazyFrame) -> dict[str, object]:
        """Features whose values in the first rows of a table are all strangers to training -> a value that was seen."""
        return self.encoder.unseen(collect(frame.head(BLOCK_ROWS).select(*needed_columns(self.experiment.features))))

    def score(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Predictions of a table's rows: one column per task (one per value, task.value, where a label
        is one of several).

        Raises:
            DataError: a feature's column is missing or not usable.
        """
        needed = {feature.source: f"feature '{feature.name}'" for feature in self.experiment.features}
        require_columns(frame.columns, needed, "the table to be scored")
        batch = Batch.of(self.encoder.encode(frame))
        batches = MemoryDataset(batch).batches(SCORING_ROWS) if len(batch) else iter([batch])
        found = [parts for _, parts in predictions(self.model, batches)]
        columns: dict[str, np.ndarray] = {}
        for index, task in enumerate(self.experiment.tasks):
            names = task.prediction_names
            values = np.concatenate([parts[index] for parts in found]).reshape(len(frame), len(names))
            columns |= {name: values[:, place] for place, name in enumerate(names)}
        return pl.DataFrame(columns)


def score_file(trained: TrainedModel, frame: pl.LazyFrame, out: Path, keep: Sequence[str] = ()) -> int:
    """Score a table block by block into a Parquet file, in the order of its rows.

    Args:
        trained: the run.
        frame: the table.
        out: the file to make, .parquet or .csv, written whole or not at all.
        keep: columns of the table to copy in front of the predictions.

    Returns:
        Rows scored.

    Raises:
        DataError: a column is missing or not usable, or something is at out.
        RunError: another process writes it.
    """
    require_columns(frame.collect_schema().names(), dict.fromkeys(keep, "--keep"), "the table to be scored")
    taken = trained.experiment.table_schema.prediction_names
    clash = next((name for place, name in enumerate(keep) if name in taken or name in keep[:place]), None)
    if clash is not None:
        raise DataError(
            f"the columns of the scores should have names that differ, but --keep names '{clash}', which is there "
            f"already; leave it out, or rename the column in the table"
        )
    with only_writer(out):
        return _write_scores(trained, frame, out, keep)


def _write_scores(trained: TrainedModel, frame: pl.LazyFrame, out: Path, keep: Sequence[str]) -> int:
    if out.exists():
        raise DataError(f"'{out}' exists already; name another file with --out")
    if out.suffix not in WRITERS:
        raise DataError(f"'{out}' should end in {' or '.join(WRITERS)}, which says how the scores are written")
    num_rows, origin = count_rows(frame), "the table to be scored"
    require_rows(num_rows, origin)
    with atomic_file(out) as temporary, ExitStack() as stack:
        writer: Any = None
        for block in read_blocks(frame, origin, num_rows):
            _require_flat(block.select(keep), out)
            scores = pl.concat([block.select(keep), trained.score(block)], how="horizontal").to_arrow()
            writer = writer or stack.enter_context(WRITERS[out.suffix](temporary, scores.schema))
            writer.write_table(scores)
    return num_rows


def _require_flat(kept: pl.DataFrame, out: Path) -> None:
    """CSV has no lists and structs."""
    nested = next((column.name for column in kept if column.dtype.is_nested()), None)
    if out.suffix == ".csv" and nested is not None:
        raise DataError(
            f"the column '{nested}' holds lists or structs, which CSV cannot; write the scores as Parquet, or leave it "
            f"out of --keep"
        )

"""How the columns of a run's rows, and its predictions for them, are distributed; kept with an export."""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from taskfusion.base.errors import RunError
from taskfusion.data.column import transformed
from taskfusion.data.prepared import TITLES
from taskfusion.data.refusal import require_columns
from taskfusion.data.table import collect, count_rows, require_rows, scan
from taskfusion.pipeline.holdout import own_tables
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.directory import RunDirectory
from taskfusion.schema.coded import needed_columns
from taskfusion.serve.reference import ReferenceRecord, reference_of

MOST_ROWS: Final = 100_000


def read_reference(
    directory: RunDirectory, trained: TrainedModel, *, data: Path | None = None, experiment: Path | None = None
) -> ReferenceRecord:
    """Count the test rows of a run, its validation rows where it has none, or those of a table.

    Args:
        directory: of the run.
        trained: its model.
        data: a table, with labels or without; None: the run's own rows.
        experiment: the file that the run was trained from, where its tables are not found from here or from the run.

    Raises:
        DataError: a table cannot be read or lacks a column.
        ExperimentError: the run does not say where its rows are.
        RunError: the table that was found has another number of rows than the run's.
    """
    if data is not None:
        return _counted(trained, scan(data, trained.encoder.text_columns), data.name)
    tables = own_tables(directory, trained.experiment.data, experiment)
    split = "test" if "test" in tables else "validation"
    known, found = directory.read_schema().fingerprint.rows[split], count_rows(tables[split])
    if known != found:
        raise RunError(
            f"the {TITLES[split]} that the run in '{directory.path}' names has {found:,} rows, but it had {known:,}; "
            f"bring it back, name the experiment file with --experiment, or give another table with --data"
        )
    return _counted(trained, tables[split], f"{split} rows")


def _counted(trained: TrainedModel, frame: pl.LazyFrame, origin: str) -> ReferenceRecord:
    columns = needed_columns(trained.experiment.features)
    require_columns(frame.collect_schema().names(), columns, origin)
    num_rows = count_rows(frame)
    require_rows(num_rows, origin)
    step = -(-num_rows // MOST_ROWS)
    rows = collect(frame.select(*columns).gather_every(step), origin)
    scores = trained.score(rows)
    numeric = [encoder.feature for encoder in trained.encoder.numeric]
    tasks = [task for task in trained.experiment.tasks if task.kind != "regression"]
    return reference_of(
        origin,
        trained.encoder.encode(rows),
        trained.encoder.layout,
        {one.name: np.isnan(transformed(rows[one.source], one)) for one in numeric},
        {name: scores[name].to_numpy().astype(np.float64) for name in scores.columns},
        [name for task in tasks for name in task.prediction_names],
    )

"""Explain trained models: one run, or several that differ in their seed alone."""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import DataError
from taskfusion.data.condition import find_row
from taskfusion.data.table import scan
from taskfusion.evaluate.removal import RESAMPLES
from taskfusion.pipeline.explained_rows import ExplainedRows, read_rows
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.use import RunUse, run_use
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.attribution import AttributionRecord, RowRecord
from taskfusion.run.record.explain import ExplainRecord, UseRecord
from taskfusion.study.explain.attribution import attribution_record
from taskfusion.study.explain.donors import row_donors
from taskfusion.study.explain.row import row_record
from taskfusion.study.explain.runs import find_runs, load_runs
from taskfusion.study.explain.use import CONFIDENCE, use_record


def explain_runs(
    paths: Sequence[Path],
    data: Path | None,
    segment: str | None,
    row: str | None,
    name: str,
    on_note: Callable[[str], None] = lambda text: None,
) -> ExplainRecord:
    """What models take from whom; the content of explain.json.

    Args:
        paths: runs, or a comparison.
        data: a table with labels; None: the test rows that the experiment names, else its validation rows.
        segment: a categorical feature whose values are looked at one by one; None: all rows together alone.
        row: index of a row to be explained, or a condition whose first row is; None: none is.
        name: what the explanation is called.
        on_note: told what is done.

    Raises:
        RunError: a run is not usable, or runs differ in more than their seed.
        ExperimentError: the row's condition is no SQL expression.
        DataError: the table, the segment or the row is not usable.
    """
    found = find_runs(paths)
    models = load_runs(found)
    frame, origin = _table(models[0], data)
    asked = None if row is None else (row, *find_row(frame, row, origin))
    rows = read_rows(models[0], frame, origin, segment)
    on_note(f"explain: {len(rows.batch):,} rows of {origin} read")
    experiment = models[0].experiment
    return ExplainRecord(
        name=name,
        runs=tuple(str(path) for path in found),
        variant=experiment.network.variant,
        seeds=tuple(model.experiment.training.seed for model in models),
        table=origin,
        tasks=experiment.table_schema.task_names,
        rows=len(rows.batch),
        groups=rows.num_clusters,
        grouped=rows.grouped,
        resamples=RESAMPLES,
        confidence=CONFIDENCE,
        segment=segment,
        trees=models[0].trees is not None,
        use=_use(models, rows, on_note),
        attribution=_attribution(models, rows, on_note),
        row=None if asked is None else _row(models, rows, RunDirectory(found[0]), *asked, on_note),
    )


def _use(models: Sequence[TrainedModel], rows: ExplainedRows, on_note: Callable[[str], None]) -> UseRecord | None:
    runs: list[RunUse] = []
    for model in models:
        on_note(f"explain: what the model with seed {model.experiment.training.seed} takes from whom")
        found = run_use(model, rows)
        if found is None:
            return None
        runs.append(found)
    return use_record(runs, rows, models[0].experiment.tasks)


def _attribution(
    models: Sequence[TrainedModel], rows: ExplainedRows, on_note: Callable[[str], None]
) -> AttributionRecord:
    on_note("explain: which columns of the table move each task's score")
    return attribution_record(models, rows.batch, rows.cluster_B, rows.num_clusters)


def _row(
    models: Sequence[TrainedModel],
    rows: ExplainedRows,
    directory: RunDirectory,
    wanted: str,
    index: int,
    row: pl.DataFrame,
    on_note: Callable[[str], None],
) -> RowRecord:
    on_note(f"explain: row {index:,}")
    donors = row_donors(models, rows.batch, row)
    return row_record(models, rows.batch, directory.read_schema().labels, row, index, wanted, donors)


def _table(trained: TrainedModel, data: Path | None) -> tuple[pl.LazyFrame, str]:
    """The rows, and what errors and the page call them."""
    if data is not None:
        return scan(data, trained.encoder.text_columns), f"'{data}'"
    section = trained.experiment.data
    if section is None or not section.names_tables:
        raise DataError("the run names no table; say with --data where rows with labels are")
    try:
        splits = read_tables(section, Path())
    except DataError as error:
        raise DataError(f"{error}; say with --data where rows with labels are") from error
    split = "test" if "test" in splits else "validation"
    return splits[split], f"the {split} table"

"""The rows that a finished run is looked at again on: those that it was evaluated on, or others that are given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import DataError, ExperimentError, RunError
from taskfusion.config.experiment import DataConfig, read_experiment
from taskfusion.data.dataset import Dataset, open_dataset, row_encoder
from taskfusion.data.prepared import GIB, TITLES, SplitTables, check_columns, fingerprint
from taskfusion.data.table import scan
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.metrics import SplitName


@dataclass(frozen=True)
class Holdout:
    """Encoded rows with labels.

    Args:
        title: what the rows are that decide.
        splits: "validation", which decide, and "test" where the run has such.
    """

    title: str
    splits: Mapping[SplitName, Dataset]


def read_holdout(
    directory: RunDirectory, trained: TrainedModel, *, data: Path | None, experiment: Path | None
) -> Holdout:
    """The rows of a table, or the validation and test rows of the run, known again by its fingerprint.

    Args:
        directory: of the run.
        trained: its model, whose encoder is used.
        data: a table with labels; None: the run's own rows.
        experiment: the file that the run was trained from, from whose folder its tables are named; None: they are
            looked for from here, from the folder of the run, and from those above it.

    Raises:
        DataError: a table cannot be read or lacks a column.
        ExperimentError: the run's own rows cannot be had; the message says why.
        RunError: the tables that were found are not those of the run.
    """
    if data is not None:
        frame = scan(data, trained.encoder.text_columns)
        return Holdout(f"the rows of {data.name}", {"validation": _open(trained, frame, f"'{data}'")})
    if trained.experiment.domain is not None:
        raise ExperimentError(
            f"the run in '{directory.path}' weighs its validation rows for a domain, which needs the training rows; "
            f"give a table of rows of the target with --data"
        )
    tables = own_tables(directory, trained.experiment.data, experiment)
    names: list[SplitName] = ["validation", "test"] if "test" in tables else ["validation"]
    splits: dict[SplitName, Dataset] = {name: _open(trained, tables[name], f"the {TITLES[name]}") for name in names}
    before = directory.read_schema().fingerprint.only(splits)
    change = fingerprint(trained.encoder, dict(splits.items())).change_from(before)
    if change:
        raise RunError(
            f"the tables that the run in '{directory.path}' names are not those that it was trained on: {change}; "
            f"bring them back, name the experiment file with --experiment, or give another table with --data"
        )
    return Holdout("the validation rows", splits)


def _open(trained: TrainedModel, frame: pl.LazyFrame, origin: str) -> Dataset:
    schema = trained.experiment.table_schema
    check_columns(frame, schema, origin)
    memory = int(trained.experiment.training.memory_gib * GIB)
    return open_dataset(frame, row_encoder(trained.encoder, schema), memory_bytes=memory, origin=origin)


def own_tables(directory: RunDirectory, named: DataConfig | None, experiment: Path | None) -> SplitTables:
    """The tables that a run was made from, not yet read.

    Args:
        directory: of the run.
        named: where it says that they are.
        experiment: as read_holdout takes it.

    Raises:
        DataError: they are not found.
        ExperimentError: the run does not say where they are.
    """
    if experiment is not None:
        found = read_experiment(experiment).data
        if found is None or not found.names_tables:
            raise ExperimentError(f"'{experiment}' should say under data where the rows are; give --data instead")
        return read_tables(found, experiment.parent)
    if named is None or not named.names_tables:
        raise ExperimentError(
            f"the run in '{directory.path}' does not say where its rows are; give a table with labels with --data"
        )
    for base in _bases(directory):
        try:
            return read_tables(named, base)
        except DataError:
            continue
    wanted = named.table or named.validation
    raise DataError(
        f"the tables of the run in '{directory.path}' ({wanted} and others) are neither here nor beside the run; name "
        f"the experiment file with --experiment, or give a table with labels with --data"
    )


def _bases(directory: RunDirectory) -> Iterator[Path]:
    """Folders that relative paths may start from."""
    yield Path()
    yield from directory.path.resolve().parents

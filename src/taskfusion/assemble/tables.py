"""From the experiment file to the tables that it names."""

from pathlib import Path

from taskfusion.base.files import from_home
from taskfusion.config.experiment import DataConfig
from taskfusion.data.prepared import SplitTables
from taskfusion.data.split import split_table
from taskfusion.data.table import scan


def read_tables(data: DataConfig, base: Path) -> SplitTables:
    """The tables that an experiment names, not yet read.

    Args:
        data: section of the experiment.
        base: folder that relative paths start from, that of the experiment file.

    Raises:
        DataError: a file is missing, unreadable or empty, or a split leaves a split empty.
    """
    if data.table is not None and data.split is not None:
        return split_table(scan(base / from_home(data.table)), data.split)
    named = {"train": data.train, "validation": data.validation, "test": data.test}
    return {name: scan(base / from_home(path)) for name, path in named.items() if path is not None}

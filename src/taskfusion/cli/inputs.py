"""What commands read before they work."""

from pathlib import Path

from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import ExperimentError
from taskfusion.cli.names import listed_names
from taskfusion.config.experiment import Experiment, read_experiment
from taskfusion.data.prepared import SplitTables


def read_with_tables(path: Path, settings: list[str] | None) -> tuple[Experiment, SplitTables]:
    """An experiment and the tables that it names.

    Raises:
        ExperimentError: the experiment is not usable, or names no tables.
        DataError: a table cannot be read.
    """
    experiment = read_experiment(path, settings or ())
    if experiment.data is None or not experiment.data.names_tables:
        raise ExperimentError(f"'{path}' should say under data where the rows are (train and validation, or table)")
    return experiment, read_tables(experiment.data, path.parent)


def variant_names(variants: str) -> list[str]:
    """Names of variants, separated by commas.

    Raises:
        ExperimentError: there are none.
    """
    names = listed_names(variants)
    if not names:
        raise ExperimentError("--variants should name at least one variant, found none")
    return names

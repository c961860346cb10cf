"""Which arm each unit is in: the sticky salted hash of base/bucket.py, in fixed ranges.

The treatment has the first half of all units and takes the first part of it, its control has the other half likewise.
A unit therefore never moves between arms when the pilot is widened, and a canary of the server with the pilot's name as
its salt and its percent is the treatment.
"""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from taskfusion.base.bucket import Arms
from taskfusion.base.errors import DataError
from taskfusion.base.files import atomic_file
from taskfusion.config.charter import Charter
from taskfusion.data.refusal import require_columns
from taskfusion.data.table import collect, scan

TREATMENT: Final = "treatment"
CONTROL: Final = "control"
OUTSIDE: Final = "outside"
"""Of units that are in neither arm."""

EXCLUDED: Final = "excluded"
ARM: Final = "arm"


def arms_of(charter: Charter) -> Arms:
    """The arms of a pilot."""
    return Arms({TREATMENT: charter.percent, CONTROL: charter.percent})


def arm_column(units: pl.Series, charter: Charter) -> pl.Series:
    """The arm of each unit of a column, or outside.

    Raises:
        DataError: a unit is missing, or is neither text nor whole number.
    """
    arms = arms_of(charter)
    names = np.array([*arms.names, OUTSIDE])
    return pl.Series(ARM, names[arms.column(units, charter.name)])


def write_arms(charter: Charter, table: Path, out: Path, excluded: Path | None = None) -> dict[str, int]:
    """Write the arm of every unit of a table, once each; and how many are in each.

    Args:
        charter: of the pilot.
        table: with a column of units.
        out: file that is written, whole or not at all; Parquet, or CSV by its name.
        excluded: a table of units that come to no arm; None: there is none.

    Raises:
        DataError: a table lacks the column of units, or one is missing.
        StorageError: the file cannot be written.
    """
    if out.suffix not in (".parquet", ".csv"):
        raise DataError(f"'{out}' should be a file that ends in .parquet or .csv")
    units = _units(table, charter)
    left_out = None if excluded is None else _units(excluded, charter)
    arms = pl.DataFrame([units, arm_column(units, charter)])
    if left_out is not None:
        is_out = pl.col(charter.unit).cast(pl.String).is_in(left_out.cast(pl.String).implode())
        arms = arms.with_columns(pl.when(is_out).then(pl.lit(EXCLUDED)).otherwise(ARM).alias(ARM))
    with atomic_file(out) as temporary:
        (arms.write_parquet if out.suffix == ".parquet" else arms.write_csv)(temporary)
    counted = dict(arms.group_by(ARM).len().iter_rows())
    return {name: counted[name] for name in (TREATMENT, CONTROL, OUTSIDE, EXCLUDED) if name in counted}


def _units(path: Path, charter: Charter) -> pl.Series:
    """Units of a table, once each, in the order in which they first stand there."""
    table = scan(path)
    require_columns(table.collect_schema().names(), {charter.unit: "unit of the charter"}, f"'{path}'")
    return collect(table.select(charter.unit).unique(maintain_order=True), f"'{path}'")[charter.unit]

"""Decision logs as a server leaves them, for tests of pilots."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from taskfusion.config.charter import Charter
from taskfusion.pilot.assign import TREATMENT, arm_column


def decisions(charter: Charter, came: dict[int, date], *, swapped: frozenset[int] = frozenset()) -> pl.DataFrame:
    """One decision for each unit on its day and one on the next: of the canary for the treatment, else of the primary.

    Args:
        charter: whose arms units are in.
        came: first day by unit.
        swapped: units that the log has in the other arm.
    """
    units = pl.Series("user", list(came))
    treated = (arm_column(units, charter) == TREATMENT).to_list()
    arms = [
        "canary" if is_treated != (unit in swapped) else "primary"
        for unit, is_treated in zip(came, treated, strict=True)
    ]
    begun = [datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in came.values()]
    one = pl.DataFrame({"unit": units.cast(pl.String), "arm": arms, "tier": arms, "time": begun})
    return pl.concat([one, one.with_columns(pl.col("time") + timedelta(days=1))])


def write_decisions(folder: Path, table: pl.DataFrame) -> str:
    """The directory of a log that holds these."""
    folder.mkdir()
    table.write_parquet(folder / "decisions-1.parquet")
    return str(folder)

"""A table scored into parts by a process of its own, which can be killed."""

from pathlib import Path

import numpy as np
import polars as pl

from commands import SERVER
from support import log_table
from taskfusion.serve.batch.score import ROW, Cut, score_table

ROWS = 2_000
CUT = Cut(part_rows=300, block_rows=70, workers=2)


class Scoring:
    """A process that scores a table."""

    def __init__(self, bundle: Path, table: Path, out: Path) -> None:
        self._process = SERVER.Process(target=_score, args=(bundle, table, out))
        self._process.start()

    @property
    def is_alive(self) -> bool:
        """Whether it works still."""
        return self._process.is_alive()

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.kill()
        self._process.join()

    def end(self) -> None:
        """Wait for its end."""
        self._process.join(300)
        assert self._process.exitcode == 0


def _score(bundle: Path, table: Path, out: Path) -> None:
    score_table(bundle, table, out, cut=CUT)


def write_table(folder: Path) -> Path:
    """Three files, with missing and unseen values."""
    rows = log_table(ROWS, seed=5).with_columns(
        item_id=pl.when(pl.col("time") % 7 == 0).then(pl.lit("new")).otherwise("item_id"),
        user_id=pl.when(pl.col("time") % 11 == 0).then(None).otherwise("user_id"),
    )
    for place, (start, stop) in enumerate([(0, 900), (900, 901), (901, ROWS)]):
        rows[start:stop].write_parquet(folder / f"{place}.parquet")
    return folder


def parts(out: Path) -> pl.DataFrame:
    """All parts, one after the other."""
    return pl.concat([pl.read_parquet(path) for path in sorted(out.glob("part-*.parquet"))])


def require_complete(out: Path, table: Path, expected: pl.DataFrame) -> None:
    """Every row of the table is there once, in order, with its predictions."""
    found, rows = parts(out), pl.read_parquet(table / "*.parquet")
    assert found[ROW].to_list() == list(range(ROWS))
    assert found["user_id"].equals(rows["user_id"])
    assert found["item_id"].equals(rows["item_id"])
    np.testing.assert_allclose(found.select(expected.columns).to_numpy(), expected.to_numpy(), rtol=1e-6, atol=1e-6)

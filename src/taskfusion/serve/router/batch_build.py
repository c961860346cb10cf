"""The parts of a scored table to arrays by unit and item, in files that are then mapped into memory.

Axes: U units, N pairs of a unit and an item, C predictions.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.base.boundary import reading
from taskfusion.base.errors import RunError, StorageError
from taskfusion.base.manifest import listed
from taskfusion.base.record import read_artifact
from taskfusion.serve.batch.record import SCORE, Part, ScoreRecord
from taskfusion.serve.catalogue.build import id_column, lookup_of_ids
from taskfusion.serve.router.batch_scores import ITEM, ITEM_N, START, UNIT, VALUE_NC, BatchTable

Array = npt.NDArray[Any]
Codes = npt.NDArray[np.int64]

_AGAIN: Final = "copy the whole directory again, or make it again with taskfusion score"
_EXPECTED: Final = "a part that taskfusion score wrote"


def build(scores: Path, unit: str, item: str, predictions: Sequence[str], out: Path) -> BatchTable:
    """Make the arrays of a scored table; of rows with the same pair, the last one counts.

    Args:
        scores: directory made by taskfusion score.
        unit: its column of units.
        item: its column of ids of items.
        predictions: its columns of predictions that are asked for.
        out: an empty directory, for the arrays.

    Raises:
        RunError: the directory is not complete, is damaged, or lacks a column.
        DataError: ids are neither texts nor whole numbers.
        StorageError: an array cannot be written.
    """
    record, begun = _record(scores, (unit, item), predictions)
    wanted = [unit, item, *predictions]
    frame = pl.concat([_part(scores, part, wanted) for part in record.parts])
    known = frame.drop_nulls([unit, item])
    if known.is_empty():
        raise RunError(f"'{scores}' has no row with '{unit}' and '{item}', so nothing can be looked up there")
    arrays = _arrays(known, f"'{scores}'")
    try:
        for name, array in arrays.items():
            np.save(out / f"{name}.npy", array, allow_pickle=False)
    except OSError as error:
        raise StorageError(
            f"'{out}' cannot hold the scores of '{scores}': {error.strerror or error}; make room there, or name "
            f"another place with the variable TMPDIR"
        ) from error
    without_ids = len(frame) - len(known)
    return BatchTable(record.fingerprint, begun, tuple(predictions), len(frame), len(arrays[ITEM_N]), without_ids)


def _arrays(frame: pl.DataFrame, origin: str) -> dict[str, Array]:
    """What is looked up, of rows with unit, item and predictions."""
    units, items, *predictions = frame.get_columns()
    arrays: dict[str, Array] = {}
    codes = []
    for name, ids in ((UNIT, id_column(units, origin)), (ITEM, id_column(items, origin))):
        distinct = ids.unique()
        codes.append(_codes(ids, distinct))
        arrays |= {f"{name}.{key.removeprefix('id:')}": one for key, one in lookup_of_ids(distinct).arrays().items()}
    row_N = _last_of_pairs(*codes)
    pairs_U = np.bincount(codes[0][row_N])
    arrays[START] = np.concatenate([[0], np.cumsum(pairs_U)])
    arrays[ITEM_N] = codes[1][row_N].astype(np.int32)
    value_NC = np.empty((len(row_N), len(predictions)), dtype=np.float32)
    for place, values in enumerate(predictions):
        value_NC[:, place] = values.cast(pl.Float32).fill_null(float("nan")).to_numpy()[row_N]
    arrays[VALUE_NC] = value_NC
    return arrays


def _record(scores: Path, ids: Sequence[str], predictions: Sequence[str]) -> tuple[ScoreRecord, datetime]:
    """What the directory says of itself, and when it was begun."""
    if not (scores / SCORE).exists():
        raise RunError(
            f"'{scores}' should be a directory that taskfusion score finished, but has no {SCORE}; make it with "
            f"taskfusion score, or name the right one"
        )
    record = read_artifact(scores / SCORE, ScoreRecord)
    if record.begun is None:
        raise RunError(
            f"'{scores / SCORE}' does not say when scoring began, so nobody knows how old it is; make it again in "
            f"another directory with this version of taskfusion score"
        )
    lacking = [name for name in ids if name not in record.kept]
    if lacking:
        raise RunError(
            f"'{scores}' should have the columns {' and '.join(ids)}, but has {', '.join(record.kept) or 'none'}; name "
            f"those, or make it again in another directory with taskfusion score --keep {','.join(ids)}"
        )
    missing = [name for name in predictions if name not in record.predictions]
    if missing:
        raise RunError(
            f"'{scores}' should hold predictions of {', '.join(missing)}, but holds those of "
            f"{', '.join(record.predictions)}; score the table with a model that has these tasks, or leave them out"
        )
    return record, record.begun


def _part(scores: Path, part: Part, columns: Sequence[str]) -> pl.DataFrame:
    path = scores / part.name
    with reading(path, _EXPECTED, _AGAIN):
        if path.stat().st_size != part.bytes or listed(path).sha256 != part.sha256:
            raise RunError(
                f"'{path}' is not the file that was written there: its content differs from what {SCORE} says; {_AGAIN}"
            )
        return pl.read_parquet(path, columns=list(columns), glob=False)


def _codes(ids: pl.Series, distinct: pl.Series) -> Codes:
    """Places of ids [N] in the distinct ones."""
    table = pl.DataFrame({"id": distinct, "code": pl.int_range(len(distinct), dtype=pl.Int64, eager=True)})
    found = ids.rename("id").to_frame().join(table, on="id", how="left", maintain_order="left")
    return np.asarray(found["code"].to_numpy(), dtype=np.int64)


def _last_of_pairs(unit_R: Codes, item_R: Codes) -> Codes:
    """Rows [N] by unit and then by item; of those with the same pair, the last one."""
    pair_R = (unit_R << 32) | item_R
    row_R = np.argsort(pair_R, kind="stable")
    pair_R = pair_R[row_R]
    is_last_R = np.append(pair_R[1:] != pair_R[:-1], True)
    found: Codes = row_R[is_last_R]
    return found

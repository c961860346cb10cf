"""The decision log as rows of candidates, from where it was left.

Axes: G requests, B candidates of all of them, C predictions.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from taskfusion.base.boundary import reading
from taskfusion.base.errors import DataError
from taskfusion.serve.decision.record import PREDICTION
from taskfusion.serve.decision.stream import PREFIX, STREAM, TABLE, StreamReader
from taskfusion.watch.read.rows import Rows, decision_rows, text_hashes

NO_MODEL: Final = 255
"""Code of a bundle or an arm that there is none of."""

_SHADOW: Final = "shadow"
"""Tier whose answers nobody got, so that no outcome is its doing."""

_REQUESTS: Final = 8192
_MINUTE: Final = 60_000_000
_UNITS: Final = 65_536
_COLUMNS: Final = ("id", "time", "unit", "arm", "tier", "reason", "bundle", "candidates")


@dataclass
class Names:
    """Names by the codes that they got in the order in which they came."""

    names: list[str] = field(default_factory=list)

    def codes(self, column: pa.Array) -> npt.NDArray[np.uint8]:
        """Of a column of texts; NO_MODEL for null."""
        encoded = column.dictionary_encode()
        places = [self._code(name) for name in encoded.dictionary.to_pylist()]
        lookup = np.array([*places, NO_MODEL], dtype=np.uint8)
        return np.asarray(lookup[np.asarray(encoded.indices.fill_null(len(places)))])

    def _code(self, name: str) -> int:
        if name not in self.names and len(self.names) < NO_MODEL:
            self.names.append(name)
        return self.names.index(name) if name in self.names else NO_MODEL


@dataclass(frozen=True, eq=False)
class Decisions:
    """A piece of the log.

    Attributes:
        file: that it is of, without ending.
        until: requests of the file that are read with it.
        minute_G: of each request.
        arm_G: code of its arm.
        unit_G: hash of its unit.
        rows: candidates with predictions of a known model.
        traffic: requests and candidates by hour since 1970, bundle, tier, arm and reason.
    """

    file: str
    until: int
    minute_G: npt.NDArray[np.int64]
    arm_G: npt.NDArray[np.uint8]
    unit_G: npt.NDArray[np.uint64]
    rows: Rows
    traffic: Mapping[tuple[int, str | None, str, str | None, str | None], tuple[int, int]]


def require_log(directory: Path) -> None:
    """Raises DataError where a directory is none."""
    if not directory.is_dir():
        raise DataError(f"'{directory}' should be the directory of a decision log, but is none; look for its name")


def read_new(
    directory: Path, read: Mapping[str, int], predictions: Sequence[str], bundles: Names, arms: Names
) -> Iterator[Decisions]:
    """What is in the log and was not read, piece by piece.

    Args:
        directory: of the log.
        read: requests that were read, by file.
        predictions: names of the columns that are kept.
        bundles: codes of models.
        arms: codes of arms.

    Raises:
        DataError: the directory is none.
        RunError: a file is damaged.
    """
    require_log(directory)
    opened = {path.stem: path for path in directory.glob(f"{PREFIX}*{STREAM}")}
    closed = {path.stem: path for path in directory.glob(f"{PREFIX}*{TABLE}")}
    for stem in sorted({*opened, *closed}):
        until = read.get(stem, 0)
        batches = _of_table(closed[stem], until) if stem in closed else _of_stream(opened[stem], until)
        for batch in batches:
            until += batch.num_rows
            yield _piece(stem, until, batch, predictions, bundles, arms)


def _of_table(path: Path, skip: int) -> Iterator[pa.RecordBatch]:
    with reading(path, "a Parquet file of a decision log"):
        file = pq.ParquetFile(path)
        if skip >= file.metadata.num_rows:
            return
        names = [name for name in file.schema_arrow.names if name in _COLUMNS or name.startswith(PREDICTION)]
        for batch in file.iter_batches(_REQUESTS, columns=names, use_threads=False):
            yield from _rest(batch, skip)
            skip = max(0, skip - batch.num_rows)


def _of_stream(path: Path, skip: int) -> Iterator[pa.RecordBatch]:
    try:
        for batch in StreamReader(path).batches():
            yield from _rest(batch, skip)
            skip = max(0, skip - batch.num_rows)
    except FileNotFoundError:  # it is Parquet by now, which the next look finds
        return


def _rest(batch: pa.RecordBatch, skip: int) -> Iterator[pa.RecordBatch]:
    if batch.num_rows > skip:
        yield batch.slice(skip)


def _piece(
    stem: str, until: int, batch: pa.RecordBatch, predictions: Sequence[str], bundles: Names, arms: Names
) -> Decisions:
    minute_G = np.asarray(batch["time"].cast(pa.int64())) // _MINUTE
    lists = batch["candidates"]
    length_G = np.diff(np.asarray(lists.offsets))
    bundle_G, arm_G = bundles.codes(batch["bundle"]), arms.codes(batch["arm"])
    arm_G = np.where(np.asarray(pc.equal(batch["tier"], _SHADOW)), NO_MODEL, arm_G).astype(np.uint8)
    traffic = _traffic(batch, minute_G, length_G)
    request_B = np.repeat(np.arange(len(minute_G)), length_G)
    candidates = lists.flatten()
    rows = np.zeros(len(request_B), dtype=decision_rows(len(predictions)))
    rows["request"] = text_hashes(batch["id"])[request_B]
    rows["candidate"] = text_hashes(candidates).astype(np.uint32)
    rows["minute"], rows["bundle"], rows["arm"] = minute_G[request_B], bundle_G[request_B], arm_G[request_B]
    unit_G = text_hashes(batch["unit"])
    rows["unit"] = (unit_G % _UNITS).astype(np.uint16)[request_B]
    for place, name in enumerate(predictions):
        column = f"{PREDICTION}{name}"
        rows["prediction"][:, place] = _floats(batch, column, length_G)
    return Decisions(stem, until, minute_G, arm_G, unit_G, rows[rows["bundle"] != NO_MODEL], traffic)


def _floats(batch: pa.RecordBatch, column: str, length_G: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Predictions of all candidates [B], NaN where a decision has none."""
    found = np.full(int(length_G.sum()), np.nan, dtype=np.float32)
    if column not in batch.schema.names:
        return found
    lists = batch[column]
    if lists.null_count:
        has_B = np.repeat(np.asarray(lists.is_valid()), length_G)
        found[has_B] = np.asarray(lists.flatten())
        return found
    return np.asarray(lists.flatten())


def _traffic(
    batch: pa.RecordBatch, minute_G: npt.NDArray[np.int64], length_G: npt.NDArray[Any]
) -> dict[tuple[int, str | None, str, str | None, str | None], tuple[int, int]]:
    columns = [batch[name].to_pylist() for name in ("bundle", "tier", "arm", "reason")]
    keys = list(zip((minute_G // 60).tolist(), *columns, strict=True))
    requests, rows = Counter(keys), Counter[Any]()
    for key, length in zip(keys, length_G.tolist(), strict=True):
        rows[key] += length
    return {key: (count, rows[key]) for key, count in requests.items()}

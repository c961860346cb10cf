"""Whether all ways of scoring with an exported model agree on a table: in batch, by tables, row by row, by candidates,
by the server, and with the run that was exported.

Axes: B rows, C predictions of a task.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from taskfusion.base.errors import DataError, ExperimentError, RunError
from taskfusion.base.extra import require_extra
from taskfusion.base.record import Record
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.refusal import require_columns
from taskfusion.data.table import collect, count_rows, require_rows, scan
from taskfusion.schema.feature import IdFeature
from taskfusion.schema.schema import Schema
from taskfusion.serve.batch.block import BlockScorer, Count
from taskfusion.serve.batch.score import Cut, score_table
from taskfusion.serve.batch.source import ORIGIN
from taskfusion.serve.inputs import features_of
from taskfusion.serve.scorer import Scorer

TOLERANCE: Final = 1e-6
"""Largest difference of two predictions over 1 + |prediction| that is taken for rounding: 32-bit floats are exact to
6e-8 of themselves, and sums of some hundred products differ in the last bits where they are taken in another order."""

ROWS: Final = 2_000
"""Rows that are compared, evenly spread over the table."""

SINGLE_ROWS: Final = 200
"""Those of them that are also scored one by one."""

UNSEEN_TEXT: Final = "taskfusion has not seen this"
_CUT: Final = Cut(part_rows=700, block_rows=300)
"""So that there are several parts and blocks."""

Score = Callable[[pl.DataFrame], pl.DataFrame]


class Way(Record):
    """One way of scoring, against the reference."""

    name: str
    rows: int
    differences: dict[str, float]
    """By task, the largest over 1 + |prediction|."""


class Verification(Record):
    """What the comparison found.

    Attributes:
        bundle: the exported model.
        data: the table.
        rows: of it that were compared.
        made: further rows, made of these, with a missing or an unseen value in each column in turn.
        missing: values that are missing in all these rows.
        unseen: values that training never saw.
        reference: whose predictions the others are held to.
        ways: the others.
        not_split: why there is no way by candidates; None where there is.
        not_served: why there is no way by the server; None where there is.
        tolerance: largest difference that is taken for rounding.
        agrees: whether no difference is larger.
    """

    bundle: str
    data: str
    rows: int
    made: int
    missing: int
    unseen: int
    reference: str
    ways: list[Way]
    not_split: str | None
    not_served: str | None
    tolerance: float
    agrees: bool


def verify(bundle: Path, data: str | Path, run: Score | None = None) -> Verification:
    """Score rows of a table in all ways.

    Args:
        bundle: a directory made by taskfusion export.
        data: a file, a directory or a pattern.
        run: scores with the run that was exported; None: the Scorer is the reference.

    Raises:
        DataError: the table is not usable, or lacks a column.
        RunError: the bundle is damaged.
    """
    scorer = Scorer.load(bundle)
    blocks = BlockScorer(scorer)
    own = _sample(blocks, data)
    made = _made_rows(scorer.encoder, scorer.schema, own[:1])
    rows = pl.concat([own, made])
    scored = blocks.score(rows)
    single = pl.concat([own.head(SINGLE_ROWS), made])
    ways: dict[str, tuple[pl.DataFrame, pl.DataFrame]] = {"score": (rows, _in_batch(bundle, rows))}
    whole = scorer.score(rows)
    if run is not None:
        ways["Scorer, a table"] = rows, whole
    ways["Scorer, row by row"] = single, pl.concat([scorer.score(row) for row in _each(single)])
    record = scorer.engine.record
    if record.split is not None:
        ways["Scorer, by candidates"] = single, pl.concat([_as_candidate(scorer, row) for row in _each(single)])
    not_served = _not_served(single)
    if not_served is None:
        ways |= _by_the_server(bundle, single)
    reference = whole if run is None else run(rows)
    reference_single = pl.concat([reference.head(min(len(own), SINGLE_ROWS)), reference.tail(len(made))])
    held = {len(rows): reference, len(single): reference_single}
    found = [
        Way(name=name, rows=len(of), differences=differences(scorer.schema, held[len(of)], predictions))
        for name, (of, predictions) in ways.items()
    ]
    total = Count(
        sum(count.missing for count in scored.counts.values()), 0, sum(count.unseen for count in scored.counts.values())
    )
    return Verification(
        bundle=str(bundle),
        data=str(data),
        rows=len(own),
        made=len(made),
        missing=total.missing,
        unseen=total.unseen,
        reference="Scorer, a table" if run is None else "predict, the run itself",
        ways=found,
        not_split=record.not_split,
        not_served=not_served,
        tolerance=TOLERANCE,
        agrees=all(value <= TOLERANCE for way in found for value in way.differences.values()),
    )


def require_agreement(found: Verification) -> None:
    """Raises RunError where ways of scoring differ; the message names the worst."""
    if found.agrees:
        return
    value, task, way = max((value, task, way.name) for way in found.ways for task, value in way.differences.items())
    raise RunError(
        f"all ways of scoring should agree to {found.tolerance:.0e} of a prediction, but '{way}' differs from "
        f"'{found.reference}' by {value:.1e} for task '{task}'; export the run again, and compare with that run"
    )


def differences(schema: Schema, expected: pl.DataFrame, found: pl.DataFrame) -> dict[str, float]:
    """By task the largest difference of predictions [B, C], over 1 + |prediction|; one that is no number counts as the
    largest there is.
    """
    by_task = {}
    for task in schema.tasks:
        one, other = (frame.select(task.prediction_names).to_numpy().astype(np.float64) for frame in (expected, found))
        distance = float(np.max(np.abs(one - other) / (1 + np.abs(one))))
        by_task[task.name] = distance if np.isfinite(distance) else float(np.finfo(np.float32).max)
    return by_task


def _sample(blocks: BlockScorer, data: str | Path) -> pl.DataFrame:
    """Rows of the table, with the columns of the features."""
    frame = scan(data, blocks.encoder.text_columns)
    require_columns(frame.collect_schema().names(), blocks.columns, ORIGIN)
    num_rows = count_rows(frame)
    require_rows(num_rows, ORIGIN)
    step = max(1, num_rows // ROWS)
    return collect(frame.select(*blocks.columns).gather_every(step).head(ROWS), ORIGIN)


def _made_rows(encoder: FeatureEncoder, schema: Schema, row: pl.DataFrame) -> pl.DataFrame:
    """Copies of a row with a missing value, and with one that training never saw, in each column in turn."""
    read_as_ids = {feature.source for feature in schema.features if isinstance(feature, IdFeature)}
    found = [row.clear()]
    for column in row.columns:
        dtype = row.schema[column]
        values = [None, *([_strange(dtype)] if column in read_as_ids else [])]
        for value in values:
            with suppress(DataError):  # a value that a column of this kind cannot hold
                changed = row.with_columns(pl.Series(column, [value], dtype=dtype, strict=False))
                encoder.encode(changed)
                found.append(changed)
    return pl.concat(found)


def _strange(dtype: pl.DataType) -> object:
    """A value that no table holds; None where the type has none to spare."""
    if isinstance(dtype, pl.List):
        return [_strange(dtype.inner)]  # type: ignore[arg-type]
    if dtype == pl.String:
        return UNSEEN_TEXT
    if dtype.is_float():
        return float(2**24 - 3)
    return _GREATEST.get(dtype)


_GREATEST: Final[Mapping[pl.DataType, int]] = {
    **{kind(): 2 ** (bits - 1) - 1 for kind, bits in ((pl.Int16, 16), (pl.Int32, 32), (pl.Int64, 64))},
    **{kind(): 2**bits - 1 for kind, bits in ((pl.UInt16, 16), (pl.UInt32, 32), (pl.UInt64, 64))},
}


def _in_batch(bundle: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """As taskfusion score writes them."""
    with tempfile.TemporaryDirectory() as name:
        rows.write_parquet(Path(name) / "rows.parquet")
        found = score_table(bundle, Path(name) / "rows.parquet", Path(name) / "scores", [], _CUT)
        return pl.concat([pl.read_parquet(Path(name) / "scores" / part.name) for part in found.parts])


def _not_served(rows: pl.DataFrame) -> str | None:
    """Why rows cannot go the way of the server; None: they can."""
    try:
        require_extra("serve")
    except ExperimentError as error:
        return str(error)
    from taskfusion.serve.served import not_json  # of the extra

    return not_json(rows.schema)


def _by_the_server(bundle: Path, rows: pl.DataFrame) -> dict[str, tuple[pl.DataFrame, pl.DataFrame]]:
    from taskfusion.serve.served import ServedWay  # of the extra

    server = ServedWay(bundle)
    return {"serve, /v1/rank": (rows, server.rank(rows)), "serve, V2 inference": (rows, server.infer(rows))}


def _each(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    yield from rows.iter_slices(1)


def _as_candidate(scorer: Scorer, row: pl.DataFrame) -> pl.DataFrame:
    """The item of a row as the only candidate of its request."""
    features = row if features_of(scorer.schema, "candidate") else None
    found: pl.DataFrame = scorer.score_candidates(row, scorer.item_rows(row), [0], features)
    return found

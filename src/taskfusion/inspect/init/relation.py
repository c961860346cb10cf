"""What columns are to each other: outcomes that neither a name nor values alone give away."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl
import polars.selectors as cs

from taskfusion.inspect.init.column import Column
from taskfusion.inspect.init.entry import Entry, Log
from taskfusion.inspect.init.rule import QUESTION, left_out
from taskfusion.inspect.init.words import DEAL, MONEY, PLANNED, is_aggregate

LEAST_NULLS = 20  # rows without a label, and with one, from which equal gaps are no chance
LEAST_LIKENESS = 0.9  # correlation of the gaps of a column and of a label, from which they are the same

Mask = npt.NDArray[np.bool_]


def without_outcomes(entries: Sequence[Entry], columns: Sequence[Column], log: Log) -> list[Entry]:
    """The entries, with features left out or asked about that came of what the labels tell.

    Left out is what is null exactly where a label is, and what came of a plan that stands beside it, like dep_time of
    sched_dep_time. Asked about is what is recorded with a sale, like a discount, where money is a label. What an id
    determines is known before.

    Args:
        entries: one per column.
        columns: the same ones.
        log: the table.
    """
    gaps = dict(_gaps(entries, log))
    planned = {words[1:]: column.name for column in columns if (words := column.words)[:1] and words[0] in PLANNED}
    money = next((e.column for e, c in zip(entries, columns, strict=True) if _is_money(e, c)), None)
    return [
        _related(entry, column, log, gaps, planned.get(column.words), money)
        if entry.place in ("feature", "question") and column.entity is None and entry.column not in log.ids.values()
        else entry
        for entry, column in zip(entries, columns, strict=True)
    ]


def _related(
    entry: Entry, column: Column, log: Log, gaps: dict[str, Mask], plan: str | None, money: str | None
) -> Entry:
    if plan is not None:
        return left_out(column, f"what came of '{plan}' by its name, known only afterwards")
    if column.missing >= LEAST_NULLS:
        null_B = _is_null(log.sample[column.name])
        for label, gap_B in gaps.items():
            if np.corrcoef(null_B, gap_B)[0, 1] >= LEAST_LIKENESS:
                return left_out(column, f"null where the label '{label}' is, so it is known only afterwards")
    if money is not None and column.numeric and not DEAL.isdisjoint(column.words) and not is_aggregate(column.words):
        note = f"recorded with '{money}' by its name: {QUESTION}"
        return replace(entry, place="question", note=note, heading=note)
    return entry


def _gaps(entries: Sequence[Entry], log: Log) -> Iterator[tuple[str, Mask]]:
    """The labels with gaps, and where they are null."""
    for entry in entries:
        if entry.place in ("task", "proposal"):
            null_B = _is_null(log.sample[entry.column])
            if LEAST_NULLS <= null_B.sum() <= len(null_B) - LEAST_NULLS:
                yield entry.column, null_B


def _is_null(values: pl.Series) -> Mask:
    known = values.to_frame().with_columns(cs.float().fill_nan(None)).to_series()
    null_B: Mask = known.is_null().to_numpy()
    return null_B


def _is_money(entry: Entry, column: Column) -> bool:
    return entry.place in ("task", "proposal") and column.numeric and not MONEY.isdisjoint(column.words)

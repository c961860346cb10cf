"""A first experiment file from a log table: kinds of features and tasks, guessed from names and a sample of values."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from taskfusion.data.split import split_parts
from taskfusion.data.table import collect, nearest, scan
from taskfusion.errors import DataError, ExperimentError
from taskfusion.schema import TimeSplit
from taskfusion.workflow.guess_column import Bag, Column, profile, with_owners
from taskfusion.workflow.guess_rule import RARE_LABELS, Entry, Log, decide
from taskfusion.workflow.guess_words import CLOCK, ID, ITEM, USER

SAMPLE_ROWS = 200_000
LEAST_LABELS = 10  # rows of the rarer label that a proposal needs to become a task where there is no other
SHARED_LOW, SHARED_HIGH = 0.5, 0.05  # values in common, over the smaller and the larger set, to share a table
PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Guess:
    """A proposed experiment.

    Attributes:
        data: paths and split, as in the experiment file.
        features: in the order of the table; settings are complete.
        tasks: likewise.
        proposals: tasks that are written as comments.
        left_out: columns that become nothing, each with the reason.
        group: column for GAUC, if any.
        rows: of the sample.
        is_whole: whether the sample is the whole table.
    """

    data: Mapping[str, Any]
    features: tuple[Entry, ...]
    tasks: tuple[Entry, ...]
    proposals: tuple[Entry, ...]
    left_out: tuple[Entry, ...]
    group: str | None
    rows: int
    is_whole: bool


def guess_experiment(path: Path, out: Path, named: Sequence[str] = ()) -> Guess:
    """Guess from the first 200,000 rows of a table; one column of all rows is read to try the split by time.

    Args:
        path: the table; where it is called train and has a validation beside it, these are the parts.
        out: the experiment file to be; data paths are relative to its folder.
        named: columns that are the labels; empty: those whose names are like outcomes.

    Raises:
        DataError: the table cannot be read, or a named column is not there.
        ExperimentError: no label can be told, or no feature is left.
    """
    frame = scan(path)
    sample = collect(frame.head(SAMPLE_ROWS + 1), f"'{path}'")
    is_whole = sample.height <= SAMPLE_ROWS
    sample = sample.head(SAMPLE_ROWS)
    for name in named:
        if name not in sample.columns:
            raise DataError(f"--task names the column '{name}', which '{path}' lacks{nearest(name, sample.columns)}")
    columns = profile(sample)
    ids = find_ids([column for column in columns if column.name not in named])
    columns = with_owners(columns, sample, ids)
    parts = _parts_beside(path)
    time = find_time(columns, None if parts else frame)
    log = Log(sample, is_whole, ids, time, _growing(sample, columns, time), tuple(named))
    entries = [decide(column, log) for column in columns]
    found = _with_names(_with_roles(_with_shared_tables(entries, columns, log), columns, ids))
    tasks, proposals = _tasks(found, columns, log, path)
    data = _data(path, parts, time, out.parent)
    features = tuple(entry for entry in found if entry.place == "feature")
    if not features:
        raise ExperimentError(f"'{path}' should hold columns to predict from, but beside the labels none is of use")
    left_out = tuple(entry for entry in found if entry.place == "left out")
    return Guess(data, features, tasks, proposals, left_out, _group(tasks, features, ids), sample.height, is_whole)


def find_ids(columns: Sequence[Column]) -> dict[str, str]:
    """The columns that say who and what, as far as the names tell."""
    found = {}
    for owner, names in (("user", USER), ("item", ITEM)):
        ranked = [
            (names.index(column.words[0]), place, column.name)
            for place, column in enumerate(columns)
            if column.words[:1] and column.words[0] in names and ID.issuperset(column.words[1:])
            if (column.whole or column.is_text) and column.distinct > 1 and column.bag is None
            if not column.is_flag
        ]
        if ranked:
            found[owner] = min(ranked)[2]
    return found


def find_time(columns: Sequence[Column], frame: pl.LazyFrame | None) -> str | None:
    """The finest column that orders the rows in time; with a table, one that it can be split by."""
    times = [column for column in columns if column.is_time and column.owner is None and column.missing == 0]
    for column in sorted(times, key=lambda column: -column.distinct):
        if frame is None or _splits(frame, column.name):
            return column.name
    return None


def _splits(frame: pl.LazyFrame, column: str) -> bool:
    try:
        split_parts(frame, TimeSplit(kind="time", column=column))
    except DataError:
        return False
    return True


def _growing(sample: pl.DataFrame, columns: Sequence[Column], time: str | None) -> frozenset[str]:
    """Numbers, no clocks, that never fall with time."""
    if time is None:
        return frozenset()
    numbers = [c.name for c in columns if c.numeric and c.distinct > 2 and not c.missing and CLOCK.isdisjoint(c.words)]
    ordered = sample.select(time, *numbers).sort(time, maintain_order=True) if time not in numbers else sample.sort(time)
    falls = ordered.select((pl.col(name) < pl.col(name).shift(1)).sum() for name in numbers)
    return frozenset(name for name, count in falls.row(0, named=True).items() if count == 0) if numbers else frozenset()


def _parts_beside(path: Path) -> dict[str, Path]:
    """train, validation and test where the table is called train and the others lie beside it."""
    if path.stem != "train":
        return {}
    beside = {part: path.with_name(f"{part}{path.suffix}") for part in PARTS}
    found = {part: file for part, file in beside.items() if file.is_file()}
    return found if "validation" in found else {}


def _data(path: Path, parts: Mapping[str, Path], time: str | None, base: Path) -> dict[str, Any]:
    def relative(file: Path) -> str:
        return Path(os.path.relpath(file, base)).as_posix()

    if parts:
        return {part: relative(file) for part, file in parts.items()}
    by_time = {"kind": "time", "column": time}
    split = by_time if time is not None else {"kind": "random"}
    return {"table": relative(path), "split": split | {"validation": 0.1, "test": 0.1}}


def _tasks(
    entries: Sequence[Entry], columns: Sequence[Column], log: Log, path: Path
) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Tasks and proposals, with their truths; without a task, the proposals become tasks.

    Raises:
        ExperimentError: there is neither.
    """
    tasks = [entry for entry in entries if entry.place == "task"]
    proposals = [entry for entry in entries if entry.place == "proposal"]
    if not tasks:
        counts = {column.name: column for column in columns}
        tasks = [entry for entry in proposals if _can_be_learned(counts[entry.column], log)]
        proposals = [entry for entry in proposals if entry not in tasks]
    if not tasks:
        two = [column.name for column in columns if column.two and column.name not in log.ids.values()]
        seen = f"columns with two values are {', '.join(two)}" if two else "no column has two values"
        example = two[0] if two else columns[-1].name
        raise ExperimentError(
            f"'{path}' should hold outcomes to predict, but no name tells one; {seen}; name each label column, like "
            f"--task {example}"
        )
    return tuple(tasks), tuple(proposals)

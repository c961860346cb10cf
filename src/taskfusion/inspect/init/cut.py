"""How the table is cut into training, validation and test rows, and why so."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.data.split import split_table
from taskfusion.data.table import collect, scan
from taskfusion.inspect.init.column import Column, percent
from taskfusion.schema.split import LastRowsSplit, RandomSplit, Split, TimeSplit

SPLITS: Final = ("train", "validation", "test")
MOST_UNSEEN: Final = 0.5
"""Of the validation rows, that may hold an id which training never saw."""

_LAST_TENTH = "The last tenth of the rows in time is the test split, the tenth before it the validation split."
_NO_TIME = "No column tells the time; where one does, split by it: models are used on rows yet to come."


@dataclass(frozen=True)
class Cut:
    """The rows of each split.

    Attributes:
        split: of the table; None: the files beside it are the splits.
        files: split -> its file, where there are several.
        why: why the rows are cut like this, for people.
    """

    split: Split | None
    files: Mapping[str, Path]
    why: str

    def data(self, table: Path | None, base: Path) -> dict[str, Any]:
        """The section data of the experiment file, with paths relative to a folder; without a path, the split alone."""

        def relative(file: Path) -> str:
            return Path(os.path.relpath(file, base)).as_posix()

        if self.split is None:
            return {split: relative(file) for split, file in self.files.items()}
        of_file = {} if table is None else {"table": relative(table)}
        return {**of_file, "split": self.split.model_dump(exclude_unset=True)}

    def rows(self, sample: pl.DataFrame) -> tuple[pl.LazyFrame, pl.LazyFrame] | None:
        """Rows of training and of validation, as far as a sample of the table tells; None where it is too small."""
        if self.split is None:
            return sample.lazy(), scan(self.files["validation"]).head(sample.height)
        try:
            parts = split_table(sample.lazy(), self.split)
        except DataError:
            return None
        return parts["train"], parts["validation"]


def find_time(columns: Sequence[Column], frame: pl.LazyFrame | None) -> str | None:
    """The finest column that orders the rows in time, those first that their type or name calls a time; with a table,
    one that it can be split by.
    """
    times = [column for column in columns if column.is_time and column.entity is None and column.missing == 0]
    for column in sorted(times, key=lambda column: (not column.is_called_time, -column.distinct)):
        if frame is None or _parts(frame, _by_time(column.name)) is not None:
            return column.name
    return None


def splits_beside(path: Path) -> dict[str, Path]:
    """train, validation and test where the table is called train and the others lie beside it."""
    ending = "".join(path.suffixes)
    if path.name != f"train{ending}":
        return {}
    named = {split: path.with_name(f"{split}{ending}") for split in SPLITS}
    found = {split: file for split, file in named.items() if file.is_file()}
    return found if "validation" in found else {}


def choose_cut(frame: pl.LazyFrame, files: Mapping[str, Path], time: str | None, user: str | None) -> Cut:
    """By time where a column tells it; by each user's last rows where most users of validation would else be unseen;
    at random where no column tells the time.

    Args:
        frame: all rows.
        files: the splits beside the table; empty: there are none.
        time: the column that orders the rows.
        user: the column that says whose row it is.
    """
    if files:
        return Cut(None, files, "")
    if time is None:
        return Cut(RandomSplit(kind="random", validation=0.1, test=0.1), {}, _NO_TIME)
    by_time = _by_time(time)
    unseen = _unseen(frame, by_time, user) if user is not None else 0.0
    if user is not None and unseen > MOST_UNSEEN:
        by_user = LastRowsSplit(kind="last_rows", group=user, column=time, validation=0.1, test=0.1)
        if _unseen(frame, by_user, user) <= MOST_UNSEEN:
            why = (
                f"By each user's last rows: in the last tenths of the whole table {percent(unseen)} of the validation "
                f"rows are of users that no training row is of, and the model would be judged on strangers."
            )
            return Cut(by_user, {}, why)
    return Cut(by_time, {}, _LAST_TENTH)


def _by_time(column: str) -> TimeSplit:
    return TimeSplit(kind="time", column=column, validation=0.1, test=0.1)


def _parts(frame: pl.LazyFrame, split: Split) -> Mapping[str, pl.LazyFrame] | None:
    try:
        return split_table(frame, split)
    except DataError:
        return None


def _unseen(frame: pl.LazyFrame, split: Split, column: str) -> float:
    """The share of validation rows, 0..1, whose id stands in no training row; 1 where the table cannot be cut."""
    parts = _parts(frame, split)
    return 1.0 if parts is None else unseen_share(parts["train"], parts["validation"], column)


def unseen_share(train: pl.LazyFrame, validation: pl.LazyFrame, column: str) -> float:
    """The share of rows with a value, 0..1, whose value stands in no training row."""
    known = validation.select(column).drop_nulls()
    rows = int(collect(known.select(pl.len())).item())
    strangers = known.join(train.select(column).unique(), on=column, how="anti")
    return int(collect(strangers.select(pl.len())).item()) / rows if rows else 0.0

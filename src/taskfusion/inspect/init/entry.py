"""What init infers of each column."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

Place = Literal["feature", "question", "task", "proposal", "truth", "left out"]


@dataclass(frozen=True)
class Entry:
    """What becomes of a column.

    Attributes:
        column: its name in the table.
        place: where it goes; a proposal is a task that is commented out, a question a feature that is.
        note: the evidence, or the reason why it is left out.
        settings: of the feature or task, but for the name.
        support: of a task: rows of the sample with the rarer label, or with any where it is a number.
        heading: what the notes of several columns have in common, so that they are told as one; empty: the note.
        doubt: what to look at, where the evidence is little.
    """

    column: str
    place: Place
    note: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    support: int = 0
    heading: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class Log:
    """What is known of the table as a whole.

    Attributes:
        sample: its first rows.
        is_whole: whether the sample is the whole table.
        ids: "user" and "item" -> their columns, as far as there are any.
        time: the column that orders the rows, if any.
        growing: columns that never fall with time.
        named: columns that the user calls labels.
    """

    sample: pl.DataFrame
    is_whole: bool
    ids: Mapping[str, str]
    time: str | None
    growing: frozenset[str]
    named: tuple[str, ...]


@dataclass(frozen=True)
class Inferred:
    """A proposed experiment.

    Attributes:
        data: paths and split, as in the experiment file.
        features: in the order of the table; settings are complete.
        questions: columns of yes or no whose name does not tell whether they are outcomes; written as comments.
        tasks: as the features.
        proposals: tasks that are written as comments.
        derived: tasks, written as comments, that read a column which has another place.
        left_out: columns that become nothing, each with the reason.
        group: column for GAUC, if any.
        rows: of the sample.
        is_whole: whether the sample is the whole table.
        why_split: why the split is this one.
    """

    data: Mapping[str, Any]
    features: tuple[Entry, ...]
    questions: tuple[Entry, ...]
    tasks: tuple[Entry, ...]
    proposals: tuple[Entry, ...]
    derived: tuple[Entry, ...]
    left_out: tuple[Entry, ...]
    group: str | None
    rows: int
    is_whole: bool
    why_split: str

    @property
    def doubts(self) -> tuple[Entry, ...]:
        """Features and tasks that a person should look at."""
        return tuple(entry for entry in (*self.tasks, *self.features) if entry.doubt)

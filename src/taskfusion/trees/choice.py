"""Which way of seeing ids suits a task, by short growth on some of its rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from taskfusion.trees.boosting import validation_loss
from taskfusion.trees.encoding import ENCODINGS
from taskfusion.trees.rows import TaskRows, TreeRows

if TYPE_CHECKING:
    from lightgbm import Booster

MOST_ROWS: Final = 100_000
"""Rows of a split that the choice is made on, at the most; statistics are those of all training rows."""

SHORT: Final[Mapping[str, float]] = {"learning_rate": 0.15, "num_leaves": 31}
"""Parameters of LightGBM that have few trees tell one encoding from another."""

SHORT_ROUNDS: Final = 150
SHORT_PATIENCE: Final = 10

Grow = Callable[[TreeRows, TreeRows], "Booster"]
"""From training and validation rows to trees."""


@dataclass(frozen=True)
class EncodingChoice:
    """An encoding of ids.

    Args:
        name: of ENCODINGS.
        losses: of the validation rows, by the name of each encoding that was tried; empty where it was given.
    """

    name: str
    losses: Mapping[str, float]

    def other(self) -> "EncodingChoice | None":
        """The best encoding of the other sort: one that reads labels, or one that does not.

        None where an encoding was given, or where all were found equal since the rows hold no ids of many codes.
        """
        reads_labels = ENCODINGS[self.name].reads_labels
        others = {one: loss for one, loss in self.losses.items() if ENCODINGS[one].reads_labels != reads_labels}
        if not others or min(others.values()) == self.losses[self.name]:
            return None
        return replace(self, name=min(others, key=others.__getitem__))

    def __str__(self) -> str:
        tried = ", ".join(f"{name} {loss:.5f}" for name, loss in self.losses.items())
        return f"ids as {self.name}" + (f", by the validation loss of a few trees: {tried}" if tried else "")


def choose_encoding(rows: TaskRows, grow: Grow) -> EncodingChoice:
    """The encoding with the least validation loss.

    Args:
        rows: of the task.
        grow: grows a few trees.
    """
    losses = {}
    for name in ENCODINGS:
        fitted = rows.fitted(name)
        learned_from, holdout = rows.train_rows(fitted, MOST_ROWS), rows.validation_rows(fitted, MOST_ROWS)
        losses[name] = validation_loss(grow(learned_from, holdout))
    return EncodingChoice(min(losses, key=losses.__getitem__), losses)

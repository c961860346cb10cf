"""Small logs of five tasks whose truth is known, with a fault in one of them.

All tasks rest on one effect of the items, plus a little of their own. In worlds for training, four tasks have few
labels and a donor has all of its own; a task with a fault has all of them too. In worlds for the audit all labels are
known.

Axes: B rows, N items, T tasks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import SplitTables

TASKS: Final = ("one", "two", "three", "four", "donor")
DONOR: Final = "donor"
ITEMS: Final = 400
CONTRAST: Final = 2.5
"""Standard deviation of a task's logit."""

OWN: Final = 0.2
"""Standard deviation of an item's effect on one task alone, against 1 on all."""

HEAVY: Final = 5.0
"""Weight of the loss of a task whose labels are mixed up, and the standard deviation of the other event's logit."""

WIDE: Final = 4
NARROW: Final = 1
"""Numbers per item: room for all tasks, and room for one event only, so that a task that wants another harms."""

BASE: Final = -1.2
KNOWN: Final = 0.1
"""Share of the training labels that are known where labels are few."""

ROWS: Final[Mapping[str, int]] = {"train": 4000, "validation": 2000, "test": 8000}
LOG: Final = 4
"""Times as many rows has a log that only the audit reads."""

DAYS: Final[Mapping[str, tuple[float, float]]] = {"train": (0, 8), "validation": (8, 11), "test": (11, 16)}
START: Final = datetime(2026, 1, 5)
LATE_DAYS: Final = 2
"""At the end of the log, in which labels of a delayed task are not all there."""

FAULTS: Final[Mapping[str, str]] = {
    "clean": "no fault",
    "mixed-up": "the labels of one task, whose loss weighs 5, are those of another event",
    "flipped": "from some day on, until validation is over, 20 to 40 % of one task's labels are flipped",
    "delayed": "of the last two days 50 to 90 % of one task's yes are not logged yet",
    "repeated": "rows with a yes of one task stand two to four times in the log, as by a join with its events",
}
TRAINED: Final = ("clean", "mixed-up")
"""Faults that no look at the table can find: transfer is run, beside the audit."""

SETTINGS: Final[Mapping[str, Any]] = {
    "group": "user_id",
    "network": {"variant": "shared-bottom", "level_dims": [[16]], "tower_dims": []},
    "training": {"epochs": 12, "batch_size": 256, "learning_rate": 0.02, "patience": 3, "threads": 1},
}

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """One world.

    Args:
        fault: a name of FAULTS.
        seed: another seed gives another world.
    """

    fault: str
    seed: int

    @property
    def guilty(self) -> str | None:
        """The task with the fault; None: there is none."""
        return None if self.fault == "clean" else TASKS[self.seed % (len(TASKS) - 1)]

    def experiment(self) -> Experiment:
        """The model of all tasks: one table of items and one layer, which all share."""
        features = [{"name": "item_id", "kind": "categorical"}]
        tasks = [{"name": name, "kind": "binary", "loss_weight": self._weight(name)} for name in TASKS]
        embedding = {"dim": NARROW if self.fault == "mixed-up" else WIDE}
        return Experiment.from_dict({"features": features, "tasks": tasks, "embedding": embedding, **SETTINGS})

    def _weight(self, task: str) -> float:
        return HEAVY if self.fault == "mixed-up" and task == self.guilty else 1.0

    def splits(self) -> SplitTables:
        """Its tables."""
        rng = np.random.default_rng([self.seed, list(FAULTS).index(self.fault)])
        effect_NT = rng.normal(size=(ITEMS, 1)) + OWN * rng.normal(size=(ITEMS, len(TASKS)))
        other_N = rng.normal(size=ITEMS)
        strength, since = rng.random(2)
        return {split: self._table(split, effect_NT, other_N, (strength, since), rng).lazy() for split in ROWS}

    def _table(
        self, split: str, effect_NT: Floats, other_N: Floats, fault: tuple[float, float], rng: np.random.Generator
    ) -> pl.DataFrame:
        (first, last), rows = DAYS[split], ROWS[split] * (1 if self.fault in TRAINED else LOG)
        item_B = rng.integers(0, ITEMS, rows)
        day_B = np.sort(rng.uniform(first, last, rows))
        logit_BT = BASE + CONTRAST * effect_NT[item_B]
        label_BT = (rng.random((rows, len(TASKS))) < _sigmoid(logit_BT)).astype(np.float64)
        known_BT = np.ones((rows, len(TASKS)), dtype=bool)
        if self.fault in TRAINED and split == "train":
            known_BT = rng.random((rows, len(TASKS))) < KNOWN
            known_BT[:, [TASKS.index(name) for name in (DONOR, self.guilty) if name]] = True
        times_B = np.ones(rows, dtype=np.int64)
        if self.guilty is not None:
            place = TASKS.index(self.guilty)
            if self.fault == "mixed-up" and split != "test":
                label_BT[:, place] = rng.random(rows) < _sigmoid(HEAVY * other_N[item_B])
            label_BT[:, place] = _changed(self.fault, label_BT[:, place], day_B, fault, rng)
            if self.fault == "repeated":
                yes_B = label_BT[:, place] > 0
                times_B[yes_B] = rng.integers(2, 5, int(yes_B.sum()))
        labels = {
            name: pl.Series(np.where(known_BT[:, place], label_BT[:, place], np.nan)).fill_nan(None)
            for place, name in enumerate(TASKS)
        }
        frame = pl.DataFrame(
            {
                "user_id": rng.integers(0, rows // 4, rows),
                "item_id": item_B + 10**6,
                "time": [START + timedelta(days=day) for day in day_B.tolist()],
                **labels,
            }
        )
        return frame[np.repeat(np.arange(rows), times_B)]


def _changed(
    fault: str, label_B: Floats, day_B: Floats, drawn: tuple[float, float], rng: np.random.Generator
) -> Floats:
    """The labels of one task as the log of a time has them."""
    strength, since = drawn
    chance_B = rng.random(len(label_B))
    changed: Floats = label_B
    if fault == "flipped":
        begin, (_, end) = 2 + 4 * since, DAYS["validation"]
        changed = np.where((day_B >= begin) & (day_B < end) & (chance_B < 0.2 + 0.2 * strength), 1 - label_B, label_B)
    elif fault == "delayed":
        is_lost_B = (day_B >= DAYS["test"][1] - LATE_DAYS) & (chance_B < 0.5 + 0.4 * strength)
        changed = np.where(is_lost_B, 0, label_B)
    return changed


def _sigmoid(logit: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-logit))
    return chance

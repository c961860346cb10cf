"""Small worlds of five binary tasks whose truth is known: four have few labels, and a donor has all of its own.

All tasks rest on one direction of ten numbers, plus a little of their own. A fault flips training and validation labels
of one task, not of the donor; test labels stay true.

Axes: B rows, F features, T tasks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import SplitTables

TASKS: Final = ("one", "two", "three", "four", "donor")
DONOR: Final = "donor"
FEATURES: Final = 10
ROWS: Final[Mapping[str, int]] = {"train": 3000, "validation": 1000, "test": 4000}
KNOWN: Final = 0.04
"""Share of the training labels that are known, of all tasks but donor and a faulty one."""

FLIPPED: Final = 0.35
"""Share of the labels that a fault flips."""

FAULTS: Final[Mapping[str, str]] = {
    "clean": "no fault",
    "random": "35 % of one task's labels flipped at random",
    "segment": "one task's labels flipped in a segment of 35 % of the rows, as by a fault of logging",
}

SETTINGS: Final[Mapping[str, Any]] = {
    "group": "user",
    "network": {"variant": "shared-bottom", "level_dims": [[3]], "tower_dims": []},
    "training": {
        "epochs": 12,
        "batch_size": 128,
        "learning_rate": 0.01,
        "patience": 4,
        "threads": 1,
    },
}


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
        """The model of all tasks: one small layer that all share."""
        features = [{"name": f"x{index}", "kind": "numeric"} for index in range(FEATURES)]
        tasks = [{"name": name, "kind": "binary"} for name in TASKS]
        return Experiment.from_dict({"features": features, "tasks": tasks, **SETTINGS})

    def splits(self) -> SplitTables:
        """Its tables."""
        rng = np.random.default_rng([self.seed, list(FAULTS).index(self.fault)])
        common_F, own_TF = rng.normal(size=FEATURES), rng.normal(size=(len(TASKS), FEATURES))
        weight_TF = (common_F + 0.3 * own_TF) / np.sqrt(FEATURES)
        return {split: self._table(rows, split, weight_TF, rng).lazy() for split, rows in ROWS.items()}

    def _table(self, rows: int, split: str, weight_TF: np.ndarray, rng: np.random.Generator) -> pl.DataFrame:
        x_BF = rng.normal(size=(rows, FEATURES))
        logit_BT = 2 * np.tanh(x_BF) @ weight_TF.T + x_BF[:, [1]] * x_BF[:, [2]]
        label_BT = rng.random((rows, len(TASKS))) < 1 / (1 + np.exp(-logit_BT))
        chance_B = rng.random(rows)
        known_BT = rng.random((rows, len(TASKS))) < KNOWN
        if split != "train":
            known_BT[:] = True
        known_BT[:, TASKS.index(DONOR)] = True
        if self.guilty is not None:
            place = TASKS.index(self.guilty)
            known_BT[:, place] = True
            if split != "test":
                where_B = chance_B if self.fault == "random" else np.argsort(np.argsort(x_BF[:, 0])) / rows
                label_BT[:, place] ^= where_B < FLIPPED
        columns: dict[str, Any] = {"user": rng.integers(0, rows // 4, rows)}
        columns |= {f"x{index}": x_BF[:, index] for index in range(FEATURES)}
        frame = pl.DataFrame(columns)
        labels = [
            pl.Series(name, np.where(known_BT[:, place], label_BT[:, place], np.nan)).fill_nan(None).cast(pl.Int8)
            for place, name in enumerate(TASKS)
        ]
        return frame.with_columns(labels)

"""A covariate shift whose truth is known: the target's features have another mean, and labels follow from them alike.

Axes: B rows, F features, T tasks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.config.experiment import Experiment

Floats = npt.NDArray[np.float64]

FEATURES: Final = 5
TASKS: Final = ("one", "two")
TRAIN, VALIDATION, TEST = 8000, 3000, 4000
TARGET_SHARE: Final = 0.05
"""Of the training and validation rows."""

MODELS: Final[Mapping[str, Mapping[str, Any]]] = {
    "one unit": {"variant": "shared-bottom", "level_dims": [[1]], "tower_dims": []},
    "three units": {"variant": "shared-bottom", "level_dims": [[3]], "tower_dims": []},
    "flexible": {"variant": "adatt-sp", "level_dims": [[32], [16]], "task_experts": 1, "tower_dims": [16]},
}
"""From too small for the truth to large enough."""


@dataclass(frozen=True)
class Shift:
    """One world.

    Args:
        size: by how many standard deviations the mean of the first feature differs; 0: there is no shift.
        seed: another seed gives another world and other rows.
    """

    size: float
    seed: int

    def experiment(self, model: str, *, weighted: bool) -> Experiment:
        """A model of MODELS, with or without weights for the target."""
        return Experiment.from_dict(
            {
                "features": [{"name": f"x{index}", "kind": "numeric"} for index in range(FEATURES)],
                "tasks": [{"name": name, "kind": "binary", "truth": f"true_{name}"} for name in TASKS],
                "network": dict(MODELS[model]),
                "domain": {"target": "is_target"} if weighted else None,
                "training": {
                    "epochs": 20,
                    "patience": 3,
                    "batch_size": 512,
                    "learning_rate": 0.02,
                    "threads": 1,
                    "seed": self.seed,
                },
            }
        )

    def tables(self) -> dict[str, pl.DataFrame]:
        """Training and validation rows of both domains, as many of the target alone, and test rows of the target."""
        shares = {
            "train": (TRAIN, TARGET_SHARE),
            "validation": (VALIDATION, TARGET_SHARE),
            "target train": (TRAIN, 1.0),
            "target validation": (VALIDATION, 1.0),
            "test": (TEST, 1.0),
        }
        rng = np.random.default_rng([7, self.seed])
        turn_TF = rng.normal(size=(len(TASKS), FEATURES)) / np.sqrt(FEATURES)
        return {name: self._table(rows, share, turn_TF, rng) for name, (rows, share) in shares.items()}

    def _table(self, rows: int, share: float, turn_TF: Floats, rng: np.random.Generator) -> pl.DataFrame:
        is_target_B = rng.random(rows) < share
        x_BF = rng.normal(size=(rows, FEATURES))
        x_BF[:, 0] += self.size * is_target_B
        chance_BT = 1 / (1 + np.exp(-_logits(x_BF, turn_TF)))
        label_BT = rng.random(chance_BT.shape) < chance_BT
        columns: dict[str, Any] = {"is_target": is_target_B}
        columns |= {f"x{index}": x_BF[:, index] for index in range(FEATURES)}
        for place, name in enumerate(TASKS):
            columns |= {name: label_BT[:, place].astype(np.int8), f"true_{name}": chance_BT[:, place]}
        return pl.DataFrame(columns)


def _logits(x_BF: Floats, turn_TF: Floats) -> Floats:
    """Each task rises and falls along the shifted feature, the second half as much, beside a linear part of its own."""
    wave_B = 2 * np.sin(1.5 * x_BF[:, 0])
    logit_BT: Floats = wave_B[:, None] * np.array([1.0, 0.5]) + x_BF @ turn_TF.T
    return logit_BT

"""Two scenarios of one simulated feed: the same users and videos, but tasks that agree in one conflict in the other."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from taskfusion.config.experiment import Experiment
from taskfusion.datasets.simulate.feed import SPLITS, FeedSettings, simulate_feed
from taskfusion.datasets.simulate.feed import TASKS as ALL_TASKS

TASKS: Final = ("click", "like", "profile_enter")
SCENARIOS: Final = ("home", "search")
AGREE: Final = 0.9
"""Correlation of the logits of click, like and profile_enter: that in home; its negative, for click, in search."""

RATES: Final = {"click": 0.4, "long_view": 0.3, "like": 0.2, "profile_enter": 0.2, "dislike": 0.05}
SIZES: Final = {"of one size": (20_000, 20_000), "search with a fifth of the rows": (20_000, 4_000)}
"""Rows of home and of search."""

KNOWN: Final = {"like": 0.2, "profile_enter": 0.2}
"""Share of the training and validation labels that are known."""


def correlations(sign: float) -> tuple[tuple[float, ...], ...]:
    """Of the tasks in the order of the simulator: click with like and profile visits by this sign; others apart."""
    signs = {"click": sign, "like": 1.0, "profile_enter": 1.0}

    def correlation(one: str, two: str) -> float:
        return 1.0 if one == two else AGREE * signs.get(one, 0.0) * signs.get(two, 0.0)

    return tuple(tuple(correlation(one, two) for two in ALL_TASKS) for one in ALL_TASKS)


@dataclass(frozen=True)
class Feed:
    """One feed of two scenarios.

    Args:
        seed: another seed gives other users, videos and rows.
        rows: of home and of search.
    """

    seed: int
    rows: tuple[int, int]

    def tables(self, folder: Path) -> dict[str, pl.DataFrame]:
        """Training, validation and test rows of both, with a column scenario; made in folder where they are absent."""
        found: dict[str, list[pl.DataFrame]] = {split: [] for split in SPLITS}
        for scenario, rows, sign in zip(SCENARIOS, self.rows, (1.0, -1.0), strict=True):
            place = folder / f"feed-{self.seed}-{scenario}-{rows}"
            if not place.exists():
                world = FeedSettings(
                    rows=rows,
                    num_users=600,
                    num_items=500,
                    transfer=correlations(sign),
                    rates=RATES,
                    known=KNOWN,
                    seed=self.seed,
                )
                simulate_feed(world, place)
            for split in SPLITS:
                table = pl.read_parquet(place / f"{split}.parquet")
                found[split].append(table.with_columns(scenario=pl.lit(scenario)))
        return {
            split: pl.concat(tables).sample(fraction=1, shuffle=True, seed=self.seed) for split, tables in found.items()
        }

    def experiment(self, *, gates: bool) -> Experiment:
        """The model of all tasks, whose gates read the scenario or not; the scenario is a feature in any case."""
        ids = ("user_id", "age_band", "activity_level", "item_id", "author_id", "category", "tab", "device", "scenario")
        features: list[dict[str, Any]] = [{"name": name, "kind": "categorical"} for name in ids]
        return Experiment.from_dict(
            {
                "features": features,
                "tasks": [{"name": name, "kind": "binary", "truth": f"true_{name}"} for name in TASKS],
                "embedding": {"dim": 8},
                "network": {
                    "variant": "adatt-sp",
                    "level_dims": [[32], [16]],
                    "task_experts": 1,
                    "tower_dims": [16],
                    "gate": {"features": ["scenario"] if gates else []},
                },
                "training": {
                    "epochs": 8,
                    "patience": 2,
                    "batch_size": 512,
                    "learning_rate": 0.003,
                    "threads": 1,
                    "seed": self.seed,
                },
            }
        )

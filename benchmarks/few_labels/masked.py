"""A table of which one task knows a share of its labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from taskfusion.assemble.tables import read_tables
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment, read_experiment
from taskfusion.data.prepared import SplitTables

CONFIGS: Final = Path(__file__).parents[2] / "configs"
SPLITS: Final = ("train", "validation", "test")
KNOWN: Final = "label_is_known"
"""Column that says in which rows the task's label is known."""


@dataclass(frozen=True)
class Case:
    """A table and the task that loses labels.

    Attributes:
        config: file in configs.
        task: of that file; binary.
    """

    config: str
    task: str


CASES: Final[Mapping[str, Case]] = {
    "feed": Case("feed-simulated.yaml", "long_view"),
    "kuairand": Case("kuairand.yaml", "long_view"),
    "census-income": Case("census-income.yaml", "income"),
}


def read_case(case: Case, data: Path | None) -> tuple[Experiment, SplitTables]:
    """The experiment, on one thread, and its tables, which lie in a folder of another place where one is named."""
    experiment = read_experiment(CONFIGS / case.config, ["training.threads=1"])
    if experiment.data is None:
        raise ValueError(f"{case.config} names no table")
    tables = experiment.data
    if data is not None:
        tables = derive(tables, **{split: str(data.resolve() / f"{split}.parquet") for split in SPLITS})
    return experiment, read_tables(tables, CONFIGS)


def masked(
    experiment: Experiment, splits: SplitTables, task: str, share: float, seed: int
) -> tuple[Experiment, SplitTables]:
    """The same where the task knows its label in a share of the training and validation rows; of all test rows.

    Args:
        experiment: of the whole table.
        splits: its tables.
        task: that loses labels.
        share: 0..1.
        seed: of the choice of rows.
    """
    generator = np.random.default_rng(seed)
    tables = {}
    for name, table in splits.items():
        rows = table.collect()
        known_B = np.ones(len(rows), dtype=bool) if name == "test" else generator.random(len(rows)) < share
        tables[name] = rows.with_columns(pl.Series(KNOWN, known_B)).lazy()
    tasks = tuple(derive(one, mask=KNOWN) if one.name == task else one for one in experiment.tasks)
    return derive(experiment, tasks=tasks), tables

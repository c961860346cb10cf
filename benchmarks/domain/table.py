"""The two tables of docs/domain.md: what was measured, seed by seed, as rows with intervals."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Final

import numpy as np
import polars as pl

from benchmarks.domain import scenario, shift
from benchmarks.domain.measure import expected_entropy, trained, with_interval
from taskfusion.config.experiment import Experiment

RESAMPLES: Final = 2000


def truth_of(experiment: Experiment, table: pl.DataFrame) -> dict[str, np.ndarray]:
    """By task the true probability of yes."""
    return {task.name: table[f"true_{task.name}"].to_numpy().astype(np.float64) for task in experiment.tasks}


def shift_row(size: float, model: str, seeds: int) -> str:
    """What weights win back of what a shift of so many standard deviations costs a model."""
    found = []
    for seed in range(seeds):
        world = shift.Shift(size, seed)
        tables, plain = world.tables(), world.experiment(model, weighted=False)
        target = {split: tables[f"target {split}"] for split in ("train", "validation")}
        runs = ((plain, tables), (world.experiment(model, weighted=True), tables), (plain, target))
        found.append([entropies(experiment, rows, [tables["test"]])[0] for experiment, rows in runs])
        print(f"{size} {model} {seed}", *(f"{one:.4f}" for one in found[-1]), flush=True)
    mixed_S, aimed_S, target_S = np.array(found).T
    cells = [
        f"{size:g}",
        model,
        *(f"{column.mean():.4f}" for column in (mixed_S, aimed_S, target_S)),
        with_interval((100 * (mixed_S - target_S) / target_S).tolist()),
        won_back(mixed_S - aimed_S, mixed_S - target_S),
        with_interval((100 * (aimed_S - mixed_S) / mixed_S).tolist()),
    ]
    return f"| {' | '.join(cells)} |"


def won_back(won_S: np.ndarray, lost_S: np.ndarray) -> str:
    """Percent of the lost that is won, of the sums over seeds, with the bootstrap's 95 % interval over seeds.

    Nothing where it is not shown that something was lost, by the same bootstrap.
    """
    draw_RS = np.random.default_rng(0).integers(len(won_S), size=(RESAMPLES, len(won_S)))
    lost_R = lost_S[draw_RS].sum(1)
    if np.quantile(lost_R, 0.025) <= 0:
        return "nothing lost"
    low, high = np.quantile(100 * won_S[draw_RS].sum(1) / lost_R, [0.025, 0.975])
    return f"{100 * won_S.sum() / lost_S.sum():.0f} ({low:.0f} to {high:.0f})"


def scenario_rows(name: str, seeds: int, folder: Path) -> str:
    """One model without gates that read the scenario, one with them, and a model per scenario; NE of each scenario.

    Args:
        name: of SIZES.
        seeds: feeds, each with users, videos, rows and a start of its own.
        folder: of the feeds.
    """
    found: dict[str, list[list[float]]] = {"one model": [], "scenario gates": [], "a model per scenario": []}
    for seed in range(seeds):
        feed = scenario.Feed(seed, scenario.SIZES[name])
        tables, plain = feed.tables(folder), feed.experiment(gates=False)
        parts = [
            {split: table.filter(pl.col("scenario") == one) for split, table in tables.items()}
            for one in scenario.SCENARIOS
        ]
        tests = [part["test"] for part in parts]
        found["one model"].append(entropies(plain, tables, tests))
        found["scenario gates"].append(entropies(feed.experiment(gates=True), tables, tests))
        found["a model per scenario"].append([entropies(plain, part, [part["test"]])[0] for part in parts])
        print(name, seed, *(f"{model} {fmean(values[-1]):.4f}" for model, values in found.items()), flush=True)
    plain_SC = np.array(found["one model"])
    rows = []
    for model, values in found.items():
        value_SC = np.array(values)
        change_S = 100 * (value_SC.mean(1) - plain_SC.mean(1)) / plain_SC.mean(1)
        cells = [name, model, *(f"{column.mean():.4f}" for column in value_SC.T)]
        cells.append("" if model == "one model" else with_interval(change_S.tolist()))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def entropies(experiment: Experiment, tables: Mapping[str, pl.DataFrame], tests: Sequence[pl.DataFrame]) -> list[float]:
    """Mean normalized entropy over the tasks on each of the test tables, of one model."""
    predict = trained(experiment, tables["train"], tables["validation"])
    return [fmean(expected_entropy(truth_of(experiment, test), predict(test)).values()) for test in tests]

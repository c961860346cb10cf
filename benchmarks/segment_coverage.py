"""How often intervals of an audit's segments hold the truth together where there is no gap, and how often the test of
homogeneity finds one; write docs/audit.md.

python -m benchmarks.segment_coverage [--sets 2000]

Axes: B rows, G users.
"""

import argparse
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.__main__ import write
from taskfusion.evaluate.rows import Floats
from taskfusion.evaluate.segment import SegmentColumn, SegmentedTask, TaskPredictions, segment_tasks
from taskfusion.evaluate.statistic import labelled_rows
from taskfusion.schema.task.binary import BinaryTask

PAGE: Final = Path(__file__).parents[1] / "docs" / "audit.md"
LEVEL: Final = 0.05
RESAMPLES: Final = 1000
MANY: Final = 200_000
"""Users whose rows say what is true."""

MEASURES: Final = {"relative_loss": "NE", "auc": "AUC", "calibration": "calibration", "change": "change of the loss"}


@dataclass(frozen=True)
class World:
    """Users whose rows are alike in what the features do not tell; segments differ in nothing.

    Args:
        title: what it is called.
        users: G.
        bias: logit of a usual row.
    """

    title: str
    users: int
    bias: float

    def draw(self, seed: int, users: int) -> tuple[TaskPredictions, list[SegmentColumn]]:
        """Rows of so many users with predictions, which are off and know nothing of users; segments of users (four, the
        smallest of 15 %) and of rows (three).
        """
        rng = np.random.default_rng(seed)
        user_B = np.repeat(np.arange(users), 1 + rng.poisson(rng.gamma(1.5, 5, users)))
        rows = len(user_B)
        known_B = 0.7 * rng.normal(size=users)[user_B] + 0.9 * rng.normal(size=rows)
        unknown_B = 0.6 * rng.normal(size=users)[user_B]
        label_B = rng.random(rows) < _chance(self.bias + known_B + unknown_B)
        own_B = _chance(self.bias + 0.15 + 0.8 * known_B)
        other_B = _chance(self.bias + 0.6 * known_B + 0.3 * rng.normal(size=rows))
        given = labelled_rows(
            BinaryTask(name="click", kind="binary"),
            label_B.astype(np.float32),
            np.ones(rows, dtype=np.float32),
            user_B,
            users,
            grouped=True,
        )
        country_B = rng.choice(4, size=users, p=[0.4, 0.25, 0.2, 0.15])[user_B]
        columns = [
            SegmentColumn("country", country_B, ("a", "b", "c", "d")),
            SegmentColumn("place", rng.choice(3, size=rows, p=[0.5, 0.3, 0.2]), ("top", "middle", "end")),
        ]
        return TaskPredictions(given, own_B, [other_B]), columns


WORLDS: Final = (World("a fifth of the labels is yes, 500 users", 500, -1.8), World("5 % yes, 1,500 users", 1500, -3.4))


@dataclass(frozen=True)
class Found:
    """What one set showed: by measure whether all intervals hold the truth, and by measure and column whether a gap is
    found.
    """

    holds: dict[str, bool]
    gaps: dict[tuple[str, str], bool]


def look(world: World, truth: dict[str, float], seed: int) -> Found:
    """One set of rows."""
    given, columns = world.draw(seed, world.users)
    (found,) = segment_tasks([given], columns, resamples=RESAMPLES, seed=seed)
    return Found(
        {measure: _holds(found, measure, truth[measure]) for measure in MEASURES},
        {(test.measure, test.column): test.p_value < LEVEL for test in found.tests},
    )


def true_values(world: World) -> dict[str, float]:
    """The measures of many users."""
    given, _ = world.draw(10**6, MANY)
    (found,) = segment_tasks([given], [], resamples=20)
    return {measure: found.overall.measures[measure].mean for measure in MEASURES}


def table(sets: int) -> str:
    """The rows of the page."""
    lines = [
        "| world | measure | all intervals hold the truth | a gap is found between users' segments | between rows' |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for world in WORLDS:
        truth, counts = true_values(world), Counter[tuple[str, ...]]()
        for seed in range(sets):
            found = look(world, truth, seed)
            counts.update((measure,) for measure, holds in found.holds.items() if holds)
            counts.update(key for key, is_gap in found.gaps.items() if is_gap)
        for measure, title in MEASURES.items():
            shares = [counts[key] / sets for key in ((measure,), (measure, "country"), (measure, "place"))]
            lines.append(f"| {world.title} | {title} | {' | '.join(f'{100 * share:.1f} %' for share in shares)} |")
            print(lines[-1], flush=True)
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.segment_coverage", description=__doc__)
    parser.add_argument("--sets", type=int, default=2000, help="simulated sets of each world (default: 2000)")
    options = parser.parse_args(arguments)
    write(PAGE, "segment-coverage", f"{options.sets:,} sets each:\n\n{table(options.sets)}")


def _chance(logit_B: Floats) -> Floats:
    chance_B: Floats = 1 / (1 + np.exp(-logit_B))
    return chance_B


def _holds(found: SegmentedTask, measure: str, truth: float) -> bool:
    intervals = [one.measures[measure].ends for one in found.segments if measure in one.measures]
    return all(ends is not None and ends[0] <= truth <= ends[1] for ends in intervals)


if __name__ == "__main__":
    main()

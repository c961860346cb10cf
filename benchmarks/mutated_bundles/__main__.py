"""python -m benchmarks.mutated_bundles --count 10000: export two small models, mutate them, and count what happens."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.mutated_bundles.trial import try_mutations
from taskfusion import Experiment, MultiTaskRanker

_CONTENT: dict[str, Any] = {
    "features": [
        {"name": "user", "kind": "categorical", "role": "user"},
        {"name": "item", "kind": "categorical", "role": "item"},
        {"name": "tags", "kind": "multi_categorical", "role": "item", "separator": ",", "max_length": 3},
        {"name": "history", "kind": "sequence", "role": "user", "share_with": "item", "max_length": 4},
        {"name": "age", "kind": "numeric", "role": "user"},
        {"name": "price", "kind": "numeric", "role": "candidate"},
    ],
    "tasks": [
        {"name": "click", "kind": "binary"},
        {"name": "seconds", "kind": "regression", "log1p": True},
        {"name": "stars", "kind": "multiclass", "classes": [1, 2, 3]},
    ],
    "group": "user",
    "embedding": {"dim": 4},
    "network": {"level_dims": [[8], [6]], "tower_dims": [4]},
    "training": {"epochs": 1, "threads": 1},
}


def log_table(rows: int, seed: int = 0) -> pl.DataFrame:
    """A log with every kind of feature."""
    random = np.random.default_rng(seed)
    user, item = random.integers(0, 40, rows), random.integers(0, 30, rows)
    click = random.random(rows) < np.where((user + item) % 3 == 0, 0.6, 0.2)
    return pl.DataFrame(
        {
            "user": user,
            "item": [f"v{one}" for one in item],
            "tags": [",".join(f"t{(one + k) % 5}" for k in range(one % 4)) for one in item],
            "history": [[f"v{(one + k) % 30}" for k in range(one % 6)] for one in user],
            "age": random.normal(40, 10, rows),
            "price": random.exponential(5, rows),
            "click": click.astype(int),
            "seconds": np.where(click, random.exponential(20, rows), 0),
            "stars": random.integers(1, 4, rows),
        }
    )


def main() -> None:
    """Print the counts; exit code 1 where a bundle was neither refused nor scored."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    arguments = parser.parse_args()
    log = log_table(1200)
    with tempfile.TemporaryDirectory() as name:
        bundles = []
        for kind, trees in (("network", False), ("with-trees", True)):
            experiment = Experiment.from_dict({**_CONTENT, "ensemble": {"trees": trees}})
            ranker = MultiTaskRanker(experiment, verbose=0).fit(log[:900], log[900:])
            bundles.append(ranker.export(Path(name) / kind))
        row = log.drop("click", "seconds", "stars").row(0, named=True)
        outcome = try_mutations(bundles, row, range(arguments.first, arguments.first + arguments.count))
    print(outcome.table())
    print(*outcome.worst, sep="\n")
    raise SystemExit(1 if outcome.worst else 0)


if __name__ == "__main__":
    main()

"""What LightGBM takes to answer in one process for all tasks: JSON and encoding once, then the trees of each task.

Nothing of taskfusion serves trees of their own, so this is what a server of the same making would take. Axes: N
candidates, B rows.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from taskfusion.base.errors import RunError
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.rows import EncodedRows
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.cost import ModelCost, WayCost
from taskfusion.serve.cost.draw import Drawn
from taskfusion.serve.cost.measure import process_seconds
from taskfusion.serve.inputs import SIDES, GraphInputs, Side, features_of
from taskfusion.serve.row.encoder import RowEncoder
from taskfusion.serve.worker.document import read_object, written
from taskfusion.serve.worker.model import joined
from taskfusion.serve.worker.raw import RawEncoder
from taskfusion.study.cost.amount import measured, of_run
from taskfusion.study.cost.subject import Found
from taskfusion.trees.boosting import load_trees, tree_logits
from taskfusion.trees.columns import TreeColumns
from taskfusion.trees.columns_file import read_columns

_REQUESTS: Final = 10
_MEMORY: Final = """
import sys
from pathlib import Path
import lightgbm
from taskfusion.serve.row.encoder import RowEncoder
from taskfusion.trees.boosting import load_trees
def tell():
    print(int(Path("/proc/self/status").read_text().partition("RssAnon:")[2].split()[0]) / 1e3)
kept = [RowEncoder.load(Path(sys.argv[1]))]
tell()
for path in sys.argv[2:]:
    kept.append(load_trees(Path(path)))
    tell()
"""


def measure_trees(found: Found, drawn: Drawn, *, repeats: int) -> WayCost:
    """Measure the trees of all tasks.

    Args:
        found: runs of trees, one per task.
        drawn: what is asked.
        repeats: measurements.

    Raises:
        RunError: a run is damaged.
    """
    runs = [RunDirectory(path) for path in found.paths]
    requests = _Requests(runs[0], drawn)
    count = min(_REQUESTS, len(drawn.bodies))
    each = [requests.encoded(place) for place in range(count)]
    names = [run.experiment().tasks[0].prediction_names for run in runs]
    answer = {name: np.zeros(len(each[0]), np.float32) for own in names for name in own}

    def shared() -> None:
        for place in range(count):
            requests.encoded(place)
            written(answer)

    encoder = FeatureEncoder.load(runs[0].path / "encoder")
    pairs = encoder.encode(drawn.pairs)
    held = _memory(runs)
    models = [
        ModelCost(
            tasks=(),
            predictions=0,
            request_seconds=measured(process_seconds(shared, repeats), count),
            row_seconds=measured(process_seconds(lambda: encoder.encode(drawn.pairs), repeats), len(pairs)),
            process_mb=measured([held[0]]),
            training_seconds=None,
        )
    ]
    for run, columns, seconds, before, after in zip(runs, names, found.training, held, held[1:], strict=False):
        trees = _Trees.read(run)
        models.append(
            ModelCost(
                tasks=(run.experiment().tasks[0].name,),
                predictions=len(columns),
                request_seconds=measured(process_seconds(partial(trees.score, each), repeats), count),
                row_seconds=measured(process_seconds(partial(trees.score, [pairs]), repeats), len(pairs)),
                process_mb=measured([max(0.0, after - before)]),
                training_seconds=of_run(seconds),
            )
        )
    return WayCost(name="trees", about=found.about, models=tuple(models), losses=found.losses)


@dataclass(frozen=True)
class _Trees:
    columns: TreeColumns
    booster: object

    @classmethod
    def read(cls, run: RunDirectory) -> "_Trees":
        return cls(read_columns(run.tree_columns), load_trees(run.trees))

    def score(self, blocks: Sequence[EncodedRows]) -> None:
        for rows in blocks:
            tree_logits(self.booster, self.columns.matrix(rows), 1)  # type: ignore[arg-type]


class _Requests:
    """Requests from JSON to the encoded rows of their candidates, whose items are encoded beforehand."""

    def __init__(self, run: RunDirectory, drawn: Drawn) -> None:
        schema = run.experiment().table_schema
        encoder = RowEncoder.load(run.path / "encoder")
        self._raw, self._bodies = RawEncoder(encoder, schema), drawn.bodies
        self._features = {side: frozenset(features_of(schema, side)) for side in SIDES}
        self._inputs = {side: GraphInputs.of(encoder.layout, names) for side, names in self._features.items()}
        self._items: EncodedRows | None = None
        if drawn.items is not None and drawn.item_id is not None:
            self._items = self._raw.rows(drawn.items.rows(named=True), self._features["item"], "items")
            self._place = {one: place for place, one in enumerate(drawn.items[drawn.item_id].to_list())}

    def encoded(self, place: int) -> EncodedRows:
        """Rows [N] of a request."""
        content = read_object(self._bodies[place], "the body")
        given = content["candidates"]
        parts: dict[Side, EncodedRows] = {
            "request": self._raw.rows([content["request"]], self._features["request"], "request")
        }
        if self._items is None:
            parts["item"] = self._raw.rows(given, self._features["item"], "candidates")
        else:
            ids = [one["id"] if isinstance(one, dict) else one for one in given]
            parts["item"] = self._items.rows(np.asarray([self._place[one] for one in ids]))
        if self._features["candidate"]:
            parts["candidate"] = self._raw.rows(given, self._features["candidate"], "candidates")
        return joined(parts, self._inputs, len(given))


def _memory(runs: Sequence[RunDirectory]) -> list[float]:
    """Unshared MB of a fresh process with the encoder, then with the trees of each task as well."""
    paths = [str(runs[0].path / "encoder"), *(str(run.trees) for run in runs)]
    done = subprocess.run([sys.executable, "-c", _MEMORY, *paths], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunError(f"the trees cannot be loaded in a process of their own: {done.stderr.strip()[-300:]}")
    return [float(line) for line in done.stdout.split()]

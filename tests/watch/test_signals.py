"""What is out of bounds is said with the side that moved."""

from pathlib import Path

import numpy as np

from taskfusion.watch.count.cell import TaskCells
from taskfusion.watch.count.streams import Streams
from taskfusion.watch.reference.model import KnownModels
from taskfusion.watch.signals import Signal, signals
from watch.worlds import SCHEMA, reference, rows


def _found(folder: Path, *, predicted: float = 1.0, labels: float = 1.0, known: float = 1.0) -> dict[str, Signal]:
    model = reference(folder / "r", count=30_000)
    streams = Streams(KnownModels((str(folder / "r"),)), {"click": "clicks"}, {}, 5000, [], [])
    cells = TaskCells(model.task("click"), {}, 0, 60)
    truth, random = rows(30_000, 7)["true.click"].to_numpy(), np.random.default_rng(1)
    label = np.where(random.random(30_000) < known, random.random(30_000) < truth * labels, np.nan)
    cells.add(np.arange(30_000) // 500, np.zeros((30_000, 0), dtype=np.uint8), label, np.minimum(truth * predicted, 1))
    list(streams.take("abc", SCHEMA.tasks[0], cells, 1.0))
    return {one.name: one for one in signals(streams)}


def test_nothing_is_out_of_bounds_where_all_is_well(tmp_path: Path) -> None:
    assert _found(tmp_path) == {}


def test_the_side_that_moved_is_known(tmp_path: Path) -> None:
    one = _found(tmp_path / "a", predicted=1.3)
    assert one["calibration"].predictions > 0.2 > abs(one["calibration"].labels)
    assert one["score_drift"].value > 0.05
    other = _found(tmp_path / "b", labels=1.3)
    assert other["calibration"].labels > 0.2 > abs(other["calibration"].predictions)
    assert "score_drift" not in other
    assert other["calibration"].value > other["calibration"].limit


def test_labels_that_are_lost_are_named(tmp_path: Path) -> None:
    found = _found(tmp_path, known=0.8)
    assert found.keys() == {"label_missing"}
    assert 0.15 < found["label_missing"].value < 0.25

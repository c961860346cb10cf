"""Windows of all models and segments, which survive being left."""

from pathlib import Path

import numpy as np

from taskfusion.watch.count.cell import TaskCells
from taskfusion.watch.count.streams import Streams
from taskfusion.watch.reference.model import KnownModels
from watch.worlds import SCHEMA, reference, rows

COLUMNS = {"country": ["de", "jp", "us"]}
KPIS = {"click": "clicks", "like": "likes"}


def test_windows_survive_and_those_of_unknown_models_are_forgotten(tmp_path: Path) -> None:
    model = reference(tmp_path / "r", count=3000)
    models = KnownModels((str(tmp_path / "r"),))
    streams = Streams(models, KPIS, COLUMNS, 500, [], [])
    cells = TaskCells(model.task("click"), COLUMNS, 0, 10)
    frame = rows(1200, 1)
    label, truth = frame["click"].to_numpy() * 1.0, frame["true.click"].to_numpy()
    cells.add(np.arange(1200) // 120, np.zeros((1200, 1), dtype=np.uint8), label, truth)
    full = list(streams.take("abc", SCHEMA.tasks[0], cells, 1.0))
    assert {one.segment for one in full} == {None, "country=de"}
    assert len(full) == 4
    assert {one.segment: one.start for one in streams.latest} == {one.segment: one.start for one in full[1::2]}
    again = Streams(models, KPIS, COLUMNS, 500, streams.kept(), streams.latest)
    assert again.kept() == streams.kept()
    assert again.bundles == {"abc"}
    reference(tmp_path / "s", "other", 3000)
    others = KnownModels((str(tmp_path / "s"),))
    assert Streams(others, KPIS, COLUMNS, 500, streams.kept(), []).kept() == []

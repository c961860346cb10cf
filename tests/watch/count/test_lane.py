"""Slices are joined when they are old enough, in any parts, and outcomes are dropped when nobody needs them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from taskfusion.schema.task.table import Task
from taskfusion.watch.count import lane
from taskfusion.watch.count.cell import TaskCells
from taskfusion.watch.count.lane import LaneCounter, LaneTasks, Takers
from taskfusion.watch.read.rows import Rows, decision_rows, outcome_rows
from taskfusion.watch.reference.model import KnownModels
from taskfusion.watch.state.memory import Lane
from taskfusion.watch.state.spool import Spool
from watch.worlds import SCHEMA, reference

ABOUT = LaneTasks(60, SCHEMA.tasks, (0, 1), ((0,), (1,)), {})
BASE = 30_000_000


def _filled(folder: Path, count: int = 3000) -> LaneCounter:
    random = np.random.default_rng(0)
    found = LaneCounter("x", ABOUT, Lane.empty(), Spool(folder, {}))
    decisions, outcomes = np.zeros(count, dtype=decision_rows(2)), np.zeros(count // 2, dtype=outcome_rows(2, 0))
    decisions["request"], decisions["candidate"] = random.permutation(count) // 3, random.integers(0, 2**32, count)
    decisions["minute"] = BASE + decisions["request"] % 40
    decisions["prediction"] = random.random((count, 2)) * 0.5
    for name in ("request", "candidate", "minute"):
        outcomes[name] = decisions[name][: count // 2]
    outcomes["minute"] += random.integers(0, 60, count // 2).astype(np.uint32)
    outcomes["label"] = random.random((count // 2, 2)) < 0.3
    found.add_decisions(decisions)
    found.add_outcomes(outcomes)
    return found


def _sums(found: LaneCounter, folder: Path, now: int) -> dict[str, float]:
    models, total = KnownModels((str(folder),)), dict[str, float]()

    def cells(bundle: str, task: Task, sums: TaskCells, design: float) -> None:
        total[task.name] = total.get(task.name, 0.0) + sum(one[1] for _, _, _, one, _ in sums.minutes())

    def labels(task: Task, rows: Rows, label_M: npt.NDArray[np.float64]) -> None:
        assert len(rows) == len(label_M)

    list(found.close(now, ["abc"], models.task, Takers(cells, labels)))
    return total


def test_parts_do_not_change_sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reference(tmp_path / "r", count=2000)
    whole = _filled(tmp_path / "a")
    one = _sums(whole, tmp_path / "r", BASE + 200)
    monkeypatch.setattr(lane, "_PART_ROWS", 100)
    parts = _filled(tmp_path / "b")
    assert _sums(parts, tmp_path / "r", BASE + 200) == one
    assert whole.state.shown == parts.state.shown == 1500
    assert whole.state.joined == whole.state.decided == 3000
    assert whole.state.matched == parts.state.matched
    assert whole.state.labelled == {"click": 1500, "like": 1500}


def test_slices_wait_until_they_are_old_enough(tmp_path: Path) -> None:
    reference(tmp_path / "r", count=2000)
    found = _filled(tmp_path / "a")
    assert found.about.slice_minutes == 15
    assert _sums(found, tmp_path / "r", BASE + 60) == {}
    _sums(found, tmp_path / "r", BASE + 60 + 15 + 2)
    assert 0 < found.state.joined < 3000
    _sums(found, tmp_path / "r", BASE + 1000)
    assert found.state.joined == 3000
    assert found.state.outcomes == 1500
    assert found.state.unmatched == 0
    assert found.state.matched == {}
    late = np.zeros(3, dtype=outcome_rows(2, 0))
    late["minute"] = BASE + 5
    late["label"][:, 1] = np.nan
    found.add_outcomes(late)
    assert found.state.late == {"click": 3, "like": 0}


def test_slices_are_a_quarter_of_the_delay() -> None:
    lengths = [LaneTasks(delay, (), (), (), {}).slice_minutes for delay in (0, 1440, 30 * 1440)]
    assert lengths == [5, 360, 1440]

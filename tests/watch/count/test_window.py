"""Windows fill, read and survive."""

from pathlib import Path

import numpy as np
import pytest

from taskfusion.watch.count.cell import FIELDS, TaskCells, segment_table
from taskfusion.watch.count.window import Window
from taskfusion.watch.state.memory import OpenWindow
from watch.worlds import reference, rows


def _minutes(folder: Path, factor: float = 1.0) -> tuple[Window, list[tuple[int, float, np.ndarray, np.ndarray]]]:
    task = reference(folder / "r", count=20_000).task("click")
    frame = rows(12_000, 5)
    truth = frame["true.click"].to_numpy()
    label = (np.random.default_rng(0).random(len(truth)) < truth * factor).astype(float)
    cells = TaskCells(task, {}, 0, 24)
    cells.add(np.arange(12_000) // 500, np.zeros((12_000, 0), dtype=np.uint8), label, truth)
    segment = segment_table(task, {})[0][0]
    assert segment is not None
    return Window("click", "clicks", "abc", segment, 5000), [one[1:] for one in cells.minutes()]


def test_a_window_is_read_when_it_is_full(tmp_path: Path) -> None:
    window, minutes = _minutes(tmp_path)
    found = [window.add(*one, 1.0) for one in minutes]
    assert [place for place, one in enumerate(found) if one is not None] == [9, 19]
    first = found[9]
    assert first is not None
    assert (first.rows, first.known, first.is_full) == (5000, 1.0, True)
    assert first.calibration == pytest.approx(1, abs=0.06)
    assert first.ne is not None
    assert 0.8 < first.ne < 1
    assert first.psi_p > 0.001
    growing = window.reading(1.0)
    assert growing is not None
    assert (growing.rows, growing.is_full) == (2000, False)
    assert window.since_up is None


def test_more_labels_than_expected_are_found_and_their_change_is_known(tmp_path: Path) -> None:
    window, minutes = _minutes(tmp_path, 1.3)
    for one in minutes:
        window.add(*one, 1.0)
    assert window.since_up is not None
    assert window.since_up < 12
    assert window.since_down is None
    _, labels, predicted = window.run_up
    assert labels / predicted == pytest.approx(1.3, abs=0.05)


def test_a_window_that_is_left_and_taken_up_is_the_same(tmp_path: Path) -> None:
    window, minutes = _minutes(tmp_path)
    again, _ = _minutes(tmp_path / "again")
    for one in minutes:
        kept = OpenWindow.model_validate_json(again.kept().model_dump_json())
        again = Window("click", "clicks", "abc", again.segment, 5000, kept)
        assert window.add(*one, 1.0) == again.add(*one, 1.0)
    assert window.kept() == again.kept()


def test_an_empty_window_reads_nothing(tmp_path: Path) -> None:
    window, _ = _minutes(tmp_path)
    assert window.reading(1.0) is None
    found = window.add(5, 6000.0, np.zeros(len(FIELDS)), np.zeros(len(window.segment.reference.counts[0])), 1.0)
    assert found is not None
    assert (found.rows, found.known, found.calibration, found.ne) == (0, 0.0, None, None)

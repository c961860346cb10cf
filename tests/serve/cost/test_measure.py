"""Measurements are as many as asked for, and of what was asked."""

import time
from pathlib import Path

import pytest

from serve.conftest import Exported
from serve.cost.test_draw import TABLE
from taskfusion.serve.cost.draw import draw
from taskfusion.serve.cost.measure import Served, measure_lookup, measure_online, measure_rows, process_seconds


def test_requests_and_rows_are_measured_so_often(exported: Exported, items: Path) -> None:
    drawn = draw(exported.experiment.table_schema, TABLE.lazy(), 5)
    served = Served(exported.path, ("--items", str(items)))
    found, other = measure_online([served, served], drawn.bodies, repeats=2, seconds=0.2)
    assert len(found.server_R) == len(other.server_R) == 2
    assert [len(one) for one in found.workers_R] == [2]
    assert sum(found.server_R) + sum(found.workers_R[0]) > 0
    rows = measure_rows(exported.path, drawn.pairs, repeats=3)
    assert len(rows) == 3
    assert min(rows) > 0


def test_more_candidates_take_longer_to_look_up() -> None:
    few, many = (min(measure_lookup(count, 10_000, repeats=3)) for count in (10, 5_000))
    assert many > 3 * few


def test_only_this_process_counts() -> None:
    calls = []

    def work() -> None:
        calls.append(1)
        time.sleep(0.02)

    assert max(process_seconds(work, 2)) < 0.02
    assert len(calls) == 3
    assert process_seconds(lambda: sum(range(300_000)), 1)[0] == pytest.approx(0.01, abs=0.5)

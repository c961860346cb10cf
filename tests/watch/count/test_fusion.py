"""Windows of gates and experts: clean traffic, moved gates, a dead expert, in any pieces."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fused import Fused, older
from support import log_table
from taskfusion.run.record.watch import EdgeReading, ExpertReading
from taskfusion.watch.count.feature import ANY_MODEL
from taskfusion.watch.count.fusion import ROWS_PER_MINUTE, FusionCounter
from taskfusion.watch.reference.model import KnownModels
from taskfusion.watch.signals import fusion_signals
from taskfusion.watch.state.memory import FusionWindow
from watch.worlds import reference, rows


def _added(counter: FusionCounter, table: pl.DataFrame, first: int = 0, per_minute: int = 400) -> None:
    minute_B = first + np.arange(table.height) // per_minute
    counter.add(table, minute_B, (np.arange(table.height) // 4).astype(np.uint64))


def _counter(fused: Fused) -> FusionCounter:
    return FusionCounter(KnownModels((str(fused.reference),)), [])


def _full(counter: FusionCounter) -> tuple[list[EdgeReading], list[ExpertReading]]:
    return [one for one in counter.edges() if one.is_full], [one for one in counter.experts() if one.is_full]


def test_clean_traffic_moves_nothing(fused: Fused) -> None:
    counter = _counter(fused)
    for seed in range(10):
        _added(counter, log_table(600, seed=seed), 10 * seed)
        edges, experts = _full(counter)
        assert len(edges) == 24
        assert fusion_signals(edges, experts, {}) == []
    assert {one.bundle for one in counter.edges()} == {ANY_MODEL}


def test_gates_that_moved_are_named_by_task_and_the_edge_that_moved_most(fused: Fused) -> None:
    counter = _counter(fused)
    _added(counter, older(log_table(600, seed=1)))
    edges, experts = _full(counter)
    found = {one.task: one for one in fusion_signals(edges, experts, {}) if one.name == "gate_drift"}
    assert found
    for task, one in found.items():
        moved = [abs(edge.share - edge.reference) for edge in edges if edge.task == task]
        assert one.value == pytest.approx(max(moved))
        assert one.bundle is None


def test_an_expert_that_says_the_same_of_all_rows_is_dead_and_one_that_was_dead_is_not_told(fused: Fused) -> None:
    counter = _counter(fused)
    _added(counter, pl.concat([log_table(1)] * 600))
    edges, experts = _full(counter)
    dead = [one for one in fusion_signals(edges, experts, {}) if one.name == "dead_expert"]
    assert [one.part for one in experts] == [None, *[pytest.approx(0, abs=1e-4)] * (len(experts) - 1)]
    assert sorted(one.task or "" for one in dead) == ["click", "reaction", "seconds", "shared"], "one per owner"


def test_pieces_and_leaving_do_not_change_a_window(fused: Fused) -> None:
    table = log_table(480, seed=2)
    whole, counter = _counter(fused), _counter(fused)
    _added(whole, table, per_minute=100)
    minute_B, request_B = np.arange(480) // 100, (np.arange(480) // 4).astype(np.uint64)
    for start in range(0, 480, 120):
        piece = slice(start, start + 120)
        counter.add(table[piece], minute_B[piece], request_B[piece])
        kept = [FusionWindow.model_validate_json(one.model_dump_json()) for one in counter.kept()]
        counter = FusionCounter(KnownModels((str(fused.reference),)), kept)
    for one, other in zip(whole.edges(), counter.edges(), strict=True):
        assert (one.rows, one.start, one.end, one.is_full) == (other.rows, other.start, other.end, False)
        assert one.share == pytest.approx(other.share, abs=1e-6)
        assert one.p == pytest.approx(other.p, rel=0.01, abs=1e-9)


def test_of_a_minute_some_rows_are_enough(fused: Fused) -> None:
    counter = _counter(fused)
    for _ in range(3):  # one minute in three pieces
        _added(counter, log_table(450, seed=3), first=7, per_minute=10**6)
    assert sum(one.rows for one in counter.kept()) == ROWS_PER_MINUTE
    _added(counter, log_table(30, seed=4), first=8)
    assert sum(one.rows for one in counter.kept()) == ROWS_PER_MINUTE + 30


def test_without_a_column_of_a_feature_nothing_is_read(fused: Fused) -> None:
    counter = _counter(fused)
    _added(counter, log_table(600).drop("age"))
    assert counter.edges() == []


def test_a_reference_without_a_graph_has_no_windows(tmp_path: Path) -> None:
    reference(tmp_path / "r", count=2000)
    counter = FusionCounter(KnownModels((str(tmp_path / "r"),)), [])
    counter.add(rows(600, 1), np.zeros(600, dtype=np.int64), np.arange(600).astype(np.uint64))
    assert counter.edges() == []
    assert counter.experts() == []

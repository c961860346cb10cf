"""What fusion levels do with rows: against the maps of the model itself, and what a dead expert is."""

import numpy as np
import polars as pl
import pytest

from fused import Fused, older
from support import log_table
from taskfusion.base.errors import RunError
from taskfusion.data.batch import Batch
from taskfusion.explain.fusion import fusion_maps
from taskfusion.watch.reference.fusion import PIECE_ROWS, FusionReader, FusionSums
from taskfusion.watch.reference.record import FusionReference


def _read(fused: Fused, table: pl.DataFrame) -> FusionSums:
    known = fused.known()
    assert known.fusion is not None
    return known.fusion.read(known.encoder.encode(table), np.arange(table.height) // 3)


def _reference(fused: Fused) -> FusionReference:
    found = fused.known().reference.fusion
    assert found is not None
    return found


def test_shares_are_those_of_the_models_own_maps(fused: Fused) -> None:
    table, reference, trained = log_table(1300, seed=5), _reference(fused), fused.trained
    assert table.height > PIECE_ROWS
    names = trained.experiment.table_schema.task_names
    maps = {one.level: one for one in fusion_maps(trained.model, [Batch.of(trained.encoder.encode(table))], names)}
    shares = _read(fused, table).shares
    assert len(reference.edges) == 2 * 3 * 4, "two levels, three tasks, three of them and the shared unit"
    for edge, share in zip(reference.edges, shares.means.tolist(), strict=True):
        one = maps[edge.level]
        gate = one.gate[one.units.index(edge.task)]
        expected = sum(part for part, owner in zip(gate, one.expert_units, strict=True) if owner == edge.source)
        assert share == pytest.approx(expected, abs=1e-5)
    assert shares.rows == 1300
    assert shares.requests == pytest.approx(1300 / 3, abs=4), "one that two pieces share counts as two"


def test_what_an_expert_does_is_its_weight_times_the_spread_of_what_it_says(fused: Fused) -> None:
    reference = _reference(fused)
    first = reference.experts[0]
    assert (first.expert, first.level, first.is_alive) == ("click 1", 1, False)
    assert first.part == pytest.approx(0, abs=1e-9)
    assert all(one.is_alive and one.part > 0 for one in reference.experts[1:])
    found = _read(fused, log_table(700, seed=6))
    alike = _read(fused, pl.concat([log_table(1, seed=6)] * 700))
    assert found.parts[1:] == pytest.approx([one.part for one in reference.experts[1:]], rel=0.5)
    assert alike.parts == pytest.approx(np.zeros(len(reference.experts)), abs=1e-5), "of equal rows it says the same"


def test_rows_add_up(fused: Fused) -> None:
    table = log_table(600, seed=7)
    whole, parts = _read(fused, table), _read(fused, table[:300]) + _read(fused, table[300:])
    assert parts.shares.means == pytest.approx(whole.shares.means, abs=1e-6)
    assert parts.parts == pytest.approx(whole.parts, rel=1e-4)
    moved = _read(fused, older(table)).shares.means - whole.shares.means
    assert np.abs(moved).max() > 0.1


def test_a_damaged_graph_is_named(fused: Fused, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, known = tmp_path_factory.mktemp("damaged"), fused.known()
    (folder / "fusion.onnx").write_bytes(b"\x08\x07\x3a\xff")
    with pytest.raises(RunError, match=r"fusion\.onnx.*make the reference again"):
        FusionReader.of(folder, known.encoder.layout, known.schema, _reference(fused))
    (folder / "fusion.onnx").unlink()
    with pytest.raises(RunError, match=r"fusion\.onnx.*make the reference again"):
        FusionReader.of(folder, known.encoder.layout, known.schema, _reference(fused))


def test_a_graph_of_another_model_is_named(fused: Fused) -> None:
    known, reference = fused.known(), _reference(fused)
    first, *others = reference.levels
    wider = first.model_copy(update={"native": [[*row, 0.0] for row in first.native]})
    strange = reference.model_copy(update={"levels": [wider, *others]})
    with pytest.raises(RunError, match=r"it is of another model.*make the reference again"):
        FusionReader.of(fused.reference, known.encoder.layout, known.schema, strange)

"""Every candidate once, from streams and tables, from where the log was left."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from serve.decision.test_compact import write
from taskfusion.base.errors import DataError
from taskfusion.serve.decision.compact import compact
from taskfusion.serve.decision.read import read_decisions
from taskfusion.watch.read.decisions import NO_MODEL, Decisions, Names, read_new
from taskfusion.watch.read.rows import text_hashes
from watch.worlds import World


def _all(folder: Path, read: dict[str, int], names: Sequence[str] = ("click",)) -> list[Decisions]:
    return list(read_new(folder, read, names, Names(), Names()))


def test_all_candidates_are_read_with_their_predictions(tmp_path: Path) -> None:
    World(tmp_path).begin()
    World(tmp_path, number=0).hours(0, 1, 30)
    pieces = _all(tmp_path / "decisions", {}, ("like", "click"))
    rows = np.concatenate([piece.rows for piece in pieces])
    plain = (
        read_decisions(tmp_path / "decisions").explode("candidates", "prediction.click", "prediction.like").collect()
    )
    assert rows["prediction"][:, 1].tolist() == plain["prediction.click"].to_list()
    assert rows["prediction"][:, 0].tolist() == plain["prediction.like"].to_list()
    assert rows["minute"].tolist() == (plain["time"].dt.epoch("s") // 60).to_list()
    assert rows["request"].tolist() == text_hashes(plain["id"]).tolist()
    assert sum(requests for piece in pieces for requests, _ in piece.traffic.values()) == 30
    assert sum(candidates for piece in pieces for _, candidates in piece.traffic.values()) == 300


def test_what_was_read_is_not_read_again_when_a_stream_becomes_a_table(tmp_path: Path) -> None:
    stream = write(tmp_path / "decisions-1.arrows", "abc")
    first = _all(tmp_path, {})
    assert [(one.file, one.until) for one in first] == [("decisions-1", 3)]
    assert [len(one.minute_G) for one in _all(tmp_path, {"decisions-1": 2})] == [1]
    compact(stream)
    assert [one.until for one in _all(tmp_path, {"decisions-1": 2})] == [3]
    assert _all(tmp_path, {"decisions-1": 3}) == []


def test_rows_without_a_model_are_traffic_alone_and_absent_predictions_are_unknown(tmp_path: Path) -> None:
    World(tmp_path).begin()
    World(tmp_path).hours(0, 1, 2)
    path = tmp_path / "decisions" / "decisions-0000.parquet"
    table = pq.read_table(path)
    place = table.schema.get_field_index("bundle")
    pq.write_table(table.set_column(place, "bundle", pa.array([None, "abc"], pa.string())), path)
    (piece,) = _all(tmp_path / "decisions", {}, ("click", "buy"))
    assert len(piece.rows) == 10
    assert {key[1] for key in piece.traffic} == {None, "abc"}
    assert np.isnan(piece.rows["prediction"][:, 1]).all()
    place = table.schema.get_field_index("prediction.click")
    half = pa.array([None, [0.5] * 10], table.schema.field(place).type)
    pq.write_table(table.set_column(place, "prediction.click", half), path)
    (piece,) = _all(tmp_path / "decisions", {})
    assert np.isnan(piece.rows["prediction"][:10, 0]).all()
    assert piece.rows["prediction"][10:, 0].tolist() == [0.5] * 10


def test_names_keep_their_codes() -> None:
    names = Names(["b"])
    assert names.codes(pa.array(["a", None, "b", "a"])).tolist() == [1, NO_MODEL, 0, 1]
    assert names.names == ["b", "a"]
    full = Names([str(one) for one in range(NO_MODEL)])
    assert full.codes(pa.array(["new"])).tolist() == [NO_MODEL]


def test_a_place_without_a_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing"):
        _all(tmp_path / "nothing", {})

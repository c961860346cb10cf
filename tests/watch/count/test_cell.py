"""Sums by minute and segment against Polars, whatever the pieces."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from taskfusion.watch.count.cell import FIELDS, TaskCells, segment_table
from taskfusion.watch.statistics.shift import NumberShift, Shift
from watch.worlds import reference

COLUMNS = {"country": ["de", "jp", "us"]}


def test_sums_are_those_of_polars_in_any_pieces(tmp_path: Path) -> None:
    task = reference(tmp_path / "r", count=3000).task("like")
    random = np.random.default_rng(0)
    minute, code = random.integers(100, 130, 2000), random.integers(0, 3, (2000, 1)).astype(np.uint8)
    predicted = random.random(2000) * 0.3
    label = np.where(random.random(2000) < 0.1, np.nan, (random.random(2000) < predicted).astype(float))
    whole, pieces = (TaskCells(task, COLUMNS, 100, 30) for _ in range(2))
    bins = whole.add(minute, code, label, predicted)
    for piece in np.array_split(random.permutation(2000), 7):
        pieces.add(minute[piece], code[piece], label[piece], predicted[piece])
    one, other = list(whole.minutes()), list(pieces.minutes())
    for a, b in zip(one, other, strict=True):
        assert a[:3] == b[:3]
        assert a[3] == pytest.approx(b[3])
        assert a[4].tolist() == b[4].tolist()
    frame = pl.DataFrame({"minute": minute, "code": code[:, 0], "label": label, "predicted": predicted, "bin": bins})
    for segment, at, shown, sums, counts in one:
        its = frame.filter(pl.col("minute") == at)
        if segment.reference.segment is not None:
            place = COLUMNS["country"].index(segment.reference.segment.partition("=")[2])
            its = its.filter(pl.col("code") == place)
        known = its.filter(pl.col("label").is_not_nan())
        assert shown == its.height
        assert counts.sum() == its.height
        found = dict(zip(FIELDS, sums, strict=True))
        assert found["known"] == known.height
        assert found["labels"] == pytest.approx(known["label"].sum())
        assert found["expected"] == pytest.approx(float(known["predicted"].sum()) * segment.reference.factors[3])
        shift = segment.shifts[0]
        assert isinstance(shift, Shift)
        expected = known["predicted"].to_numpy() * segment.reference.factors[3]
        assert found["cost_up"] == pytest.approx(shift.cost(expected).sum())
        given = np.where(known["label"] > 0, known["predicted"], 1 - known["predicted"])
        assert found["loss"] == pytest.approx(-np.log(given).sum())


def test_a_segment_that_the_reference_lacks_is_left_out(tmp_path: Path) -> None:
    task = reference(tmp_path / "r", count=3000).task("click")
    table = segment_table(task, {"country": ["jp", "xx"]})
    assert [one is None for one in table[1]] == [False, True, True]
    assert table[0][0] is not None
    number = type(task).model_validate({**task.model_dump(), "kind": "number"})
    whole = segment_table(number, {})[0][0]
    assert whole is not None
    assert isinstance(whole.shifts[0], NumberShift)
    up, down = whole.evidence({"known": 100.0, "labels": 50.0, "expected": 25.0})
    assert up > 0 > down

"""Scored tables become arrays by unit and item, or are refused by name."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from serve.scored_tables import BEGUN, FINGERPRINT, write_scores
from taskfusion.base.errors import DataError, RunError, StorageError
from taskfusion.serve.router.batch_build import build
from taskfusion.serve.router.batch_scores import BatchTable

ROWS = pl.DataFrame(
    {"user": [7, 3, 7, None, 3, 7], "item": ["b", "a", "a", "a", None, "b"], "click": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}
)
IDS = ["user", "item"]


def _built(scores: Path, out: Path, predictions: tuple[str, ...] = ("click",)) -> BatchTable:
    out.mkdir()
    return build(scores, "user", "item", predictions, out)


def test_of_rows_with_one_pair_the_last_counts(tmp_path: Path) -> None:
    scores = write_scores(tmp_path / "scores", ROWS, IDS, part_rows=2)
    found = _built(scores, tmp_path / "out")
    assert found == BatchTable(FINGERPRINT, BEGUN, ("click",), rows=6, pairs=3, without_ids=2)
    start = np.load(tmp_path / "out" / "start.npy")
    np.testing.assert_array_equal(np.sort(np.diff(start)), [1, 2])
    np.testing.assert_array_equal(np.sort(np.load(tmp_path / "out" / "value_NC.npy")[:, 0]), [2, 3, 6])
    item_N = np.load(tmp_path / "out" / "item_N.npy")
    assert all((np.diff(item_N[first:end]) > 0).all() for first, end in pairwise(start.tolist()))


@pytest.mark.parametrize(
    ("columns", "changes", "message"),
    [
        (None, {"begun": None}, "does not say when scoring began"),
        (None, {"columns": ["seller"]}, "should have the columns user and item, but has seller; .* --keep user,item"),
        (None, {"columns": ["user", "items"]}, "but has user, items; name those, or make it again"),
        (None, {"predictions": ["like"]}, "should hold predictions of click, but holds those of like"),
        (None, {"format": 99}, "format"),
        ({"user": [None, None]}, {}, "has no row with 'user' and 'item'"),
        ({"user": [0.5, 1.5]}, {}, "texts or whole numbers in 'user', found 0.5"),
        ({"item": [[1], [2]]}, {}, "texts or whole numbers in 'item'"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, columns: dict[str, Any] | None, changes: dict[str, Any], message: str
) -> None:
    rows = pl.DataFrame({"user": [1, 2], "item": ["a", "b"], "click": [0.1, 0.2], **(columns or {})})
    if "format" in changes:
        scores = write_scores(tmp_path / "scores", rows, IDS)
        text = (scores / "score.json").read_text()
        (scores / "score.json").write_text(text.replace('"format": ', '"format": 9'))
    else:
        kept = changes.pop("columns", IDS)
        rows = rows.with_columns(pl.lit(3).alias(name) for name in kept if name not in IDS)
        scores = write_scores(tmp_path / "scores", rows, kept, **changes)
    with pytest.raises((RunError, DataError), match=message):
        _built(scores, tmp_path / "out")


def test_a_directory_that_is_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"has no score\.json"):
        _built(tmp_path / "nothing", tmp_path / "out-0")
    scores = write_scores(tmp_path / "scores", ROWS, IDS, part_rows=2)
    part = scores / "part-00001.parquet"
    content = part.read_bytes()
    for number, wrong in enumerate((content[:-9], content[:50] + b"x" + content[51:])):
        part.write_bytes(wrong)
        with pytest.raises(RunError, match=r"part-00001\.parquet' is not the file that was written there"):
            _built(scores, tmp_path / f"out-{number + 1}")
    part.unlink()
    with pytest.raises(RunError, match=r"part-00001\.parquet"):
        _built(scores, tmp_path / "out-3")
    (scores / "score.json").write_text("{")
    with pytest.raises(RunError, match=r"score\.json"):
        _built(scores, tmp_path / "out-4")


def test_a_place_without_room_is_told(tmp_path: Path) -> None:
    scores = write_scores(tmp_path / "scores", ROWS, IDS)
    with pytest.raises(StorageError, match="TMPDIR"):
        build(scores, "user", "item", ["click"], tmp_path / "nowhere")

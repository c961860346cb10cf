"""Items of a table as arrays: a changed table gives what a new one gives, and only what differs is computed."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from serve.catalogue.catalogues import require_equal
from serve.conftest import Exported
from serve.serving import ITEMS
from support import log_table
from taskfusion.base.errors import DataError
from taskfusion.serve.catalogue.build import ItemTable, _checked, write_items
from taskfusion.serve.catalogue.record import Changes
from taskfusion.serve.catalogue.stored import StoredItems
from taskfusion.serve.engine import GRAPH_ROWS, Engine
from taskfusion.serve.scorer import Scorer

MANY = log_table(4000, seed=5).select(pl.format("i{}", pl.int_range(pl.len())).alias("key"), "item_id", "tags")


@pytest.fixture(scope="module")
def loaded(exported: Exported) -> Scorer:
    return Scorer.load(exported.path)


def read(scorer: Scorer, table: pl.DataFrame, folder: Path, column: str | None = None) -> ItemTable:
    path = folder / "items.parquet"
    table.write_parquet(path)
    return ItemTable.read(path, scorer.engine, scorer.encoder, scorer.schema, column)


def made(table: ItemTable, old: StoredItems | None = None) -> tuple[StoredItems, Changes]:
    file = BytesIO()
    arrays, changes = write_items(file, table, old)
    return StoredItems.of(table.form, file.getbuffer(), arrays), changes


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_table_gives_what_a_new_one_gives(
    seed: int, loaded: Scorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(seed)
    before = MANY.sample(int(random.integers(1, 1500)), shuffle=True, seed=seed)
    other = pl.Series(random.random(len(MANY)) < 0.1)
    after = MANY.with_columns(tags=pl.when(other).then(pl.lit("1,2")).otherwise("tags"))
    after = after.sample(int(random.integers(1, 1500)), shuffle=True, seed=seed + 10)
    old, first = made(read(loaded, before, tmp_path, "key"))
    fresh, _ = made(read(loaded, after, tmp_path, "key"))
    calls, share = [0], Engine.item_share

    def counted(*given: Any) -> Any:
        calls[0] += 1
        return share(*given)

    monkeypatch.setattr(Engine, "item_share", counted)
    found, changes = made(read(loaded, after, tmp_path, "key"), old)
    require_equal(found, fresh)
    assert first == Changes(new=len(before), changed=0, kept=0, gone=0)
    both = after.join(before, "key", suffix="_before")
    assert (changes.new, changes.gone) == (len(after) - len(both), len(before) - len(both))
    alike = both.filter(pl.col("tags").eq_missing(pl.col("tags_before")))
    assert changes.new + changes.changed + changes.kept == len(after)
    assert changes.kept >= len(alike)  # other raw values may be the same to the model
    assert calls[0] == -(-(changes.new + changes.changed) // GRAPH_ROWS)


def test_what_is_as_before_is_not_computed(loaded: Scorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, _ = made(read(loaded, ITEMS, tmp_path))

    def refuse(*given: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(Engine, "item_share", refuse)
    found, changes = made(read(loaded, ITEMS.reverse()[3:], tmp_path), old)
    assert changes == Changes(new=0, changed=0, kept=len(ITEMS) - 3, gone=3)
    assert found.ids.rows(ITEMS["item_id"].to_list()).tolist()[3::-1] != [0, 1, 2, 3]


def test_ids_of_another_type_are_others(loaded: Scorer, tmp_path: Path) -> None:
    numbered = ITEMS.with_row_index("key").with_columns(pl.col("key").cast(pl.Int64))
    old, _ = made(read(loaded, numbered, tmp_path, "key"))
    for kind in (pl.String, pl.Categorical):
        texts = numbered.with_columns(pl.col("key").cast(pl.String).cast(kind))
        found, changes = made(read(loaded, texts, tmp_path, "key"), old)
        assert (changes.new, changes.gone) == (len(ITEMS), len(ITEMS))
        assert found.ids.rows([0, "0"]).tolist() == [-1, 0]


def test_whole_numbers_of_all_widths_are_ids(loaded: Scorer, tmp_path: Path) -> None:
    small = ITEMS[:3].with_columns(key=pl.Series([1, 2, 3], dtype=pl.UInt8))
    old, _ = made(read(loaded, small, tmp_path, "key"))
    huge = ITEMS[:3].with_columns(key=pl.Series([1, 2, 2**64 - 1], dtype=pl.UInt64))
    found, changes = made(read(loaded, huge, tmp_path, "key"), old)
    assert found.ids.rows([2**64 - 1, 1, -1, 2**63]).tolist() == [2, 0, -1, -1]
    assert (changes.kept, changes.new, changes.gone) == (2, 1, 1)


@pytest.mark.parametrize(
    ("table", "column", "message"),
    [
        (pl.concat([ITEMS, ITEMS[:1]]), None, "one row per item.*twice"),
        (ITEMS.drop("tags"), None, "'tags'"),
        (ITEMS, "nr", "--item-id needs the column 'nr'"),
        (ITEMS.with_columns(x=1.5)[:1], "x", "texts or whole numbers in 'x', found 1.5"),
        (ITEMS.with_columns(x=True)[:1], "x", "texts or whole numbers in 'x', found True"),
        (ITEMS.with_columns(x=pl.lit(None))[:1], "x", "texts or whole numbers in 'x', found None"),
        (ITEMS.with_columns(x=pl.Series(["a", None, *"b" * (len(ITEMS) - 2)])), "x", "found None"),
        (ITEMS[:0], None, "has no rows"),
    ],
)
def test_other_tables_are_refused(
    table: pl.DataFrame, column: str | None, message: str, loaded: Scorer, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        read(loaded, table, tmp_path, column)


def test_numbers_beyond_64_bits_are_no_ids() -> None:
    with pytest.raises(DataError, match="64 bits in 'x'; cast them"):
        _checked(pl.Series("x", [-1, 2**63], dtype=pl.Int128), "'table'")


def test_a_table_that_changes_while_it_is_read_is_refused(loaded: Scorer, tmp_path: Path) -> None:
    table = read(loaded, ITEMS, tmp_path)
    with pytest.raises(DataError, match="changed while it was read"):
        made(replace(table, ids=table.ids.reverse()))

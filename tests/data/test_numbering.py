import gc
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data import numbering as module
from taskfusion.data.hashing import splitmix
from taskfusion.data.numbering import ABSENT, IntegerNumbering, Numbering, TextNumbering, numbering

EXTREMES = [2**63 - 1, -(2**63), 0, -1, 2**53, 2**53 + 1]
wide = st.integers(-(2**63), 2**63 - 1) | st.sampled_from(EXTREMES)
unsigned = st.integers(0, 2**64 - 1) | st.just(2**64 - 1)
small = st.integers(0, 40)
KINDS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (pl.Int64(), wide | small),
    (pl.Int64(), small),
    (pl.UInt64(), unsigned),
    (pl.String(), st.text(max_size=3)),
]


@pytest.mark.parametrize(("dtype", "values"), KINDS)
@given(data=st.data())
def test_every_key_has_a_number_that_stays(dtype: Any, values: st.SearchStrategy[Any], data: st.DataObject) -> None:
    found = numbering(dtype)
    known: dict[Any, int] = {}
    for block in data.draw(st.lists(st.lists(values))):
        numbers = found.add(pl.Series(block, dtype=dtype)).tolist()
        for key, number in zip(block, numbers, strict=True):
            assert known.setdefault(key, number) == number
    assert sorted(known.values()) == list(range(len(found)))
    assert found.keys().dtype == dtype
    assert [known[key] for key in found.keys().to_list()] == list(range(len(found)))


@pytest.mark.parametrize(("dtype", "values"), KINDS[:3])
@given(data=st.data())
def test_finding_adds_nothing(dtype: Any, values: st.SearchStrategy[Any], data: st.DataObject) -> None:
    known, asked = data.draw(st.lists(values, unique=True)), data.draw(st.lists(values))
    found = IntegerNumbering(dtype)
    numbers = dict(zip(known, found.add(pl.Series(known, dtype=dtype)).tolist(), strict=True))
    expected = [numbers.get(key, ABSENT) for key in asked]
    assert found.find(pl.Series(asked, dtype=dtype)).tolist() == expected
    assert len(found) == len(known)


def test_keys_of_one_slot_are_told_apart() -> None:
    """All keys hash to the same slot of a table of 4096, far more than share one by chance."""
    candidates = np.arange(2**20, dtype=np.uint64)
    crowd = candidates[(splitmix(candidates) & np.uint64(4095)) == 7][:200].view(np.int64)
    strangers = crowd + 2**40
    found = IntegerNumbering(pl.Int64())
    found.add(pl.Series([-1]))  # not small
    numbers = found.add(pl.Series(crowd))
    assert sorted(numbers.tolist()) == list(range(1, 201))
    assert found.find(pl.Series(np.concatenate([crowd, [-1]]))).tolist() == [*numbers.tolist(), 0]
    assert set(found.find(pl.Series(strangers)).tolist()) == {ABSENT}


def test_many_keys_and_blocks() -> None:
    rng = np.random.default_rng(0)
    values = rng.choice(rng.integers(-(2**63), 2**63 - 1, 20_000), 100_000)
    found = IntegerNumbering(pl.Int64())
    for start in range(0, len(values), 7_000):
        found.add(pl.Series(values[start : start + 7_000]))
    assert len(found) == len(np.unique(values))
    assert (found.keys().to_numpy()[found.find(pl.Series(values))] == values).all()


def test_small_and_large_columns_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SMALL", 50)
    found = IntegerNumbering(pl.Int64())
    for block in ([3, 1], [60, 1, -5], [40, 3], [60, 40], [2]):
        found.add(pl.Series(block))
    assert found.find(pl.Series([3, 1, 60, -5, 40, 2, 7])).tolist() == [*_numbers_of(found, [3, 1, 60, -5, 40, 2]), -1]
    assert found.find(pl.Series([1, 2, 7])).tolist() == [*_numbers_of(found, [1, 2]), -1]


def _numbers_of(found: Numbering, keys: list[int]) -> list[int]:
    return [found.keys().to_list().index(key) for key in keys]


@pytest.mark.parametrize("kind", [pl.Int64(), pl.String()])
def test_nulls_count_as_any_key(kind: Any) -> None:
    found = numbering(kind)
    assert found.add(pl.Series([None, None], dtype=kind)).shape == (2,)
    keys = pl.Series(["7", None, "8"]).cast(kind)
    assert len(set(found.add(keys)[[0, 2]].tolist())) == 2
    assert keys.drop_nulls().is_in(found.keys().to_list()).all()


def test_strings_keep_their_numbers_while_no_column_holds_them() -> None:
    found = TextNumbering()
    first = found.add(pl.Series(["b", "a"])).tolist()
    gc.collect()
    assert found.add(pl.Series(["a", "c", "b"])).tolist()[::2] == first[::-1]
    assert TextNumbering().add(pl.Series(["c"])).tolist() == [0]

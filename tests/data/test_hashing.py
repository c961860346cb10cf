import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.data.hashing import stable_hash, text_bits

MASK = 2**64 - 1


def splitmix(bits: int) -> int:
    mixed = (bits + 0x9E3779B97F4A7C15) & MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
    return mixed ^ (mixed >> 31)


def reference(value: int | str | None, seed: int) -> int:
    """The same hash, one value at a time in unbounded integers."""
    if value is None:
        return splitmix(seed ^ 0x6E756C6C5F76616C)
    if isinstance(value, int):
        bits = value & MASK
    else:
        text = value.encode()
        polynomial = sum((byte + 1) * pow(0x9FB21C651E98DF25, place, 2**64) for place, byte in enumerate(text)) & MASK
        bits = splitmix(polynomial ^ splitmix(len(text)))
    return splitmix(bits ^ splitmix(seed))


@given(st.lists(st.none() | st.text()), st.integers(0, 2**64 - 1))
def test_strings_equal_the_reference(values: list[str | None], seed: int) -> None:
    found = stable_hash(pl.Series(values, dtype=pl.String), seed)
    assert found.tolist() == [reference(value, seed) for value in values]


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)), st.integers(0, 2**64 - 1))
def test_integers_equal_the_reference(values: list[int | None], seed: int) -> None:
    found = stable_hash(pl.Series(values, dtype=pl.Int64), seed).tolist()
    assert found == [reference(value, seed) for value in values]


def test_hashes_are_pinned() -> None:
    """A hash that changes moves rows between training and test and scrambles hashed embeddings: never change these."""
    assert stable_hash(pl.Series([0, 1, -1, 2**63 - 1, -(2**63), None])).tolist() == [
        12035550249420947055,
        627405149472732430,
        3303439293501059696,
        14389535693014737104,
        6018453421592093069,
        6065086638560884539,
    ]
    assert stable_hash(pl.Series(["", "a", "ab", "é", "50000+.", None])).tolist() == [
        12103184956288865414,
        7395671457283563507,
        154724411382267039,
        13456250069930526722,
        2401643808976232008,
        6065086638560884539,
    ]
    assert stable_hash(pl.Series([1, None]), 7).tolist() == [4414019431610648415, 6095097528084633242]
    assert stable_hash(pl.Series([0.5]), 7).tolist() == [3697970500475575296]


@given(st.lists(st.text(), min_size=1), st.data())
def test_a_string_hashes_alike_wherever_it_stands(values: list[str], data: st.DataObject) -> None:
    whole = stable_hash(pl.Series(values))
    start = data.draw(st.integers(0, len(values) - 1))
    assert stable_hash(pl.Series(values).slice(start)).tolist() == whole[start:].tolist()
    assert [stable_hash(pl.Series([value]))[0] for value in values] == whole.tolist()


@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int32, pl.UInt8, pl.UInt32, pl.UInt64, pl.Float32, pl.Float64])
def test_an_integer_hashes_alike_in_every_type(dtype: type[pl.DataType]) -> None:
    values = [0, 1, None, 77]
    assert stable_hash(pl.Series(values, dtype=dtype)).tolist() == stable_hash(pl.Series(values)).tolist()


def test_booleans_floats_and_categories() -> None:
    assert stable_hash(pl.Series([True, False])).tolist() == stable_hash(pl.Series([1, 0])).tolist()
    assert stable_hash(pl.Series([-0.0]))[0] == stable_hash(pl.Series([0]))[0]
    assert stable_hash(pl.Series([float("nan")]))[0] == stable_hash(pl.Series([None]))[0]
    assert len(set(stable_hash(pl.Series([0.5, 0.25, 1e300, float("inf"), 2.0**63])).tolist())) == 5
    words = ["b", None, "a"]
    assert stable_hash(pl.Series(words, dtype=pl.Categorical)).tolist() == stable_hash(pl.Series(words)).tolist()


@given(st.sets(st.text(max_size=4), max_size=50), st.sets(st.integers(-(2**63), 2**63 - 1), max_size=50))
def test_distinct_values_have_distinct_hashes(words: set[str], numbers: set[int]) -> None:
    assert len(set(stable_hash(pl.Series(sorted(words), dtype=pl.String)).tolist())) == len(words)
    assert len(set(stable_hash(pl.Series(sorted(numbers), dtype=pl.Int64)).tolist())) == len(numbers)


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
@pytest.mark.parametrize("as_text", [False, True])
def test_hashes_of_neighbours_spread_evenly(seed: int, as_text: bool) -> None:
    values = pl.Series(np.arange(20_000))
    counts = np.bincount((stable_hash(values.cast(pl.String) if as_text else values, seed) % 100).astype(int))
    # chi-square with 99 degrees of freedom: 149 is the 99.9 % quantile
    assert ((counts - 200) ** 2 / 200).sum() < 149


def test_seeds_give_independent_hashes() -> None:
    values = pl.Series(np.arange(10_000))
    assert abs(np.corrcoef(stable_hash(values, 0) >> 11, stable_hash(values, 1) >> 11)[0, 1]) < 0.04


def test_a_part_of_an_arrow_array_hashes_as_its_values() -> None:
    words = ["é", "", "abc", "x", "abcd"]
    whole = text_bits(pa.array(words, pa.large_string()))
    for start in range(5):
        assert text_bits(pa.array(words, pa.large_string())[start:]).tolist() == whole[start:].tolist()


def test_no_rows() -> None:
    for dtype in (pl.Int64, pl.String, pl.Float64, pl.Null):
        assert stable_hash(pl.Series([], dtype=dtype)).shape == (0,)


def test_lists_have_no_hash() -> None:
    with pytest.raises(DataError, match="the column 'x' needs integers, strings"):
        stable_hash(pl.Series("x", [[1]]))

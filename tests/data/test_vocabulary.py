import contextlib
import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.data import vocabulary as vocabulary_module
from taskfusion.data.hashing import stable_hash
from taskfusion.data.vocabulary import HashedVocabulary, Vocabulary, code_names
from taskfusion.data.vocabulary_fit import HashedFit, VocabularyFit

EXTREMES = [2**63 - 1, 2**63 - 2, -(2**63), -(2**63) + 1, 0, 2**53, 2**53 + 1]
wide = st.integers(-(2**63), 2**63 - 1) | st.sampled_from(EXTREMES)
narrow = st.integers(-20, 20)


def vocabulary(values: Sequence[object], dtype: type[pl.DataType], min_count: int = 1) -> Vocabulary:
    fit = VocabularyFit(min_count, "x")
    fit.add(pl.Series(values, dtype=dtype))
    return fit.table()


def hashed(values: Sequence[object], dtype: type[pl.DataType]) -> HashedVocabulary:
    fit = HashedFit(1000, "feature 'x'")
    fit.add(pl.Series(values, dtype=dtype))
    return fit.table()


def reference_codes(train: list[object], values: list[object], min_count: int) -> list[int]:
    counts = Counter(value for value in train if value is not None)
    known = sorted(value for value, count in counts.items() if count >= min_count)  # type: ignore[type-var]
    return [0 if value is None else known.index(value) + 2 if value in known else 1 for value in values]


@pytest.mark.parametrize(
    ("dtype", "items"),
    [(pl.Int64, wide), (pl.Int64, narrow), (pl.UInt64, st.integers(0, 2**64 - 1)), (pl.String, st.text(max_size=3))],
)
@given(data=st.data(), min_count=st.integers(1, 3))
def test_codes_equal_a_dictionary(
    dtype: type[pl.DataType], items: st.SearchStrategy[object], data: st.DataObject, min_count: int
) -> None:
    train = data.draw(st.lists(st.none() | items, max_size=30).map(lambda some: some + some[::2]))
    seen = st.sampled_from(train) if train else st.none()
    values = data.draw(st.lists(st.none() | items | seen))
    found = vocabulary(train, dtype, min_count)
    codes = found.codes(pl.Series(values, dtype=dtype))
    assert codes.dtype == np.int32
    assert codes.tolist() == reference_codes(train, values, min_count)
    assert codes.max(initial=0) < found.num_codes


def test_extreme_integers_keep_codes_of_their_own() -> None:
    codes = vocabulary(EXTREMES, pl.Int64).codes(pl.Series(EXTREMES))
    assert sorted(codes.tolist()) == list(range(2, 2 + len(EXTREMES)))
    unsigned = [2**64 - 1, 2**64 - 2, 2**63, 0]
    assert vocabulary(unsigned, pl.UInt64).codes(pl.Series(unsigned, dtype=pl.UInt64)).tolist() == [5, 4, 3, 2]


def test_a_dense_vocabulary_far_from_zero() -> None:
    low = -(2**63)
    found = vocabulary([low, low + 1, low + 3], pl.Int64)
    values = pl.Series([low + 3, low + 2, 2**63 - 1, 0, None, low])
    assert found.codes(values).tolist() == [4, 1, 1, 1, 0, 2]


def test_values_of_another_width_or_type_find_the_same_codes() -> None:
    found = vocabulary([5, 7, 9], pl.Int32)
    for dtype in (pl.Int8, pl.UInt64, pl.Float32, pl.String):
        values = pl.Series([7, None, 8, 5]).cast(dtype)
        assert found.codes(values).tolist() == [3, 0, 1, 2]
    assert found.codes(pl.Series([2**64 - 1], dtype=pl.UInt64)).tolist() == [1]
    assert found.codes(pl.Series([float("nan")])).tolist() == [0]
    assert found.codes(pl.Series([None])).tolist() == [0]


def test_memory_for_strings_without_a_code_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary_module, "_STRANGERS", 5)
    found = vocabulary(["a", "b", "c"], pl.String)
    for start in range(0, 40, 3):
        words = pl.Series(["c", *(f"word {number}" for number in range(start, start + 3)), "a"])
        assert found.codes(words).tolist() == [4, 1, 1, 1, 2]
        remembered = found.__dict__.get("_texts")
        assert remembered is None or len(remembered[1]) <= 3 + 5


def test_text_that_was_trained_on_is_found_from_integers_and_dates() -> None:
    assert vocabulary(["5", "x"], pl.String).codes(pl.Series([5, 7, None])).tolist() == [2, 1, 0]
    assert vocabulary([date(2024, 1, 31)], pl.Date).codes(pl.Series(["2024-01-31", "x"])).tolist() == [2, 1]
    assert vocabulary(["b", "a"], pl.Categorical).codes(pl.Series(["a", "c", "b"])).tolist() == [2, 1, 3]


_NUMBERS = pl.Series([1, 2, 3])
_DAYS = pl.Series([date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)])
_NOONS = _DAYS.cast(pl.Datetime("us")) + timedelta(hours=12, seconds=3)
SAME_VALUES = {
    "numbers": [
        *(_NUMBERS, _NUMBERS.cast(pl.UInt64), _NUMBERS.cast(pl.Float32), _NUMBERS.cast(pl.Decimal(38, 2))),
        *(_NUMBERS.cast(pl.String), _NUMBERS.cast(pl.String).cast(pl.Categorical)),
    ],
    "numbers written otherwise": [_NUMBERS, pl.Series(["001", "002", "003"]), pl.Series([1.0, 2.0, 3.0])],
    "truths": [pl.Series([True, False, True]), pl.Series([1, 0, 1]), pl.Series(["True", "False", "True"])],
    "days": [
        *(_DAYS, _DAYS.cast(pl.Datetime("ns")), _DAYS.cast(pl.String)),
        *(_DAYS.cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"), _DAYS.to_physical()),
    ],
    "times": [
        *(_NOONS, _NOONS.cast(pl.Datetime("ns")), _NOONS.dt.replace_time_zone("UTC")),
        *(_NOONS.dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo"), _NOONS.dt.epoch("s")),
    ],
    "clocks": [_NOONS.dt.time(), _NOONS.dt.time().cast(pl.String), _NOONS.dt.epoch("s")],
}


@pytest.mark.parametrize("values", SAME_VALUES.values(), ids=SAME_VALUES.keys())
def test_values_of_another_type_are_the_same_or_refused_and_never_unseen(values: list[pl.Series]) -> None:
    for trained, scored in itertools.permutations(values, 2):
        fit = VocabularyFit(1, "x")
        fit.add(trained)
        found = fit.table()
        with contextlib.suppress(DataError):
            assert found.codes(scored).tolist() == found.codes(trained).tolist(), (trained.dtype, scored.dtype)


def test_iso_texts_find_days_and_times_that_were_trained_on() -> None:
    for times in (_DAYS, _NOONS, _NOONS.dt.replace_time_zone("UTC")):
        fit = VocabularyFit(1, "x")
        fit.add(times)
        written = times.cast(pl.Datetime("us", getattr(times.dtype, "time_zone", None)))
        for texts in (times.cast(pl.String), written.dt.to_string("iso:strict")):
            assert fit.table().codes(texts).tolist() == [2, 3, 4], texts[0]


def test_times_in_another_zone_than_none_are_named() -> None:
    fit = VocabularyFit(1, "x")
    fit.add(_NOONS)
    with pytest.raises(DataError, match="2024-01-01T12:00:03Z, which cannot be told"):
        fit.table().codes(pl.Series(["2024-01-01T12:00:03Z"]))
    assert fit.table().codes(pl.Series(["never", None])).tolist() == [1, 0]


def test_texts_that_no_other_type_can_tell_are_named() -> None:
    for trained in (["007", "8"], ["7.0"], ["rome"]):
        with pytest.raises(DataError, match=r"feature 'x' was fitted on texts like '.+', but now finds type Int64"):
            vocabulary(trained, pl.String).codes(pl.Series([7]), "feature 'x'")


def test_other_types_are_named() -> None:
    with pytest.raises(DataError, match=r"feature 'city' was fitted on values of type Int64.*finds type String"):
        vocabulary([1, 2], pl.Int64).codes(pl.Series(["1", "rome"]), "feature 'city'")
    with pytest.raises(DataError, match="type String, but now finds type Boolean"):
        vocabulary(["a"], pl.String).codes(pl.Series([True]))
    with pytest.raises(DataError, match="make its kind numeric"):
        vocabulary([1, 2], pl.Int64).codes(pl.Series([1.5]))


def test_floats_of_a_column_with_nulls_count_as_integers() -> None:
    found = vocabulary([3.0, None, 3.0, float("nan"), 4.0], pl.Float64, min_count=2)
    assert found.keys.to_list() == [3]
    with pytest.raises(DataError, match=r"0\.5"):
        vocabulary([0.5], pl.Float64)


@pytest.mark.parametrize("dtype", [pl.Int64, pl.UInt64, pl.String, pl.Null])
def test_a_vocabulary_without_values_knows_nothing(dtype: type[pl.DataType]) -> None:
    found = vocabulary([None], dtype)
    assert found.num_codes == 2
    assert found.codes(pl.Series([3, None])).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("values", "dtype"), [(EXTREMES, pl.Int64), ([2**64 - 1], pl.UInt64), (["é", "", "z"], pl.String)]
)
def test_saved_and_loaded_it_is_the_same(values: list[object], dtype: type[pl.DataType], tmp_path: Path) -> None:
    found = vocabulary(values, dtype)
    found.save(tmp_path / "v.safetensors")
    again = Vocabulary.load(tmp_path / "v.safetensors")
    assert again.keys.equals(found.keys, check_dtypes=True)
    assert again.codes(found.keys).tolist() == found.codes(found.keys).tolist()


@given(st.lists(st.none() | st.text()), st.integers(2, 50))
def test_hashed_codes_are_the_hash_by_buckets(values: list[str | None], buckets: int) -> None:
    series = pl.Series(values, dtype=pl.String)
    codes = HashedVocabulary(buckets, "string").codes(series)
    expected = [
        0 if value is None else 2 + int(mixed) % buckets
        for value, mixed in zip(values, stable_hash(series).tolist(), strict=True)
    ]
    assert codes.dtype == np.int32
    assert codes.tolist() == expected
    assert codes.max(initial=0) < HashedVocabulary(buckets).num_codes


def test_hashed_codes_do_not_depend_on_the_type_of_the_column() -> None:
    integers = hashed([5], pl.Int32)
    expected = integers.codes(pl.Series([5, None, -7])).tolist()
    assert integers.codes(pl.Series(["5", None, "-7"])).tolist() == expected
    assert integers.codes(pl.Series([5.0, float("nan"), -7.0])).tolist() == expected
    strings = hashed([], pl.String)
    assert strings.codes(pl.Series([5, None, -7])).tolist() == strings.codes(pl.Series(["5", None, "-7"])).tolist()
    assert integers.codes(pl.Series([2**64 - 1], dtype=pl.UInt64)).tolist() != [1]
    with pytest.raises(DataError, match="type Int64, but now finds type String"):
        integers.codes(pl.Series(["x"]))


def test_codes_are_named_as_people_read_them() -> None:
    known = Vocabulary(pl.Series(["a", "b"]))
    assert code_names(known) == ["missing", "unseen in training", "a", "b"]
    assert [code_names(known)[code] for code in known.codes(pl.Series(["b", None, "z"]))] == [
        "b",
        "missing",
        "unseen in training",
    ]
    assert code_names(HashedVocabulary(2))[2:] == ["bucket 0", "bucket 1"]

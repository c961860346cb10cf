"""Units lie evenly, stay where they are, and come into one arm only."""

import hashlib
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from taskfusion.base.bucket import Arms, arm, bucket, buckets
from taskfusion.base.errors import DataError, ExperimentError

MILLION = pl.int_range(1_000_000, eager=True)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
SALTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(TEXTS, SALTS)
def test_it_is_the_first_53_bits_of_sha256(unit: str, salt: str) -> None:
    digest = hashlib.sha256(salt.encode() + b"\0" + unit.encode()).hexdigest()
    assert bucket(unit, salt) == int(f"{int(digest, 16):0256b}"[:53], 2) / 2**53


def test_values_of_today_are_those_of_tomorrow() -> None:
    """Whoever changes these moves units of running experiments between arms."""
    assert bucket("17", "2026-11") == bucket(17, "2026-11") == bucket(np.int64(17), "2026-11") == 0.7927100425134488
    assert bucket("", "") == 0.4304816492364817


@given(st.lists(TEXTS | st.integers(0, 2**63 - 1).map(str), max_size=30), SALTS)
def test_a_column_is_equal_to_the_bit(units: list[str], salt: str) -> None:
    assert buckets(pl.Series(units, dtype=pl.String), salt).tolist() == [bucket(unit, salt) for unit in units]


def test_columns_of_whole_numbers_and_of_categories_are_those_of_their_texts() -> None:
    whole = [-5, 0, 17, 2**62]
    expected = [bucket(str(one), "s") for one in whole]
    assert buckets(np.asarray(whole), "s").tolist() == buckets(pl.Series(whole), "s").tolist() == expected
    assert buckets(pl.Series(map(str, whole), dtype=pl.Categorical), "s").tolist() == expected


@pytest.mark.parametrize("units", [[1.0], [True], [None], ["a", None]])
def test_other_columns_are_refused(units: list[Any]) -> None:
    with pytest.raises(DataError, match="units should"):
        buckets(pl.Series(units), "s")


@pytest.mark.parametrize("unit", [1.0, True, None, b"a", [1]])
def test_other_units_are_refused(unit: Any) -> None:
    with pytest.raises(DataError, match="a unit should be a text or a whole number, found"):
        bucket(unit, "s")


def test_a_salt_with_nul_is_refused() -> None:
    with pytest.raises(ExperimentError, match="NUL"):
        bucket("b", "a\0")
    with pytest.raises(ExperimentError, match="NUL"):
        buckets(pl.Series(["b"]), "a\0")


def test_a_million_units_lie_evenly_and_another_salt_lays_them_anew() -> None:
    one, other = buckets(MILLION, "one"), buckets(MILLION, "other")
    for found in (one, other):
        assert 0 <= found.min() < found.max() < 1
        assert stats.chisquare(np.bincount((found * 1000).astype(int), minlength=1000)).pvalue > 1e-4
    table = np.histogram2d(one, other, bins=20)[0]
    assert stats.chi2_contingency(table).pvalue > 1e-4


SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=5)


@given(SHARES, SHARES, st.integers(0, 10**6))
def test_widening_moves_nobody_from_one_arm_to_another(before: list[float], factor: list[float], seed: int) -> None:
    spans = {f"arm{place}": 100 / len(before) for place in range(len(before))}
    small = {name: span * share for (name, span), share in zip(spans.items(), before, strict=True)}
    more = [*factor, *[0.0] * len(before)]
    wide = {name: share + (spans[name] - share) * more[place] for place, (name, share) in enumerate(small.items())}
    units, salt = [f"u{seed + place}" for place in range(50)], str(seed)
    for unit in units:
        first, then = arm(unit, salt, small), arm(unit, salt, wide)
        assert first in (None, then)
    column = Arms(wide).column(pl.Series(units), salt)
    names = [None if place < 0 else list(wide)[place] for place in column]
    assert names == [arm(unit, salt, wide) for unit in units]


def test_an_arm_has_its_share_and_arms_of_the_whole_leave_nobody_out() -> None:
    place_N = Arms({"a": 5, "b": 20}, {"a": 10, "b": 90}).column(MILLION[:100_000], "s")
    shares = np.bincount(place_N + 1, minlength=3) / len(place_N)
    assert shares == pytest.approx([0.75, 0.05, 0.2], abs=0.006)
    thirds = dict.fromkeys("abc", 100 / 3)
    assert Arms(thirds).column(MILLION[:10_000], "s").min() == 0
    assert Arms({"canary": 100}).column(MILLION[:10_000], "s").min() == 0
    assert Arms({"canary": 0}).column(MILLION[:10_000], "s").max() == -1


@pytest.mark.parametrize(
    ("shares", "spans", "message"),
    [
        ({}, None, "at least one arm"),
        ({"a": 51, "b": 1}, None, "share of the arm 'a' should be from 0 to its span of 50 percent, found 51"),
        ({"a": -1}, None, "found -1"),
        ({"a": float("nan")}, None, "found nan"),
        ({"a": 1}, {"b": 1}, "spans should be of the arms a, found b"),
        ({"a": 1, "b": 1}, {"a": 60, "b": 41}, "found 101"),
        ({"a": 0, "b": 1}, {"a": 0, "b": 41}, "above 0"),
        ({"a": 0}, {"a": float("nan")}, "above 0"),
    ],
)
def test_shares_that_cannot_be_are_refused(
    shares: dict[str, float], spans: dict[str, float] | None, message: str
) -> None:
    with pytest.raises(ExperimentError, match=message):
        Arms(shares, spans)

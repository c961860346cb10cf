"""Look-ups in arrays find what a dictionary finds."""

from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskfusion.serve.catalogue.ids import KEY, OFFSET, ROW, TEXT, IdLookup, IntegerIds, TextIds, lookup_of

WHOLE = st.integers(-(2**63), 2**63 - 1)
UNSIGNED = st.integers(0, 2**64 - 1)
ANYTHING = st.one_of(
    st.integers(),
    st.text(),
    st.none(),
    st.booleans(),
    st.floats(),
    st.sampled_from(["1", 1, "\ud800", "a\0", "", 2**64]),
)
ALIKE = ("plumless", "buckeroo")
"""Words of one CRC-32."""


def by_dictionary(ids: list[int] | list[str], asked: list[object]) -> list[int]:
    row_of = {(type(one), one): row for row, one in enumerate(ids)}
    return [row_of.get((type(one), one), -1) if isinstance(one, int | str) else -1 for one in asked]


def agrees(lookup: IdLookup, ids: list[int] | list[str], asked: list[object]) -> None:
    for found in (lookup, lookup_of(lookup.arrays())):
        assert found.rows(asked).tolist() == by_dictionary(ids, asked)
        assert found.rows(ids).tolist() == list(range(len(ids)))


@given(st.lists(WHOLE, min_size=1, unique=True), st.lists(ANYTHING))
def test_whole_numbers_are_found_as_in_a_dictionary(ids: list[int], more: list[object]) -> None:
    agrees(IntegerIds.of(np.array(ids, dtype=np.int64)), ids, [*ids, *more, *map(str, ids)])


@given(st.lists(UNSIGNED, min_size=1, unique=True), st.lists(ANYTHING))
def test_unsigned_numbers_are_found_as_in_a_dictionary(ids: list[int], more: list[object]) -> None:
    agrees(IntegerIds.of(np.array(ids, dtype=np.uint64)), ids, [*more, *ids, -1])


@given(st.lists(st.text(), min_size=1, unique=True), st.lists(ANYTHING))
def test_texts_are_found_as_in_a_dictionary(ids: list[str], more: list[object]) -> None:
    agrees(TextIds.of(ids), ids, [*ids, *more, *(one + "\0" for one in ids)])


@settings(max_examples=30)
@given(st.lists(st.text(max_size=3), min_size=1, unique=True), st.lists(st.text(max_size=3)), st.integers(1, 3))
def test_texts_of_equal_keys_are_told_apart(ids: list[str], more: list[str], keys: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("taskfusion.serve.catalogue.ids.crc32", lambda content: crc32(content) % keys)
        agrees(TextIds.of(ids), ids, [*more, *ids])


@pytest.mark.parametrize("ids", [list(ALIKE), [*reversed(ALIKE)], [ALIKE[0], "x"], ["x", ALIKE[1]]])
def test_words_of_one_crc_are_told_apart(ids: list[str]) -> None:
    assert crc32(ALIKE[0].encode()) == crc32(ALIKE[1].encode())
    agrees(TextIds.of(ids), ids, [*ALIKE, "x", *ALIKE])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (KEY, np.array([3, 1, 2], dtype=np.uint32)),
        (ROW, np.array([0, 1, 3])),
        (ROW, np.array([0, -1, 2])),
        (OFFSET, np.array([0, 1, 2, 2])),
        (OFFSET, np.array([1, 1, 2, 3])),
        (OFFSET, np.array([0, 3, 2, 3])),
        (TEXT, np.zeros(2, dtype=np.uint8)),
    ],
)
def test_arrays_of_no_lookup_are_refused(name: str, values: np.ndarray) -> None:
    arrays = TextIds.of(["a", "b", "c"]).arrays()
    with pytest.raises(ValueError, match=r"ids"):
        lookup_of({**arrays, name: values})

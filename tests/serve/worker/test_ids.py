"""Ids come out as they went in, with their types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.serve.worker.ids import Id, IdKind, PackedIds

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
WHOLE = st.integers(-(2**63), 2**64 - 1)
IDS = st.lists(TEXTS, max_size=8) | st.lists(WHOLE, max_size=8) | st.lists(st.none() | TEXTS | WHOLE, max_size=8)


@given(IDS)
def test_they_come_out_as_they_went_in(ids: list[Id]) -> None:
    packed = PackedIds.of(ids)
    again = PackedIds(packed.kind, packed.content, len(ids))
    assert list(again) == ids
    assert len(again) == len(ids)
    assert again[1:] == ids[1:]
    assert PackedIds.of(again) is again


@pytest.mark.parametrize(
    ("ids", "kind"),
    [([1, -2], IdKind.WHOLE), (["a", "ä", ""], IdKind.TEXT), ([2**63], IdKind.JSON), ([1, "a"], IdKind.JSON)],
)
def test_ids_of_one_type_are_packed_without_json(ids: list[Id], kind: IdKind) -> None:
    assert PackedIds.of(ids).kind is kind

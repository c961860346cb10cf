"""Ids come out as they went in, with their types."""

from hypothesis import given
from hypothesis import strategies as st

from taskfusion.serve.worker.ids import Id, PackedIds

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
IDS = st.lists(st.none() | TEXTS | st.integers(-(2**63), 2**64 - 1), max_size=8)


@given(IDS)
def test_they_come_out_as_they_went_in(ids: list[Id]) -> None:
    packed = PackedIds.of(ids)
    again = PackedIds(packed.content, len(ids))
    assert list(again) == ids
    assert len(again) == len(ids)
    assert again[1:] == ids[1:]
    assert PackedIds.of(again) is again
    assert PackedIds.of(tuple(ids)).content == packed.content

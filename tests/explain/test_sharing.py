"""The policy in words: what is forbidden and which ways remain."""

import pytest

from taskfusion.explain.sharing import sharing_notes
from taskfusion.model.variant import Sharing, plan_levels

TASKS = ("click", "like", "hate")


def _allow(*forbidden: tuple[int, int, int], levels: int = 2) -> list[list[list[bool]]]:
    """All edges but (level, target, source)."""
    return [
        [[(level, target, source) not in forbidden for source in range(3)] for target in range(3)]
        for level in range(levels)
    ]


def _notes(variant: str, sharing: Sharing | None, levels: int = 2, shared_tables: bool = False) -> list[str]:
    plans = plan_levels(
        variant,
        num_tasks=3,
        level_dims=[[4]] * levels,
        task_experts=1,
        shared_experts=1,
        num_experts=3,
        sharing=sharing,
    )
    return sharing_notes(plans, TASKS, shared_tables=shared_tables)


@pytest.mark.parametrize("variant", ["adatt", "adatt-sp", "cross-stitch", "ml-mmoe", "shared-bottom"])
def test_nothing_to_say_where_all_edges_are_allowed(variant: str) -> None:
    assert _notes(variant, None) == []


def test_one_level_leaves_no_way() -> None:
    (note,) = _notes("adatt-sp", _allow((0, 0, 2), levels=1), levels=1)
    assert note == "click may not take directly from hate at level 1; no way remains."


def test_an_edge_allowed_at_another_level_is_a_way() -> None:
    (note,) = _notes("adatt-sp", _allow((0, 0, 2)))
    assert "click may not take directly from hate at level 1;" in note
    assert "hate's own experts at level 2" in note


def test_ways_through_other_units_are_named() -> None:
    (note,) = _notes("adatt", _allow((0, 0, 2), (1, 0, 2)), shared_tables=True)
    assert "at levels 1 and 2" in note
    assert "like, the shared unit and the embedding tables, which all tasks share." in note
    assert "own experts" not in note


def test_a_way_through_a_task_needs_both_of_its_edges() -> None:
    (first, second) = _notes("adatt-sp", _allow((0, 0, 2), (1, 0, 2), (1, 0, 1)))
    assert first.startswith("click may not take directly from like at level 2")
    assert second == "click may not take directly from hate at levels 1 and 2; no way remains."


def test_a_variant_forbids_by_itself() -> None:
    notes = _notes("own-only", None)
    assert len(notes) == 6
    assert all(note.endswith("no way remains.") for note in notes)

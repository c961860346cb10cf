"""Which edges a model has, read off its maps."""

import pytest

from explain.test_fusion import TASKS, batch_of, model_of
from taskfusion.explain.edge import OTHERS, find_edges
from taskfusion.explain.fusion import fusion_maps


def test_every_task_has_an_edge_from_every_unit_at_every_level_and_at_all_of_them() -> None:
    edges = find_edges(fusion_maps(model_of("adatt"), [batch_of(5)], TASKS), TASKS)
    found = {edge.key for edge in edges}
    pairs = {(target, source) for target in range(3) for source in (*TASKS, "shared")}
    for level in (None, 1, 2):
        assert {key[1:] for key in found if key[0] == level and key[2] != OTHERS} == pairs
    assert {key for key in found if key[2] == OTHERS} == {(None, target, OTHERS) for target in range(3)}
    own = next(edge for edge in edges if edge.key == (1, 1, "like"))
    assert (own.own, own.cuts[0].unit, own.cuts[0].experts) == (True, 1, (2, 3))
    assert own.even == pytest.approx(2 / 7)
    everywhere = next(edge for edge in edges if edge.key == (None, 1, "like"))
    assert [cut.level for cut in everywhere.cuts] == [1, 2]
    others = next(edge for edge in edges if edge.key == (None, 1, OTHERS))
    assert [sorted(cut.experts) for cut in others.cuts] == [[0, 1, 4, 5, 6]] * 2


def test_edges_follow_what_a_unit_sees() -> None:
    edges = find_edges(fusion_maps(model_of("ple"), [batch_of(5)], TASKS), TASKS)
    assert {edge.source for edge in edges if edge.target == 0} == {"click", "shared", OTHERS}
    assert find_edges(fusion_maps(model_of("own-only"), [batch_of(5)], TASKS), TASKS) == []
    with_level_0 = find_edges(fusion_maps(model_of("ple", fusion=True), [batch_of(5)], TASKS), TASKS)
    assert {edge.level for edge in with_level_0} == {None, 0, 1, 2}


def test_experts_that_belong_to_nobody_are_sources_of_the_last_level_alone() -> None:
    edges = find_edges(fusion_maps(model_of("ml-mmoe", 3), [batch_of(5)], TASKS), TASKS)
    assert {edge.level for edge in edges} == {2}
    assert {edge.source for edge in edges} == {"expert 1", "expert 2", "expert 3"}
    assert not any(edge.own for edge in edges)

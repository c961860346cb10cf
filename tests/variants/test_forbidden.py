from taskfusion.variants.forbidden import ForbiddenEdge, Way


def test_an_edge_without_ways_leaves_none() -> None:
    assert ForbiddenEdge("click", "hate", (1,)).ways == ()
    assert Way("shared") == Way("shared", "", ())

"""Gates and experts as the page of a watch shows them."""

from taskfusion.report.watch import watch_report
from taskfusion.report.watch_fusion import dead_experts, edge_maps
from watched import BUNDLE, edge, expert, readings


def test_there_is_a_map_per_level_and_model_with_what_moved_framed() -> None:
    moved = edge("like", "like", share=0.2, reference=0.5)
    record = readings(edges=[edge(), moved, edge("click", "like", level=2), edge(bundle="other")])
    maps = edge_maps(record)
    labels = [one.label for one in maps]
    assert labels == [
        f"From whom tasks take at level 1 of model {BUNDLE}",
        f"From whom tasks take at level 2 of model {BUNDLE}",
        "From whom tasks take at level 1 of model other",
    ]
    first = maps[0]
    assert (list(first.rows), list(first.columns)) == (["like"], ["click", "like"])
    calm, framed = first.cells[0]
    assert (calm.framed, framed.framed) == (False, True)
    assert framed.depth == -1.0
    assert "20" in framed.text
    assert "50" in framed.hover


def test_the_last_full_window_is_shown_and_edges_that_are_not_there_are_no_cells() -> None:
    grows = edge(share=0.9, is_full=False, rows=10)
    (one,) = edge_maps(readings(edges=[edge(share=0.1, reference=0.1), grows, edge("click", "like")]))
    assert one.cells[0][0].text.startswith("10")
    assert one.cells[0][1].depth is None
    assert edge_maps(readings(edges=[])) == []


def test_dead_experts_are_named() -> None:
    record = readings(experts=[expert(part=0.001), expert("click 2", part=0.0, level=2), expert("x", part=None)])
    assert dead_experts(record) == (
        "These experts do next to nothing any more: like 1 (level 1) and click 2 (level 2)."
    )
    assert dead_experts(readings(experts=[expert()])) == ""
    assert "Gates and experts" in watch_report(record, "w")
    assert "Gates and experts" not in watch_report(readings(edges=[]), "w")

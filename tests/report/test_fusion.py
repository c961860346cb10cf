import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from taskfusion.report.fusion import fusion_charts, has_hidden, has_negative, reading
from taskfusion.variants.fusion_map import FusionMap

Level = Any
TASKS = [("click", 0.3), ("like", 0.1), ("follow", 0.01)]


def pool(**changes: object) -> Level:
    """A level of ML-MMoE: experts that belong to nobody."""
    weight = [[0.2, 0.5, 0.3], [0.0, 0.0, 1.0]]
    content = {
        "level": 2,
        "units": ["click", "like"],
        "experts": ["expert 1", "expert 2", "expert 3"],
        "expert_units": ["", "", ""],
        "weight": weight,
        "gate": weight,
        "visible": [[True] * 3] * 2,
    }
    return FusionMap.model_validate(content | changes, strict=False)


def test_cells_are_the_weights_and_forbidden_ones_are_empty(make_fusion: Callable[..., list[Level]]) -> None:
    levels = make_fusion(TASKS)
    top = max(value for level in levels for row in level.weight for value in row)
    for level, chart in zip(levels, fusion_charts(levels), strict=True):
        assert (chart.rows, chart.columns, chart.limit) == (level.units, level.experts, top)
        for row, weights, seen in zip(chart.cells, level.weight, level.visible, strict=True):
            assert [cell.depth for cell in row] == [w / top if s else None for w, s in zip(weights, seen, strict=True)]
            assert [cell.text for cell in row] == [f"{w:.2f}" if s else "" for w, s in zip(weights, seen, strict=True)]


def test_a_weight_below_zero_has_a_sign_and_the_other_colour() -> None:
    level = pool(weight=[[-0.7, 0.5, 0.3], [0.0, 0.0, 0.6]])
    cell = fusion_charts([level])[0].cells[0][0]
    assert (cell.text, cell.depth) == ("\u22120.70", -1)
    assert has_negative([level])
    assert not has_negative([pool()])
    assert not has_negative([pool(weight=[[-0.001, 0.5, 0.3], [0.0, 0.0, 0.6]])])


def test_native_blocks_are_framed_and_forbidden_edges_absent(make_fusion: Callable[..., list[Level]]) -> None:
    (chart, _) = fusion_charts(make_fusion(TASKS))
    framed = {(u, e) for u, row in enumerate(chart.cells) for e, cell in enumerate(row) if cell.framed}
    assert framed == {(u, 2 * u + i) for u in range(4) for i in (0, 1)}
    absent = {(u, e) for u, row in enumerate(chart.cells) for e, cell in enumerate(row) if cell.depth is None}
    assert absent == {(1, 0), (1, 1)}


def test_numbers_are_left_out_where_they_do_not_fit(make_fusion: Callable[..., list[Level]]) -> None:
    small, large = (fusion_charts(make_fusion(TASKS[:n], each=each))[0] for n, each in ((2, 2), (3, 8)))
    assert (small.numbered, large.numbered) == (True, False)
    assert any(cell.text for cell in small.cells[0])
    assert not any(cell.text for row in large.cells for cell in row)


def test_nothing_to_mix() -> None:
    assert fusion_charts([]) == []
    assert not has_hidden([])


def test_hidden_edges_are_found(make_fusion: Callable[..., list[Level]]) -> None:
    assert has_hidden(make_fusion(TASKS))
    assert not has_hidden([pool()])


def test_pointing_at_a_cell_names_gate_and_native_part(make_fusion: Callable[..., list[Level]]) -> None:
    level = make_fusion(TASKS)[0]
    cells = fusion_charts([level])[0].cells
    native = level.weight[0][0] - level.gate[0][0]
    assert cells[0][0].hover.endswith(f"gate {level.gate[0][0]:.4f}, native {native:.4f}")
    assert cells[1][0].hover == "like may not take from click 1"


def test_shares_of_a_sentence_are_those_of_the_map(make_fusion: Callable[..., list[Level]]) -> None:
    level = make_fusion(TASKS)[0]
    sentences = reading(level)
    for unit, weights, sentence in zip(level.units, level.weight, sentences, strict=True):
        total = np.abs(weights).sum()
        own = sum(abs(w) for w, owner in zip(weights, level.expert_units, strict=True) if owner == unit)
        assert f"{100 * own / total:.0f}\u202f% from its own experts" in sentence
        named = [int(n) for n in re.findall(r"(\d+)\u202f%", sentence)]
        assert sum(named) == pytest.approx(100, abs=3)
    assert sentences[0].startswith("click takes")
    assert sentences[3].startswith("the shared unit takes")
    assert any("the shared experts" in sentence for sentence in sentences)


def test_experts_that_belong_to_nobody_are_named_themselves() -> None:
    first, second = reading(pool())
    assert first == "click takes 50\u202f% from expert 2, 30\u202f% from expert 3, 20\u202f% from expert 1."
    assert second == "like takes 100\u202f% from expert 3."


def test_traces_are_not_worth_a_word() -> None:
    level = pool(weight=[[0.997, 0.001, 0.002], [0.5, 0.49, 0.01]])
    first, second = reading(level)
    assert first == "click takes 100\u202f% from expert 1."
    assert second == "like takes 50\u202f% from expert 1, 49\u202f% from expert 2, 1\u202f% from expert 3."


def test_a_unit_without_weight() -> None:
    level = pool(weight=[[0.0] * 3, [0.5, -0.5, 0.0]])
    assert reading(level) == [
        "click takes nothing from any expert.",
        "like takes 50\u202f% from expert 1, 50\u202f% from expert 2.",
    ]

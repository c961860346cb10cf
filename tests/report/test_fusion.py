import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from taskfusion.report.fusion import fusion_charts, has_hidden, reading
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
    for level, chart in zip(levels, fusion_charts(levels), strict=True):
        heat = chart.figure.data[0]
        for row, weights, seen in zip(heat.z, level.weight, level.visible, strict=True):
            assert list(row) == [w if s else None for w, s in zip(weights, seen, strict=True)]
        assert list(chart.figure.layout.xaxis.ticktext) == list(level.experts)
        assert list(chart.figure.layout.yaxis.ticktext) == list(level.units)


def test_all_levels_share_one_scale(make_fusion: Callable[..., list[Level]]) -> None:
    levels = make_fusion(TASKS)
    top = max(value for level in levels for row in level.weight for value in row)
    assert [(c.figure.data[0].zmin, c.figure.data[0].zmax) for c in fusion_charts(levels)] == [(0, top)] * 2


def test_negative_weights_make_the_scale_symmetric() -> None:
    level = pool(weight=[[-0.7, 0.5, 0.3], [0.0, 0.0, 0.6]])
    heat = fusion_charts([level])[0].figure.data[0]
    assert (heat.zmin, heat.zmax) == (-0.7, 0.7)


def test_native_blocks_are_framed_and_forbidden_edges_hatched(make_fusion: Callable[..., list[Level]]) -> None:
    shapes = fusion_charts(make_fusion(TASKS))[0].figure.layout.shapes
    frames = [(s.x0, s.x1, s.y0, s.y1) for s in shapes if s.name == "native"]
    assert frames == [(2 * u - 0.5, 2 * u + 1.5, u - 0.5, u + 0.5) for u in range(4)]
    (hatching,) = [s for s in shapes if s.name == "forbidden"]
    points = [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+),(-?[\d.]+)", hatching.path)]
    assert {(round(x), round(y)) for x, y in points} == {(0, 1), (1, 1)}


def test_numbers_are_left_out_where_they_do_not_fit(make_fusion: Callable[..., list[Level]]) -> None:
    small, large = (fusion_charts(make_fusion(TASKS[:n], each=each))[0] for n, each in ((2, 2), (3, 8)))
    assert small.figure.data[0].texttemplate
    assert not small.figure.data[0].showscale
    assert not large.figure.data[0].texttemplate
    assert large.figure.data[0].showscale


def test_nothing_to_mix() -> None:
    assert fusion_charts([]) == []
    assert not has_hidden([])


def test_hidden_edges_are_found(make_fusion: Callable[..., list[Level]]) -> None:
    assert has_hidden(make_fusion(TASKS))
    assert not has_hidden([pool()])


def test_hovering_names_gate_and_native_part(make_fusion: Callable[..., list[Level]]) -> None:
    level = make_fusion(TASKS)[0]
    hover = fusion_charts([level])[0].figure.data[0].hovertext
    native = level.weight[0][0] - level.gate[0][0]
    assert hover[0][0].endswith(f"gate {level.gate[0][0]:.4f}, native {native:.4f}")
    assert hover[1][0] == "like may not take from click 1"


def test_names_are_escaped() -> None:
    level = pool(units=["<b>x</b>", "like"])
    figure = fusion_charts([level])[0].figure
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;x&lt;/b&gt;"
    assert "<b>x" not in figure.data[0].hovertext[0][0]


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

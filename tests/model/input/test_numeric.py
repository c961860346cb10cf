"""Numbers as vectors against a reading of the paper's equations number by number."""

import math
from itertools import pairwise
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from taskfusion.data.batch import Batch
from taskfusion.data.layout import NumericInput
from taskfusion.model.input.numeric import (
    ENCODINGS,
    NumericSettings,
    NumericTable,
    Periodic,
    PiecewiseLinear,
    bin_edges,
)
from taskfusion.schema.feature import NumericEncoding

THREE = (
    NumericInput("a", (0, 1), None, (-2.0, -1.0, 0.0, 0.5, 3.0)),
    NumericInput("b", (2,), None, (0.0, 0.0, 0.0, 7.0)),
    NumericInput("c", (3,), None, (5.0, 5.0)),
)
EDGES = [[-2.0, -1.0, 0.0, 0.5, 3.0], [0.0, 7.0], [5.0, 6.0]]
SETTINGS = NumericSettings(dim=3, bins=4, frequencies=2, frequency_std=1.0)


def batch_of(numbers: Tensor) -> Batch:
    empty = torch.zeros(len(numbers), 0)
    return Batch(ids_BF=empty.int(), bags=(), numeric_BN=numbers, label_BT=empty, weight_BT=empty)


def through_bins(number: float, edges: list[float]) -> list[float]:
    """Equation 1, for numbers within the edges."""
    found = []
    for place in range(1, len(edges)):
        low, high = edges[place - 1], edges[place]
        if number < low and place > 1:
            found.append(0.0)
        elif number >= high and place < len(edges) - 1:
            found.append(1.0)
        else:
            found.append((number - low) / (high - low))
    return found


@given(st.lists(st.tuples(st.floats(-2, 3), st.floats(0, 7), st.floats(5, 6)), min_size=1, max_size=5))
def test_piecewise_linear_is_equation_1(rows: list[tuple[float, float, float]]) -> None:
    encoding = PiecewiseLinear(THREE, SETTINGS)
    found = encoding(torch.tensor(rows))
    assert found.shape == (len(rows), 3, 1, 4)
    for row, numbers in enumerate(torch.tensor(rows).tolist()):
        for feature, number in enumerate(numbers):
            expected = through_bins(number, EDGES[feature])
            expected += [0.0] * (4 - len(expected))
            assert found[row, feature, 0].tolist() == pytest.approx(expected, abs=1e-5)


def test_beyond_the_training_numbers_the_ends_hold() -> None:
    encoding = PiecewiseLinear(THREE, SETTINGS)
    found = encoding(torch.tensor([[-1e30, -1.0, 5.0], [1e30, 8.0, 1e9]]))
    assert found[0].squeeze(1).tolist() == [[0] * 4, [0] * 4, [0] * 4]
    assert found[1].squeeze(1).tolist() == [[1] * 4, [1, 0, 0, 0], [1, 0, 0, 0]]


@given(st.lists(st.floats(-5, 5, width=32), max_size=30), st.integers(1, 12))
def test_edges_are_distinct_quantiles_from_the_first_to_the_last(numbers: list[float], bins: int) -> None:
    quantiles = sorted(numbers)
    edges = bin_edges(quantiles, bins)
    assert 2 <= len(edges) <= bins + 1
    assert all(low < high for low, high in pairwise(edges))
    if len({*quantiles}) > 1:
        assert {*edges} <= {*quantiles}
        assert (edges[0], edges[-1]) == (quantiles[0], quantiles[-1])
        assert len(edges) == min(bins + 1, len({*quantiles}))


def test_edges_of_even_quantiles_are_every_so_many() -> None:
    quantiles = [float(place) for place in range(257)]
    assert bin_edges(quantiles, 32) == quantiles[::8]


@pytest.mark.parametrize("copies", [1, 3])
def test_periodic_is_sines_and_cosines_of_turns(copies: int) -> None:
    torch.manual_seed(0)
    encoding = Periodic(THREE, SETTINGS, copies)
    numbers = torch.randn(4, 3)
    found = encoding(numbers)
    assert found.shape == (4, 3, copies, 4)
    for row in range(4):
        for feature in range(3):
            for copy in range(copies):
                angles = [
                    2 * math.pi * float(c) * float(numbers[row, feature])
                    for c in encoding.frequency_NCQ[feature, copy].detach()
                ]
                expected = [*map(math.sin, angles), *map(math.cos, angles)]
                assert found[row, feature, copy].tolist() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("copies", [1, 2])
def test_a_table_is_encoding_linear_and_relu_feature_by_feature(encoding: str, copies: int) -> None:
    torch.manual_seed(0)
    table = NumericTable(THREE, encoding, SETTINGS, copies)
    batch = batch_of(torch.randn(5, 4))
    found = table(batch)
    assert found.shape == (5, 3, copies * 3)
    encoded = table.encoding(batch.numeric_BN[:, [0, 2, 3]])
    for row in range(5):
        for feature in range(3):
            for copy in range(copies):
                code = encoded[row, feature, copy if encoding == "periodic" else 0]
                of_copy = slice(copy * 3, copy * 3 + 3)
                if encoding == "periodic":
                    weight, bias = table.weight_NCQD[feature, copy], table.bias_NCD[feature, copy]
                else:
                    weight, bias = table.weight_NCQD[feature, 0, :, of_copy], table.bias_NCD[feature, 0, of_copy]
                expected = [
                    max(
                        0.0,
                        float(bias[d].detach())
                        + sum(float((code[q] * weight[q, d]).detach()) for q in range(len(code))),
                    )
                    for d in range(3)
                ]
                assert found[row, feature, of_copy].tolist() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_copies_share_nothing(encoding: str) -> None:
    table = NumericTable(THREE, encoding, SETTINGS, 2)
    numbers = torch.randn(8, 4)
    table(batch_of(numbers))[:, :, 3:].sum().backward()
    before = table(batch_of(numbers)).detach()
    with torch.no_grad():
        for parameter in table.parameters():
            assert parameter.grad is not None
            parameter.sub_(parameter.grad)
    after = table(batch_of(numbers)).detach()
    assert torch.equal(before[:, :, :3], after[:, :, :3])
    assert not torch.equal(before[:, :, 3:], after[:, :, 3:])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_table_starts_as_linear_layers_do(encoding: str) -> None:
    torch.manual_seed(0)
    table = NumericTable(THREE, encoding, NumericSettings(dim=400, bins=4, frequencies=2), 1)
    for feature, fan_in in enumerate([4, 1, 1] if encoding == "piecewise-linear" else [4, 4, 4]):
        bound = 1 / math.sqrt(fan_in)
        for parameter in (table.weight_NCQD[feature], table.bias_NCD[feature]):
            assert parameter.abs().max().item() == pytest.approx(bound, rel=0.02)
            assert parameter.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.1)


def test_edges_are_no_part_of_the_state() -> None:
    table = NumericTable(THREE, "piecewise-linear", SETTINGS, 1)
    assert set(table.state_dict()) == {"weight_NCQD", "bias_NCD"}


def test_every_encoding_but_the_plain_one_has_a_module() -> None:
    assert {*get_args(NumericEncoding)} == {"plain", *ENCODINGS}

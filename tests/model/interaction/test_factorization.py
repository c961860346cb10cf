"""The factorization machine against the sum over all pairs of fields."""

from itertools import combinations

import torch

from taskfusion.model.interaction.base import FieldVectors
from taskfusion.model.interaction.factorization import FactorizationMachine


def test_pairs_are_equation_2_of_deepfm() -> None:
    torch.manual_seed(0)
    layer = FactorizationMachine(FieldVectors(1, [3, 3, 3, 1, 1], 3, init_std=1.0))
    x = torch.randn(1, 4, 11)
    found = layer(x)
    assert found.shape == (1, 4, layer.output_dim)
    assert torch.equal(found[:, :, :11], x)
    (numbers,) = layer.fields.maps
    for row in range(4):
        values = x[0, row]
        vectors = [values[0:3], values[3:6], values[6:9], values[9] * numbers[0, 0, 0], values[10] * numbers[0, 1, 0]]
        pairs = [(one * other).sum() for one, other in combinations(vectors, 2)]
        torch.testing.assert_close(found[0, row, 11:].sum(), torch.stack(pairs).sum(), rtol=1e-4, atol=1e-4)
        by_place = torch.stack([one * other for one, other in combinations(vectors, 2)]).sum(0)
        torch.testing.assert_close(found[0, row, 11:], by_place, rtol=1e-4, atol=1e-4)

"""The sum of both models, against NumPy."""

import numpy as np
import numpy.typing as npt
import torch

from model.test_multitask import batch_of, model_of
from taskfusion.data.rows import EncodedRows
from taskfusion.model.ensemble import Ensemble, Mixture, TaskWeights

WEIGHTS = [
    TaskWeights((0.5,), 0.7),
    TaskWeights((-2.0,), 1.0),
    TaskWeights((0.0, 0.25, -1.0), 0.0),
]


class FixedTrees:
    """Trees that say the same numbers of a row wherever it stands: they go by the numbers of its features."""

    def logits(self, rows: EncodedRows) -> npt.NDArray[np.float32]:
        return np.asarray(rows.numeric_BN.sum(axis=1, keepdims=True) * np.arange(1, 6), np.float32)


def _numpy(network: list[npt.NDArray[np.float32]], trees_BS: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
    parts = np.split(trees_BS, [1, 2], axis=1)
    return [
        np.array(one.shift_C) + one.network * own + other
        for one, own, other in zip(WEIGHTS, network, parts, strict=True)
    ]


def test_the_sum_is_that_of_the_formula() -> None:
    generator = torch.Generator().manual_seed(0)
    network = [torch.randn(7, size, generator=generator) for size in (1, 1, 3)]
    trees_BS = torch.randn(7, 5, generator=generator)
    found = Mixture(WEIGHTS)(network, trees_BS)
    expected = _numpy([one.numpy() for one in network], trees_BS.numpy())
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-6, atol=1e-6)


def test_a_model_predicts_from_the_sum() -> None:
    model, batch = model_of().eval(), batch_of(9)
    with torch.no_grad():
        alone = model.logits(batch)
        assert all(map(torch.equal, alone, model.by_task(model(batch))))
        model.ensemble = Ensemble(FixedTrees(), Mixture(WEIGHTS)).eval()
        together, predicted = model.logits(batch), model.predict(batch)
    expected = _numpy([one.numpy() for one in alone], FixedTrees().logits(batch.numpy()))
    for head, one, other, prediction in zip(model.heads, together, expected, predicted, strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(prediction.numpy(), head.predict(torch.tensor(other)).numpy(), rtol=1e-4, atol=1e-5)


def test_nothing_of_the_sum_is_trained() -> None:
    assert list(Ensemble(FixedTrees(), Mixture(WEIGHTS)).parameters()) == []

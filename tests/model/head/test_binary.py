import numpy as np
import torch
from scipy import special

from taskfusion.model.head.binary import BinaryHead

LOGIT = torch.tensor([[-800.0], [-1.5], [0.0], [3.0], [800.0]], dtype=torch.float64)


def test_a_binary_head_gives_the_probability_and_keeps_the_label() -> None:
    np.testing.assert_allclose(BinaryHead().predict(LOGIT).numpy(), special.expit(LOGIT.numpy()[:, 0]), rtol=1e-12)
    label = torch.tensor([0.0, 1.0])
    assert torch.equal(BinaryHead().target(label), label)


def test_its_loss_is_the_cross_entropy_and_finite_at_any_logit() -> None:
    label = torch.tensor([0.0, 1.0, 1.0, 0.0, 0.0], dtype=torch.float64)
    found = BinaryHead().row_loss(LOGIT, label)
    expected = np.logaddexp(0, LOGIT[:, 0].numpy()) - label.numpy() * LOGIT[:, 0].numpy()
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)

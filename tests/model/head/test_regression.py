import numpy as np
import pytest
import torch

from taskfusion.model.head.regression import RegressionHead


@pytest.mark.parametrize("log1p", [False, True], ids=["linear", "log1p"])
def test_a_regression_head_undoes_its_own_target(log1p: bool) -> None:
    head = RegressionHead(1.25, 0.5, log1p=log1p).double()
    label = torch.tensor([-0.5, 0.0, 1.0, 7.0, 1000.0], dtype=torch.float64)
    torch.testing.assert_close(head.predict(head.target(label).unsqueeze(1)), label, rtol=1e-12, atol=1e-12)


def test_a_regression_target_is_the_standardised_label() -> None:
    label = np.array([0.0, 2.0, 5.0])
    plain = RegressionHead(2.0, 4.0, log1p=False).target(torch.from_numpy(label))
    np.testing.assert_allclose(plain.numpy(), (label - 2.0) / 4.0, rtol=1e-12)
    logged = RegressionHead(2.0, 4.0, log1p=True).target(torch.from_numpy(label))
    np.testing.assert_allclose(logged.numpy(), (np.log1p(label) - 2.0) / 4.0, rtol=1e-12)


def test_a_regression_head_travels_with_its_scale() -> None:
    saved = RegressionHead(3.0, 2.0, log1p=False).state_dict()
    other = RegressionHead(0.0, 1.0, log1p=False)
    other.load_state_dict(saved)
    assert other.predict(torch.tensor([[1.0]])).tolist() == [5.0]


def test_a_constant_prediction_of_the_training_mean_has_loss_one() -> None:
    label = torch.randn(10_000, generator=torch.Generator().manual_seed(0)).double() * 3 + 2
    head = RegressionHead(float(label.mean()), float(label.std(correction=0)), log1p=False)
    assert head.row_loss(torch.zeros(len(label), 1), label).mean().item() == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize("offset", [0.0, 1e9, 1.7e12])
def test_what_is_learned_of_a_label_does_not_depend_on_its_offset(offset: float) -> None:
    label = torch.randn(1000, generator=torch.Generator().manual_seed(0)).double()
    near, far = RegressionHead(0.0, 1.0, log1p=False), RegressionHead(offset, 1.0, log1p=False)
    logit = torch.linspace(-2, 2, 1000).unsqueeze(1)
    torch.testing.assert_close(far.row_loss(logit, label + offset), near.row_loss(logit, label), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(far.predict(logit) - offset, near.predict(logit), rtol=1e-3, atol=1e-3)

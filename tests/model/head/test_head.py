"""Heads: predictions on the label's scale, targets on the logits'."""

import numpy as np
import pytest
import torch
from scipy import special

from taskfusion.model.head.head import BinaryHead, Head, MulticlassHead, RegressionHead


def test_a_binary_head_gives_the_probability_and_keeps_the_label() -> None:
    logit = torch.tensor([[-800.0], [-1.5], [0.0], [3.0], [800.0]], dtype=torch.float64)
    found = BinaryHead().predict(logit)
    np.testing.assert_allclose(found.numpy(), special.expit(logit.numpy()[:, 0]), rtol=1e-12)
    label = torch.tensor([0.0, 1.0])
    assert torch.equal(BinaryHead().target(label), label)


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


def test_a_multiclass_head_gives_a_probability_a_class_and_takes_the_index() -> None:
    head = MulticlassHead(3)
    logit = torch.tensor([[1.0, 2.0, 4.0], [-700.0, 0.0, 700.0]], dtype=torch.float64)
    np.testing.assert_allclose(head.predict(logit).numpy(), special.softmax(logit.numpy(), axis=1), rtol=1e-12)
    target = head.target(torch.tensor([2.0, 0.0]))
    assert target.dtype == torch.int64
    assert target.tolist() == [2, 0]


@pytest.mark.parametrize(
    ("head", "num_outputs", "shape"),
    [
        (BinaryHead(), 1, (1,)),
        (RegressionHead(0.0, 1.0, log1p=False), 1, (1,)),
        (MulticlassHead(4), 4, (1, 4)),
    ],
    ids=["binary", "regression", "multiclass"],
)
def test_one_row_keeps_its_axis(head: Head, num_outputs: int, shape: tuple[int, ...]) -> None:
    assert head.num_outputs == num_outputs
    assert head.predict(torch.zeros(1, num_outputs)).shape == shape

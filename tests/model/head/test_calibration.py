"""The maps against NumPy, and a calibrated model against the plain one."""

import numpy as np
import pytest
import torch
from torch import Tensor

from serve.models import model_of, rows
from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.head.calibration import (
    TIE_BREAK,
    PiecewiseLinearLogit,
    ScaledLogits,
    ScaledPrediction,
    TaskCalibration,
    calibrate,
)
from taskfusion.model.head.multiclass import MulticlassHead
from taskfusion.model.head.regression import RegressionHead

LOGITS, CALIBRATED = [-2.0, -0.5, 1.0, 1.5], [-3.0, -0.4, -0.39, 2.0]


def _logits(rows: int, outputs: int = 1, spread: float = 3.0) -> Tensor:
    return torch.randn(rows, outputs, generator=torch.Generator().manual_seed(0)) * spread


def test_scaled_logits_go_through_the_head() -> None:
    logit_BC = _logits(50)
    found = ScaledLogits(BinaryHead(), 0.5, -1.0).predict(logit_BC)
    torch.testing.assert_close(found, (logit_BC[:, 0] * 0.5 - 1).sigmoid())
    many = _logits(50, 4)
    torch.testing.assert_close(ScaledLogits(MulticlassHead(4), 2.0).predict(many), (many * 2).softmax(1))


def test_a_scaled_prediction_is_on_the_scale_of_the_label() -> None:
    head, logit_BC = RegressionHead(1.0, 0.5, log1p=True), _logits(50)
    torch.testing.assert_close(ScaledPrediction(head, 1.5, 2.0).predict(logit_BC), head.predict(logit_BC) * 1.5 + 2)


def test_a_piecewise_line_is_that_of_numpy_between_the_knots_and_nearly_flat_beyond() -> None:
    logit_BC = _logits(2000)
    found_B = PiecewiseLinearLogit(BinaryHead(), LOGITS, CALIBRATED).predict(logit_BC).logit().numpy()
    logit_B = logit_BC[:, 0].numpy()
    beyond_B = logit_B - np.clip(logit_B, LOGITS[0], LOGITS[-1])
    assert (np.abs(beyond_B) > 0).sum() > 100
    np.testing.assert_allclose(found_B, np.interp(logit_B, LOGITS, CALIBRATED) + TIE_BREAK * beyond_B, atol=1e-5)


def test_a_piecewise_line_goes_through_its_knots_and_rises() -> None:
    head = PiecewiseLinearLogit(BinaryHead(), LOGITS, CALIBRATED)
    torch.testing.assert_close(head.predict(torch.tensor(LOGITS)[:, None]).logit(), torch.tensor(CALIBRATED))
    grid = torch.linspace(-8, 8, 999)[:, None]
    assert (head.predict(grid).diff() > 0).all()


@pytest.mark.parametrize("rows", [0, 1])
def test_few_rows_keep_their_axis(rows: int) -> None:
    assert PiecewiseLinearLogit(BinaryHead(), LOGITS, CALIBRATED).predict(_logits(rows)).shape == (rows,)


def test_a_calibrated_model_has_other_predictions_and_the_same_logits_and_targets() -> None:
    plain, model, batch = model_of(), model_of(), rows(20)
    fitted = {
        0: TaskCalibration("isotonic", {"logits": LOGITS, "calibrated": CALIBRATED}),
        1: TaskCalibration("linear", {"scale": 2.0, "shift": 1.0}),
        2: TaskCalibration("temperature", {"temperature": 2.0}),
    }
    calibrate(model, fitted)
    before, after = plain.predict(batch), model.predict(batch)
    assert torch.equal(plain(batch), model(batch))
    torch.testing.assert_close(after[1], before[1] * 2 + 1)
    torch.testing.assert_close(after[2], (before[2].log() / 2).softmax(1))
    assert not torch.allclose(after[0], before[0], atol=1e-3)
    label_B = torch.tensor([0.0, 1.0])
    for old, new in zip(plain.heads, model.heads, strict=True):
        assert new.num_outputs == old.num_outputs
        assert torch.equal(new.target(label_B), old.target(label_B))


def test_a_task_without_a_fit_keeps_its_head() -> None:
    model = model_of()
    before = list(model.heads)
    calibrate(model, {0: TaskCalibration("platt", None, "no row")})
    assert list(model.heads) == before


def test_the_maps_travel_with_the_weights() -> None:
    model, other = model_of(), model_of(seed=1)
    for one in (model, other):
        calibrate(one, {0: TaskCalibration("platt", {"scale": 1.0 if one is other else 3.0, "shift": 0.5})})
    other.load_state_dict(model.state_dict())
    assert torch.equal(model.predict(rows(5))[0], other.predict(rows(5))[0])

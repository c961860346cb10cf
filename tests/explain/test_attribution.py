"""Attributions against a model where they are known, Captum, and what they must add up to."""

import numpy as np
import pytest
import torch

from attributions import INPUTS, SOURCES, batch_of, model_of, put_trees_beside
from taskfusion.explain import attribution
from taskfusion.explain.attribution import MOST_STEPS, TOLERANCE, RowScores, attribute, mean_input
from taskfusion.explain.gradient import whole_gradients
from taskfusion.model.multitask import MultiTaskModel


def linear_model(inputs: str = "plain") -> MultiTaskModel:
    """A model whose scores are linear in its input, so that attributions are weight times distance."""
    model = model_of(inputs)
    weight_OD = torch.randn(5, model.inputs.output_dim, generator=torch.Generator().manual_seed(2))
    model.trunk = lambda x: (x if x.dim() == 2 else x.mean(1)) @ weight_OD.T  # type: ignore[method-assign]
    return model


@pytest.mark.parametrize("inputs", ["plain", "per task"])
def test_of_a_linear_model_they_are_weights_times_distances(inputs: str) -> None:
    model, batch = linear_model(inputs), batch_of(100)
    start = mean_input(model, batch)
    found = attribute(model, batch, start, SOURCES)
    with torch.no_grad():
        away = model.inputs.apart(batch) - start
        fields = {feature: torch.zeros(away.shape[-1]) for feature in found.columns}
        column = 0
        for field in model.inputs.fields:
            fields[field.feature][column : column + field.dim] = 1
            column += field.dim
        expected = [model.trunk(away * mask)[:, 0].numpy() for mask in fields.values()]
    assert set(found.columns) == set(SOURCES)
    np.testing.assert_allclose(found.value_BTF[:, 0], np.stack(expected, axis=1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.value_BTF[:, 0].mean(0), 0, atol=1e-5)
    assert found.errors[0] < 1e-5


@pytest.mark.parametrize("inputs", INPUTS)
def test_they_add_up_to_the_difference_of_the_scores(inputs: str) -> None:
    model, batch = model_of(inputs), batch_of(40)
    found = attribute(model, batch, mean_input(model, batch), SOURCES)
    assert found.value_BTF.shape == (40, 3, 5)
    assert found.steps <= MOST_STEPS
    np.testing.assert_array_less(found.errors, 0.01)
    logits = [logit.detach().numpy() for logit in model.logits(batch)]
    np.testing.assert_allclose(found.score_BT[:, 0], logits[0][:, 0], rtol=1e-4, atol=1e-5)
    chosen_BC = np.eye(3, dtype=bool)[logits[2].argmax(1)]
    others_B = np.log(np.exp(logits[2])[~chosen_BC].reshape(-1, 2).sum(1))
    np.testing.assert_allclose(found.score_BT[:, 2], logits[2][chosen_BC] - others_B, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("inputs", ["plain", "per task", "cross", "feature gates"])
def test_they_are_those_of_captum(inputs: str) -> None:
    captum = pytest.importorskip("captum.attr")
    model, batch = model_of(inputs), batch_of(3)
    start = mean_input(model, batch)
    found = attribute(model, batch, start, SOURCES)
    scores = RowScores.of(model, batch)
    owner = np.concatenate([[found.columns.index(f.feature)] * f.dim for f in model.inputs.fields])
    for row in range(len(batch)):
        one = scores.some(torch.tensor([row]))
        many = one.some(torch.zeros(400, dtype=torch.long))  # Captum calls with all steps together
        with whole_gradients(model):
            gradients = captum.IntegratedGradients(lambda x, many=many: many.some(torch.arange(len(x))).at(x))
            for task in range(3):
                of_x = gradients.attribute(one.x, start.unsqueeze(0), target=task, n_steps=400).detach().numpy()
                of_D = of_x.reshape(-1, of_x.shape[-1]).sum(0)
                expected = np.bincount(owner, weights=of_D, minlength=5)
                np.testing.assert_allclose(found.value_BTF[row, task], expected, rtol=0.02, atol=0.02)


def test_a_column_that_two_features_read_has_the_sum_of_both() -> None:
    model, batch = model_of("plain"), batch_of(20)
    start = mean_input(model, batch)
    apart = attribute(model, batch, start, SOURCES)
    joined = attribute(model, batch, start, {**SOURCES, "history": "item_id"})
    both = [apart.columns.index(name) for name in ("item_id", "history")]
    np.testing.assert_allclose(
        joined.value_BTF[:, :, joined.columns.index("item_id")], apart.value_BTF[:, :, both].sum(2), atol=1e-6
    )


def test_chunks_do_not_matter_but_for_how_exact_rows_are(monkeypatch: pytest.MonkeyPatch) -> None:
    model, batch = model_of("plain"), batch_of(20)
    start = mean_input(model, batch)
    whole = attribute(model, batch, start, SOURCES)
    monkeypatch.setattr(attribution, "_CHUNK", 8)
    parts = attribute(model, batch, mean_input(model, batch), SOURCES)
    np.testing.assert_allclose(whole.value_BTF, parts.value_BTF, atol=10 * TOLERANCE)
    np.testing.assert_allclose(whole.score_BT, parts.score_BT, atol=1e-5)


def test_a_task_that_is_the_same_for_all_rows_misses_nothing() -> None:
    model, batch = model_of("plain"), batch_of(20)
    with torch.no_grad():
        model.towers.weight_OH[0] = 0
    found = attribute(model, batch, mean_input(model, batch), SOURCES)
    assert found.errors[0] < 0.01
    np.testing.assert_allclose(found.value_BTF[:, 0], 0, atol=1e-6)


def test_beside_trees_it_is_the_share_of_the_network_that_is_explained() -> None:
    model, batch = model_of("plain"), batch_of(4)
    start = mean_input(model, batch)
    alone = attribute(model, batch, start, SOURCES)
    put_trees_beside(model)
    found = attribute(model, batch, start, SOURCES)
    np.testing.assert_allclose(found.value_BTF[:, :2], 0.25 * alone.value_BTF[:, :2], atol=0.01)
    expected_B = 0.5 + 0.25 * alone.score_BT[:, 0] + np.arange(4) / 10
    np.testing.assert_allclose(found.score_BT[:, 0], expected_B, atol=1e-5)
    np.testing.assert_array_less(found.errors, 0.01)

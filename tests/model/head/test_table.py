"""The head of every kind of task does what the kind says."""

import numpy as np
import pytest
import torch

from kinds import best_constant, labels, learn, of_every_task, statistics
from taskfusion.model.head.table import head_of
from taskfusion.schema.task.table import Task, kind_of


@of_every_task
def test_the_loss_of_the_head_is_the_row_loss_of_its_predictions_up_to_the_learned_scale(task: Task) -> None:
    label_K = labels(task, 100)
    head = head_of(task, statistics(task, label_K))
    output_KO = torch.randn(100, head.num_outputs, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with torch.no_grad():
        logit_KC = head.double().logits(output_KO)
        learned_K = head.row_loss(logit_KC, torch.from_numpy(label_K)).numpy()
        loss_K = kind_of(task).row_loss(task, head.predict(logit_KC).numpy(), label_K)
    assert learned_K == pytest.approx(loss_K * (learned_K[0] / loss_K[0]), rel=1e-4)


@of_every_task
def test_the_head_predicts_one_number_per_name(task: Task) -> None:
    head = head_of(task)
    width = len(task.prediction_names)
    with torch.no_grad():
        found = head.predict(head.logits(torch.randn(5, head.num_outputs)))
    assert found.shape == ((5, width) if kind_of(task).values(task) else (5,))
    if kind_of(task).values(task):
        torch.testing.assert_close(found.sum(1), torch.ones(5))


@of_every_task
def test_the_head_learns_the_best_constant(task: Task) -> None:
    label_K = labels(task)
    known = statistics(task, label_K)
    head = head_of(task, known)
    output_KO = learn(head, label_K, np.zeros(len(label_K), dtype=np.int64))
    with torch.no_grad():
        found = head.predict(head.logits(output_KO[:1]))[0].numpy()
    np.testing.assert_allclose(found, best_constant(task, known), atol=2e-3)


@of_every_task
def test_the_constant_is_the_best_that_is_the_same_for_all_rows(task: Task) -> None:
    known = statistics(task, labels(task))
    head = head_of(task, known)
    found = head.predict(head.constant(known)[None])[0].numpy()
    np.testing.assert_allclose(found, best_constant(task, known), rtol=1e-5, atol=1e-6)


@of_every_task
def test_the_score_of_the_logits_is_the_score_of_the_prediction(task: Task) -> None:
    label_K = labels(task, 50)
    head = head_of(task, statistics(task, label_K)).double()
    output_KO = 2 * torch.randn(50, head.num_outputs, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    values = len(kind_of(task).values(task)) or 1
    value_K = torch.arange(50) % values
    with torch.no_grad():
        logit_KC = head.logits(output_KO)
        found_K, prediction = head.score(logit_KC, value_K).numpy(), head.predict(logit_KC).numpy()
    expected = [kind_of(task).score(task, one, int(value)) for one, value in zip(prediction, value_K, strict=True)]
    np.testing.assert_allclose(found_K, expected, rtol=1e-6, atol=1e-6)

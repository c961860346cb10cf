"""What holds for the heads of all kinds."""

import torch

from kinds import labels, of_every_task
from taskfusion.model.head.table import head_of
from taskfusion.schema.task.table import Task

ROWS = 12


@of_every_task
def test_rows_do_not_see_each_other(task: Task) -> None:
    head = head_of(task).double()
    output_BO = torch.randn(ROWS, head.num_outputs, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    label_B = torch.from_numpy(labels(task, ROWS))
    with torch.no_grad():
        logit_BC = head.logits(output_BO)
        prediction_B, loss_B = head.predict(logit_BC), head.row_loss(logit_BC, label_B)
        assert loss_B.shape == (ROWS,)
        for row in range(ROWS):
            alone = slice(row, row + 1)
            torch.testing.assert_close(head.logits(output_BO[alone]), logit_BC[alone])
            torch.testing.assert_close(head.predict(logit_BC[alone]), prediction_B[alone])
            torch.testing.assert_close(head.row_loss(logit_BC[alone], label_B[alone]), loss_B[alone])


@of_every_task
def test_losses_teach_the_tower_and_targets_do_not(task: Task) -> None:
    """Every output has a gradient that lowers the loss."""
    head = head_of(task).double()
    generator = torch.Generator().manual_seed(0)
    output_BO = torch.randn(200, head.num_outputs, generator=generator, dtype=torch.float64, requires_grad=True)
    label_B = torch.from_numpy(labels(task, 200))
    loss = head.row_loss(head.logits(output_BO), label_B).mean()
    (slope_BO,) = torch.autograd.grad(loss, output_BO)
    assert slope_BO.isfinite().all()
    assert slope_BO.any(0).all()
    with torch.no_grad():
        assert head.row_loss(head.logits(output_BO - slope_BO), label_B).mean() < loss
    assert not head.target(label_B).requires_grad

"""Masks of tasks over what one shared expert puts out; the whole network is held against the paper in test_network."""

import pytest
import torch

from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.fusion.state_mask import StateMasks
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.table import plan_levels

FIRST, UPPER = plan_levels("mtan", NetworkShape(num_tasks=2, level_dims=[[5], [4], [3]]))[:2]


def test_a_task_takes_a_part_of_every_number_and_the_last_unit_all() -> None:
    torch.manual_seed(0)
    level = FusionLevel(UPPER, 5, 7).double()
    state = torch.randn(6, 3, 5, dtype=torch.float64)
    whole = level.experts(state)[:, 0]
    found = level(state, torch.zeros(6, 7, dtype=torch.float64))
    assert torch.equal(found[:, 2], whole)
    used = whole > 0
    for task in range(2):
        share = found[:, task][used] / whole[used]
        assert ((share > 0) & (share < 1)).all()
        assert not found[:, task][~used].any()
    assert not torch.equal(found[:, 0], found[:, 1])


@pytest.mark.parametrize("task", [0, 1])
def test_a_mask_reads_its_own_state_alone(task: int) -> None:
    torch.manual_seed(0)
    masks, mixed = StateMasks(UPPER, 5), torch.randn(6, 3, 4)
    state = torch.randn(6, 3, 5)
    moved = state.clone()
    moved[:, 1 - task] += 1.0
    before, after = masks(mixed, state), masks(mixed, moved)
    assert torch.equal(after[:, task], before[:, task])
    assert (after[:, 1 - task] - before[:, 1 - task]).abs().max() > 1e-4
    assert torch.equal(after[:, 2], before[:, 2])


def test_below_the_first_level_there_is_no_state_to_read() -> None:
    masks, mixed = StateMasks(FIRST, 7), torch.randn(6, 3, 5)
    assert torch.equal(masks(mixed, torch.randn(6, 7)), masks(mixed, torch.randn(6, 7)))

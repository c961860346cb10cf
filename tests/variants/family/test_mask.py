"""Levels of one expert and a mask per task (MTAN, section 3.2)."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import ExperimentError
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.family.mask import MaskFamily


@given(num_tasks=st.integers(1, 4), dims=st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=2), min_size=1))
def test_a_level_is_one_expert_above_the_one_below_and_a_mask_per_task(num_tasks: int, dims: list[list[int]]) -> None:
    plans = MaskFamily().levels("mine", NetworkShape(num_tasks, dims))
    assert [list(plan.layer_dims) for plan in plans] == dims
    for plan in plans:
        assert (plan.num_experts, plan.masked_units) == (1, num_tasks)
        assert all(all(row) for row in plan.visible)
    for below, above in pairwise(plans):
        assert below.num_units == above.num_states == num_tasks + 1
        assert above.reads == (num_tasks,)  # the state that no task has masked
    assert plans[-1].num_units == num_tasks


@pytest.mark.parametrize(
    "asked", [{"task_experts": 3}, {"shared_experts": 2}, {"num_experts": 4}, {"task_groups": [(0, 1)]}]
)
def test_counts_of_experts_are_not_read(asked: dict[str, Any]) -> None:
    plain, other = NetworkShape(2, [[4], [3]]), NetworkShape(2, [[4], [3]], **asked)
    assert MaskFamily().levels("mine", plain) == MaskFamily().levels("mine", other)
    assert not MaskFamily().reads


@pytest.mark.parametrize("asked", [{"native_residual": True}, {"sharing": [[[True, True], [True, True]]] * 2}])
def test_an_expert_that_belongs_to_nobody_is_not_shared_by_a_policy(asked: dict[str, Any]) -> None:
    with pytest.raises(ExperimentError, match="mine does not have"):
        MaskFamily().levels("mine", NetworkShape(2, [[4], [3]], **asked))

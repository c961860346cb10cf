"""Levels whose experts belong to nobody."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import ExperimentError
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.family.pool import PoolFamily
from taskfusion.variants.plan import GateKind

POOL = PoolFamily(GateKind.INPUT_SOFTMAX)


@given(
    num_tasks=st.integers(1, 4),
    count=st.integers(1, 5),
    dims=st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=2), min_size=1, max_size=4),
)
def test_every_unit_sees_all_experts_and_every_expert_has_a_state(
    num_tasks: int, count: int, dims: list[list[int]]
) -> None:
    plans = POOL.levels("mine", NetworkShape(num_tasks, dims, num_experts=count))
    assert [list(plan.layer_dims) for plan in plans] == dims
    for number, plan in enumerate(plans):
        assert plan.num_experts == count
        assert all(all(row) for row in plan.visible)
        assert plan.own_experts == ((),) * plan.num_units
        assert plan.reads == ((0,) * count if number == 0 else tuple(range(count)))
    assert [plan.num_units for plan in plans] == [count] * (len(dims) - 1) + [num_tasks]


@pytest.mark.parametrize("count", [None, 0, -1])
def test_the_size_of_the_pool_must_be_given(count: int | None) -> None:
    with pytest.raises(ExperimentError, match="mine needs num_experts"):
        POOL.levels("mine", NetworkShape(2, [[4]], num_experts=count))
    single = PoolFamily(GateKind.CONSTANT, one_expert=True)
    assert single.levels("mine", NetworkShape(2, [[4]], num_experts=count))[0].num_experts == 1
    assert "num_experts" not in single.reads


@pytest.mark.parametrize("asked", [{"native_residual": True}, {"sharing": [[[True, True], [True, True]]]}])
def test_experts_that_belong_to_nobody_are_not_shared_by_a_policy(asked: dict[str, Any]) -> None:
    with pytest.raises(ExperimentError, match="mine does not have"):
        POOL.levels("mine", NetworkShape(2, [[4]], num_experts=3, **asked))

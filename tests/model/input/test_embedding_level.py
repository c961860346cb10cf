"""Level 0 against one mean of vectors for each row and unit."""

from typing import Any, cast

import pytest
import torch
from torch import Tensor

from serve.models import LAYOUT, rows
from taskfusion.data.batch import Batch
from taskfusion.model.input.embedding_level import EmbeddingLevel, embedding_plan
from taskfusion.model.input.layer import InputLayer, TablePlacement
from taskfusion.model.input.numeric import NumericSettings
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.plan import GateKind, GateSettings, LevelPlan, with_settings
from taskfusion.variants.table import VARIANTS, plan_levels

T, F = True, False
ALL = ((T, T, T),) * 3
NUMERIC = NumericSettings(encoding="periodic", dim=4, frequencies=3)


def plans(variant: str, **settings: Any) -> tuple[LevelPlan, ...]:
    """Two tasks with one and two experts, a shared unit where the variant has one."""
    given = {"num_tasks": 2, "level_dims": [[5], [4]], "task_experts": [1, 2], "shared_experts": 2, "num_experts": 2}
    return plan_levels(variant, NetworkShape(**{**given, **settings}))


def layer_of(placement: TablePlacement, plan: LevelPlan | None) -> InputLayer:
    torch.manual_seed(0)
    return InputLayer(LAYOUT, dim=3, placement=placement, num_units=3, init_std=1.0, numeric=NUMERIC, level_0=plan)


SEES = {
    "adatt": ALL,
    "stem": ALL,
    "adatt-sp": ((T, T), (T, T)),
    "cross-stitch": ((T, T), (T, T)),
    "ple": ((T, F, T), (F, T, T), (T, T, T)),
    "cgc": ((T, F, T), (F, T, T), (T, T, T)),
}


@pytest.mark.parametrize("variant", SEES)
def test_units_see_whose_experts_they_see_above(variant: str) -> None:
    plan = embedding_plan(plans(variant))
    assert plan is not None
    assert plan.visible == SEES[variant]
    assert plan.experts_per_state == (1,) * len(SEES[variant])
    assert (plan.gate, plan.native_residual, plan.owned) == (GateKind.STATE_SOFTMAX, False, True)
    assert plan.stopped == ((F, T, F), (T, F, F), (T, T, F))[: plan.num_units] or plan.num_units == 2
    assert [row[:2] for row in plan.stopped[:2]] == [(F, T), (T, F)]


def test_a_sharing_policy_of_level_1_holds_below_it() -> None:
    allowed = [[[T, F], [T, T]], [[T, T], [T, T]]]
    plan = embedding_plan(plans("adatt", sharing=allowed))
    assert plan is not None
    assert plan.visible == ((T, F, T), (T, T, T), (T, T, T))


@pytest.mark.parametrize("num_levels", [1, 2])
def test_groups_see_along_the_hierarchy(num_levels: int) -> None:
    """Also below a single level, which puts out tasks alone."""
    given = {"num_tasks": 3, "task_experts": 1, "task_groups": [(0, 1), (1, 2)], "level_dims": [[4]] * num_levels}
    plan = embedding_plan(plans("ple", **given))
    assert plan is not None
    tasks = (T, F, F, T, F, T), (F, T, F, T, T, T), (F, F, T, F, T, T)
    assert plan.visible == (*tasks, (T, T, F, T, F, T), (F, T, T, F, T, T), (T,) * 6)


def test_settings_of_gates_hold_at_level_0() -> None:
    plan = embedding_plan(with_settings(plans("adatt"), GateSettings(temperature=2.0)))
    assert plan is not None
    assert plan.gate_settings.temperature == 2.0


def test_there_is_no_level_where_no_unit_sees_another() -> None:
    assert embedding_plan(plans("own-only")) is None
    assert embedding_plan(plans("adatt-sp", num_tasks=1, task_experts=2)) is None
    assert set(SEES) | {"own-only", "mmoe", "ml-mmoe", "mtan", "shared-bottom"} == set(VARIANTS)


def plainly(layer: InputLayer, plain: InputLayer, batch: Batch, plan: LevelPlan, own: list[bool]) -> Tensor:
    """x of a layer without level 0, whose own columns are mixed unit by unit."""
    assert layer.level_0 is not None
    gate = layer.level_0.level.gate
    x_BUD, mine = plain(batch), torch.tensor(own)
    states = [x_BUD[:, unit][:, mine] for unit in range(plan.num_units)]
    weights, biases = iter(gate.get_parameter("weight_GD")), iter(gate.get_parameter("bias_G"))
    units = []
    for unit, state in enumerate(states):
        seen = [other for other in range(plan.num_units) if plan.visible[unit][other]]
        logits = torch.stack([state @ next(weights) + next(biases) for _ in seen], dim=1)
        taken = [states[o] if o in (unit, plan.num_units - 1) else states[o].detach() for o in seen]
        mixed = sum(w.unsqueeze(1) * v for w, v in zip(logits.softmax(1).unbind(1), taken, strict=True))
        row = x_BUD[:, unit].clone()
        row[:, mine] = mixed
        units.append(row)
    return torch.stack(units, dim=1)


@pytest.mark.parametrize("placement", ["per-task", "both"])
@pytest.mark.parametrize("variant", ["adatt", "ple"])
def test_x_and_gradients_equal_means_taken_one_by_one(placement: TablePlacement, variant: str) -> None:
    plan = embedding_plan(plans(variant))
    assert plan is not None
    layer, plain = layer_of(placement, plan).double(), layer_of(placement, None).double()
    plain.load_state_dict(layer.state_dict(), strict=False)
    batch = rows(5, dtype=torch.float64)
    width = sum(field.dim for field in layer.own.fields)
    own = [True] * width + [False] * (layer.output_dim - width)
    found, expected = layer(batch), plainly(layer, plain, batch, plan, own)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    pull = torch.randn_like(found)
    gate = list(cast(EmbeddingLevel, layer.level_0).parameters())
    slopes = [torch.autograd.grad(x, gate, pull, retain_graph=True) for x in (found, expected)]
    for one, other in zip(*slopes, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)
    found.backward(pull)
    expected.backward(pull)
    for name, parameter in plain.named_parameters():
        mine = layer.get_parameter(name).grad
        torch.testing.assert_close(mine, parameter.grad, rtol=1e-10, atol=1e-12)


def test_other_tasks_embeddings_count_but_are_not_trained() -> None:
    plan = embedding_plan(plans("adatt"))
    layer, batch = layer_of("per-task", plan), rows(6)
    x = layer(batch)
    for unit in range(3):
        layer.zero_grad()
        x[:, unit].square().sum().backward(retain_graph=True)
        for weight, copies in layer.table_parameters():
            assert weight.grad is not None
            by_copy = weight.grad.view(len(weight), copies, -1).abs().sum((0, 2))
            assert [bool(copy > 0) for copy in by_copy] == [copy in (unit, 2) for copy in range(3)]
    with torch.no_grad():
        for weight, copies in layer.table_parameters():
            weight.view(len(weight), copies, -1)[:, 0] += 1.0
    assert (layer(batch)[:, 1] - x[:, 1]).abs().max() > 0.1


def test_weights_are_those_of_the_forward_pass() -> None:
    plan = embedding_plan(plans("ple"))
    layer, batch = layer_of("per-task", plan).eval(), rows(4)
    (found,) = layer.level_0_weights(batch)
    assert found.gate.shape == (4, 3, 3)
    plain = layer_of("per-task", None).eval()
    plain.load_state_dict(layer.state_dict(), strict=False)
    torch.testing.assert_close(layer(batch), found.gate @ plain(batch), rtol=1e-4, atol=1e-5)
    assert layer_of("per-task", None).level_0_weights(batch) == []

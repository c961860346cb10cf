"""The fusion level: its weights, its native residual, and what its masks keep apart."""

import pytest
import torch
from scipy import stats
from torch import Tensor, nn

from taskfusion.model.fusion.level import FusionLevel, NativeResidual
from taskfusion.variants.plan import GateKind, LevelPlan

# Three units that own experts 0-1, 2 and 3-5; unit 0 may not take from unit 2, nor unit 1 from unit 0.
OWNERS = (0, 0, 1, 2, 2, 2)
VISIBLE = (
    (True, True, True, False, False, False),
    (False, False, True, True, True, True),
    (True, True, True, True, True, True),
)
NATIVE = ((0, 1), (2,), (3, 4, 5))


def plan(
    gate: GateKind = GateKind.STATE_SOFTMAX,
    native_residual: bool = True,
) -> LevelPlan:
    return LevelPlan((4,), (2, 1, 3), VISIBLE, gate, owned=True, native_residual=native_residual)


def level_and_state(level_plan: LevelPlan) -> tuple[FusionLevel, Tensor]:
    torch.manual_seed(0)
    level = FusionLevel(level_plan, 5, 7).double()
    return level, torch.randn(6, 3, 5, dtype=torch.float64)


def test_the_plan_counts_what_it_holds() -> None:
    assert (plan().num_states, plan().num_experts, plan().num_units) == (3, 6, 3)
    assert plan().reads == OWNERS
    assert plan().own_experts == NATIVE


@pytest.mark.parametrize("gate", list(GateKind), ids=lambda kind: kind.name)
def test_new_states_are_gate_plus_native_times_expert_outputs(gate: GateKind) -> None:
    level, state = level_and_state(plan(gate))
    inputs = torch.randn(6, 7, dtype=torch.float64)
    weights = level.weights(state, inputs)
    outputs = level.experts(state)
    by_hand = torch.zeros(6, 3, 4, dtype=torch.float64)
    for row in range(6):
        for unit in range(3):
            for expert in range(6):
                gate_weight = weights.gate.expand(6, 3, 6)[row, unit, expert]
                by_hand[row, unit] += (gate_weight + weights.native[unit, expert]) * outputs[row, expert]
    torch.testing.assert_close(level(state, inputs), by_hand, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(level.mix(weights, state), by_hand, rtol=1e-12, atol=1e-12)


def test_the_native_vectors_stand_at_their_units_own_experts() -> None:
    residual = NativeResidual(plan())
    assert isinstance(residual.native_weight, nn.Parameter)
    with torch.no_grad():
        residual.native_weight.copy_(torch.arange(1.0, 7.0))
    expected = torch.tensor([[1.0, 2, 0, 0, 0, 0], [0, 0, 3, 0, 0, 0], [0, 0, 0, 4, 5, 6]])
    assert torch.equal(residual(), expected)


def test_the_native_vectors_start_uniform_within_one_over_the_root_of_their_length() -> None:
    sizes, drawn = (1, 4, 25), {}
    visible = ((True,) * sum(sizes),) * len(sizes)
    level_plan = LevelPlan((2,), sizes, visible, GateKind.STATE_SOFTMAX, owned=True, native_residual=True)
    torch.manual_seed(5)
    levels = [NativeResidual(level_plan) for _ in range(400)]
    for unit, own in enumerate(level_plan.own_experts):
        drawn[unit] = torch.stack([residual()[unit, list(own)] for residual in levels]).detach().flatten()
        bound = sizes[unit] ** -0.5
        assert drawn[unit].abs().max() <= bound
        assert stats.kstest(drawn[unit] / bound, stats.uniform(-1, 2).cdf).pvalue > 1e-3


def test_a_fixed_residual_is_one_and_no_parameter() -> None:
    one_each = LevelPlan((4,), (1, 1), ((True, True),) * 2, GateKind.STATE_SOFTMAX, owned=True, native_residual=True)
    level = FusionLevel(one_each, 5, 5).double()
    assert level.native is not None
    assert not list(level.native.parameters())
    assert not level.native.state_dict()
    assert torch.equal(level.native(), torch.eye(2, dtype=torch.float64))


def test_without_a_residual_the_native_weights_are_zero() -> None:
    level, state = level_and_state(plan(native_residual=False))
    assert level.native is None
    assert torch.equal(level.weights(state, state).native, torch.zeros(3, 6, dtype=torch.float64))


def test_a_masked_expert_gets_no_weight_and_no_gradient_and_the_others_do() -> None:
    level, state = level_and_state(plan())
    state.requires_grad_()
    assert (level.weights(state, state).gate[:, 0, 3:] == 0).all()
    level(state, state)[:, 0].square().sum().backward()
    weight_grad, bias_grad = level.experts.weights[0].grad, level.experts.biases[0].grad
    assert weight_grad is not None
    assert bias_grad is not None
    assert state.grad is not None
    assert (weight_grad[3:] == 0).all()
    assert (bias_grad[3:] == 0).all()
    assert (state.grad[:, 2] == 0).all()
    for expert in range(3):
        assert weight_grad[expert].abs().sum() > 0
    assert state.grad[:, 1].abs().sum() > 0


def test_another_masked_expert_leaves_the_units_state_exactly_as_it_was() -> None:
    level, state = level_and_state(plan())
    before = level(state, state)
    with torch.no_grad():
        level.experts.weights[0][3:] *= -3.0
        level.experts.biases[0][3:] += 10.0
    after = level(state, state)
    assert torch.equal(after[:, 0], before[:, 0])
    assert (after[:, 1] - before[:, 1]).abs().max() > 0.1


def test_only_gates_of_the_input_kind_read_the_input() -> None:
    reads_input, state = level_and_state(plan(GateKind.INPUT_SOFTMAX))
    one, other = torch.randn(2, 6, 7, dtype=torch.float64)
    assert not torch.allclose(reads_input.weights(state, one).gate, reads_input.weights(state, other).gate)
    assert torch.equal(reads_input.weights(state, one).gate, reads_input.weights(-state, one).gate)
    reads_state, _ = level_and_state(plan(GateKind.STATE_SOFTMAX))
    assert torch.equal(reads_state.weights(state, one).gate, reads_state.weights(state, other).gate)
    assert not torch.allclose(reads_state.weights(state, one).gate, reads_state.weights(-state, one).gate)

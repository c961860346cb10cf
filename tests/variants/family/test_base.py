"""What all families have in common."""

from typing import Any

import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.variants.family.base import SETTINGS, NetworkShape, gate_settings, refuse_ownership
from taskfusion.variants.plan import GateKind


@pytest.mark.parametrize(
    ("num_tasks", "level_dims", "words"),
    [
        (0, [[3]], "num_tasks should be at least 1, found 0"),
        (2, [], r"level_dims.*found \[\]"),
        (2, [[3], []], "level_dims"),
        (2, [3, 2], "level_dims"),
        (2, [[3, 0], [2]], "level_dims.*0"),
        (2, [[-3], [2]], "level_dims.*-3"),
    ],
)
def test_a_shape_that_no_network_can_have_is_named(num_tasks: int, level_dims: Any, words: str) -> None:
    with pytest.raises(ExperimentError, match=words):
        NetworkShape(num_tasks, level_dims)


@pytest.mark.parametrize("num_levels", [1, 2, 5])
def test_the_last_level_is_counted_from_zero(num_levels: int) -> None:
    shape = NetworkShape(1, [[2]] * num_levels)
    assert list(range(num_levels))[shape.last_level] == list(range(num_levels))[-1]


@pytest.mark.parametrize("gate", GateKind)
@pytest.mark.parametrize("owned", [False, True])
def test_gates_read_settings_that_experiments_have(gate: GateKind, owned: bool) -> None:
    """Weights of one for all leave nothing to set, and a share of the own needs own experts."""
    found = gate_settings(gate, owned=owned)
    assert found <= set(SETTINGS)
    assert ("gate.temperature" in found) == ("gate.dropout" in found) == gate.is_softmax
    assert ("gate.own_share" in found) == (owned and gate is not GateKind.CONSTANT)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"sharing": [[[True, True], [True, True]]]}, "sharing policy.*which mine does not have"),
        ({"native_residual": True}, "native residual.*which mine does not have"),
    ],
)
def test_what_needs_experts_of_tasks_is_refused_where_there_are_none(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ExperimentError, match=words):
        refuse_ownership("mine", NetworkShape(2, [[3]], **asked))
    refuse_ownership("mine", NetworkShape(2, [[3]], native_residual=False))

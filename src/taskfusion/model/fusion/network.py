"""The fusion network: a stack of fusion levels.

Axes: B rows, T tasks, U units, E experts, D input width, H expert width, V numbers of a row's domain.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from taskfusion.base.errors import ExperimentError
from taskfusion.model.fusion.init import INITS
from taskfusion.model.fusion.level import FusionLevel, FusionWeights, LoweredLevel
from taskfusion.model.lowered import InputReaders, Reader
from taskfusion.model.rows import run_by_rows
from taskfusion.variants.family.base import Dims, Groups, NetworkShape, Sharing
from taskfusion.variants.plan import ExpertOutput, GateSettings, LevelPlan, scenario_dim_of, with_settings
from taskfusion.variants.table import plan_levels, variants_with_owners


class FusionNetwork(nn.Module):
    """Fusion levels one above the other: x to one state per task.

    Args:
        plans: the levels as data; where their gates read domains, the last V columns of x say which one a row is of,
            and nothing else reads them.
        input_dim: D, the width of x without them.
        init: how the experts start, a name of STARTS.

    Attributes:
        input_dim: D + V, the width of x.
        scenario_dim: V.

    Raises:
        ExperimentError: init is not known.
    """

    def __init__(self, plans: Sequence[LevelPlan], input_dim: int, init: str = "linear") -> None:
        super().__init__()
        dims = [input_dim, *(plan.layer_dims[-1] for plan in plans)]
        levels = [FusionLevel(plan, dim, input_dim) for plan, dim in zip(plans, dims, strict=False)]
        if init not in INITS:
            raise ExperimentError(f"init should be one of {', '.join(INITS)}, found '{init}'")
        INITS[init](levels)
        self.levels = nn.ModuleList(levels)
        self.compares_rows = any(level.experts.output is not None for level in levels)
        self.num_input_units = plans[0].num_input_units
        self.scenario_dim = scenario_dim_of(plans)
        self.input_dim = input_dim + self.scenario_dim
        self.output_dim = dims[-1]
        self.widest_level = max(plan.most_numbers for plan in plans)

    def forward(self, x: Tensor) -> Tensor:
        """Run all levels.

        Args:
            x: [B, D], or [B, U, D] where units have inputs of their own (the shared unit's last).

        Returns:
            One state per task, [B, T, H].

        Raises:
            ExperimentError: the shape of x does not fit the network.
        """
        self._check(x)
        if self.compares_rows and self.training:
            return self._run(x)
        return run_by_rows(self._run, x, max(self.widest_level, math.prod(x.shape[1:])))

    def _run(self, x: Tensor) -> Tensor:
        x, scenario_BV = self.apart(x)
        state = x
        for level in self.levels:
            state = level(state, x, scenario_BV)
        return state

    def apart(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """What experts read, and the domain, which is alike for all units."""
        if not self.scenario_dim:
            return x, None
        x, scenario = x.split([self.input_dim - self.scenario_dim, self.scenario_dim], dim=-1)
        return x, scenario if scenario.dim() == 2 else scenario[:, 0]

    def fusion_weights(self, x: Tensor) -> list[FusionWeights]:
        """The weights of every level for these rows, gate [B or 1, U, E] and native residual [U, E]."""
        self._check(x)
        *lower, last = cast(Iterable[FusionLevel], self.levels)
        x, scenario_BV = self.apart(x)
        state, found = x, []
        for level in lower:
            found.append(level.weights(state, x, scenario_BV))
            state = level.mix(found[-1], state)
        return [*found, last.weights(state, x, scenario_BV)]

    @torch.no_grad()
    def lowered(self) -> "LoweredNetwork":
        """The form in which the network is scored."""
        readers = InputReaders(self.input_dim)
        levels = [
            level.lowered(number, readers) for number, level in enumerate(cast(Iterable[FusionLevel], self.levels), 1)
        ]
        return LoweredNetwork(levels, readers.by_name)

    def _check(self, x: Tensor) -> None:
        if x.dim() not in (2, 3) or x.shape[-1] != self.input_dim:
            raise ExperimentError(
                f"x should be [B, {self.input_dim}] or [B, U, {self.input_dim}], found {list(x.shape)}"
            )
        if x.dim() == 3 and self.num_input_units is None:
            raise ExperimentError(
                f"x should be [B, {self.input_dim}], found {list(x.shape)}: inputs per unit need a variant whose "
                f"experts belong to units ({', '.join(variants_with_owners())})"
            )
        if x.dim() == 3 and x.shape[1] != self.num_input_units:
            raise ExperimentError(
                f"inputs per unit should be [B, {self.num_input_units}, {self.input_dim}], found {list(x.shape)}"
            )


class LoweredNetwork(nn.Module):
    """A network in the form in which it is scored, from the shares of the readers of x on.

    Args:
        levels: the lowest first.
        readers: of x, by name, in the order of their shares.
    """

    def __init__(self, levels: Sequence[LoweredLevel], readers: Mapping[str, Reader]) -> None:
        super().__init__()
        self.levels, self.readers = nn.ModuleList(levels), readers

    def forward(self, shares: Sequence[Tensor]) -> Sequence[Tensor]:
        """One state [B, H] per task, of the sums [B, P] of every reader."""
        states: Sequence[Tensor] = ()
        for level in self.levels:
            states = level(shares, states)
        return states


def build_network(
    variant: str,
    *,
    input_dim: int,
    num_tasks: int,
    level_dims: Dims,
    task_experts: int | Sequence[int] = 1,
    shared_experts: int = 0,
    num_experts: int | None = None,
    native_residual: bool | None = None,
    sharing: Sharing | None = None,
    task_groups: Groups = (),
    group_experts: int = 1,
    gate: GateSettings | None = None,
    init: str = "linear",
    output: ExpertOutput = ExpertOutput.RELU,
) -> FusionNetwork:
    """Build the fusion network of a variant (AdaTT, KDD 2023, and what it is compared with).

    >>> import torch
    >>> from taskfusion import build_network
    >>> network = build_network("adatt", input_dim=16, num_tasks=3, level_dims=[[32], [8]], shared_experts=1)
    >>> network(torch.zeros(5, 16)).shape
    torch.Size([5, 3, 8])

    Args:
        variant: a name of taskfusion.variants.table.VARIANTS, whose rows say which arguments it reads.
        input_dim: D.
        num_tasks: T.
        level_dims: per level the layer widths of one expert, e.g. [[256], [128]]; some variants join them into one.
        task_experts: native experts of a task at each level, one number, or one per task.
        shared_experts: experts of the shared unit; 0: there is none.
        num_experts: experts of a level, where they belong to nobody, which then need it.
        native_residual: None: what the variant has.
        sharing: per level a T x T matrix; [t][s] says whether task t may take directly from task s's experts.
        task_groups: tasks of each group, by number, that has experts of its own.
        group_experts: experts of a group at each level.
        gate: temperature, dropout and start of the gates; None: plain ones. With scenario_dim, x has so many columns
            more, which say what domain a row is of.
        init: how the experts start: linear, as nn.Linear does, or unit-variance, for three levels and more.
        output: what experts do with their last layer.

    Returns:
        A module [B, D] or [B, U, D] -> [B, T, H].

    Raises:
        ExperimentError: an argument does not fit; the message names it.
    """
    if input_dim < 1:
        raise ExperimentError(f"input_dim should be at least 1, found {input_dim}")
    plans = plan_levels(
        variant,
        NetworkShape(
            num_tasks=num_tasks,
            level_dims=level_dims,
            task_experts=task_experts,
            shared_experts=shared_experts,
            num_experts=num_experts,
            native_residual=native_residual,
            sharing=sharing,
            task_groups=task_groups,
            group_experts=group_experts,
        ),
    )
    return FusionNetwork(with_settings(plans, gate or GateSettings(), output), input_dim, init)

"""Every architecture as a stack of fusion levels: rows of a table, not code of their own.

What a variant is called, what it is, which settings it reads and what its levels are follows from its row, everywhere:
in the experiment file, in errors, in comparisons, on pages and in the reference.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from taskfusion.base.errors import ExperimentError
from taskfusion.base.nearest import did_you_mean
from taskfusion.schema.spec import NAME_PATTERN
from taskfusion.variants.family.base import SETTINGS, Family, NetworkShape
from taskfusion.variants.family.mask import MaskFamily
from taskfusion.variants.family.pool import PoolFamily
from taskfusion.variants.family.unit import UnitFamily, sees_all, sees_own, sees_own_and_shared, stops_other_tasks
from taskfusion.variants.plan import GateKind, LevelPlan


@dataclass(frozen=True)
class Variant:
    """A row of the table.

    Attributes:
        family: from what is asked of a network to its levels.
        description: what it is, in one line that begins small and has no full stop.
        source: where it was published; empty: nowhere.
        by_default: whether compare trains it where no variants are named.
    """

    family: Family
    description: str
    source: str = ""
    by_default: bool = False

    @property
    def line(self) -> str:
        """Description and source as one sentence."""
        text = self.description + (f" ({self.source})" if self.source else "")
        return f"{text[0].upper()}{text[1:]}."


_TABLE: dict[str, Variant] = {
    "adatt": Variant(
        UnitFamily(sees_all, group_units=True, shared_unit=True, native=True),
        "tasks and a shared unit take from the experts of all by gates, and have a residual over their own",
        "AdaTT: Li et al., KDD 2023",
        by_default=True,
    ),
    "adatt-sp": Variant(
        UnitFamily(sees_all, group_units=True, native=True),
        "tasks take from the experts of all tasks by gates, and have a residual over their own",
        "AdaTT-sp: Li et al., KDD 2023",
        by_default=True,
    ),
    "ple": Variant(
        UnitFamily(sees_own_and_shared, group_units=True, shared_unit=True),
        "tasks take from their own experts and from those of a shared unit, which takes from all",
        "PLE: Tang et al., RecSys 2020",
        by_default=True,
    ),
    "cgc": Variant(
        UnitFamily(sees_own_and_shared, group_units=True, shared_unit=True, joins_levels=True),
        "as ple, with the layers of all levels in one",
        "CGC: Tang et al., RecSys 2020",
    ),
    "stem": Variant(
        UnitFamily(
            sees_all,
            stops_other_tasks,
            gate=GateKind.STATE_AND_SHARED_SOFTMAX,
            group_units=True,
            shared_unit=True,
            needs_shared_unit=True,
        ),
        "tasks take from the experts of all, but train none of another task's",
        "STEM: Su et al., AAAI 2024",
    ),
    "mtan": Variant(
        MaskFamily(),
        "one stack of layers for all tasks; each task weighs its every number by a mask",
        "MTAN: Liu et al., CVPR 2019",
    ),
    "mmoe": Variant(
        PoolFamily(GateKind.INPUT_SOFTMAX, joins_levels=True),
        "one pool of experts for all tasks; each task weighs them by a gate",
        "MMoE: Ma et al., KDD 2018",
        by_default=True,
    ),
    "ml-mmoe": Variant(
        PoolFamily(GateKind.INPUT_SOFTMAX),
        "as mmoe, with a pool of experts at every level",
        "as in AdaTT: Li et al., KDD 2023",
        by_default=True,
    ),
    "cross-stitch": Variant(
        UnitFamily(sees_all, gate=GateKind.MATRIX, one_expert=True),
        "one expert per task, mixed by a learned matrix that is the same for all rows",
        "Misra et al., CVPR 2016",
        by_default=True,
    ),
    "shared-bottom": Variant(
        PoolFamily(GateKind.CONSTANT, one_expert=True),
        "one stack of layers for all tasks",
        "Caruana, Machine Learning, 1997",
        by_default=True,
    ),
    "own-only": Variant(
        UnitFamily(sees_own, native=True),
        "tasks take from their own experts alone, above an input layer that they share",
    ),
}
_SHIPPED: Final = frozenset(_TABLE)

VARIANTS: Final[Mapping[str, Variant]] = MappingProxyType(_TABLE)
"""By name, all variants: those that come with the package, then those that were registered."""


def register_variant(name: str, family: Family, *, description: str, source: str = "") -> None:
    """Add a variant to those of this process: experiments may then name it, and comparisons train it.

    A run of it can be read where it is registered too; an export is scored without.

    >>> import torch
    >>> from taskfusion import build_network, register_variant, unregister_variant
    >>> from taskfusion.variants.family.unit import UnitFamily
    >>> family = UnitFamily(lambda unit, owner, num_tasks: owner <= unit)
    >>> register_variant("cascade", family, description="a task takes from itself and from those before it")
    >>> build_network("cascade", input_dim=4, num_tasks=3, level_dims=[[8]])(torch.zeros(2, 4)).shape
    torch.Size([2, 3, 8])
    >>> unregister_variant("cascade")

    Args:
        name: a new one; letters, digits, '_', '-' and '.'.
        family: from what is asked of a network to its levels; taskfusion.variants.family.unit.UnitFamily with other
            settings, or any object that is a taskfusion.variants.family.base.Family.
        description: what it is, in one line that begins small and has no full stop.
        source: where it was published; empty: nowhere.

    Raises:
        ExperimentError: the name is taken or no name, or the family says that it reads a setting that does not exist.
    """
    if re.fullmatch(NAME_PATTERN, name) is None:
        raise ExperimentError(f"a variant's name should be of letters, digits, '_', '.' and '-', found {name!r}")
    if name in _TABLE:
        raise ExperimentError(f"the variant '{name}' exists already; register yours under another name")
    unknown = sorted(family.reads - set(SETTINGS))
    if unknown:
        raise ExperimentError(
            f"the family of variant '{name}' reads '{unknown[0]}', but settings are {', '.join(SETTINGS)}"
        )
    _TABLE[name] = Variant(family, description, source)


def unregister_variant(name: str) -> None:
    """Take out a variant that was registered, as where it is to be defined anew.

    >>> from taskfusion import register_variant, unregister_variant
    >>> from taskfusion.variants.family.pool import PoolFamily
    >>> from taskfusion.variants.plan import GateKind
    >>> register_variant("mine", PoolFamily(GateKind.CONSTANT), description="experts that weigh alike")
    >>> unregister_variant("mine")

    Raises:
        ExperimentError: none of this name was registered.
    """
    if name in _SHIPPED or name not in _TABLE:
        raise ExperimentError(f"no variant '{name}' was registered, so none can be taken out")
    del _TABLE[name]


def variant_of(name: str) -> Variant:
    """The row of a variant.

    Raises:
        ExperimentError: there is none of this name.
    """
    if name not in _TABLE:
        raise ExperimentError(
            f"variant '{name}' is not known; known are {', '.join(_TABLE)}{did_you_mean(name, _TABLE)}"
        )
    return _TABLE[name]


def variants_that_read(setting: str) -> list[str]:
    """Names of the variants whose networks a setting can change, one of SETTINGS."""
    return [name for name, variant in _TABLE.items() if setting in variant.family.reads]


def variants_with_owners() -> list[str]:
    """Names of the variants whose experts belong to units, which may then have inputs of their own."""
    return [name for name, variant in _TABLE.items() if variant.family.owned]


def plan_levels(variant: str, shape: NetworkShape) -> tuple[LevelPlan, ...]:
    """The levels of a network.

    Args:
        variant: a name of VARIANTS.
        shape: what is asked of it.

    Raises:
        ExperimentError: the variant is not known, the shape does not fit it, or its family gives levels that do not fit
            each other; the message names what does not.
    """
    family = variant_of(variant).family
    if family.joins_levels:
        shape = replace(shape, level_dims=[[dim for level in shape.level_dims for dim in level]])
    plans = family.levels(variant, shape)
    _require_fit(variant, plans, shape.num_tasks)
    return plans


def _require_fit(variant: str, plans: Sequence[LevelPlan], num_tasks: int) -> None:
    """Raises ExperimentError where levels cannot stand above each other."""
    fault = f"the family of variant '{variant}' should give levels that fit each other, but"
    for number, plan in enumerate(plans, 1):
        if any(len(row) != plan.num_experts or not any(row) for row in plan.visible):
            raise ExperimentError(
                f"{fault} at level {number} not every unit sees one of its {plan.num_experts} experts or more"
            )
    for number, (below, above) in enumerate(pairwise(plans), 2):
        if above.num_states != below.num_units:
            raise ExperimentError(
                f"{fault} level {number} reads {above.num_states} states, and level {number - 1} has {below.num_units} "
                "units"
            )
    if plans[-1].num_units != num_tasks:
        raise ExperimentError(f"{fault} the last has {plans[-1].num_units} units for {num_tasks} tasks")
    if plans[0].masked_units and plans[0].num_states > 1:
        raise ExperimentError(f"{fault} the first has masks over {plans[0].num_states} states, where only one can be")

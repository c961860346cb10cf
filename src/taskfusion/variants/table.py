"""Every architecture as a stack of fusion levels: rows of a table, not code of their own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from taskfusion.base.errors import ExperimentError
from taskfusion.variants.family.base import Family, NetworkShape
from taskfusion.variants.family.mask import MaskFamily
from taskfusion.variants.family.pool import PoolFamily
from taskfusion.variants.family.unit import UnitFamily, sees_all, sees_own, sees_own_and_shared, stops_other_tasks
from taskfusion.variants.plan import GateKind, LevelPlan

VARIANTS: Final[Mapping[str, Family]] = {
    "adatt": UnitFamily(sees_all, group_units=True, shared_unit=True, native=True),
    "adatt-sp": UnitFamily(sees_all, group_units=True, native=True),
    "ple": UnitFamily(sees_own_and_shared, group_units=True, shared_unit=True),
    "cgc": UnitFamily(sees_own_and_shared, group_units=True, shared_unit=True, joins_levels=True),
    "ml-mmoe": PoolFamily(GateKind.INPUT_SOFTMAX),
    "mmoe": PoolFamily(GateKind.INPUT_SOFTMAX, joins_levels=True),
    "stem": UnitFamily(
        sees_all,
        stops_other_tasks,
        gate=GateKind.STATE_AND_SHARED_SOFTMAX,
        group_units=True,
        shared_unit=True,
        needs_shared_unit=True,
    ),
    "cross-stitch": UnitFamily(sees_all, gate=GateKind.MATRIX, one_expert=True),
    "mtan": MaskFamily(),
    "shared-bottom": PoolFamily(GateKind.CONSTANT, one_expert=True),
    "own-only": UnitFamily(sees_own, native=True),
}


def plan_levels(variant: str, shape: NetworkShape) -> tuple[LevelPlan, ...]:
    """The levels of a network.

    Args:
        variant: a name of VARIANTS.
        shape: what is asked of it.

    Raises:
        ExperimentError: the variant is not known, or the shape does not fit it; the message names what does not.
    """
    if variant not in VARIANTS:
        raise ExperimentError(f"variant '{variant}' is not known; known are {', '.join(VARIANTS)}")
    family = VARIANTS[variant]
    if family.joins_levels:
        shape = replace(shape, level_dims=[[dim for level in shape.level_dims for dim in level]])
    return family.levels(variant, shape)

"""A map of fusion weights is typed."""

import pytest
from pydantic import ValidationError

from taskfusion.variants.fusion_map import FusionMap

MAP = FusionMap(
    level=1,
    units=("click", "like"),
    experts=("click 1", "like 1", "shared 1"),
    expert_units=("click", "like", "shared"),
    weight=((0.5, 0.0, 0.5), (0.1, 0.2, 0.7)),
    gate=((0.25, 0.0, 0.75), (0.1, 0.2, 0.7)),
    visible=((True, False, True), (True, True, True)),
)


def test_it_passes_through_json_unchanged() -> None:
    assert FusionMap.model_validate_json(MAP.model_dump_json()) == MAP


@pytest.mark.parametrize(
    "change", [{"level": -1}, {"weight": (("a",),)}, {"visible": ((1,),)}, {"units": None}, {"more": 1}]
)
def test_anything_else_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FusionMap.model_validate({**dict(MAP), **change})

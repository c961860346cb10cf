"""Variants of the same size."""

from typing import Any

import pytest

from support import experiment, log_table
from taskfusion.assemble.capacity import trunk_parameters, with_variant
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.layout import InputLayout
from taskfusion.variants.table import VARIANTS, variants_with_owners

UNITS = variants_with_owners()
WIDE = {"level_dims": [[64], [48]]}


@pytest.fixture(scope="module")
def layout() -> InputLayout:
    return FeatureEncoder.fit(log_table().lazy(), experiment().features).layout


@pytest.mark.parametrize(
    ("tables", "variant"),
    [*(("shared", v) for v in VARIANTS), *((t, v) for t in ("per-task", "both") for v in UNITS)],
)
def test_variants_have_the_same_number_of_parameters(layout: InputLayout, tables: str, variant: Any) -> None:
    own = experiment(network=WIDE, embedding={"tables": tables})
    size = trunk_parameters(own, layout)
    scaled = with_variant(own, variant, layout=layout, parameters=size)
    assert scaled.network.variant == variant
    assert trunk_parameters(scaled, layout) == pytest.approx(size, rel=0.04)


@pytest.mark.parametrize("variant", ["ple", "mmoe", "shared-bottom"])
def test_settings_of_experts_and_gates_are_carried_over(layout: InputLayout, variant: Any) -> None:
    more = {"expert_output": "normalised-swish", "init": "unit-variance", "gate": {"own_share": 0.9, "dropout": 0.1}}
    own = experiment(network={**WIDE, **more})
    size = trunk_parameters(own, layout)
    scaled = with_variant(own, variant, layout=layout, parameters=size)
    assert trunk_parameters(scaled, layout) == pytest.approx(size, rel=0.04)
    assert (scaled.network.gate, scaled.network.init) == (own.network.gate, own.network.init)


@pytest.mark.parametrize("tables", ["shared", "both"])
@pytest.mark.parametrize("residual", [None, True, False])
@pytest.mark.parametrize("dims", [[[8], [6]], [[200, 3], [7]]])
def test_the_own_variant_is_left_as_it_is(layout: InputLayout, tables: str, residual: bool | None, dims: Any) -> None:
    own = experiment(network={"level_dims": dims, "native_residual": residual}, embedding={"tables": tables})
    size = trunk_parameters(own, layout)
    assert with_variant(own, own.network.variant, layout=layout, parameters=size) == own


@pytest.mark.parametrize("variant", ["ple", "cgc", "mmoe", "cross-stitch"])
def test_a_residual_is_not_carried_over(layout: InputLayout, variant: Any) -> None:
    own = experiment(network={"native_residual": True})
    scaled = with_variant(own, variant, layout=layout, parameters=trunk_parameters(own, layout))
    assert scaled.network.native_residual is None

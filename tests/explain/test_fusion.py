"""Maps of fusion weights against a mean taken row by row."""

from collections.abc import Sequence

import pytest
import torch

from taskfusion.data.batch import Batch
from taskfusion.data.layout import InputLayout, Table
from taskfusion.explain.fusion import fusion_maps
from taskfusion.model.fusion.network import FusionNetwork
from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.head.tower import TowerBank
from taskfusion.model.input.embedding_level import embedding_plan
from taskfusion.model.input.layer import InputLayer, TablePlacement
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.fusion_map import FusionMap, Matrix
from taskfusion.variants.table import plan_levels

TASKS = ("click", "like", "hate")
LAYOUT = InputLayout(
    tables=(Table("user", 20, None),),
    ids=(0,),
    bags=(),
    num_numeric=2,
    id_names=("user",),
    bag_names=(),
    numeric_names=("age", "hour"),
)


def batch_of(rows: int) -> Batch:
    """Random users and numbers, no labels that matter."""
    generator = torch.Generator().manual_seed(rows)
    return Batch(
        ids_BF=torch.randint(20, (rows, 1), generator=generator, dtype=torch.int32),
        bags=(),
        numeric_BN=torch.randn(rows, 2, generator=generator) * 3,
        label_BT=torch.zeros(rows, 3),
        weight_BT=torch.ones(rows, 3),
    )


def rows_of(batch: Batch, start: int, stop: int) -> Batch:
    """Rows start to stop of a batch."""
    return Batch(
        ids_BF=batch.ids_BF[start:stop],
        bags=(),
        numeric_BN=batch.numeric_BN[start:stop],
        label_BT=batch.label_BT[start:stop],
        weight_BT=batch.weight_BT[start:stop],
    )


def model_of(
    variant: str, num_experts: int = 2, fusion: bool = False, groups: Sequence[Sequence[int]] = ()
) -> MultiTaskModel:
    """Two levels, two experts per task, one shared and one per group where the variant has them."""
    torch.manual_seed(0)
    plans = plan_levels(
        variant,
        NetworkShape(
            num_tasks=3,
            level_dims=[[8], [6]],
            task_experts=2,
            shared_experts=1,
            num_experts=num_experts,
            task_groups=groups,
        ),
    )
    level_0 = embedding_plan(plans) if fusion else None
    placement: TablePlacement = "per-task" if fusion else "shared"
    inputs = InputLayer(LAYOUT, dim=4, placement=placement, num_units=4, init_std=1.0, level_0=level_0)
    network = FusionNetwork(plans, inputs.output_dim)
    heads = [BinaryHead() for _ in TASKS]
    return MultiTaskModel(inputs, network, TowerBank(6, [5], [1, 1, 1]), heads).eval()


def brute_force(model: MultiTaskModel, batch: Batch) -> list[torch.Tensor]:
    """Per level the mean over rows of gate + native, a row at a time in float64."""
    totals: list[torch.Tensor] = []
    with torch.no_grad():
        for row in range(len(batch)):
            weights = model.fusion_weights(rows_of(batch, row, row + 1))
            sums = [level.gate[0].double() + level.native.double() for level in weights]
            totals = [total + new for total, new in zip(totals, sums, strict=True)] if totals else sums
    return [total / len(batch) for total in totals]


def _matrix(rows: Matrix) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize("variant", ["adatt", "adatt-sp", "ple", "stem", "ml-mmoe", "cross-stitch", "own-only"])
def test_weights_are_the_mean_over_rows_of_gate_plus_native(variant: str) -> None:
    model, batch = model_of(variant), batch_of(13)
    maps = fusion_maps(model, [batch], TASKS)
    assert [found.level for found in maps] == [1, 2]
    natives = [weights.native.detach().double() for weights in model.fusion_weights(batch)]
    for found, expected, native in zip(maps, brute_force(model, batch), natives, strict=True):
        torch.testing.assert_close(_matrix(found.weight), expected, rtol=0, atol=1e-6)
        torch.testing.assert_close(_matrix(found.gate), expected - native, rtol=0, atol=1e-6)


def test_level_0_comes_first() -> None:
    model, batch = model_of("ple", fusion=True), batch_of(13)
    maps = fusion_maps(model, [batch], TASKS)
    assert [found.level for found in maps] == [0, 1, 2]
    assert maps[0].experts == ("click 1", "like 1", "hate 1", "shared 1")
    assert maps[0].visible[0] == (True, False, False, True)
    for found, expected in zip(maps, brute_force(model, batch), strict=True):
        torch.testing.assert_close(_matrix(found.weight), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("variant", ["adatt", "ple", "stem", "ml-mmoe", "cross-stitch"])
def test_one_batch_or_many_of_unequal_size_give_the_same(variant: str) -> None:
    model, batch = model_of(variant), batch_of(13)
    parts = [rows_of(batch, *edges) for edges in ((0, 1), (1, 9), (9, 13))]
    for one, many in zip(fusion_maps(model, [batch], TASKS), fusion_maps(model, iter(parts), TASKS), strict=True):
        for key in ("weight", "gate"):
            torch.testing.assert_close(_matrix(getattr(one, key)), _matrix(getattr(many, key)), rtol=0, atol=1e-6)
        without = [found.model_copy(update={"weight": (), "gate": ()}) for found in (one, many)]
        assert without[0] == without[1]


@pytest.mark.parametrize("variant", ["adatt", "ple", "stem", "own-only", "ml-mmoe"])
def test_an_expert_that_is_not_visible_has_no_weight(variant: str) -> None:
    for found in fusion_maps(model_of(variant), [batch_of(5)], TASKS):
        visible = torch.tensor(found.visible)
        assert torch.equal(_matrix(found.gate) > 0, visible)
        assert (_matrix(found.weight)[~visible] == 0).all()


def _owned_names(found: FusionMap) -> tuple[list[str], list[str], list[str]]:
    return list(found.units), list(found.experts), list(found.expert_units)


@pytest.mark.parametrize("variant", ["adatt", "ple"])
def test_experts_are_named_after_their_units(variant: str) -> None:
    experts = ["click 1", "click 2", "like 1", "like 2", "hate 1", "hate 2", "shared 1"]
    owners = ["click", "click", "like", "like", "hate", "hate", "shared"]
    first, last = fusion_maps(model_of(variant), [batch_of(5)], TASKS)
    assert _owned_names(first) == ([*TASKS, "shared"], experts, owners)
    assert _owned_names(last) == ([*TASKS], experts, owners)


def test_units_of_groups_have_names_of_their_own() -> None:
    first, last = fusion_maps(model_of("ple", groups=[(0, 1)]), [batch_of(5)], TASKS, ["social group"])
    assert first.units == (*TASKS, "social group", "shared")
    assert last.experts[-2:] == ("social group 1", "shared 1")
    assert last.visible[2] == (*[False] * 4, *[True] * 2, False, True)


@pytest.mark.parametrize("num_experts", [2, 3, 4])
def test_experts_that_belong_to_nobody_are_numbered(num_experts: int) -> None:
    """Also with as many experts as tasks: the states between levels are still no task's."""
    first, last = fusion_maps(model_of("ml-mmoe", num_experts), [batch_of(5)], TASKS)
    numbers = range(1, num_experts + 1)
    experts = [f"expert {number}" for number in numbers]
    assert _owned_names(first) == ([f"state {number}" for number in numbers], experts, [""] * num_experts)
    assert _owned_names(last) == ([*TASKS], experts, [""] * num_experts)


def test_a_network_with_nothing_to_mix_has_no_maps() -> None:
    assert fusion_maps(model_of("shared-bottom"), [batch_of(5)], TASKS) == []

"""Maps by domain against a mean over the domain's rows alone."""

import pytest
import torch

from serve.models import SCHEMA, model_of, rows
from taskfusion.explain.attribution import attribute, mean_input
from taskfusion.explain.conductance import contributions
from taskfusion.explain.fusion import fusion_maps
from taskfusion.explain.scenario import FEWEST_ROWS, domain_maps

TASKS = ("click", "minutes", "rating")
PLACES = ("missing", "unseen", "home", "work", "street")
BATCH = rows(600)


@pytest.mark.parametrize(("variant", "fusion"), [("adatt", False), ("stem", True), ("ml-mmoe", False)])
def test_a_domain_has_the_mean_of_its_own_rows(variant: str, fusion: bool) -> None:
    model = model_of(variant, "both" if fusion else "shared", fusion=fusion, scenario=("place",))
    parts = [BATCH.rows(torch.arange(start, start + 200)) for start in (0, 200, 400)]
    found = domain_maps(model, parts, TASKS, (), [PLACES])
    assert [one.rows for one in found] == sorted((one.rows for one in found), reverse=True)
    assert sum(one.rows for one in found) == 600
    assert {one.value for one in found} == set(PLACES)
    for one in found:
        of_domain = torch.nonzero(BATCH.ids_BF[:, 2] == PLACES.index(one.value))[:, 0]
        assert one.rows == len(of_domain)
        if one.rows < FEWEST_ROWS:
            assert one.levels == ()
            continue
        for level, alone in zip(one.levels, fusion_maps(model, [BATCH.rows(of_domain)], TASKS), strict=True):
            assert (level.level, level.units, level.experts) == (alone.level, alone.units, alone.experts)
            torch.testing.assert_close(torch.tensor(level.weight), torch.tensor(alone.weight), rtol=1e-5, atol=1e-6)
    assert any(one.levels for one in found)
    by_value = {one.value: one.levels[-1].weight for one in found if one.levels}
    assert len({str(weight) for weight in by_value.values()}) == len(by_value)


def test_gates_that_read_no_domain_have_no_maps() -> None:
    assert domain_maps(model_of("adatt"), [BATCH], TASKS, (), []) == []
    assert domain_maps(model_of("shared-bottom", scenario=("place",)), [BATCH], TASKS, (), [PLACES]) == []


def test_of_two_features_each_has_its_values() -> None:
    found = domain_maps(
        model_of("adatt", scenario=("place", "item")), [BATCH], TASKS, (), [PLACES, [str(item) for item in range(15)]]
    )
    assert [one.feature for one in found] == ["place"] * 5 + ["item"] * 15
    assert all(not one.levels for one in found if one.feature == "item")


@pytest.mark.parametrize(("variant", "fusion"), [("adatt", False), ("ml-mmoe", False), ("ple", True)])
def test_what_acts_through_the_domain_is_part_of_explanations(variant: str, fusion: bool) -> None:
    """Integrated gradients and contributions add up, which they would not without what gates take of the domain."""
    model, some = model_of(variant, "both" if fusion else "shared", fusion=fusion, scenario=("place",)), rows(40)
    sources = {feature.name: feature.name for feature in SCHEMA.features}
    found = attribute(model, some, mean_input(model, some), sources)
    assert found.errors.max() < 0.02
    with torch.no_grad():
        x = model.network_input(some)
    parts = contributions(model, x, x.mean(0))
    assert parts.error < 0.02

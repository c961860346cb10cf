"""Domains as columns: one 1 per feature and row, and domains of too many values are refused."""

import pytest
import torch

from serve.models import LAYOUT, rows
from taskfusion.base.errors import ExperimentError
from taskfusion.data.layout import InputLayout, Table
from taskfusion.model.input.scenario import MOST_CODES, ScenarioColumns, scenario_fields
from taskfusion.model.input.table import Field


def test_columns_are_the_codes_one_hot_in_the_order_of_the_features() -> None:
    columns, batch = ScenarioColumns(LAYOUT, ("place", "user")), rows(50)
    assert columns.fields == (Field("place", 5), Field("user", 20))
    found_BV = columns(batch)
    place_BV, user_BV = found_BV.split([5, 20], dim=1)
    assert torch.equal(place_BV.argmax(1), batch.ids_BF[:, 2].long())
    assert torch.equal(user_BV.argmax(1), batch.ids_BF[:, 0].long())
    assert torch.equal(found_BV.sum(1), torch.full((50,), 2.0))


def test_they_stand_after_x_for_every_unit() -> None:
    columns, batch = ScenarioColumns(LAYOUT, ("place",)), rows(4)
    for x in (torch.randn(4, 3), torch.randn(4, 2, 3)):
        found = columns.beside(x, batch)
        assert torch.equal(found[..., :3], x)
        assert torch.equal(found[..., 3:], columns(batch).reshape(4, *[1] * (x.dim() - 2), 5).expand(*x.shape[:-1], 5))


def test_domains_are_categorical_and_of_few_values() -> None:
    with pytest.raises(ExperimentError, match="names 'age', but the categorical features are user, item, place"):
        scenario_fields(LAYOUT, ["age"])
    many = InputLayout((Table("a", 200, None), Table("b", 57, None)), (0, 1), (), 0, ("a", "b"), (), ())
    assert sum(field.dim for field in scenario_fields(many, ["a"])) <= MOST_CODES
    with pytest.raises(ExperimentError, match=r"256 codes together at the most, found 257 .'a' 200, 'b' 57."):
        scenario_fields(many, ["a", "b"])

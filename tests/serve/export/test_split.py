"""A request and its candidates, each read once, against the model on all pairs of them."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from serve.models import CASES, GROUPS, LAYOUT, SCHEMA, model_of, rows
from taskfusion.base.errors import ExperimentError
from taskfusion.data.batch import Batch
from taskfusion.model.input.layer import TablePlacement
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.report.card import WHOLE
from taskfusion.report.retold import retold
from taskfusion.schema.schema import Schema
from taskfusion.serve.export.split import SplitModel, column_runs, split_model
from taskfusion.serve.export.tensors import take, whole_batch
from taskfusion.serve.inputs import features_of
from translations import english_left, in_japanese


def _split(model: MultiTaskModel, schema: Schema = SCHEMA) -> SplitModel:
    return split_model(model, model.lowered(), LAYOUT, schema)


@pytest.mark.parametrize(
    ("layers", "groups", "scenario"),
    [(1, (), ()), (2, (), ()), (1, GROUPS, ()), (1, (), ("place",)), (1, (), ("item", "user"))],
)
@pytest.mark.parametrize(("variant", "placement"), CASES)
@torch.no_grad()
def test_parts_compute_what_the_model_does(
    variant: str,
    placement: TablePlacement,
    layers: int,
    groups: Sequence[Sequence[int]],
    scenario: Sequence[str],
) -> None:
    for dtype, tolerance in ((torch.float64, 1e-10), (torch.float32, 1e-5)):
        model = model_of(variant, placement, layers, groups=groups, scenario=scenario).to(dtype)
        split = _split(model)
        request, catalogue, row_B = rows(1, 5, dtype), rows(9, 6, dtype), torch.tensor([8, 0, 3, 3])
        shares = split.request(take(split.request.inputs, request)), split.item(take(split.item.inputs, catalogue))
        found = split.candidates(*shares, row_B)
        item = split.item.inputs
        repeated = request.rows(torch.zeros(4, dtype=torch.long))
        pairs = whole_batch(item, take(item, catalogue.rows(row_B)), elsewhere=repeated)
        for one, other in zip(found, model.predict(pairs), strict=True):
            torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance / 10)


def _with_roles(**roles: str) -> Schema:
    content: dict[str, Any] = SCHEMA.model_dump()
    features = [{**feature, "role": roles.get(feature["name"], feature["role"])} for feature in content["features"]]
    return Schema.model_validate({**content, "features": features})


@pytest.mark.parametrize("scenario", [(), ("place",)])
@pytest.mark.parametrize(
    ("variant", "placement"), [("adatt", "both"), ("stem", "per-task"), ("ple", "shared"), ("mmoe", "shared")]
)
@torch.no_grad()
def test_features_of_item_and_request_together_are_read_per_candidate(
    variant: str, placement: TablePlacement, scenario: Sequence[str]
) -> None:
    model = model_of(variant, placement, scenario=scenario).double()
    split = _split(model, _with_roles(place="candidate", tags="candidate", price="candidate"))
    request, catalogue, own = (rows(count, seed, torch.float64) for count, seed in ((1, 5), (9, 6), (4, 7)))
    row_B = torch.tensor([8, 0, 3, 3])
    shares = split.request(take(split.request.inputs, request)), split.item(take(split.item.inputs, catalogue))
    assert split.candidates.own is not None
    inputs, item = split.candidates.own.inputs, split.item.inputs
    found = split.candidates(*shares, row_B, take(inputs, own))
    pairs = whole_batch(item, take(item, catalogue.rows(row_B)), request.rows(torch.zeros(4, dtype=torch.long)))
    pairs = whole_batch(inputs, take(inputs, own), elsewhere=pairs)
    for one, other in zip(found, model.predict(pairs), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-11)


def test_columns_of_all_features_are_one_run() -> None:
    model = model_of(placement="both")
    assert column_runs(model, {f.name for f in SCHEMA.features}) == [(0, model.network.input_dim)]
    parts = [column_runs(model, features_of(SCHEMA, role)) for role in ("request", "item")]
    columns = [column for runs in parts for start, stop in runs for column in range(start, stop)]
    assert sorted(columns) == list(range(model.network.input_dim))


def _all_of_role(role: str) -> Schema:
    content: dict[str, Any] = SCHEMA.model_dump()
    return Schema.model_validate({**content, "features": [{**f, "role": role} for f in content["features"]]})


@pytest.mark.parametrize(
    ("role", "named"), [("item", "role item or candidate"), ("user", "role user, context or candidate")]
)
def test_a_model_with_one_side_is_not_split(role: str, named: str) -> None:
    with pytest.raises(ExperimentError, match=named) as error:
        _split(model_of(), _all_of_role(role))
    assert english_left(in_japanese(retold, str(error.value), WHOLE)) == []


class _Mixing(MultiTaskModel):
    """Features are combined before the network."""

    def network_input(self, batch: Batch) -> Tensor:
        x = super().network_input(batch)
        return x * x.sum(-1, keepdim=True)


def test_a_model_that_combines_features_first_is_not_split() -> None:
    plain = model_of()
    mixing = _Mixing(plain.inputs, plain.network, plain.towers, plain.heads).eval()
    with pytest.raises(ExperimentError, match="combined before the network") as error:
        _split(mixing)
    assert english_left(in_japanese(retold, str(error.value), WHOLE)) == []


@pytest.mark.parametrize("variant", ["adatt", "mmoe"])
def test_a_model_with_feature_gates_is_not_split(variant: str) -> None:
    with pytest.raises(ExperimentError, match="combined before the network"):
        _split(model_of(variant, feature_gates=True))


def test_a_model_that_mixes_embeddings_first_is_not_split() -> None:
    with pytest.raises(ExperimentError, match="combined before the network"):
        _split(model_of("adatt", "both", fusion=True))

"""A graph's inputs as tensors, and back."""

import numpy as np
import pytest
import torch

from serve.models import LAYOUT, SCHEMA, rows
from taskfusion.serve.export.tensors import part_batch, random_batch, take, whole_batch
from taskfusion.serve.inputs import GraphInputs

ALL = {feature.name for feature in SCHEMA.features}
FEATURES = [ALL, {"user"}, {"tags"}, {"age"}, {"item", "tags", "price"}, {"history", "place", "age"}]


@pytest.mark.parametrize("features", FEATURES, ids=lambda features: " ".join(sorted(features)))
def test_what_is_taken_comes_back_and_the_rest_is_missing(features: set[str]) -> None:
    batch, inputs = rows(4), GraphInputs.of(LAYOUT, features)
    again = whole_batch(inputs, take(inputs, batch))
    for place, name in enumerate(LAYOUT.id_names):
        expected = batch.ids_BF[:, place] if name in features else torch.zeros(4)
        assert torch.equal(again.ids_BF[:, place], expected.int())
    for name, one, other in zip(LAYOUT.bag_names, batch.bags, again.bags, strict=True):
        assert torch.equal(other, one) if name in features else not other.any()
    for place, name in enumerate(("age", "age", "price")):
        expected = batch.numeric_BN[:, place] if name in features else torch.zeros(4)
        assert torch.equal(again.numeric_BN[:, place], expected)


@pytest.mark.parametrize("features", FEATURES, ids=lambda features: " ".join(sorted(features)))
def test_the_rest_can_be_that_of_other_rows(features: set[str]) -> None:
    one, other = rows(4, seed=1), rows(4, seed=2)
    taken, kept = GraphInputs.of(LAYOUT, features), GraphInputs.of(LAYOUT, ALL - features)
    mixed = whole_batch(taken, take(taken, one), elsewhere=other)
    for inputs, source in ((taken, one), (kept, other)):
        assert all(torch.equal(a, b) for a, b in zip(take(inputs, mixed), take(inputs, source), strict=True))


@pytest.mark.parametrize("features", FEATURES, ids=lambda features: " ".join(sorted(features)))
def test_arrays_and_tensors_are_taken_alike(features: set[str]) -> None:
    batch, inputs = rows(4), GraphInputs.of(LAYOUT, features)
    for array, tensor in zip(inputs.feed(batch.numpy()).values(), take(inputs, batch), strict=True):
        np.testing.assert_array_equal(array, tensor.numpy(), strict=True)


def test_random_rows_hold_codes_of_their_tables() -> None:
    batch = random_batch(LAYOUT, 200, torch.Generator().manual_seed(0))
    for column, table in enumerate(LAYOUT.ids):
        assert set(batch.ids_BF[:, column].tolist()) == set(range(LAYOUT.tables[table].num_codes))
    for code_BL, bag in zip(batch.bags, LAYOUT.bags, strict=True):
        assert int(code_BL.max()) == LAYOUT.tables[bag.table].num_codes - 1
        assert not ((code_BL[:, :-1] == 0) & (code_BL[:, 1:] != 0)).any()


@pytest.mark.parametrize("features", FEATURES, ids=lambda features: " ".join(sorted(features)))
def test_a_part_holds_what_is_taken_and_no_column_else(features: set[str]) -> None:
    batch, inputs = rows(4), GraphInputs.of(LAYOUT, features)
    part = part_batch(take(inputs, batch), inputs)
    assert torch.equal(part.ids_BF, batch.ids_BF[:, list(inputs.ids)])
    assert torch.equal(part.numeric_BN, batch.numeric_BN[:, list(inputs.numeric)])
    assert all(one is batch.bags[place] for place, one in zip(inputs.bags, part.bags, strict=True))
    assert len(part) == 4

"""Copies of tables side by side: what is in which column, and that copies do not see each other."""

from itertools import accumulate

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from taskfusion.data.batch import Batch
from taskfusion.data.layout import BagInput, InputLayout, NumericInput, Table
from taskfusion.model.input.numeric import NumericSettings
from taskfusion.model.input.vector_tables import VectorTables

LAYOUT = InputLayout(
    tables=(Table("user", 6, None), Table("item", 4, None), Table("tag", 5, None)),
    ids=(0, 1, 1),
    bags=(BagInput(2, "mean"), BagInput(1, "sum")),
    num_numeric=3,
    id_names=("user", "item", "last"),
    bag_names=("tags", "history"),
    numeric_names=("age", "price", "hour"),
)
AGE, PRICE, HOUR = (
    NumericInput("age", (0,), "periodic"),
    NumericInput("price", (1,), "piecewise-linear", (0.0, 1.0, 2.0)),
    NumericInput("hour", (2,), None),
)
BATCH = Batch(
    ids_BF=torch.tensor([[1, 2, 3], [5, 0, 1]], dtype=torch.int32),
    bags=(torch.tensor([[2, 4], [0, 0]], dtype=torch.int32), torch.tensor([[1], [3]], dtype=torch.int32)),
    numeric_BN=torch.tensor([[0.1, 0.5, 2.0], [0.2, 1.5, -1.0]]),
    label_BT=torch.zeros(2, 0),
    weight_BT=torch.zeros(2, 0),
)
SETTINGS = NumericSettings(dim=3, bins=2, frequencies=2)


def build(dims: dict[int, int], numeric: list[NumericInput], copies: int, *, sparse: bool = False) -> VectorTables:
    torch.manual_seed(0)
    return VectorTables(LAYOUT, dims, numeric, SETTINGS, copies=copies, init_std=1.0, sparse=sparse)


def columns(tables: VectorTables) -> Tensor:
    """The parts side by side, [B, K, widths of the fields]."""
    return torch.cat(tables(BATCH), dim=2)


@given(
    dims=st.dictionaries(st.sampled_from([0, 1, 2]), st.sampled_from([2, 5])),
    numeric=st.lists(st.sampled_from([AGE, PRICE]), unique=True),
    copies=st.integers(1, 3),
    sparse=st.booleans(),
)
def test_every_column_is_that_of_a_field(
    dims: dict[int, int], numeric: list[NumericInput], copies: int, sparse: bool
) -> None:
    tables = build(dims, numeric, copies, sparse=sparse)
    widths = {name: dims[table] for name, table in zip(LAYOUT.id_names, LAYOUT.ids, strict=True) if table in dims}
    bags = zip(LAYOUT.bag_names, LAYOUT.bags, strict=True)
    widths |= {name: dims[bag.table] for name, bag in bags if bag.table in dims}
    widths |= {feature.feature: SETTINGS.dim for feature in numeric}
    assert {field.feature: field.dim for field in tables.fields} == widths
    assert len(tables.fields) == len(widths)
    if widths:
        assert columns(tables).shape == (2, copies, sum(widths.values()))
    assert [copies for _, copies in tables.table_parameters()] == [copies] * len(set(dims.values()))


@pytest.mark.parametrize("sparse", [False, True])
def test_a_column_holds_the_vector_that_its_fields_table_has_for_the_code(sparse: bool) -> None:
    """User and tag are 2 wide and stand one below the other; item is 3 wide."""
    tables = build({0: 2, 1: 3, 2: 2}, [AGE], 2, sparse=sparse)
    (narrow, _), (wide, _) = tables.table_parameters()
    user, tag = narrow.view(-1, 2, 2).split([6, 5])
    item = wide.view(-1, 2, 3)
    starts = dict(
        zip(
            (field.feature for field in tables.fields),
            accumulate((field.dim for field in tables.fields), initial=0),
            strict=False,
        )
    )
    found = columns(tables)
    for row in range(2):
        first, second, third = BATCH.ids_BF[row].tolist()
        real = [code for code in BATCH.bags[0][row].tolist() if code]
        mean = torch.stack([tag[code] for code in real]).mean(0) if real else torch.zeros(2, 2)
        expected = {
            "user": user[first],
            "item": item[second],
            "last": item[third],
            "tags": mean,
            "history": item[int(BATCH.bags[1][row])],
        }
        for name, vector_KW in expected.items():
            torch.testing.assert_close(found[row, :, starts[name] : starts[name] + vector_KW.shape[1]], vector_KW)


@pytest.mark.parametrize("sparse", [False, True])
def test_a_copy_trains_its_own_vectors_alone(sparse: bool) -> None:
    tables = build({0: 2, 1: 3}, [AGE, PRICE], 3, sparse=sparse)
    columns(tables)[:, 1].sum().backward()
    for weight, copies in tables.table_parameters():
        assert weight.grad is not None
        slope_RKW = weight.grad.to_dense().view(len(weight), copies, -1)
        assert [bool(slope_RKW[:, copy].any()) for copy in range(3)] == [False, True, False]


def test_a_number_is_encoded_as_it_says_or_else_as_the_settings_say() -> None:
    settings = NumericSettings("periodic", dim=3, frequencies=2)
    unsaid = VectorTables(LAYOUT, {}, [HOUR, AGE], settings, copies=1, init_std=1.0, sparse=False)
    assert len(unsaid.numeric) == 1  # one encoding for both
    mixed = VectorTables(LAYOUT, {}, [HOUR, PRICE], settings, copies=1, init_std=1.0, sparse=False)
    assert len(mixed.numeric) == 2
    moved = BATCH.numeric_BN + torch.tensor([0.0, 0.0, 0.3])
    other = Batch(BATCH.ids_BF, BATCH.bags, moved, BATCH.label_BT, BATCH.weight_BT)
    changed = (torch.cat(mixed(other), dim=2) != torch.cat(mixed(BATCH), dim=2)).flatten(0, 1).any(0)
    owner = [field.feature for field in mixed.fields for _ in range(field.dim)]
    assert {name for name, is_changed in zip(owner, changed.tolist(), strict=True) if is_changed} == {"hour"}

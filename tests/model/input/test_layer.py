"""The input layer against one look-up for each row, feature and code."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor

from taskfusion.data.batch import Batch
from taskfusion.data.layout import BagInput, InputLayout, NumericInput, Table
from taskfusion.model.input.attention import CandidateAttention
from taskfusion.model.input.embedding_level import embedding_plan
from taskfusion.model.input.layer import InputLayer, TablePlacement
from taskfusion.model.input.numeric import NumericSettings, NumericTable
from taskfusion.model.input.table import Field
from taskfusion.serve.export.tensors import part_batch, take
from taskfusion.serve.inputs import GraphInputs
from taskfusion.train.optimizer import SparseAdagrad
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.table import plan_levels

DIM = 3
PLACEMENTS: st.SearchStrategy[TablePlacement] = st.sampled_from(["shared", "per-task", "both"])


def layout_of(tables: list[tuple[int, int | None]], ids: list[int], bags: list[BagInput], numeric: int) -> InputLayout:
    return InputLayout(
        tables=tuple(Table(f"table{index}", *table) for index, table in enumerate(tables)),
        ids=tuple(ids),
        bags=tuple(bags),
        num_numeric=numeric,
        id_names=tuple(f"id{index}" for index in range(len(ids))),
        bag_names=tuple(f"bag{index}" for index in range(len(bags))),
        numeric_names=tuple(f"number{index}" for index in range(numeric)),
    )


def batch_of(ids: list[list[int]], bags: list[list[list[int]]], numeric: list[list[float]]) -> Batch:
    """Rows without labels."""
    rows = len(numeric)
    return Batch(
        ids_BF=torch.tensor(ids, dtype=torch.int32).view(rows, -1 if rows and ids[0] else 0),
        bags=tuple(torch.tensor(bag, dtype=torch.int32) for bag in bags),
        numeric_BN=torch.tensor(numeric, dtype=torch.float32).view(rows, -1 if rows and numeric[0] else 0),
        label_BT=torch.zeros(rows, 0),
        weight_BT=torch.zeros(rows, 0),
    )


@st.composite
def layouts(draw: st.DrawFn) -> InputLayout:
    """Up to three tables of mixed widths, each read by at least one of up to three ids and two bags."""
    tables = draw(st.lists(st.tuples(st.integers(2, 5), st.sampled_from([None, 2, DIM])), max_size=3))
    if not tables:
        return layout_of([], [], [], draw(st.integers(1, 2)))
    table = st.integers(0, len(tables) - 1)
    ids = draw(st.lists(table, max_size=3))
    bags = draw(st.lists(st.builds(BagInput, table, st.sampled_from(["mean", "sum"])), max_size=2))
    assume({*ids, *(bag.table for bag in bags)} == set(range(len(tables))))
    return layout_of(tables, ids, bags, draw(st.integers(0, 2)))


@st.composite
def batches(draw: st.DrawFn, layout: InputLayout) -> Batch:
    rows = draw(st.integers(1, 4))

    def code(table: int, least: int) -> st.SearchStrategy[int]:
        return st.integers(least, layout.tables[table].num_codes - 1)

    ids = [[draw(code(table, 0)) for table in layout.ids] for _ in range(rows)]
    bags = []
    for bag in layout.bags:
        longest = draw(st.integers(1, 4))
        codes = [draw(st.lists(code(bag.table, 1), max_size=longest)) for _ in range(rows)]
        bags.append([row + [0] * (longest - len(row)) for row in codes])
    numeric = [[draw(st.floats(-2, 2, width=32)) for _ in range(layout.num_numeric)] for _ in range(rows)]
    return batch_of(ids, bags, numeric)


@st.composite
def placements(draw: st.DrawFn, layout: InputLayout, *, num_units: int) -> dict[str, Any]:
    """Where tables stand, as arguments of InputLayer."""
    placement = draw(st.sampled_from(["shared", "per-task", "both"]))
    if placement == "shared":
        return {"placement": placement}
    named = st.lists(st.sampled_from([table.name for table in layout.tables] or ["none"]), unique=True)
    own_features, own_dim = draw(st.none() | named), draw(st.sampled_from([None, 2, 5]))
    return {"placement": placement, "num_units": num_units, "own_features": own_features, "own_dim": own_dim}


class PlainTables:
    """Every copy of every table as a list of vectors, read from a layer by the axes of its parameters."""

    def __init__(self, layer: InputLayer, layout: InputLayout, placed: dict[str, Any]) -> None:
        self.layout = layout
        named, self.has_own = placed.get("own_features"), placed["placement"] != "shared"
        mine = {table for table, spec in enumerate(layout.tables) if named is None or spec.name in named}
        own = mine if self.has_own else set()
        shared = {table for table in range(len(layout.tables)) if table not in own or placed["placement"] == "both"}
        dims = [table.dim or DIM for table in layout.tables]
        parameters = iter(layer.table_parameters())
        self.own = self._read(parameters, {t: placed.get("own_dim") or dims[t] for t in sorted(own)})
        self.shared = self._read(parameters, {t: dims[t] for t in sorted(shared)})
        assert next(parameters, None) is None

    def _read(self, parameters: Iterator[tuple[Tensor, int]], dims: dict[int, int]) -> list[dict[int, list[Tensor]]]:
        """Width by width the rows of each table, [K, width] each."""
        found = []
        for width in dict.fromkeys(dims.values()):
            members, (weight, copies) = [table for table in dims if dims[table] == width], next(parameters)
            assert weight.shape == (sum(self.layout.tables[m].num_codes for m in members), copies * width)
            rows = iter(weight)
            found.append(
                {m: [next(rows).view(copies, width) for _ in range(self.layout.tables[m].num_codes)] for m in members}
            )
        return found

    def _vectors(self, tables: dict[int, list[Tensor]], batch: Batch, row: int, copy: int) -> list[Tensor]:
        """Vectors of the features of one width: ids, then bags."""
        found = []
        for column, table in enumerate(self.layout.ids):
            if table in tables:
                found.append(tables[table][int(batch.ids_BF[row, column])][copy])
        for place, bag in enumerate(self.layout.bags):
            if bag.table in tables:
                real = [int(code) for code in batch.bags[place][row] if code != 0]
                total = torch.zeros(tables[bag.table][0].shape[1])
                for code in real:
                    total = total + tables[bag.table][code][copy]
                found.append(total / len(real) if real and bag.pooling == "mean" else total)
        return found

    def x(self, batch: Batch, row: int, unit: int) -> Tensor:
        """The input of one row and unit: its own vectors, the shared ones, then the numbers."""
        own = [vector for tables in self.own for vector in self._vectors(tables, batch, row, unit)]
        shared = [vector for tables in self.shared for vector in self._vectors(tables, batch, row, 0)]
        return torch.cat([*own, *shared, batch.numeric_BN[row]])


@given(data=st.data(), layout=layouts(), num_units=st.integers(2, 3), seed=st.integers(0, 99))
def test_x_and_gradients_equal_plain_look_ups(
    data: st.DataObject, layout: InputLayout, num_units: int, seed: int
) -> None:
    placed = data.draw(placements(layout, num_units=num_units))
    torch.manual_seed(seed)
    layer = InputLayer(layout, dim=DIM, init_std=1.0, **placed)
    batch = data.draw(batches(layout))
    plain = PlainTables(layer, layout, placed)
    rows = range(len(batch))
    by_unit = [torch.stack([plain.x(batch, row, unit) for row in rows]) for unit in range(num_units)]
    expected = torch.stack(by_unit, dim=1) if plain.has_own else by_unit[0]
    for table, spec in enumerate(layout.tables):
        rows_of = [group[table] for group in (*plain.own, *plain.shared) if table in group]
        assert layer.row_widths[table] == sum(vectors[0].numel() for vectors in rows_of), spec.name
    found = layer(batch)
    assert found.shape[-1] == layer.output_dim == sum(field.dim for field in layer.fields)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)

    leaves = list(layer.parameters())
    if leaves:
        pull = torch.randn_like(found)
        read_or_not = expected + sum(0 * leaf.sum() for leaf in leaves)
        for one, other in zip(
            torch.autograd.grad(found, leaves, pull), torch.autograd.grad(read_or_not, leaves, pull), strict=True
        ):
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


@given(data=st.data(), layout=layouts(), placement=PLACEMENTS)
def test_sparse_gradients_equal_dense_ones(data: st.DataObject, layout: InputLayout, placement: TablePlacement) -> None:
    dense, sparse = (
        InputLayer(layout, dim=DIM, placement=placement, num_units=2, sparse=sparse) for sparse in (False, True)
    )
    sparse.load_state_dict(dense.state_dict(), strict=True)
    batch = data.draw(batches(layout))
    pull = torch.randn_like(dense(batch))
    for layer in (dense, sparse):
        if list(layer.parameters()):
            (layer(batch) * pull).sum().backward()
    for one, other in zip(sparse.parameters(), dense.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        assert one.grad.is_sparse
        torch.testing.assert_close(one.grad.to_dense(), other.grad, rtol=1e-5, atol=1e-6)


# Two ids and a bag on one table, an id of another width, one number.
LAYOUT = layout_of([(6, None), (3, 2)], [0, 0, 1], [BagInput(0, "mean"), BagInput(1, "sum")], 1)
BATCH = batch_of(
    ids=[[1, 2, 0], [2, 2, 2], [0, 5, 1]],
    bags=[[[2, 4, 0], [3, 3, 3], [0, 0, 0]], [[1, 2], [0, 0], [2, 0]]],
    numeric=[[0.5], [-1.0], [2.0]],
)


def test_features_that_share_a_table_read_the_same_vectors() -> None:
    layer = InputLayer(LAYOUT, dim=DIM)
    x = layer(BATCH)
    assert torch.equal(x[0, 3:6], x[1, 0:3])
    assert not torch.equal(x[0, 0:3], x[0, 3:6])
    assert torch.equal(x[:, -1], torch.tensor([0.5, -1.0, 2.0]))
    assert sum(p.numel() for p in layer.parameters()) == 6 * 3 + 3 * 2


def test_tables_of_one_width_stand_one_below_the_other() -> None:
    layout = layout_of([(6, None), (5, DIM)], [1, 0], [BagInput(1, "sum")], 0)
    layer = InputLayer(layout, dim=DIM)
    ((weight, _),) = layer.table_parameters()
    assert weight.shape == (11, 3)
    x = layer(batch_of(ids=[[4, 1]], bags=[[[2, 3]]], numeric=[[]]))
    assert torch.equal(x, torch.cat([weight[6 + 4], weight[1], weight[6 + 2] + weight[6 + 3]]).unsqueeze(0))


def test_an_empty_bag_is_zero_and_padding_is_never_read() -> None:
    layer = InputLayer(LAYOUT, dim=DIM, init_std=1.0)
    x = layer(BATCH)
    mean_bag, sum_bag = x[:, 6:9], x[:, 11:13]
    assert torch.equal(mean_bag[2], torch.zeros(3))
    assert torch.equal(sum_bag[1], torch.zeros(2))
    assert (mean_bag[:2] != 0).all()
    (weight, _), (other_weight, _) = layer.table_parameters()
    with torch.no_grad():
        weight[0] += 100.0
        other_weight[0] += 100.0
    after = layer(BATCH)
    assert torch.equal(after[:, 6:9], mean_bag)
    assert torch.equal(after[:, 11:13], sum_bag)
    assert not torch.equal(after[2, 0:3], x[2, 0:3])
    layer(BATCH)[:, 6:9].sum().backward()
    assert weight.grad is not None
    assert (weight.grad[0] == 0).all()


@pytest.mark.parametrize(
    ("placement", "copies"), [("shared", 1), ("per-task", 3), ("both", 4)], ids=["shared", "per-task", "both"]
)
def test_placement_says_how_many_copies_of_the_tables_there_are(placement: TablePlacement, copies: int) -> None:
    layer = InputLayer(LAYOUT, dim=DIM, placement=placement, num_units=3)
    assert sum(k for _, k in layer.table_parameters()) == 2 * copies
    assert sum(p.numel() for p in layer.parameters()) == copies * (6 * 3 + 3 * 2)


def test_a_unit_with_both_kinds_of_tables_moves_its_own_and_the_shared_ones_alone() -> None:
    layer = InputLayer(LAYOUT, dim=DIM, placement="both", num_units=2)
    layer(BATCH)[:, 1].sum().backward()
    for weight, copies in layer.table_parameters():
        assert weight.grad is not None
        gradient = weight.grad.view(weight.shape[0], copies, -1).abs().sum((0, 2))
        assert [value > 0 for value in gradient.tolist()] == ([True] if copies == 1 else [False, True])


@pytest.mark.parametrize("placement", ["per-task", "both"])
def test_one_unit_with_tables_of_its_own_keeps_its_axis(placement: Literal["per-task", "both"]) -> None:
    layer = InputLayer(LAYOUT, dim=DIM, placement=placement, num_units=1)
    assert layer(BATCH).shape == (3, 1, layer.output_dim)


def test_every_copy_of_every_table_starts_normal_with_the_given_deviation() -> None:
    torch.manual_seed(0)
    layout = layout_of([(4000, None), (4000, 2)], [0, 1], [], 0)
    layer = InputLayer(layout, dim=DIM, placement="both", num_units=2, init_std=0.02)
    for weight, copies in layer.table_parameters():
        by_copy = weight.detach().view(4000, copies, -1)
        for copy in range(copies):
            assert by_copy[:, copy].mean().item() == pytest.approx(0, abs=0.001)
            assert by_copy[:, copy].std().item() == pytest.approx(0.02, rel=0.05)
        assert copies == 1 or not torch.equal(by_copy[:, 0], by_copy[:, 1])


def test_the_state_holds_the_tables_alone() -> None:
    layer = InputLayer(LAYOUT, dim=DIM, placement="both", num_units=2)
    assert set(layer.state_dict()) == {name for name, _ in layer.named_parameters()}
    other = InputLayer(LAYOUT, dim=DIM, placement="both", num_units=2)
    other.load_state_dict(layer.state_dict(), strict=True)
    assert torch.equal(other(BATCH), layer(BATCH))


@pytest.mark.parametrize("placement", ["shared", "per-task", "both"])
def test_fields_name_the_feature_behind_every_column(placement: TablePlacement) -> None:
    layout = layout_of([(5, None), (4, 2), (3, None)], [0, 1, 2], [BagInput(1, "mean")], 2)
    layer = InputLayer(layout, dim=DIM, placement=placement, num_units=2)
    batch = batch_of([[2, 2, 2]], [[[2, 3]]], [[1.0, 1.0]])
    x = layer(batch)
    owner = [field.feature for field in layer.fields for _ in range(field.dim)]
    assert len(owner) == layer.output_dim == x.shape[-1]
    for feature in ("id0", "id1", "id2", "bag0", "number0", "number1"):
        kind, place = feature[:-1], int(feature[-1])
        ids, numbers = batch.ids_BF.clone(), batch.numeric_BN.clone()
        ids[:, place] -= int(kind == "id")
        numbers[:, place % 2] += float(kind == "number")
        bags = tuple(bag * 0 if kind == "bag" else bag for bag in batch.bags)
        changed = layer(Batch(ids, bags, numbers, batch.label_BT, batch.weight_BT)) != x
        moved = changed.view(-1, x.shape[-1]).any(0).tolist()
        assert moved == [name == feature for name in owner], feature


def test_exporters_see_the_same_numbers_without_sparse_gradients() -> None:
    layer = InputLayer(LAYOUT, dim=DIM, placement="both", num_units=2, sparse=True)
    program = torch.export.export(_OfTensors(layer), (BATCH.ids_BF, *BATCH.bags, BATCH.numeric_BN))
    assert not any("embedding_bag" in str(node.target) for node in program.graph.nodes)
    exported = program.module()(BATCH.ids_BF, *BATCH.bags, BATCH.numeric_BN)
    torch.testing.assert_close(exported, layer(BATCH), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("sparse", [False, True])
def test_bags_without_places_are_zero(sparse: bool) -> None:
    layer = InputLayer(layout_of([(6, None)], [], [BagInput(0, "mean")], 0), dim=DIM, sparse=sparse)
    ((weight, copies),) = layer.table_parameters()
    x = layer(batch_of(ids=[[], []], bags=[[[], []]], numeric=[[], []]))
    assert torch.equal(x, torch.zeros(2, DIM))
    x.sum().backward()
    optimizer = SparseAdagrad([(weight, copies)], lr=0.1) if sparse else torch.optim.Adam([weight])
    before = weight.detach().clone()
    optimizer.step()
    assert torch.equal(weight, before)


class _OfTensors(torch.nn.Module):
    """An input layer that takes a batch's tensors, as exporters want them."""

    def __init__(self, layer: InputLayer) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, ids_BF: Tensor, first_BL: Tensor, second_BL: Tensor, numeric_BN: Tensor) -> Tensor:
        none = numeric_BN.new_zeros(len(numeric_BN), 0)
        x: Tensor = self.layer(Batch(ids_BF, (first_BL, second_BL), numeric_BN, none, none))
        return x


@given(data=st.data(), layout=layouts(), placement=PLACEMENTS)
def test_sparse_gradients_name_each_row_once(
    data: st.DataObject, layout: InputLayout, placement: TablePlacement
) -> None:
    layer = InputLayer(layout, dim=DIM, placement=placement, num_units=2, sparse=True)
    leaves = list(layer.parameters())
    if leaves:
        layer(data.draw(batches(layout))).sum().backward()
    for leaf in leaves:
        assert leaf.grad is not None
        row_N = leaf.grad._indices()[0]
        assert (row_N.diff() > 0).all()
        assert leaf.grad._values().shape == (len(row_N), leaf.shape[1])


# Of the two numbers one becomes a vector and keeps its mark.
NUMBERS = replace(
    layout_of([(6, None), (3, 2)], [0, 0, 1], [BagInput(0, "mean", candidate=1), BagInput(1, "sum")], 3),
    numeric_names=("age", "age is missing", "price"),
    numeric=(NumericInput("age", (0, 1), "periodic"), NumericInput("price", (2,), "plain")),
)
MANY = replace(BATCH, numeric_BN=torch.tensor([[0.5, 0, 7], [-1, 0, 8], [0, 1, 9]]))
WIDTHS = NumericSettings(dim=4, frequencies=2)


@pytest.mark.parametrize(("placement", "times"), [("shared", 1), ("per-task", 1), ("both", 2)])
def test_every_column_of_x_belongs_to_a_feature(placement: TablePlacement, times: int) -> None:
    layer = InputLayer(NUMBERS, dim=DIM, placement=placement, num_units=2, numeric=WIDTHS)
    wide = [Field("id0", DIM), Field("id1", DIM), Field("bag0", DIM)]
    narrow, vector = [Field("id2", 2), Field("bag1", 2)], [Field("age", 4)]
    plain = [Field("age", 1), Field("price", 1)]
    assert list(layer.fields) == [*[*wide, *narrow, *vector] * times, *plain]
    x = layer(MANY)
    assert x.shape[-1] == layer.output_dim == sum(field.dim for field in layer.fields)
    units = x if x.dim() == 3 else x.unsqueeze(1)
    assert torch.equal(units[:, :, -2:], MANY.numeric_BN[:, 1:].unsqueeze(1).expand(-1, layer.num_inputs, -1))


def test_vectors_of_numbers_are_those_of_the_unit_and_the_shared_ones() -> None:
    layer = InputLayer(NUMBERS, dim=DIM, placement="both", num_units=2, numeric=WIDTHS)
    (own,), (shared,) = layer.own.numeric, layer.shared.numeric
    assert isinstance(own, NumericTable)
    assert isinstance(shared, NumericTable)
    width = (layer.output_dim - 2) // 2
    for unit in range(2):
        x = layer(MANY)[:, unit]
        assert torch.equal(x[:, width - 4 : width], own(MANY)[:, 0, 4 * unit : 4 * unit + 4])
        assert torch.equal(x[:, -6:-2], shared(MANY)[:, 0])


def test_the_experiment_says_how_numbers_that_say_nothing_are_encoded() -> None:
    unsaid = replace(NUMBERS, numeric=(NumericInput("age", (0, 1), None, (0.0, 1.0)), NUMBERS.numeric[1]))
    assert not InputLayer(unsaid, dim=DIM).has_vectors_of_numbers
    layer = InputLayer(unsaid, dim=DIM, numeric=NumericSettings(encoding="piecewise-linear"))
    assert [field for field in layer.fields if field.feature == "age"] == [Field("age", 16), Field("age", 1)]


def test_a_sequence_attends_to_its_candidate() -> None:
    layer = InputLayer(NUMBERS, dim=DIM, init_std=1.0, numeric=WIDTHS)
    table = layer.shared.tables[0]
    attention = table.attention["0"]  # type: ignore[index]
    assert isinstance(attention, CandidateAttention)
    x, (weight, _) = layer(MANY), layer.table_parameters()[0]
    code = MANY.bags[0].long()
    expected = attention(weight[code], (code != 0).float(), weight[MANY.ids_BF[:, 1].long()])
    torch.testing.assert_close(x[:, 6:9], expected)
    assert torch.equal(x[2, 6:9], torch.zeros(3))


@pytest.mark.parametrize("placement", ["shared", "both"])
def test_dropped_features_are_whole_and_the_others_scaled(placement: TablePlacement) -> None:
    torch.manual_seed(0)
    layer = InputLayer(
        NUMBERS, dim=DIM, placement=placement, num_units=2, init_std=1.0, numeric=WIDTHS, feature_dropout=0.25
    )
    rows = MANY.rows(torch.tensor([0] * 2000))
    kept = layer.eval()(rows)
    dropped = layer.train()(rows)
    names = [field.feature for field in layer.fields for _ in range(field.dim)]
    for name in {*names} - {"age"}:
        columns = [column for column, given in enumerate(names) if given == name]
        own = (dropped / kept)[..., columns].flatten(1)
        own = own[:, ~own.isnan().any(0)]
        assert ((own - own[:, :1]).abs() < 1e-5).all(), name
        assert {round(value, 4) for value in own[:, 0].tolist()} == {0.0, round(1 / 0.75, 4)}
        assert (own[:, 0] == 0).float().mean().item() == pytest.approx(0.25, abs=0.05)


def test_without_dropout_no_chance_is_drawn() -> None:
    layer, state = InputLayer(NUMBERS, dim=DIM, numeric=WIDTHS).train(), torch.get_rng_state()
    layer(MANY)
    assert torch.equal(torch.get_rng_state(), state)


def test_an_automatic_width_gives_way_to_a_named_one() -> None:
    layer = InputLayer(layout_of([(5000, None), (5000, 2), (9, None)], [0, 1, 2], [], 0), dim="auto")
    assert layer.row_widths == [16, 2, 4]
    assert [weight.shape[1] for weight, _ in layer.table_parameters()] == [16, 2, 4]


def test_before_level_0_columns_are_made_of_their_own_feature_alone() -> None:
    layout = layout_of([(5, None), (5, None)], [0, 1], [], 1)
    plans = plan_levels("adatt", NetworkShape(num_tasks=2, level_dims=[[4], [4]], task_experts=1, shared_experts=1))
    torch.manual_seed(0)
    inputs = InputLayer(layout, dim=DIM, placement="per-task", num_units=3, level_0=embedding_plan(plans))
    ids, others = batch_of([[1, 2], [3, 4]], [], [[0.5], [1.5]]), batch_of([[1, 0], [3, 1]], [], [[0.5], [1.5]])
    same = torch.tensor([field.feature != "id1" for field in inputs.fields for _ in range(field.dim)])
    assert torch.equal(inputs.apart(ids)[:, :, same], inputs.apart(others)[:, :, same])
    assert not torch.equal(inputs(ids)[:, :, same], inputs(others)[:, :, same])
    torch.testing.assert_close(inputs(ids), inputs.mixed(inputs.apart(ids)))


PARTS = [{"id0"}, {"bag1", "price"}, {"id2", "age"}, {"id1", "bag0", "number"}, {"age", "price"}, {"price"}]


@pytest.mark.parametrize("features", PARTS, ids=lambda features: " ".join(sorted(features)))
@pytest.mark.parametrize(("placement", "own"), [("shared", None), ("per-task", None), ("both", {"table0", "age"})])
@pytest.mark.parametrize("encoding", ["periodic", "piecewise-linear", "plain"])
@torch.no_grad()
def test_a_part_gives_the_columns_of_its_features(
    placement: TablePlacement, own: set[str] | None, features: set[str], encoding: Literal["periodic", "plain"]
) -> None:
    layout = replace(
        NUMBERS,
        num_numeric=4,
        numeric_names=("number", *NUMBERS.numeric_names),
        numeric=(
            NumericInput("number", (0,), encoding, (-2.0, 0.0, 3.0)),
            NumericInput("age", (1, 2), encoding, (-1.0, 0.0, 0.5, 0.7)),
            NumericInput("price", (3,), "plain"),
        ),
    )
    batch = replace(MANY, numeric_BN=torch.cat([torch.tensor([[0.5], [-1.0], [2.0]]), MANY.numeric_BN], dim=1))
    torch.manual_seed(0)
    layer = InputLayer(
        layout, dim=DIM, placement=placement, num_units=2, own_features=own, init_std=1.0, numeric=WIDTHS,
        scenario_features=["id2", "id1"],
    ).eval()  # fmt: skip
    inputs = GraphInputs.of(layout, features)
    part = layer.part(layout.part(features))
    found = part(part_batch(take(inputs, batch), inputs))
    chosen = [field.feature in features for field in layer.all_fields for _ in range(field.dim)]
    expected = layer(batch)[..., torch.tensor(chosen)]
    assert part.all_fields == tuple(field for field in layer.all_fields if field.feature in features)
    torch.testing.assert_close(
        found.unsqueeze(1).expand_as(expected) if found.dim() < expected.dim() else found, expected
    )
    assert part.for_units or torch.equal(expected, expected[:, :1].expand_as(expected)) or placement == "shared"
    assert layer(batch).shape[-1] == sum(field.dim for field in layer.all_fields)

"""A graph's inputs as tensors, and back to a whole batch.

Axes: B rows, F columns of ids, L places of a bag, N numeric columns.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from taskfusion.data.batch import Batch
from taskfusion.data.layout import InputLayout
from taskfusion.serve.inputs import BAG, GraphInputs


def take(inputs: GraphInputs, batch: Batch) -> tuple[Tensor, ...]:
    """What a graph reads of a whole batch, in the order of its inputs."""
    found = [batch.ids_BF[:, list(inputs.ids)]] * bool(inputs.ids) + [batch.bags[index] for index in inputs.bags]
    return (*found, *[batch.numeric_BN[:, list(inputs.numeric)]] * bool(inputs.numeric))


def varying_axes(names: Sequence[str], rows: Any) -> list[dict[int, Any]]:  # noqa: ANN401  a dimension of torch.export
    """Axes that vary of each input of features: rows, and places of bags."""
    return [
        {0: rows, 1: torch.export.Dim(f"L{place}")} if name.startswith(BAG) else {0: rows}
        for place, name in enumerate(names)
    ]


def whole_batch(inputs: GraphInputs, taken: Sequence[Tensor], elsewhere: Batch | None = None) -> Batch:
    """A whole batch again.

    Args:
        inputs: the columns that a graph reads.
        taken: what it reads.
        elsewhere: rows that all other columns are taken from; None: missing values.
    """
    other = elsewhere or _missing(inputs.layout, taken[0])
    rest = list(taken)
    ids_BF = _replaced(other.ids_BF, rest.pop(0), inputs.ids) if inputs.ids else other.ids_BF
    bags = list(other.bags)
    for index in inputs.bags:
        bags[index] = rest.pop(0)
    numeric_BN = _replaced(other.numeric_BN, rest.pop(0), inputs.numeric) if inputs.numeric else other.numeric_BN
    return Batch(ids_BF, tuple(bags), numeric_BN, other.label_BT, other.weight_BT)


def part_batch(taken: Sequence[Tensor], inputs: GraphInputs) -> Batch:
    """A batch that holds what a graph reads and no column else.

    Args:
        taken: what the graph reads.
        inputs: the columns.
    """
    rest, rows = list(taken), taken[0].shape[0]
    ids_BF = rest.pop(0) if inputs.ids else torch.zeros(rows, 0, dtype=torch.int32)
    numeric_BN = rest.pop() if inputs.numeric else torch.zeros(rows, 0)
    none_B0 = numeric_BN[:, :0]
    return Batch(ids_BF, tuple(rest), numeric_BN, none_B0, none_B0)


def _missing(layout: InputLayout, some: Tensor) -> Batch:
    """As many rows of missing values as some has, without labels."""
    rows = some.shape[0]
    number_BN = torch.zeros(rows, layout.num_numeric, dtype=some.dtype if some.is_floating_point() else None)
    return Batch(
        ids_BF=torch.zeros(rows, len(layout.ids), dtype=torch.int32),
        bags=(torch.zeros(rows, 1, dtype=torch.int32),) * len(layout.bags),
        numeric_BN=number_BN,
        label_BT=number_BN[:, :0],
        weight_BT=number_BN[:, :0],
    )


def _replaced(column_BF: Tensor, given: Tensor, places: Sequence[int]) -> Tensor:
    """Columns with the given ones at their places."""
    width = column_BF.shape[1]
    if len(places) == width:
        return given
    source = [width + places.index(index) if index in places else index for index in range(width)]
    return torch.cat([column_BF, given], dim=1)[:, source]


def random_batch(layout: InputLayout, rows: int, generator: torch.Generator) -> Batch:
    """Rows of codes and numbers drawn at random, without labels; bags have three places and end in padding."""

    def codes(table: int, least: int, *shape: int) -> Tensor:
        most = layout.tables[table].num_codes
        return torch.randint(min(least, most - 1), most, shape, generator=generator, dtype=torch.int32)

    ids = [codes(table, 0, rows) for table in layout.ids]
    length_B1 = torch.randint(0, 4, (rows, 1), generator=generator)
    return Batch(
        ids_BF=torch.stack(ids, dim=1) if ids else torch.zeros(rows, 0, dtype=torch.int32),
        bags=tuple(codes(bag.table, 1, rows, 3) * (torch.arange(3) < length_B1) for bag in layout.bags),
        numeric_BN=torch.randn(rows, layout.num_numeric, generator=generator),
        label_BT=torch.zeros(rows, 0),
        weight_BT=torch.zeros(rows, 0),
    )

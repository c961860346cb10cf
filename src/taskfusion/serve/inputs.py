"""Which columns of encoded rows a graph reads, and by what names.

Axes: B rows, F columns of ids, L places of a bag, N numeric columns.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy.typing as npt

from taskfusion.data.layout import InputLayout
from taskfusion.data.rows import EncodedRows
from taskfusion.schema.feature import CategoricalFeature, Role
from taskfusion.schema.schema import Schema
from taskfusion.serve.record import GraphInput

Side = Literal["request", "item", "candidate"]
SIDES: Final[tuple[Side, ...]] = ("request", "item", "candidate")
"""Where a request has the values of features."""

_SIDES: Final[Mapping[Role, Side]] = {"user": "request", "context": "request", "item": "item", "candidate": "candidate"}

IDS, NUMERIC, BAG = "features:ids", "features:numeric", "features:bag:"
"""Names of a graph's inputs; no task can be called so."""


@dataclass(frozen=True)
class GraphInputs:
    """Some features of encoded rows as the inputs of a graph; the others are missing values to it.

    Attributes:
        layout: all columns.
        ids: columns of ids_BF that the graph reads.
        bags: places in bags.
        numeric: columns of numeric_BN.
    """

    layout: InputLayout
    ids: tuple[int, ...]
    bags: tuple[int, ...]
    numeric: tuple[int, ...]

    @classmethod
    def of(cls, layout: InputLayout, features: Collection[str]) -> "GraphInputs":
        """The columns that come from these features."""

        def places(names: Sequence[str]) -> tuple[int, ...]:
            return tuple(index for index, name in enumerate(names) if name in features)

        return cls(layout, places(layout.id_names), places(layout.bag_names), places(layout.numeric_features))

    @cached_property
    def names(self) -> list[str]:
        """Names of the inputs, in order."""
        bags = [self.bag_name(index) for index in self.bags]
        return [IDS] * bool(self.ids) + bags + [NUMERIC] * bool(self.numeric)

    def bag_name(self, index: int) -> str:
        """Name of the input of a bag."""
        return f"{BAG}{self.layout.bag_names[index]}"

    def records(self) -> list[GraphInput]:
        """Name, type, axes and features of every input, for people and programs that read JSON."""
        layout = self.layout
        found: list[tuple[Literal["int32", "float32"], list[str], list[str]]]
        found = [("int32", ["B", "F"], [layout.id_names[index] for index in self.ids])] * bool(self.ids)
        found += [("int32", ["B", "L"], [layout.bag_names[index]]) for index in self.bags]
        numbers = [layout.numeric_names[index] for index in self.numeric]
        found += [("float32", ["B", "N"], numbers)] * bool(self.numeric)
        return [
            GraphInput(name=name, type=kind, axes=axes, columns=columns)
            for name, (kind, axes, columns) in zip(self.names, found, strict=True)
        ]

    def feed(self, rows: EncodedRows) -> dict[str, npt.NDArray[Any]]:
        """The inputs of whole rows, by name."""
        found = [rows.ids_BF[:, self.ids]] if self.ids else []
        found += [rows.bags[index] for index in self.bags]
        if self.numeric:
            found.append(rows.numeric_BN[:, self.numeric])
        return dict(zip(self.names, found, strict=True))


def features_of(schema: Schema, side: Side) -> set[str]:
    """Names of the features on one side: a request's (of user and context), items' own, or those of item and request
    together.
    """
    return {feature.name for feature in schema.features if _SIDES[feature.role] == side}


def id_source(schema: Schema) -> str | None:
    """Column of the first categorical feature of items; None: there is none."""
    return next((f.source for f in schema.features if f.role == "item" and isinstance(f, CategoricalFeature)), None)

"""What is kept of each item of a bundle.

Axes: I items, F columns of ids, N numeric columns, L places of a bag, P outputs of a reader, M marks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from taskfusion.base.errors import DataError
from taskfusion.data.layout import InputLayout
from taskfusion.data.rows import UNSEEN, EncodedRows
from taskfusion.schema.feature import BagFeature
from taskfusion.schema.schema import Schema
from taskfusion.serve.engine import Engine
from taskfusion.serve.inputs import GraphInputs, features_of, id_source

Array = npt.NDArray[Any]

IDS, NUMBERS, MARKS, LIST, SHARE = "ids", "numbers", "marks", "list:", "share:"
"""Names of the arrays, the last two with that of a feature or of a reader after them."""


@dataclass(frozen=True)
class ItemForm:
    """What is kept of each item of a bundle.

    Attributes:
        bundle: its directory.
        fingerprint: of its model.
        inputs: columns of encoded rows that are features of items.
        columns: that these read -> the first feature that does.
        lengths: places of every bag.
        readers: widths of what reads the network's input, by name; none where the model is not split.
    """

    bundle: str
    fingerprint: str
    inputs: GraphInputs
    columns: Mapping[str, str]
    lengths: tuple[int, ...]
    readers: Mapping[str, int]

    @classmethod
    def of(cls, engine: Engine, schema: Schema, layout: InputLayout) -> Self:
        """That of an exported model.

        Args:
            engine: its graphs.
            schema: of its table.
            layout: of its encoder.
        """
        features = features_of(schema, "item")
        columns: dict[str, str] = {}
        for feature in (one for one in schema.features if one.name in features):
            columns.setdefault(feature.source, feature.name)
        length_of = {one.name: one.max_length for one in schema.features if isinstance(one, BagFeature)}
        return cls(
            str(engine.path),
            engine.record.fingerprint,
            GraphInputs.of(layout, features),
            columns,
            tuple(length_of[name] for name in layout.bag_names),
            {} if engine.record.split is None else engine.readers,
        )

    @property
    def unseen(self) -> tuple[str, ...]:
        """Features whose values training may not have seen."""
        layout = self.inputs.layout
        ids = (layout.id_names[place] for place in self.inputs.ids)
        return (*ids, *(layout.bag_names[place] for place in self.inputs.bags))

    @property
    def arrays(self) -> dict[str, tuple[str, int]]:
        """Type and numbers per item of every array, by name."""
        layout = self.inputs.layout
        bags = {f"{LIST}{layout.bag_names[place]}": ("int32", self.lengths[place]) for place in self.inputs.bags}
        return {
            IDS: ("int32", len(layout.ids)),
            NUMBERS: ("float32", layout.num_numeric),
            **bags,
            MARKS: ("uint8", len(self.columns) + len(self.unseen)),
            **{f"{SHARE}{name}": ("float32", width) for name, width in self.readers.items()},
        }

    def values(self, rows: EncodedRows, is_missing_IC: npt.NDArray[np.bool_]) -> dict[str, Array]:
        """The arrays of encoded items, but for shares.

        Args:
            rows: encoded; columns of other features are missing values.
            is_missing_IC: whether an item lacks the value of a column.
        """
        inputs, layout = self.inputs, self.inputs.layout
        is_unseen = [rows.ids_BF[:, place] == UNSEEN for place in inputs.ids]
        is_unseen += [(rows.bags[place] == UNSEEN).any(axis=1) for place in inputs.bags]
        return {
            IDS: rows.ids_BF,
            NUMBERS: rows.numeric_BN,
            **{f"{LIST}{layout.bag_names[place]}": rows.bags[place] for place in inputs.bags},
            MARKS: np.concatenate([is_missing_IC, *(one[:, None] for one in is_unseen)], axis=1).view(np.uint8),
        }

    def rows(self, arrays: Mapping[str, Array]) -> EncodedRows:
        """Encoded items of arrays, of which nothing is copied; lists of other features are empty."""
        layout, count = self.inputs.layout, len(arrays[IDS])
        none = (np.broadcast_to(np.zeros((1, length), dtype=np.int32), (count, length)) for length in self.lengths)
        bags = tuple(arrays.get(f"{LIST}{name}", empty) for name, empty in zip(layout.bag_names, none, strict=True))
        none_I0 = np.zeros((count, 0), dtype=np.float32)
        return EncodedRows(arrays[IDS], bags, arrays[NUMBERS], none_I0, none_I0)


def first_id(schema: Schema) -> str:
    """Column of the first categorical feature of items.

    Raises:
        DataError: there is none.
    """
    found = id_source(schema)
    if found is None:
        raise DataError("the model has no categorical feature of items, so say with --item-id which column holds ids")
    return found

"""What a model must know of the columns of encoded rows.

Axes: B rows, F categorical features, N numeric columns.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Table:
    """A table of embeddings.

    Attributes:
        name: the feature it belongs to.
        num_codes: its rows.
        dim: width of an embedding; None: the experiment's.
    """

    name: str
    num_codes: int
    dim: int | None


@dataclass(frozen=True)
class BagInput:
    """A feature with many values per row.

    Attributes:
        table: index of its table.
        pooling: how the embeddings of a row become one.
        candidate: column of ids_BF that the values are weighed by, in place of pooling.
    """

    table: int
    pooling: Literal["mean", "sum"]
    candidate: int | None = None


@dataclass(frozen=True)
class NumericInput:
    """The columns of numeric_BN that come from one feature.

    Attributes:
        feature: its name.
        columns: the number, then what stands beside it, such as the mark of missing values.
        encoding: how the number becomes a vector; None: as the experiment says.
        quantiles: of the number in the training rows, ascending, on the scale of the column.
    """

    feature: str
    columns: tuple[int, ...]
    encoding: Literal["plain", "piecewise-linear", "periodic"] | None = None
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True)
class InputLayout:
    """The columns of encoded rows; each kind in the order of the schema's features.

    Attributes:
        tables: tables of embeddings; features that share one point to the same.
        ids: for each column of ids_BF the index of its table.
        bags: the bags.
        num_numeric: columns of numeric_BN.
        id_names: features of ids_BF.
        bag_names: features of bags.
        numeric_names: columns of numeric_BN; "x is missing" is 1 where feature x has no value.
        numeric: which features they come from; a column that none of them names is a feature of its own.
    """

    tables: tuple[Table, ...]
    ids: tuple[int, ...]
    bags: tuple[BagInput, ...]
    num_numeric: int
    id_names: tuple[str, ...]
    bag_names: tuple[str, ...]
    numeric_names: tuple[str, ...]
    numeric: tuple[NumericInput, ...] = ()

    @property
    def numeric_features(self) -> tuple[str, ...]:
        """The feature behind each column of numeric_BN."""
        given = {column: numeric.feature for numeric in self.numeric for column in numeric.columns}
        return tuple(given.get(column, name) for column, name in enumerate(self.numeric_names))

"""What a model must know of the columns of encoded rows.

Axes: B rows, F categorical features, N numeric columns.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from taskfusion.base.errors import ExperimentError
from taskfusion.schema.coded import coded_features, of_kind, table_owners
from taskfusion.schema.feature import BagFeature, CategoricalFeature, Feature, NumericFeature, SequenceFeature


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

    def part(self, features: Collection[str]) -> "InputLayout":
        """The columns of some features alone, and all tables.

        Raises:
            ExperimentError: a sequence attends to a feature that is left out.
        """
        ids = [column for column, name in enumerate(self.id_names) if name in features]
        bags = [place for place, name in enumerate(self.bag_names) if name in features]
        columns = [column for column, name in enumerate(self.numeric_features) if name in features]
        for place in bags:
            candidate = self.bags[place].candidate
            if candidate is not None and candidate not in ids:
                raise ExperimentError(
                    f"'{self.bag_names[place]}' attends to '{self.id_names[candidate]}', so it cannot be read apart"
                )
        return InputLayout(
            tables=self.tables,
            ids=tuple(self.ids[column] for column in ids),
            bags=tuple(
                bag if bag.candidate is None else replace(bag, candidate=ids.index(bag.candidate))
                for bag in (self.bags[place] for place in bags)
            ),
            num_numeric=len(columns),
            id_names=tuple(self.id_names[column] for column in ids),
            bag_names=tuple(self.bag_names[place] for place in bags),
            numeric_names=tuple(self.numeric_names[column] for column in columns),
            numeric=tuple(
                replace(given, columns=tuple(columns.index(column) for column in given.columns))
                for given in self.numeric
                if given.feature in features
            ),
        )


@dataclass(frozen=True)
class FittedNumber:
    """What training told of a numeric feature.

    Attributes:
        marks_missing: whether a second column marks missing values.
        quantiles: on the scale of the encoded numbers.
    """

    marks_missing: bool
    quantiles: tuple[float, ...]

    def names(self, feature: str) -> tuple[str, ...]:
        """Names of the columns."""
        return (feature, f"{feature} is missing")[: 1 + self.marks_missing]


def input_layout(
    features: Sequence[Feature], num_codes: Mapping[str, int], numbers: Mapping[str, FittedNumber]
) -> InputLayout:
    """The columns of features as encoded.

    Args:
        features: in the order of the schema.
        num_codes: of every table, by the feature that owns it.
        numbers: by numeric feature.
    """
    owners, coded = table_owners(features), coded_features(features)
    places = {feature.name: place for place, feature in enumerate(owners)}
    ids, bags = of_kind(CategoricalFeature, coded), of_kind(BagFeature, coded)
    id_names = tuple(feature.name for feature in ids)
    numeric: list[NumericInput] = []
    names: list[str] = []
    for feature in of_kind(NumericFeature, features):
        number = numbers[feature.name]
        own = number.names(feature.name)
        columns = tuple(range(len(names), len(names) + len(own)))
        numeric.append(NumericInput(feature.name, columns, feature.encoding, number.quantiles))
        names += own
    for name in (feature.name for feature in ids if feature.frequency):
        numeric.append(NumericInput(name, (len(names),), "plain"))
        names.append(f"{name} frequency")
    return InputLayout(
        tables=tuple(Table(one.name, num_codes[one.name], one.embedding_dim) for one in owners),
        ids=tuple(places[feature.table] for feature in ids),
        bags=tuple(BagInput(places[bag.table], bag.pooling, _candidate(bag, id_names)) for bag in bags),
        num_numeric=len(names),
        id_names=id_names,
        bag_names=tuple(bag.name for bag in bags),
        numeric_names=tuple(names),
        numeric=tuple(numeric),
    )


def _candidate(bag: BagFeature, id_names: Sequence[str]) -> int | None:
    """Column of the feature that a sequence attends to."""
    name = bag.attention if isinstance(bag, SequenceFeature) else None
    return None if name is None else id_names.index(name)

"""Which columns of a row are read for some features, and by what.

Axes: F categorical features, N numeric columns, C codes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taskfusion.data.rows import MISSING
from taskfusion.schema.coded import called
from taskfusion.schema.feature import BagFeature, CategoricalFeature, Feature, NumericFeature
from taskfusion.serve.row.bag import bag_encoder
from taskfusion.serve.row.clock import part_reader
from taskfusion.serve.row.code import CodeLookup
from taskfusion.serve.row.column import Codes, Floats, Numbers, Values, code_column, number_column
from taskfusion.serve.row.kind import plain
from taskfusion.serve.row.number import Scale, number_encoder, scale_of

Row = Mapping[str, object]


@dataclass(frozen=True)
class IdReader:
    """A categorical feature.

    Attributes:
        feature: it.
        encode: from a value to its code.
        encode_column: the same of many values.
        frequency_C: number of each code, where the feature gives it.
    """

    feature: CategoricalFeature
    encode: Callable[[object], int]
    encode_column: Codes
    frequency_C: Sequence[float] | None

    @classmethod
    def of(cls, feature: CategoricalFeature, table: CodeLookup, frequency_C: Sequence[float] | None) -> "IdReader":
        """The reader of a feature."""
        name, (kind, look), code = called(feature), table.direct, table.code

        def encode(value: object) -> int:
            if type(value) is kind:
                found = look(value)
                if found is not None:
                    return found
            value = plain(value)
            return code(value, name, value)

        if feature.part is None:
            return cls(feature, encode, code_column(encode, table), frequency_C)
        read = part_reader(feature.part, name, feature.source)

        def encode_part(value: object) -> int:
            return encode(read(value))

        return cls(feature, encode_part, code_column(encode_part, None), frequency_C)


@dataclass(frozen=True)
class NumberReader:
    """A numeric feature.

    Attributes:
        feature: it.
        scale: of transformed numbers.
        encode: from a value to its number, None where it is missing.
        encode_column: the same of many values.
        marks_missing: whether a second column marks missing values.
    """

    feature: NumericFeature
    scale: Scale
    encode: Callable[[object], float | None]
    encode_column: Numbers
    marks_missing: bool

    @classmethod
    def of(
        cls, feature: NumericFeature, mean: float, std: float, quantiles: Sequence[float], *, marks_missing: bool
    ) -> "NumberReader":
        """The reader of a feature, by what training told of its transformed values."""
        scale = scale_of(feature, mean, std, quantiles)
        encode = number_encoder(feature, scale)
        return cls(feature, scale, encode, number_column(feature, encode, mean, std, quantiles), marks_missing)


@dataclass(frozen=True)
class BagReader:
    """A feature with many values.

    Attributes:
        feature: it.
        encode: from a value to its codes.
    """

    feature: BagFeature
    encode: Callable[[object], list[int]]

    @classmethod
    def of(cls, feature: BagFeature, table: CodeLookup) -> "BagReader":
        """The reader of a feature."""
        return cls(feature, bag_encoder(feature, table))


@dataclass(frozen=True)
class Plan:
    """The readers of some features in the order in which a table is read, so that of several errors the same is first.

    Attributes:
        features: that are read.
        sources: their columns.
        ids: source and encoder of each categorical feature.
        id_columns: the encoder of a whole column of each.
        numbers: source and encoder of each numeric feature, and whether a mark follows.
        number_columns: the encoder of a whole column of each.
        frequencies: place in ids, and the number of each code, of each feature that gives it.
        bags: source, encoder and place among all bags.
        id_places: columns of ids_BF that are filled.
        numeric_places: columns of numeric_BN that are filled.
        missing_N: numbers of a row without any value.
    """

    features: tuple[Feature, ...]
    sources: frozenset[str]
    ids: list[tuple[str, Callable[[object], int]]]
    id_columns: list[Codes]
    numbers: list[tuple[str, Callable[[object], float | None], bool]]
    number_columns: list[Numbers]
    frequencies: list[tuple[int, Sequence[float]]]
    bags: list[tuple[str, Callable[[object], list[int]], int]]
    id_places: npt.NDArray[np.intp]
    numeric_places: npt.NDArray[np.intp]
    missing_N: npt.NDArray[np.float32]

    def codes(self, row: Row) -> list[int]:
        """Codes of the categorical features of a row."""
        return [encode(row[source]) for source, encode in self.ids]

    def numeric(self, row: Row, codes: Sequence[int]) -> list[float]:
        """Numbers of a row, and those of its codes."""
        found: list[float] = []
        for source, encode, marks_missing in self.numbers:
            number = encode(row[source])
            found.append(0.0 if number is None else number)
            if marks_missing:
                found.append(number is None)
        for place, number_C in self.frequencies:
            found.append(number_C[codes[place]])
        return found

    def code_columns(self, columns: Mapping[str, Values]) -> list[list[int]]:
        """As codes, of many rows: the codes of each feature."""
        return [encode(columns[source]) for (source, _), encode in zip(self.ids, self.id_columns, strict=True)]

    def numeric_columns(self, columns: Mapping[str, Values], codes: Sequence[list[int]]) -> list[Values | Floats]:
        """As numeric, of many rows: each number of all rows."""
        found: list[Values | Floats] = []
        for (source, _, marks_missing), encode in zip(self.numbers, self.number_columns, strict=True):
            number_B = encode(columns[source])
            missing_B = np.isnan(number_B)
            number_B[missing_B] = 0.0
            found += [number_B, missing_B] if marks_missing else [number_B]
        found += [[number_C[code] for code in codes[place]] for place, number_C in self.frequencies]
        return found


@dataclass(frozen=True)
class Readers:
    """The readers of all features.

    Attributes:
        features: in the order of the schema.
        ids: of categorical features, in the order of ids_BF.
        numbers: of numeric features, in the order of numeric_BN.
        bags: of features with many values, in order.
    """

    features: tuple[Feature, ...]
    ids: tuple[IdReader, ...]
    numbers: tuple[NumberReader, ...]
    bags: tuple[BagReader, ...]

    def plan(self, chosen: frozenset[str]) -> Plan:
        """What reads the features of these names."""

        def is_chosen(reader: Any) -> bool:  # noqa: ANN401  a reader of any kind
            return reader.feature.name in chosen

        ids, numbers = list(filter(is_chosen, self.ids)), list(filter(is_chosen, self.numbers))
        features = tuple(feature for feature in self.features if feature.name in chosen)
        missing, filled = self._numeric_columns(chosen)
        return Plan(
            features=features,
            sources=frozenset(feature.source for feature in features),
            ids=[(reader.feature.source, reader.encode) for reader in ids],
            id_columns=[reader.encode_column for reader in ids],
            numbers=[(reader.feature.source, reader.encode, reader.marks_missing) for reader in numbers],
            number_columns=[reader.encode_column for reader in numbers],
            frequencies=[(n, reader.frequency_C) for n, reader in enumerate(ids) if reader.frequency_C is not None],
            bags=[(one.feature.source, one.encode, n) for n, one in enumerate(self.bags) if is_chosen(one)],
            id_places=np.flatnonzero([is_chosen(reader) for reader in self.ids]),
            numeric_places=np.flatnonzero(filled),
            missing_N=np.array(missing, dtype=np.float32),
        )

    def _numeric_columns(self, chosen: frozenset[str]) -> tuple[list[float], list[bool]]:
        """For each column of numeric_BN the number of a missing value, and whether it is filled."""
        missing: list[float] = []
        filled: list[bool] = []
        for reader in self.numbers:
            own = [0.0, 1.0][: 1 + reader.marks_missing]
            missing += own
            filled += [reader.feature.name in chosen] * len(own)
        for one in (one for one in self.ids if one.frequency_C is not None):
            missing.append(one.frequency_C[MISSING] if one.frequency_C is not None else 0.0)
            filled.append(one.feature.name in chosen)
        return missing, filled

"""Encode one row, or few, from a fitted encoder's files: what FeatureEncoder gives for a table of it, to the bit.

Axes: B rows, F categorical features, L places of a bag, N numeric columns.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from taskfusion.base.boundary import reading
from taskfusion.base.errors import DataError
from taskfusion.base.record import read_artifact
from taskfusion.data.encoder_record import ENCODER, EncoderRecord
from taskfusion.data.key_file import read_frequencies
from taskfusion.data.layout import FittedNumber, input_layout
from taskfusion.data.refusal import require_columns
from taskfusion.data.rows import EncodedRows, Numbers
from taskfusion.schema.coded import coded_features, needed_columns, of_kind
from taskfusion.schema.feature import BagFeature, CategoricalFeature, NumericFeature
from taskfusion.serve.row.code import CodeLookup
from taskfusion.serve.row.files import read_table
from taskfusion.serve.row.nested import with_fields
from taskfusion.serve.row.number import scaled_quantiles
from taskfusion.serve.row.plan import BagReader, IdReader, NumberReader, Plan, Readers, Row

Columns = Sequence[Any] | Numbers
_PLANS: Final = 64
"""Choices of features that are remembered."""

_FEW: Final = 8
"""Rows that are read one by one."""


class RowEncoder:
    """The features of rows as arrays, from the files that FeatureEncoder.save wrote; no Polars, no torch.

    What comes out of one row is what FeatureEncoder.encode gives for a table of that row, to the bit, and so are the
    errors. Each value is read by itself, as if its column had the fitted type: a list may hold whole numbers as
    integers and as floats, which a table refuses. It may be used from several threads at once.

    Args:
        record: what was learned of the training rows.
        tables: what gives codes, by the feature that owns the table.
        frequencies: numbers by code of the tables whose readers want them, by the name of the table.
    """

    def __init__(
        self, record: EncoderRecord, tables: Mapping[str, CodeLookup], frequencies: Mapping[str, Sequence[float]]
    ) -> None:
        coded = coded_features(record.features)
        numbers = tuple(
            NumberReader.of(one, fit.mean, fit.std, fit.quantiles, marks_missing=fit.marks_missing)
            for one in of_kind(NumericFeature, record.features)
            for fit in [record.numeric[one.name]]
        )
        fitted_numbers = {
            name: FittedNumber(one.marks_missing, scaled_quantiles(one.scale, record.numeric[name].quantiles))
            for one in numbers
            for name in [one.feature.name]
        }
        self.features = record.features
        self.layout = input_layout(
            record.features, {name: table.num_codes for name, table in tables.items()}, fitted_numbers
        )
        self._readers = Readers(
            record.features,
            ids=tuple(
                IdReader.of(feature, tables[feature.table], frequencies[feature.table] if feature.frequency else None)
                for feature in of_kind(CategoricalFeature, coded)
            ),
            numbers=numbers,
            bags=tuple(BagReader.of(feature, tables[feature.table]) for feature in of_kind(BagFeature, coded)),
        )
        self._names = frozenset(feature.name for feature in record.features)
        self._plans: dict[frozenset[str], Plan] = {}

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what FeatureEncoder.save wrote.

        Raises:
            RunError: the directory lacks a file, or a file is damaged or of another version.
        """
        saved = read_artifact(directory / ENCODER, EncoderRecord)
        with reading(directory, "the encoder of a run"):
            tables = {name: read_table(table, directory) for name, table in saved.tables.items()}
            frequencies = read_frequencies(saved.tables, directory)
            return cls(saved, tables, {name: number_C.tolist() for name, number_C in frequencies.items()})

    def encode(
        self, rows: Sequence[Row], features: Collection[str] | None = None, origin: str = "the table"
    ) -> EncodedRows:
        """The features of rows, without labels: label_BT and weight_BT are of width 0.

        Args:
            rows: values by column, as JSON, Python or NumPy have them; None and NaN are missing values. A field of an
                object is a column too, as place.city.
            features: names of those that are read; the others are missing values. None: all.
            origin: what error messages call the rows.

        Raises:
            DataError: a column is missing, or a value is of a type that its feature does not take.
            ValueError: there is no feature of such a name.
        """
        plan = self._plan(self._names if features is None else frozenset(features))
        if len(rows) > _FEW and set(map(type, rows)) == {dict}:
            try:
                return self._encode_columns(rows, plan)
            except (DataError, KeyError):  # a value that is told by its row, or a field of an object
                pass
        return self._encode_rows(rows, plan, origin)

    def _encode_columns(self, rows: Sequence[Row], plan: Plan) -> EncodedRows:
        """Column by column, which costs a value less.

        Raises:
            DataError: a value is of a type that its feature does not take; not the first of them.
            KeyError: a row lacks a column.
        """
        columns = {source: [row[source] for row in rows] for source in plan.sources}
        codes = plan.code_columns(columns)
        numeric = plan.numeric_columns(columns, codes)
        bags = self._no_bags(len(rows))
        for source, encode, bag in plan.bags:
            for code_L, found in zip(bags[bag], map(encode, columns[source]), strict=True):
                code_L[: len(found)] = found
        return self._rows(plan, len(rows), codes, numeric, bags)

    def _encode_rows(self, rows: Sequence[Row], plan: Plan, origin: str) -> EncodedRows:
        bags = self._no_bags(len(rows))
        ids: list[list[int]] = []
        numeric: list[list[float]] = []
        for place, row in enumerate(rows):
            try:
                whole = row if row.keys() >= plan.sources else _completed(row, plan, origin)
                ids.append(plan.codes(whole))
                numeric.append(plan.numeric(whole, ids[-1]))
                for source, encode, bag in plan.bags:
                    codes = encode(whole[source])
                    bags[bag][place, : len(codes)] = codes
            except DataError as error:
                if len(rows) == 1:
                    raise
                raise DataError(f"row {place} (the first is 0): {error}") from error
        id_FB, number_NB = np.array(ids, dtype=np.int32).T, np.array(numeric, dtype=np.float32).T
        return self._rows(plan, len(rows), id_FB, number_NB, bags)

    def _no_bags(self, count: int) -> list[Numbers]:
        return [np.zeros((count, bag.feature.max_length), dtype=np.int32) for bag in self._readers.bags]

    def _rows(self, plan: Plan, count: int, codes: Columns, numeric: Columns, bags: Sequence[Numbers]) -> EncodedRows:
        """Rows of the codes and numbers of each column of a plan; the others are missing values."""
        id_FB = np.zeros((len(self._readers.ids), count), dtype=np.int32)
        number_NB = np.empty((len(plan.missing_N), count), dtype=np.float32)
        number_NB[:] = plan.missing_N[:, None]
        if len(codes):
            id_FB[plan.id_places] = codes
        if len(numeric):
            number_NB[plan.numeric_places] = numeric
        none_B0 = np.zeros((count, 0), dtype=np.float32)
        return EncodedRows(id_FB.T, tuple(bags), number_NB.T, label_BT=none_B0, weight_BT=none_B0)

    def _plan(self, chosen: frozenset[str]) -> Plan:
        plan = self._plans.get(chosen)
        if plan is None:
            if unknown := sorted(chosen - self._names):
                raise ValueError(f"there is no feature '{unknown[0]}'")
            plan = self._readers.plan(chosen)
            if len(self._plans) < _PLANS:
                self._plans[chosen] = plan
        return plan


def _completed(row: Row, plan: Plan, origin: str) -> Row:
    """A row with the fields of its objects as columns; DataError where a column is missing."""
    whole = with_fields(row, plan.sources)
    require_columns(list(whole), needed_columns(plan.features), origin)
    return whole

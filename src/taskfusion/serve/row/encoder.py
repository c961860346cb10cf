"""Encode one row, or few, from a fitted encoder's files: what FeatureEncoder gives for a table of it, to the bit.

Axes: B rows, F categorical features, L places of a bag, N numeric columns.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import numpy as np

from taskfusion.base.boundary import reading
from taskfusion.base.errors import DataError
from taskfusion.base.record import read_artifact
from taskfusion.data.encoder_record import ENCODER, EncoderRecord
from taskfusion.data.key_file import read_frequencies
from taskfusion.data.layout import FittedNumber, input_layout
from taskfusion.data.refusal import require_columns
from taskfusion.data.rows import EncodedRows
from taskfusion.schema.coded import coded_features, needed_columns, of_kind
from taskfusion.schema.feature import BagFeature, CategoricalFeature, NumericFeature
from taskfusion.serve.row.code import CodeLookup
from taskfusion.serve.row.files import read_table
from taskfusion.serve.row.nested import with_fields
from taskfusion.serve.row.number import scale_of, scaled_quantiles
from taskfusion.serve.row.plan import BagReader, IdReader, NumberReader, Plan, Readers, Row

_PLANS: Final = 64
"""Choices of features that are remembered."""


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
        coded, numeric = coded_features(record.features), of_kind(NumericFeature, record.features)
        scales = {
            feature.name: scale_of(feature, fitted.mean, fitted.std, fitted.quantiles)
            for feature in numeric
            for fitted in [record.numeric[feature.name]]
        }
        fitted_numbers = {
            name: FittedNumber(fitted.marks_missing, scaled_quantiles(scales[name], fitted.quantiles))
            for name, fitted in record.numeric.items()
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
            numbers=tuple(
                NumberReader.of(one, scales[one.name], marks_missing=fitted_numbers[one.name].marks_missing)
                for one in numeric
            ),
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
        bags = [np.zeros((len(rows), bag.feature.max_length), dtype=np.int32) for bag in self._readers.bags]
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
                raise error if len(rows) == 1 else DataError(f"row {place} (the first is 0): {error}") from error
        id_FB = np.zeros((len(self._readers.ids), len(rows)), dtype=np.int32)
        number_NB = np.empty((len(plan.missing_N), len(rows)), dtype=np.float32)
        number_NB[:] = plan.missing_N[:, None]
        if rows:
            id_FB[plan.id_places] = np.array(ids, dtype=np.int32).T
            number_NB[plan.numeric_places] = np.array(numeric, dtype=np.float32).T
        none_B0 = np.zeros((len(rows), 0), dtype=np.float32)
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

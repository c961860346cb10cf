"""Vocabularies, means and standard deviations, learnt from the training rows in one pass that also encodes them.

Axes: B rows, F categorical features, L places of a bag, N numeric columns.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.data.column import (
    BagEncoder,
    CategoricalEncoder,
    NumericEncoder,
    NumericFit,
    id_values,
    kept_values,
)
from taskfusion.data.frequency import FrequencyEncoder, frequency_numbers
from taskfusion.data.refusal import require_columns
from taskfusion.data.rows import EncodedRows, feature_rows
from taskfusion.data.vocabulary import Codes, CodeTable
from taskfusion.data.vocabulary_fit import VocabularyFit, table_fit
from taskfusion.schema.coded import coded_features, needed_columns, of_kind, table_owners
from taskfusion.schema.feature import (
    BagFeature,
    CategoricalFeature,
    Feature,
    MultiCategoricalFeature,
    NumericFeature,
    SequenceFeature,
)


class FeatureFit:
    """What is learnt of the features, block by block.

    Args:
        features: in the order of the schema.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = tuple(features)
        coded = coded_features(features)
        self._owners = table_owners(features)
        self._fits = {feature.name: table_fit(feature) for feature in self._owners}
        self._ids = [CategoricalEncoder(f, self._fits[f.table]) for f in of_kind(CategoricalFeature, coded)]
        self._bags = [BagEncoder(f, self._fits[f.table]) for f in of_kind(BagFeature, coded)]
        self._numeric = [NumericFit(feature) for feature in of_kind(NumericFeature, features)]

    def add(self, block: pl.DataFrame) -> None:
        """Learn from rows.

        Raises:
            DataError: a column is of a type that its feature does not take.
        """
        for feature in self._owners:
            self._fits[feature.name].add(_VALUES[type(feature)](feature, block[feature.source]))
        for fit in self._numeric:
            fit.add(block[fit.feature.source])

    def encode(self, frame: pl.DataFrame) -> EncodedRows:
        """Learn from rows and encode them provisionally: codes will change, and numbers, float64 [B, N], be scaled.

        Raises:
            DataError: a column is missing or of a type that its feature does not take.
        """
        require_columns(frame.columns, needed_columns(self.features), "the training table")
        found: dict[str, Codes] = {}
        encoders: list[CategoricalEncoder | BagEncoder] = [*self._ids, *self._bags]
        for encoder in sorted(encoders, key=lambda encoder: encoder.feature.share_with is not None):
            feature = encoder.feature  # owners come first: they decide in which form values are compared
            found[feature.name] = encoder.encode(frame[feature.source])
            if feature.share_with is None:
                self._fits[feature.name].count(_COUNTED[found[feature.name].ndim](found[feature.name]))
        return feature_rows(
            frame.height,
            ids=[found[encoder.feature.name] for encoder in self._ids],
            bags=[found[encoder.feature.name] for encoder in self._bags],
            numeric=[fit.add(frame[fit.feature.source])[:, None] for fit in self._numeric],
        )

    def tables(self) -> dict[str, CodeTable]:
        """What gives codes, by the name of the feature that owns the table."""
        return {name: fit.table() for name, fit in self._fits.items()}

    def numeric_encoders(self) -> list[NumericEncoder]:
        """Encoders of the numeric features, in order."""
        return [fit.encoder() for fit in self._numeric]

    def frequencies(self) -> dict[str, npt.NDArray[np.float32]]:
        """Numbers by code of the tables whose readers want them, by the name of the feature that owns the table."""
        wanted = {encoder.feature.table for encoder in self._ids if encoder.feature.frequency}
        return {
            name: frequency_numbers(fit.rows_by_code())
            for name, fit in self._fits.items()
            if name in wanted and isinstance(fit, VocabularyFit)
        }

    def finished(self) -> "Finished":
        """What makes provisional rows final, once all rows were taken."""
        final = {name: fit.final_codes() for name, fit in self._fits.items()}
        return Finished(
            ids=[final[encoder.feature.table] for encoder in self._ids],
            bags=[final[encoder.feature.table] for encoder in self._bags],
            numeric=self.numeric_encoders(),
            frequent=frequency_encoders([encoder.feature for encoder in self._ids], self.frequencies()),
        )


@dataclass(frozen=True)
class Finished:
    """From provisional rows to those that the fitted encoder would have made of the same rows.

    Attributes:
        ids: for each column of ids_BF the code of each provisional code, None where they are the same.
        bags: likewise for each bag.
        numeric: encoders of the numeric features.
        frequent: encoders of frequencies, by the column of ids_BF.
    """

    ids: Sequence[Codes | None]
    bags: Sequence[Codes | None]
    numeric: Sequence[NumericEncoder]
    frequent: Mapping[int, FrequencyEncoder]

    def rows(self, provisional: EncodedRows) -> EncodedRows:
        """The final rows.

        Raises:
            DataError: a number is beyond 32-bit floats.
        """
        id_FB, value_NB = provisional.ids_BF.T, provisional.numeric_BN.T
        ids = [_final(*pair) for pair in zip(self.ids, id_FB, strict=True)]
        numeric = [encoder.scaled(value_B) for encoder, value_B in zip(self.numeric, value_NB, strict=True)]
        features = feature_rows(
            len(provisional),
            ids=ids,
            bags=[_final(final_C, bag) for final_C, bag in zip(self.bags, provisional.bags, strict=True)],
            numeric=[*numeric, *(encoder.encode(ids[place]) for place, encoder in self.frequent.items())],
        )
        return replace(provisional, ids_BF=features.ids_BF, bags=features.bags, numeric_BN=features.numeric_BN)


def frequency_encoders(
    ids: Sequence[CategoricalFeature], frequencies: Mapping[str, npt.NDArray[np.float32]]
) -> dict[int, FrequencyEncoder]:
    """Encoders of the features that give their frequency too, by their place among the categorical ones."""
    return {
        place: FrequencyEncoder(feature, frequencies[feature.table])
        for place, feature in enumerate(ids)
        if feature.frequency
    }


def _final(final_C: Codes | None, code: Codes) -> Codes:
    return code if final_C is None else final_C[code]


def _distinct_values(feature: BagFeature, column: pl.Series) -> pl.Series:
    return kept_values(feature, column).list.unique().list.explode()


def _distinct_codes(code_BL: Codes) -> Codes:
    ascending_BL = np.sort(code_BL, axis=1)
    first_BL = np.diff(ascending_BL, axis=1, prepend=0) > 0
    distinct: Codes = ascending_BL[first_BL]
    return distinct


_VALUES: dict[type[Any], Callable[[Any, pl.Series], pl.Series]] = {
    CategoricalFeature: id_values,
    MultiCategoricalFeature: _distinct_values,
    SequenceFeature: _distinct_values,
}
"""What is counted of a training column: a value of a list counts once a row."""

_COUNTED: dict[int, Callable[[Codes], Codes]] = {1: lambda code_B: code_B, 2: _distinct_codes}
"""The same of the codes of a column, [B] or [B, L]."""

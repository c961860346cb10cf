"""reference.json: how features and predictions were distributed when a model was exported, for what is served to be
held against. Counts of whole columns, never rows.

Axes: B rows, N numeric columns, L places of a bag.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from taskfusion.base.record import Artifact, Record, read_artifact
from taskfusion.data.layout import InputLayout
from taskfusion.data.rows import MISSING, UNSEEN, EncodedRows

REFERENCE: Final = "reference.json"

PROBABILITY_EDGES: Final = tuple(float(1 / (1 + np.exp(-logit / 2))) for logit in range(-20, 21))
"""Upper edges of buckets of a probability, half a logit apart, from 4.5e-5 on: the same for all models."""

_QUANTILES: Final = 20
_MOST_CODES: Final = 20

Numbers = npt.NDArray[np.float64]


class Histogram(Record):
    """Counts of numbers by bucket; a number on an edge belongs to the bucket below it."""

    edges: list[float] = Field(description="Upper edges of all buckets but the last, ascending.")
    counts: list[int] = Field(description="Numbers in each bucket, one more than edges.")

    @classmethod
    def of(cls, value_B: Numbers, edges: Sequence[float]) -> "Histogram":
        """Of numbers [B]."""
        counts = np.bincount(np.searchsorted(edges, value_B), minlength=len(edges) + 1)
        return cls(edges=list(edges), counts=counts.tolist())


class ReferenceScores(Record):
    """One prediction."""

    name: str = Field(description="Column of the prediction.")
    mean: float = Field(description="Mean.")
    histogram: Histogram = Field(
        description="A probability by edges half a logit apart, the same for all models; an expected value by its own "
        "twentieths."
    )


class ReferenceFeature(Record):
    """One feature."""

    name: str = Field(description="Name of the feature.")
    missing: float = Field(ge=0, le=1, description="Share of the rows without a value.")
    unseen: float | None = Field(
        ge=0, le=1, description="Share of the values that training never saw; null: the feature has no codes."
    )
    histogram: Histogram | None = Field(
        description="Of a number as encoded, in standard deviations from the training mean, by its own twentieths; "
        "rows without a value are left out. Null: the feature has codes."
    )
    codes: dict[int, int] = Field(
        description="Values with each of the 20 most frequent codes, by code; empty: the feature is a number."
    )
    other_codes: int = Field(ge=0, description="Values with any other code.")


class ReferenceRecord(Artifact):
    """How features and predictions were distributed when a model was exported."""

    origin: str = Field(description="Which rows: test rows, validation rows, or the name of a table.")
    rows: int = Field(ge=1, description="Number of rows, evenly spread over the table.")
    scores: tuple[ReferenceScores, ...] = Field(description="One entry per prediction.")
    features: tuple[ReferenceFeature, ...] = Field(description="One entry per feature.")


def reference_scores(bundle: Path) -> dict[str, ReferenceScores]:
    """By prediction, what was counted of it at export; of a bundle that has no such counts nothing.

    Raises:
        RunError: the file is damaged, or of another version.
    """
    path = bundle / REFERENCE
    return {one.name: one for one in read_artifact(path, ReferenceRecord).scores} if path.exists() else {}


def reference_of(
    origin: str,
    rows: EncodedRows,
    layout: InputLayout,
    missing: Mapping[str, npt.NDArray[np.bool_]],
    scores: Mapping[str, Numbers],
    probabilities: Sequence[str],
) -> ReferenceRecord:
    """Count encoded rows and their predictions.

    Args:
        origin: which rows they are.
        rows: encoded.
        layout: of their columns.
        missing: by numeric feature, which rows [B] have no value.
        scores: by prediction [B].
        probabilities: predictions that are such.
    """
    ids = zip(layout.id_names, rows.ids_BF.T[:, :, None], strict=True)
    bags = zip(layout.bag_names, rows.bags, strict=True)
    features = [_coded(name, code_BL) for name, code_BL in (*ids, *bags)]
    features += [
        _number(name, rows.numeric_BN[:, layout.numeric_names.index(name)].astype(np.float64), missing_B)
        for name, missing_B in missing.items()
    ]
    return ReferenceRecord(
        origin=origin,
        rows=len(rows),
        scores=tuple(_scores(name, value_B, name in probabilities) for name, value_B in scores.items()),
        features=tuple(features),
    )


def _scores(name: str, value_B: Numbers, is_probability: bool) -> ReferenceScores:
    edges = PROBABILITY_EDGES if is_probability else _twentieths(value_B)
    return ReferenceScores(name=name, mean=float(value_B.mean()), histogram=Histogram.of(value_B, edges))


def _number(name: str, value_B: Numbers, missing_B: npt.NDArray[np.bool_]) -> ReferenceFeature:
    known = value_B[~missing_B]
    return ReferenceFeature(
        name=name,
        missing=float(missing_B.mean()),
        unseen=None,
        histogram=Histogram.of(known, _twentieths(known)),
        codes={},
        other_codes=0,
    )


def _coded(name: str, code_BL: npt.NDArray[np.int32]) -> ReferenceFeature:
    is_value_BL = code_BL != MISSING
    values = code_BL[is_value_BL]
    code_K, count_K = np.unique(values[values != UNSEEN], return_counts=True)
    most = np.argsort(-count_K, kind="stable")[:_MOST_CODES]
    return ReferenceFeature(
        name=name,
        missing=float(1 - is_value_BL.any(axis=1).mean()),
        unseen=float((values == UNSEEN).sum() / max(len(values), 1)),
        histogram=None,
        codes=dict(zip(code_K[most].tolist(), count_K[most].tolist(), strict=True)),
        other_codes=int(count_K.sum() - count_K[most].sum()),
    )


def _twentieths(value_B: Numbers) -> list[float]:
    """Numbers that cut others into parts of equal size, as far as they differ."""
    if not len(value_B):
        return []
    shares = np.arange(1, _QUANTILES) / _QUANTILES
    found: list[float] = np.unique(np.quantile(value_B, shares, method="inverted_cdf")).tolist()
    return found

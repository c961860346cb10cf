"""Lists of features: which have codes, which own a table, which columns they read."""

from collections.abc import Sequence
from typing import Any, TypeVar

from taskfusion.schema.feature import Feature, FeatureBase, IdFeature, NumericFeature

_Kind = TypeVar("_Kind")


def called(feature: FeatureBase) -> str:
    """What error messages call a feature."""
    column = "" if feature.source == feature.name else f" (column '{feature.source}')"
    return f"feature '{feature.name}'{column}"


def of_kind(kind: type[_Kind], features: Sequence[Any]) -> list[_Kind]:
    """The features of a kind, in order."""
    return [feature for feature in features if isinstance(feature, kind)]


def coded_features(features: Sequence[Feature]) -> list[IdFeature]:
    """Features that have codes, in order; among them the categorical one beside a number."""
    found = [feature.as_categorical if isinstance(feature, NumericFeature) else feature for feature in features]
    return [feature for feature in found if feature is not None]


def table_owners(features: Sequence[Feature]) -> list[IdFeature]:
    """Features that have codes and a table of their own, in order."""
    return [feature for feature in coded_features(features) if feature.share_with is None]


def needed_columns(features: Sequence[Feature]) -> dict[str, str]:
    """Columns that the features read -> what error messages call their features."""
    return {feature.source: f"feature '{feature.name}'" for feature in features}

"""What a model reads of a row."""

from typing import Any

import pytest

from support import BASE, refusal
from taskfusion.config.experiment import parse_experiment
from taskfusion.schema.feature import CategoricalFeature, NumericFeature


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ({"name": "a b", "kind": "numeric"}, ["features.a b.name", "'a b'"]),
        ({"name": "a", "kind": "number"}, ["features.a: its kind", "'numeric'", "number"]),
        ({"name": "a", "kind": "numeric", "transfrom": "none"}, ["did you mean 'transform'"]),
        ({"name": "a", "kind": "sequence", "share_with": "b"}, ["share_with 'b'"]),
        ({"name": "a", "kind": "sequence", "share_with": "b", "min_count": 3}, ["min_count", "'b'"]),
        ({"name": "a", "kind": "sequence", "attention": "b"}, ["attention to 'b'", "same embedding table"]),
        ({"name": "a", "kind": "sequence", "attention": "a"}, ["attention to 'a'", "same embedding table"]),
        ({"name": "a", "kind": "sequence", "attention": "b", "pooling": "sum"}, ["place of pooling"]),
        ({"name": "a", "kind": "categorical", "frequency": True, "hash_buckets": 9}, ["hash_buckets", "frequency"]),
        ({"name": "a", "kind": "numeric", "separator": ","}, ["separator", "set length: true"]),
        ({"name": "a", "kind": "numeric", "length": True, "also_categorical": True}, ["length", "also_categorical"]),
    ],
)
def test_a_feature_that_does_not_fit_is_named(feature: dict[str, Any], words: list[str]) -> None:
    message = refusal({**BASE, "features": [feature]})
    assert all(word in message for word in words), message


def test_a_number_may_be_a_category_too() -> None:
    feature = {"name": "age", "column": "years", "kind": "numeric", "role": "user", "also_categorical": True}
    (number,) = parse_experiment({**BASE, "features": [feature]}).features
    assert isinstance(number, NumericFeature)
    beside = {key: value for key, value in feature.items() if key != "also_categorical"}
    assert number.as_categorical == CategoricalFeature.model_validate({**beside, "kind": "categorical"})
    assert number.model_copy(update={"also_categorical": False}).as_categorical is None

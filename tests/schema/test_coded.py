from taskfusion.schema.coded import called, coded_features, needed_columns, of_kind, table_owners
from taskfusion.schema.feature import CategoricalFeature, NumericFeature, SequenceFeature

AGE = NumericFeature(kind="numeric", name="age", column="years", also_categorical=True)
ITEM = CategoricalFeature(kind="categorical", name="item")
SEEN = SequenceFeature(kind="sequence", name="seen", share_with="item")
FEATURES = (AGE, SEEN, ITEM)


def test_features_with_codes_and_those_with_a_table() -> None:
    assert [feature.name for feature in coded_features(FEATURES)] == ["age", "seen", "item"]
    assert [feature.name for feature in table_owners(FEATURES)] == ["age", "item"]
    assert of_kind(SequenceFeature, FEATURES) == [SEEN]


def test_what_errors_call_them() -> None:
    assert (called(AGE), called(ITEM)) == ("feature 'age' (column 'years')", "feature 'item'")
    assert needed_columns(FEATURES) == {"years": "feature 'age'", "seen": "feature 'seen'", "item": "feature 'item'"}

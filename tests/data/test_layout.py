from taskfusion.data.layout import FittedNumber, InputLayout, NumericInput, input_layout
from taskfusion.schema.feature import CategoricalFeature, NumericFeature

NAMES = ("age", "age is missing", "price")


def test_columns_are_told_by_their_feature() -> None:
    layout = InputLayout((), (), (), 3, (), (), NAMES, numeric=(NumericInput("age", (0, 1)),))
    assert layout.numeric_features == ("age", "age", "price")
    assert InputLayout((), (), (), 3, (), (), NAMES).numeric_features == NAMES


def test_the_mark_of_missing_values_and_the_frequency_follow_the_number() -> None:
    age = NumericFeature(kind="numeric", name="age")
    city = CategoricalFeature(kind="categorical", name="city", frequency=True)
    layout = input_layout([city, age], {"city": 5}, {"age": FittedNumber(True, (0.5,))})
    assert layout.numeric_names == ("age", "age is missing", "city frequency")
    assert layout.numeric[0] == NumericInput("age", (0, 1), None, (0.5,))
    assert FittedNumber(False, ()).names("age") == ("age",)

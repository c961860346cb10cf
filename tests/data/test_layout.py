from taskfusion.data.layout import InputLayout, NumericInput

NAMES = ("age", "age is missing", "price")


def test_columns_are_told_by_their_feature() -> None:
    layout = InputLayout((), (), (), 3, (), (), NAMES, numeric=(NumericInput("age", (0, 1)),))
    assert layout.numeric_features == ("age", "age", "price")
    assert InputLayout((), (), (), 3, (), (), NAMES).numeric_features == NAMES

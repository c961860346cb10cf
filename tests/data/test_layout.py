import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.data.layout import BagInput, FittedNumber, InputLayout, NumericInput, Table, input_layout
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


ATTENDED = InputLayout(
    tables=(Table("user", 6, None), Table("item", 4, None)),
    ids=(0, 1),
    bags=(BagInput(1, "sum"), BagInput(1, "mean", candidate=1)),
    num_numeric=3,
    id_names=("user", "item"),
    bag_names=("liked", "watched"),
    numeric_names=("age", "price", "price is missing"),
    numeric=(NumericInput("age", (0,)), NumericInput("price", (1, 2), "periodic")),
)


def test_a_part_has_the_columns_of_its_features_renumbered() -> None:
    part = ATTENDED.part({"item", "watched", "price"})
    assert part.tables == ATTENDED.tables
    assert (part.id_names, part.ids) == (("item",), (1,))
    assert (part.bag_names, part.bags) == (("watched",), (BagInput(1, "mean", candidate=0),))
    assert (part.num_numeric, part.numeric_names) == (2, ("price", "price is missing"))
    assert part.numeric == (NumericInput("price", (0, 1), "periodic"),)
    assert ATTENDED.part({"user", "item", "liked", "watched", "age", "price"}) == ATTENDED


def test_a_sequence_is_not_parted_from_what_it_attends_to() -> None:
    with pytest.raises(ExperimentError, match="'watched' attends to 'item'"):
        ATTENDED.part({"watched", "user"})

import polars as pl
import pytest

from taskfusion.data.text_list import split_texts


@pytest.mark.parametrize(
    ("text", "separator", "values"),
    [
        ("a,b", ",", ["a", "b"]),
        (" a , , b ", ",", ["a", "b"]),
        ("", ",", []),
        (None, ",", None),
        ("[1, 2, 3]", ",", ["1", "2", "3"]),
        ("['a b', \"c\"]", ",", ["a b", "c"]),
        ("[]", ",", []),
        ("[a|b", "|", ["[a", "b"]),
        ("'a'|[b]", "|", ["'a'", "[b]"]),
    ],
)
def test_values_of_a_text(text: str | None, separator: str, values: list[str] | None) -> None:
    assert split_texts(pl.Series([text, "x"], dtype=pl.String), separator).to_list() == [values, ["x"]]

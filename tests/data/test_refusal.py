import pytest

from taskfusion.base.errors import DataError
from taskfusion.data.refusal import infinite, nearest, no_clock, no_ids, no_list, require_columns


def test_a_missing_column_is_named_with_the_nearest() -> None:
    require_columns(["age"], {"age": "feature 'age'"}, "the table")
    with pytest.raises(DataError, match=r"feature 'age' needs the column 'age', which the table lacks.*'agee'"):
        require_columns(["agee"], {"age": "feature 'age'"}, "the table")
    assert nearest("x", [f"column{n}" for n in range(9)]).endswith("column7, ...")


def test_all_missing_columns_are_named_at_once() -> None:
    needed = {name: f"feature '{name}'" for name in ("age", "city", "tags")}
    with pytest.raises(DataError) as found:
        require_columns(["city", "agee"], needed, "request")
    message = "feature 'age' needs the column 'age', which request lacks ('tags' as well); did you mean 'agee'?"
    assert str(found.value) == message


def test_sentences_say_what_to_do() -> None:
    assert "make its kind numeric, which reads seconds" in str(no_ids("x", "Duration(time_unit='us')"))
    assert "cast it or give the feature another kind" in str(no_ids("x", "Binary"))
    assert "no separator; set the separator" in str(no_list("x", "String", None))
    assert "1,000 of 2,000 rows hold infinity; make them null" in str(infinite("x", 1000, 2000))
    assert "times of day, but the column 'c' is of type Date, of days" in str(
        no_clock("x", "c", "Date", needs_hours=True)
    )

import pytest

from taskfusion.base.errors import DataError, TaskfusionError


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("the column 'a\nb' is missing", "the column 'a\\nb' is missing"),
        ("\x1b[31mred\x00", "\\x1b[31mred\\x00"),
        ("left\u202eright\u2028", "left\\u202eright\\u2028"),
        ("日本語　😀 ünïcode :x: 'it''s'", "日本語　😀 ünïcode :x: 'it''s'"),
        ("lone \ud800", "lone \\ud800"),
    ],
)
def test_a_message_is_one_line_whatever_names_it_holds(message: str, shown: str) -> None:
    assert str(DataError(message)) == shown
    assert DataError(message).args == (message,)
    assert isinstance(DataError(message), TaskfusionError)

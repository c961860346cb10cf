"""Rules as data."""

from hypothesis import given
from hypothesis import strategies as st

from taskfusion.watch.rules.rule import literal, quoted, seconds


def test_time_spans_are_those_of_prometheus() -> None:
    assert [seconds(one) for one in (0, 90, 300, 3600, 5400, 86400, 259200)] == [
        "0s",
        "90s",
        "5m",
        "1h",
        "90m",
        "1d",
        "3d",
    ]


@given(st.text(max_size=20))
def test_strings_are_quoted_on_one_line(text: str) -> None:
    inside = quoted(text)[1:-1]
    assert "\n" not in inside
    assert inside.replace("\\\\", "").replace('\\"', "").count('"') == 0


def test_braces_are_no_template() -> None:
    assert literal("{{ x }}") == '{{ "{{" }} x }}'

"""Names in options."""

from taskfusion.cli.names import listed_names


def test_names_stand_between_commas() -> None:
    assert listed_names(" a,b , ,c,") == ["a", "b", "c"]
    assert listed_names(" , ") == []

from taskfusion.report.page import _percentage


def test_a_coordinate_is_short() -> None:
    assert [_percentage(value) for value in (0, 50, 100, 33.3333, 0.1)] == ["0%", "50%", "100%", "33.33%", "0.1%"]

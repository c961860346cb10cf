"""What counts as like and unlike in the labels of two sets of rows."""

from dataclasses import replace

from taskfusion.schema.statistics import LabelStatistics, mean_differs, one_value_fault, shares_differ

RATE = LabelStatistics("click", rows=1_000, known=900, mean=0.5, std=0.5, class_shares=())
SHARES = LabelStatistics("reaction", rows=1_000, known=900, mean=0.0, std=0.0, class_shares=(0.5, 0.5, 0.0))


def test_statistics_are_alike_up_to_rounding_and_count_rows_exactly() -> None:
    assert RATE.is_like(replace(RATE, mean=0.5 + 1e-9, std=0.5 - 1e-9))
    for other in (replace(RATE, mean=0.501), replace(RATE, known=899), replace(RATE, class_shares=(1.0,))):
        assert not RATE.is_like(other)


def test_means_differ_beyond_four_standard_errors() -> None:
    error = 0.5 * (2 / 900) ** 0.5
    assert not mean_differs(RATE, replace(RATE, mean=0.5 + 3.9 * error))
    assert mean_differs(RATE, replace(RATE, mean=0.5 + 4.1 * error))


def test_shares_differ_beyond_a_tenth_and_beyond_chance() -> None:
    assert not shares_differ(SHARES, replace(SHARES, class_shares=(0.59, 0.41, 0.0)))
    moved = replace(SHARES, class_shares=(0.8, 0.2, 0.0))
    assert shares_differ(SHARES, moved)
    assert not shares_differ(replace(SHARES, known=20), replace(moved, known=20))


def test_one_value_alone_is_a_fault_by_its_name() -> None:
    assert one_value_fault(SHARES, "class") is None
    assert one_value_fault(replace(SHARES, class_shares=(0.0, 1.0, 0.0)), "class") == "only one class"

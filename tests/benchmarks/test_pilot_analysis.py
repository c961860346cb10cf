"""The log of the benchmark has the units that it says, and is analysed."""

from benchmarks.pilot_analysis import DAYS, HISTORY, START, charter_of, log_of, seconds


def test_each_unit_is_in_the_pilot() -> None:
    log = log_of(500, 4, 2, 0)
    assert (log.height, log["user"].n_unique()) == (2000, 500)
    days = (log["time"] - START).dt.total_days()
    assert (days.min(), days.max()) == (-HISTORY, DAYS - 1)
    taken, units = seconds(500, 4, 3)
    assert taken > 0
    assert units == 500
    assert len(charter_of(3)[1]) == 3

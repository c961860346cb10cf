"""Units come to arms once and for all."""

from pathlib import Path

import polars as pl
import pytest

from pilot.logs import charter, log
from taskfusion.base.bucket import bucket
from taskfusion.base.errors import DataError
from taskfusion.pilot.assign import ARM, CONTROL, EXCLUDED, OUTSIDE, TREATMENT, arm_column, write_arms

UNITS = pl.Series("user", range(20_000))


def test_a_wider_pilot_moves_nobody() -> None:
    before = arm_column(UNITS, charter(percent=0.5))
    for percent in (1, 5, 20, 50):
        now = arm_column(UNITS, charter(percent=percent))
        assert ((before == now) | (before == OUTSIDE)).all()
        for arm in (TREATMENT, CONTROL):
            expected = percent / 100 * len(UNITS)
            assert abs(now.to_list().count(arm) - expected) < 4 * expected**0.5 + 1
        before = now
    assert OUTSIDE not in before


def test_the_server_says_the_same() -> None:
    """A canary takes the units below its percent, by the pilot's name as salt."""
    arms = arm_column(UNITS, charter(percent=7))
    for unit, arm in zip(UNITS[:500].to_list(), arms[:500].to_list(), strict=True):
        assert (arm == TREATMENT) == (bucket(str(unit), "pilot") < 0.07)


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_table_of_arms_is_written(tmp_path: Path, suffix: str) -> None:
    log(units=300).write_parquet(tmp_path / "log.parquet")
    pl.DataFrame({"user": ["3", "5"]}).write_csv(tmp_path / "staff.csv")
    out = tmp_path / f"arms.{suffix}"
    counts = write_arms(charter(percent=50), tmp_path / "log.parquet", out, tmp_path / "staff.csv")
    found = pl.read_parquet(out) if suffix == "parquet" else pl.read_csv(out)
    assert found["user"].n_unique() == len(found) == sum(counts.values())
    assert set(found.filter(pl.col(ARM) == EXCLUDED)["user"]) == {3, 5}
    assert counts[EXCLUDED] == 2


def test_bad_input_is_told(tmp_path: Path) -> None:
    log(units=30).write_parquet(tmp_path / "log.parquet")
    with pytest.raises(DataError, match=r"should be a file that ends in \.parquet or \.csv"):
        write_arms(charter(), tmp_path / "log.parquet", tmp_path / "arms.json")
    with pytest.raises(DataError, match="nobody"):
        write_arms(charter(unit="nobody"), tmp_path / "log.parquet", tmp_path / "arms.csv")

"""Features that give a label away are named, with what was seen."""

import polars as pl
import pytest

from sound_log import FEATURES, changing, only, warn


def test_a_leak_names_all_tasks_that_it_gives_away() -> None:
    leak = changing(age=pl.col("ratio"), ratio=pl.col("ratio") * 2, click=(pl.col("ratio") > 0.5).cast(pl.Int8))
    finding = only(warn(all_parts=leak), "leak")
    assert finding.subject == "feature 'age'"
    assert "it looks like a leak: alone it predicts 'click' (AUC 1.000), 'ratio' (R2 0.9" in finding.message


FLAGS = [*FEATURES, {"name": "flag", "kind": "categorical"}]
THIRD = pl.int_range(pl.len()) % 3 == 0


@pytest.mark.parametrize("kind", ["categorical", "numeric"])
def test_a_value_that_holds_all_positives(kind: str) -> None:
    leak = changing(flag=THIRD.cast(pl.Int8), click=(THIRD & (pl.int_range(pl.len()) % 2 == 0)).cast(pl.Int8))
    finding = only(warn({"features": [*FEATURES, {"name": "flag", "kind": kind}]}, all_parts=leak), "leak")
    assert finding.subject == "feature 'flag'"
    assert finding.message == (
        "it looks like a leak: 100.0 % of the positives of 'click' are where it is 1, and these are 33.3 % of all "
        "rows; leave it out unless it is known before the outcome"
    )


def test_a_value_that_holds_nothing_but_positives() -> None:
    leak = changing(flag=((pl.col("click") == 1) & THIRD).cast(pl.String))
    finding = only(warn({"features": FLAGS}, all_parts=leak), "leak")
    assert "where it is true, 'click' is positive in 100.0 % of the rows, and these are 1" in finding.message


def test_a_value_of_most_rows_is_no_leak() -> None:
    most = changing(flag=(~THIRD).cast(pl.Int8), click=pl.col("click") * (~THIRD).cast(pl.Int8))
    assert warn({"features": FLAGS}, all_parts=most) == []


def test_a_value_that_is_missing_can_give_a_label_away() -> None:
    leak = changing(flag=pl.when((pl.col("click") == 1) & THIRD).then(None).otherwise(pl.lit("x")))
    finding = only(warn({"features": FLAGS}, all_parts=leak), "leak")
    assert "where it is missing, 'click' is positive in 100.0 % of the rows" in finding.message


def test_a_feature_that_predicts_a_label_is_named_once_for_it() -> None:
    """Its values give the label away too, which is said once."""
    leak = changing(flag=pl.col("click").cast(pl.String))
    finding = only(warn({"features": FLAGS}, all_parts=leak), "leak")
    assert finding.message.count("'click'") == 1
    assert "AUC 1.000" in finding.message

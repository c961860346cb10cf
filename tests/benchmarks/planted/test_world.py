"""Worlds whose truth is known: what is planted is there, and nothing else."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from benchmarks.planted.world import DAYS, DONOR, FAULTS, KNOWN, LATE_DAYS, LOG, ROWS, START, TASKS, World


def table(world: World, split: str) -> pl.DataFrame:
    return world.splits()[split].collect()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_same_world_is_made_again(fault: str) -> None:
    assert table(World(fault, 3), "train").equals(table(World(fault, 3), "train"))
    assert not table(World(fault, 3), "train").equals(table(World(fault, 4), "train"))


def test_few_labels_are_known_but_those_of_the_donor_and_of_the_fault() -> None:
    world = World("mixed-up", 1)
    train = table(world, "train")
    shares = {task: 1 - train[task].null_count() / ROWS["train"] for task in TASKS}
    assert world.guilty == "two"
    assert shares.pop(DONOR) == shares.pop("two") == 1
    assert all(share == pytest.approx(KNOWN, abs=0.02) for share in shares.values())
    assert all(table(world, "test")[task].null_count() == 0 for task in TASKS)


def agreement(frame: pl.DataFrame) -> float:
    both = frame.drop_nulls(["one", DONOR])
    return float(np.mean(both["one"].to_numpy() == both[DONOR].to_numpy()))


@pytest.mark.parametrize(("fault", "lost"), [("clean", False), ("mixed-up", True), ("flipped", True)])
def test_a_fault_makes_labels_agree_less_with_those_of_the_donor(fault: str, lost: bool) -> None:
    world = World(fault, 0)
    assert (agreement(table(world, "train")) < agreement(table(world, "test")) - 0.03) == lost


def test_delayed_labels_are_lost_at_the_end() -> None:
    test = table(World("delayed", 0), "test")
    late = pl.col("time") >= START + timedelta(days=DAYS["test"][1] - LATE_DAYS)
    assert float(test.filter(late)["one"].mean()) < 0.6 * float(test.filter(~late)["one"].mean())  # type: ignore[arg-type]
    assert float(test.filter(late)["two"].mean()) > 0.9 * float(test.filter(~late)["two"].mean())  # type: ignore[arg-type]


def test_rows_with_a_yes_are_repeated() -> None:
    train = table(World("repeated", 0), "train")
    rows = train.group_by("user_id", "item_id", "time").agg(pl.len(), pl.col("one").max())
    assert len(rows) == LOG * ROWS["train"]
    assert ((rows["len"] > 1) == (rows["one"] > 0)).all()

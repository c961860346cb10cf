"""Worlds whose truth is known: what is planted is there, and nothing else."""

import numpy as np
import polars as pl
import pytest

from benchmarks.planted.world import DONOR, FAULTS, FLIPPED, KNOWN, ROWS, TASKS, World


def table(world: World, split: str) -> pl.DataFrame:
    return world.splits()[split].collect()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_same_world_is_made_again(fault: str) -> None:
    assert table(World(fault, 3), "train").equals(table(World(fault, 3), "train"))
    assert not table(World(fault, 3), "train").equals(table(World(fault, 4), "train"))


def test_few_labels_are_known_but_those_of_the_donor_and_of_the_fault() -> None:
    world = World("random", 1)
    train = table(world, "train")
    shares = {task: 1 - train[task].null_count() / ROWS["train"] for task in TASKS}
    assert world.guilty == "two"
    assert shares.pop(DONOR) == shares.pop("two") == 1
    assert all(share == pytest.approx(KNOWN, abs=0.02) for share in shares.values())
    assert all(table(world, "test")[task].null_count() == 0 for task in TASKS)


@pytest.mark.parametrize(("fault", "lost"), [("clean", False), ("random", True), ("segment", True)])
def test_a_fault_makes_labels_agree_less_with_those_of_the_donor(fault: str, lost: bool) -> None:
    agreed = {}
    for split in ("train", "test"):
        frame = table(World(fault, 0), split).drop_nulls(["one", DONOR])
        agreed[split] = float(np.mean(frame["one"].to_numpy() == frame[DONOR].to_numpy()))
    assert (agreed["train"] < agreed["test"] - FLIPPED / 8) == lost

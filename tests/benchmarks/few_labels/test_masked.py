"""A task loses labels of training and validation rows, and nothing else changes."""

from pathlib import Path

import pytest

from benchmarks.few_labels.masked import CASES, masked, read_case
from support import experiment, log_table
from taskfusion.data.prepared import encode_splits

SPLITS = {name: log_table(400, seed).lazy() for seed, name in enumerate(("train", "validation", "test"))}


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_share_of_the_labels_is_known_and_all_of_the_test_rows(share: float) -> None:
    whole = experiment()
    few, splits = masked(whole, SPLITS, "click", share, 3)
    before = encode_splits(SPLITS, whole.table_schema, memory_gib=1).splits
    after = encode_splits(splits, few.table_schema, memory_gib=1).splits
    for name in SPLITS:
        (old,), (new,) = (list(one[name].batches(400)) for one in (before, after))
        assert (old.ids_BF == new.ids_BF).all()
        assert (old.weight_BT[:, 1:] == new.weight_BT[:, 1:]).all()
        known = new.weight_BT[:, 0] > 0
        assert (old.weight_BT[known, 0] > 0).all()
        assert (old.label_BT[known, 0] == new.label_BT[known, 0]).all()
        expected = 1 if name == "test" else share
        assert known.float().mean() == pytest.approx(
            float((old.weight_BT[:, 0] > 0).float().mean()) * expected, abs=0.07
        )


def test_seeds_choose_other_rows_and_a_seed_the_same() -> None:
    first, again, other = (masked(experiment(), SPLITS, "click", 0.5, seed)[1]["train"].collect() for seed in (0, 0, 1))
    assert first.equals(again)
    assert not first.equals(other)


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_a_binary_task_of_a_shipped_experiment(name: str, tmp_path: Path) -> None:
    for split in ("train", "validation", "test"):
        log_table(10).write_parquet(tmp_path / f"{split}.parquet")
    found, tables = read_case(CASES[name], tmp_path)
    assert {task.name: task.kind for task in found.tasks}[CASES[name].task] == "binary"
    assert set(tables) == {"train", "validation", "test"}

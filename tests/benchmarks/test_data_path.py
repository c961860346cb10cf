"""The benchmark runs on tiny tables, and both of its sides read the same numbers out of them."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.data_path import RAW, SIDES, learnt, measure_apart, measure_here, run
from benchmarks.log_tables import CODES, DENSE, TASKS, encoded_table, write_tables

pytest.importorskip("torch_rechub", reason="torch-rechub is not installed; the extra 'bench' has it")

ROWS = 3_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables")
    write_tables(path, ROWS)
    return path


def test_both_sides_see_the_same_raw_rows(folder: Path) -> None:
    from benchmarks import data_path_rechub as peer

    table = peer.preprocess(folder / "raw.parquet")
    (batch,) = learnt(folder / "raw.parquet", RAW).rows.batches(ROWS)
    assert len(table) == len(batch) == ROWS
    for place, name in enumerate(RAW):
        pairs = set(zip(batch.ids_BF[:, place].tolist(), table[name].tolist(), strict=True))
        assert len(pairs) == len({ours for ours, _ in pairs}) == len({theirs for _, theirs in pairs}) > 10
    for place, task in enumerate(TASKS):
        assert batch.label_BT[:, place].sum() == table[task].sum()
    marks = 0
    for place, name in enumerate(DENSE):
        number_B = batch.numeric_BN[:, place + marks].numpy()
        known_B = np.abs(number_B) < 10  # neither clipped
        if name in ("dense3", "dense7"):
            marks += 1
            known_B &= batch.numeric_BN[:, place + marks].numpy() == 0
        line = np.polyfit(table[name][known_B], number_B[known_B], 1)
        np.testing.assert_allclose(np.polyval(line, table[name][known_B]), number_B[known_B], atol=1e-4)


def test_both_sides_see_the_same_encoded_rows(folder: Path) -> None:
    from benchmarks import data_path_rechub as peer

    (batch,) = learnt(folder / "encoded.parquet", CODES).rows.batches(ROWS)
    table = encoded_table(ROWS)
    for place, name in enumerate(CODES):
        pairs = set(zip(batch.ids_BF[:, place].tolist(), table[name].to_list(), strict=True))
        assert len(pairs) == table[name].n_unique()
    assert peer.epoch_of_stream(folder / "encoded.parquet", 512)() == ROWS


@pytest.mark.parametrize("side", [side for side in SIDES if not side.endswith("step")])
def test_an_epoch_is_all_rows(side: str, folder: Path) -> None:
    rows, seconds = measure_here(side, folder)
    assert rows == ROWS
    assert seconds > 0


def test_a_side_is_measured_in_a_process_of_its_own(folder: Path) -> None:
    rows, seconds = measure_apart("memory", folder)
    assert rows == ROWS
    assert seconds > 0


def test_it_runs_on_tiny_sizes() -> None:
    assert len(run(tiny=True).splitlines()) == 2 + 5 + 1 + 2 + 7

"""Ids of both logs are the same key, whatever their type."""

import numpy as np
import polars as pl
import pyarrow as pa

from taskfusion.watch.read.rows import decision_rows, keys, outcome_rows, text_hashes


def test_ids_of_both_logs_are_the_same_key() -> None:
    decisions, outcomes = np.zeros(3, dtype=decision_rows(1)), np.zeros(3, dtype=outcome_rows(1, 0))
    decisions["request"] = text_hashes(pa.array(["a", "b", None]))
    decisions["candidate"] = text_hashes(pa.array(["7", "8", "9"])).astype(np.uint32)
    outcomes["request"] = text_hashes(pl.Series(["a", "b", None]))
    outcomes["candidate"] = text_hashes(pl.Series([7, 8, 9])).astype(np.uint32)
    assert keys(decisions).tolist() == keys(outcomes).tolist()
    assert len(set(keys(decisions).tolist())) == 3


def test_hundreds_of_thousands_of_keys_differ() -> None:
    rows = np.zeros(400_000, dtype=decision_rows(0))
    rows["request"] = np.repeat(text_hashes(pl.Series([f"r{one}" for one in range(4000)])), 100)
    rows["candidate"] = np.tile(text_hashes(pl.Series([str(one) for one in range(100)])).astype(np.uint32), 4000)
    assert len(np.unique(keys(rows))) == 400_000

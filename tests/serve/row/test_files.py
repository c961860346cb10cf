from pathlib import Path

import polars as pl
import pytest

from taskfusion.data.encoder_record import SavedHashing, SavedVocabulary
from taskfusion.data.vocabulary import Vocabulary
from taskfusion.serve.row.files import read_table

KEYS = [
    pl.Series([-1, 5]),
    pl.Series([5, 2**64 - 1], dtype=pl.UInt64),
    pl.Series(["a", "é"]),
    pl.Series([], dtype=pl.String),
]


@pytest.mark.parametrize("keys", KEYS, ids=["signed", "unsigned", "text", "none"])
def test_a_vocabulary_is_read_as_it_was_written(keys: pl.Series, tmp_path: Path) -> None:
    Vocabulary(keys).save(tmp_path / "vocabulary_0.safetensors")
    table = read_table(SavedVocabulary(file="vocabulary_0.safetensors"), tmp_path)
    assert [table.code(key, "x", key) for key in keys] == list(range(2, 2 + len(keys)))


def test_a_hashed_table_has_no_file(tmp_path: Path) -> None:
    assert read_table(SavedHashing(num_buckets=5, keys="integer"), tmp_path).num_codes == 7

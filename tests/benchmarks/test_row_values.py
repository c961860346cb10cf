"""Generated rows hold what the row encoder has to read: every column of one type in a block."""

import numpy as np

from benchmarks.row_values import USUAL, block, features, training_rows


def test_blocks_differ_and_seeds_repeat() -> None:
    rng = np.random.default_rng(0)
    first, second = (block(rng, 50, odd_share=0.5) for _ in range(2))
    assert first.columns == list(USUAL)
    assert not first.equals(second)
    assert first.equals(block(np.random.default_rng(0), 50, odd_share=0.5))


def test_features_read_the_columns_of_the_training_rows() -> None:
    columns = {feature.get("column", feature["name"]) for feature in features()}
    assert columns == set(training_rows(np.random.default_rng(0), 20).columns)

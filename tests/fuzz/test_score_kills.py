"""Scoring that is killed at any moment, and several times: the same call ends with every row once."""

import random
import time
from pathlib import Path

import polars as pl

from scored import CUT, ROWS, Scoring, require_complete, write_table
from serve.conftest import Exported
from taskfusion.serve.batch.score import score_table
from taskfusion.serve.scorer import Scorer

KILLS = 200


def test_a_killed_scoring_is_completed(exported: Exported, tmp_path: Path, fuzz_share: float) -> None:
    (tmp_path / "table").mkdir()
    table = write_table(tmp_path / "table")
    expected = Scorer.load(exported.path).score(pl.read_parquet(table / "*.parquet"))
    begun = time.monotonic()
    Scoring(exported.path, table, tmp_path / "alone").end()
    seconds = time.monotonic() - begun
    rng = random.Random(0)
    for number in range(round(KILLS * fuzz_share)):
        out = tmp_path / f"out{number}"
        for _ in range(rng.choice((1, 1, 2, 3))):
            process = Scoring(exported.path, table, out)
            time.sleep(rng.uniform(0, 1.1 * seconds))
            process.kill()
        found = score_table(exported.path, table, out, cut=CUT)
        require_complete(out, table, expected)
        assert [part.first_row for part in found.parts] == list(range(0, ROWS, CUT.part_rows))
        assert {path.name for path in out.iterdir()} == {"score.json", *(part.name for part in found.parts)}

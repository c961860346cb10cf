"""A few simulated sets: intervals hold the truth about as often as they say, and the command writes its table."""

from pathlib import Path

import pytest

from benchmarks import segment_coverage


def test_intervals_hold_the_truth_together_and_gaps_are_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_coverage, "RESAMPLES", 200)
    monkeypatch.setattr(segment_coverage, "MANY", 40_000)
    world = segment_coverage.World("small", 300, -1.0)
    truth = segment_coverage.true_values(world)
    found = [segment_coverage.look(world, truth, seed) for seed in range(40)]
    for measure in segment_coverage.MEASURES:
        assert sum(one.holds[measure] for one in found) >= 33  # fewer: once in 1,000 where 95 % hold
    gaps = [is_gap for one in found for is_gap in one.gaps.values()]
    assert sum(gaps) / len(gaps) < 0.15


def test_the_table_stands_between_the_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(segment_coverage.PAGE.read_text())
    monkeypatch.setattr(segment_coverage, "PAGE", page)
    monkeypatch.setattr(segment_coverage, "WORLDS", (segment_coverage.World("small", 200, -1.0),))
    monkeypatch.setattr(segment_coverage, "true_values", lambda world: dict.fromkeys(segment_coverage.MEASURES, 1e9))
    segment_coverage.main(["--sets", "2"])
    assert "| small | NE | 0.0 % |" in page.read_text()

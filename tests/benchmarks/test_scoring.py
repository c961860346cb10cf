"""The benchmark of scoring runs; it refuses to measure ways that compute other numbers than the loop form."""

from benchmarks.scoring import run


def test_it_runs_on_tiny_sizes() -> None:
    speed, cost = run(tiny=True).split("\n\n")
    assert len(speed.splitlines()) == 2 + 2 * 5
    assert len(cost.splitlines()) == 2 + 1

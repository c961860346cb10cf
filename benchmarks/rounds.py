"""Interleaved rounds: every candidate once a round, so that a drifting machine hits all alike."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Times:
    """Seconds of one candidate, one a round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median seconds."""
        return statistics.median(self.seconds)

    def ratio_to(self, other: "Times") -> float:
        """Median over rounds of other's seconds over mine: above 1, I am faster."""
        return statistics.median(b / a for a, b in zip(self.seconds, other.seconds, strict=True))


def measure(
    candidates: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    warmup: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Times]:
    """Run all candidates in turn, round after round.

    Args:
        candidates: what to run, by name.
        rounds: rounds that count.
        warmup: rounds before them.
        clock: what tells the seconds; time.process_time leaves out what a shared core gives to others.
    """
    found: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(warmup + rounds):
        for name, run in candidates.items():
            start = clock()
            run()
            if number >= warmup:
                found[name].append(clock() - start)
    return {name: Times(tuple(seconds)) for name, seconds in found.items()}


def sgemm(size: int = 1024) -> Callable[[], object]:
    """One product of two square float32 matrices, the yardstick of a machine's speed: 2 * size^3 operations."""
    matrix = torch.randn(size, size)
    return lambda: matrix @ matrix


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

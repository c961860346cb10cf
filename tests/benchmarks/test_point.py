"""A point of the scaling page is measured in a process of its own."""

from dataclasses import replace

from benchmarks.point import measure_apart
from benchmarks.workload import SMALL

MIB = 2**20


def test_memory_is_that_of_the_point_alone() -> None:
    ballast = bytearray(300 * MIB)
    ballast[::4096] = b"x" * len(ballast[::4096])
    small = measure_apart(SMALL, threads=1, seconds=0.0)
    tables = replace(SMALL, codes=500_000)  # 2 features x 16 numbers: weights, gradient and two moments of Adam
    large = measure_apart(tables, threads=1, seconds=0.0)
    held = 4 * 2 * 500_000 * 16 * 4
    assert small.peak_bytes < 50 * MIB
    assert 0.9 * held <= large.peak_bytes - small.peak_bytes < 1.5 * held
    assert small.step_seconds > 0
    assert small.sgemm_ratio > 0

"""One point of the scaling page, in a process of its own, whose peak memory is then that of the point alone.

As a program it reads the arguments of measure_apart as JSON from its standard input and prints a Point as JSON.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from benchmarks.rounds import measure, sgemm
from benchmarks.training_step import Shape
from benchmarks.workload import SMALL, Workload, runner, shuffled

ROOT = Path(__file__).parents[1]
FEWEST_ROUNDS = 3


@dataclass(frozen=True)
class Point:
    """What was measured.

    Attributes:
        step_seconds: median of a training step.
        sgemm_ratio: median of its time over that of a product of two 1024 x 1024 matrices in the same round.
        peak_bytes: most memory that the process held, less what it held before data and model were made, after
            a tiny step that made torch load its code.
    """

    step_seconds: float
    sgemm_ratio: float
    peak_bytes: int


def measure_apart(workload: Workload, *, threads: int, seconds: float) -> Point:
    """Measure in a fresh process.

    Args:
        workload: the size.
        threads: CPU threads.
        seconds: about so long the rounds go on.
    """
    request = json.dumps({"workload": asdict(workload), "threads": threads, "seconds": seconds})
    command = [sys.executable, "-m", "benchmarks.point"]
    done = subprocess.run(command, cwd=ROOT, input=request, stdout=subprocess.PIPE, text=True, check=True)
    return Point(**json.loads(done.stdout))


def measure_here(workload: Workload, *, seconds: float) -> Point:
    """Measure in this process; its peak memory includes what it did before."""
    runner(SMALL.step(), shuffled(SMALL.dataset(), SMALL.batch_size))()
    before = memory_bytes("VmRSS")
    runs = {"step": runner(workload.step(), shuffled(workload.dataset(), workload.batch_size)), "sgemm": sgemm()}
    once = sum(times.median for times in measure(runs, rounds=1, warmup=1).values())
    times = measure(runs, rounds=max(FEWEST_ROUNDS, int(seconds / once)), warmup=0)
    ratio = times["sgemm"].ratio_to(times["step"])
    return Point(times["step"].median, ratio, memory_bytes("VmHWM") - before)


def memory_bytes(name: str) -> int:
    """VmRSS (held now) or VmHWM (held at most) of this process.

    Raises:
        RuntimeError: the system does not tell.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        raise RuntimeError("peak memory is read from /proc/self/status, which this system lacks; measure on Linux")
    line = next(line for line in status.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def main() -> None:
    """Measure what standard input asks for."""
    request = json.loads(sys.stdin.read())
    torch.set_num_threads(request["threads"])
    workload = Workload(**{**request["workload"], "shape": Shape(**request["workload"]["shape"])})
    print(json.dumps(asdict(measure_here(workload, seconds=request["seconds"]))))


if __name__ == "__main__":
    main()

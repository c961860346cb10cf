"""A candidate in a process of its own: its memory is measured apart, and its allocator is set up apart."""

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from types import TracebackType

import torch

from benchmarks.rounds import Times

Run = Callable[[], object]
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["torch", "torch._dynamo"])  # imported once, not in every process


class Worker:
    """Runs a candidate in another process; a call has it run there and waits.

    With one thread, seconds are the processor's, which neighbours on the machine hardly change; else the clock's.

    Args:
        build: makes the candidate, in the other process; can be pickled.
        turns: runs of the candidate in one call, whose mean counts.
    """

    def __init__(self, build: Callable[[], Run], turns: int = 1) -> None:
        self.peak_mib = 0.0
        self._connection, theirs = PROCESSES.Pipe()
        arguments = (theirs, build, turns, torch.get_num_threads())
        self._process = PROCESSES.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()

    def __call__(self) -> float:
        """Run the candidate and give its seconds; peak_mib is then the most memory that its runs took so far, in MiB.

        Raises:
            EOFError: the other process died; its traceback stands on stderr.
        """
        self._connection.send(True)
        seconds, self.peak_mib = self._connection.recv()
        return float(seconds)

    def __enter__(self) -> "Worker":
        """The worker itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self._connection.close()
        self._process.join()


def measure_workers(workers: Mapping[str, Worker], *, rounds: int, warmup: int) -> dict[str, Times]:
    """Run all workers in turn, round after round."""
    found: dict[str, list[float]] = {name: [] for name in workers}
    for number in range(warmup + rounds):
        for name, worker in workers.items():
            seconds = worker()
            if number >= warmup:
                found[name].append(seconds)
    return {name: Times(tuple(seconds)) for name, seconds in found.items()}


def _serve(connection: Connection, build: Callable[[], Run], turns: int, threads: int) -> None:
    torch.set_num_threads(threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    run = build()
    before = _peak_mib()
    while True:
        try:
            connection.recv()
        except EOFError:
            return
        start = clock()
        for _ in range(turns):
            run()
        connection.send(((clock() - start) / turns, _peak_mib() - before))


def _peak_mib() -> float:
    """The most memory that this process held so far."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit

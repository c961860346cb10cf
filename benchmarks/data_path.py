"""From a table to batches: in memory, streamed, and from a raw table to the first gradient step, beside torch-rechub.

A side is measured in a process of its own, in which Polars, PyArrow and torch have one thread from their import on. Its
time is the CPU time of the process, all threads together, so that work done ahead on a thread counts in full.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
import torch
from torch.nn import functional

from benchmarks.log_tables import CODES, DENSE, SMALL, TEXTS, WIDE, schema, write_tables
from benchmarks.rounds import markdown
from taskfusion.assemble.network import build_model
from taskfusion.assemble.training import build_optimizers
from taskfusion.config.experiment import parse_experiment
from taskfusion.data.dataset import Dataset, StreamDataset, row_encoder
from taskfusion.data.learn import Learnt, example_columns, learn
from taskfusion.data.table import read_blocks, scan

RAW = (*TEXTS, *WIDE, *SMALL)
BATCH = 4096
EPOCH_ROWS = 1_000_000
MEMORY = 1 << 40
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

Measured = tuple[int, float]
"""Rows and CPU seconds."""


def learnt(path: Path, categorical: Sequence[str], numeric: Sequence[str] = DENSE) -> Learnt:
    """The table read, learnt and encoded as training does."""
    meaning = schema(tuple(categorical), tuple(numeric))
    frame = scan(path)
    return learn(frame.select(example_columns(frame, meaning)), meaning, memory_bytes=MEMORY)


def streamed(path: Path, categorical: Sequence[str]) -> StreamDataset:
    """The table as a stream, encoded by what was learnt of it."""
    found, meaning = learnt(path, categorical), schema(tuple(categorical))
    frame = scan(path)
    encode = row_encoder(found.encoder, meaning)
    return StreamDataset(frame.select(example_columns(frame, meaning)), encode, found.rows.num_rows)


def epoch(dataset: Dataset) -> int:
    """A shuffled epoch; returns the number of rows."""
    return sum(len(batch) for batch in dataset.batches(BATCH, shuffle_seed=0))


def first_step(path: Path) -> float:
    """From the raw table to the first update of a shared bottom; returns the loss."""
    found = learnt(path, RAW)
    meaning = schema(RAW).model_dump(mode="json", include={"features", "tasks"})
    network = {"variant": "shared-bottom", "level_dims": [[128]], "tower_dims": [32]}
    experiment = parse_experiment(meaning | {"embedding": {"dim": 16}, "network": network})
    model = build_model(experiment, found.encoder.layout, found.statistics)
    optimizers = build_optimizers(experiment.training, experiment.embedding, model)
    batch = next(iter(found.rows.batches(BATCH, shuffle_seed=0)))
    loss = functional.binary_cross_entropy_with_logits(model(batch), batch.label_BT)
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
    return float(loss.detach())


def _epochs(prepare: Callable[[Path], Callable[[], int]], path: Path) -> Measured:
    """The median of three epochs after a first one."""
    run = prepare(path)
    rows, seconds = run(), []
    for _ in range(3):
        seconds.append(_once(run)[1])
    return rows, statistics.median(seconds)


def _once(run: Callable[[], object]) -> tuple[object, float]:
    start = time.process_time()
    return run(), time.process_time() - start


def _whole(run: Callable[[Path], object], path: Path) -> Measured:
    """One run; what torch imports for its first update is not measured."""
    weight = torch.zeros(1, requires_grad=True)
    weight.sum().backward()
    torch.optim.Adam([weight], fused=True).step()
    return 1, _once(lambda: run(path))[1]


def _peer_epochs(name: str, path: Path) -> Measured:
    from benchmarks import data_path_rechub as peer

    return _epochs(partial(getattr(peer, name), batch_size=BATCH), path)


def _peer_first_step(path: Path) -> Measured:
    from benchmarks import data_path_rechub as peer

    return _whole(lambda file: peer.first_step(file, BATCH), path)


def _read(path: Path) -> None:
    for _ in read_blocks(scan(path)):
        pass


def _run_of(dataset: Dataset) -> Callable[[], int]:
    return lambda: epoch(dataset)


SIDES: Mapping[str, tuple[str, Callable[[Path], Measured]]] = {
    "memory": ("encoded", partial(_epochs, lambda path: _run_of(learnt(path, CODES).rows))),
    "stream": ("encoded", partial(_epochs, lambda path: _run_of(streamed(path, CODES)))),
    "raw stream": ("raw", partial(_epochs, lambda path: _run_of(streamed(path, RAW)))),
    "first step": ("raw", partial(_whole, first_step)),
    "rechub memory": ("encoded", partial(_peer_epochs, "epoch_in_memory")),
    "rechub stream": ("encoded", partial(_peer_epochs, "epoch_of_stream")),
    "rechub first step": ("raw", _peer_first_step),
}
"""Name -> the table that a side reads, and what measures it."""

STAGES: Mapping[str, Callable[[Path], object]] = {
    "reading all 42 columns alone": _read,
    "10 columns of strings": lambda path: learnt(path, TEXTS, ()),
    "10 columns of 64-bit ids": lambda path: learnt(path, WIDE, ()),
    "10 columns of small integers": lambda path: learnt(path, SMALL, ()),
    "10 columns of floats": lambda path: learnt(path, (), DENSE),
    "all columns": lambda path: learnt(path, RAW),
}
"""Parts of the way to the first step; each but the first reads its columns and two labels, learns and encodes them."""


def page(measured: Mapping[str, Sequence[Measured]]) -> str:
    """The tables of what was measured round by round."""
    what = {
        "memory": ("encoded, in memory, full shuffle", "4 / 6 M"),
        "stream": ("encoded Parquet, streamed, 64k-block shuffle", "1.4 / 3 M"),
        "raw stream": ("raw Parquet, streamed and encoded, 64k-block shuffle", ""),
    }
    rates = [
        [about, goal, _rate(measured[side]), *_against(measured, side, _rate)] for side, (about, goal) in what.items()
    ]
    step = ["raw table to first gradient step", "10 / 30x", _seconds(measured["first step"])]
    epoch_too = {"first step": "memory", "rechub first step": "rechub memory"}
    with_epoch = {
        first: [
            (1, seconds + EPOCH_ROWS * in_memory[1] / in_memory[0])
            for (_, seconds), in_memory in zip(measured[first], measured[memory], strict=True)
        ]
        for first, memory in epoch_too.items()
    }
    whole = ["the same, and 1 M rows in batches", "", _seconds(with_epoch["first step"])]
    rows = [
        *rates,
        [*step, *_against(measured, "first step", _seconds)],
        [*whole, *_against(with_epoch, "first step", _seconds)],
    ]
    stages = [[name, f"{statistics.median(seconds for _, seconds in measured[name]):.2f}"] for name in STAGES]
    stages.append(["all columns, model, first batch and step", _seconds(measured["first step"]).removesuffix(" s")])
    head = ["what", "must / aim", "taskfusion", "torch-rechub", "ratio"]
    return f"{markdown(head, rows)}\n\n{markdown(['way to the first step', 'CPU s'], stages)}"


def _rate(rounds: Sequence[Measured]) -> str:
    return f"{statistics.median(rows / seconds for rows, seconds in rounds) / 1e6:.2f} M rows/s"


def _seconds(rounds: Sequence[Measured]) -> str:
    return f"{statistics.median(seconds for _, seconds in rounds):.2f} s"


def _against(measured: Mapping[str, Sequence[Measured]], side: str, show: Callable[..., str]) -> list[str]:
    """The peer's number and the median over rounds of the ratio, empty where there is no peer."""
    peers = measured.get(f"rechub {side}")
    if peers is None:
        return ["", ""]
    pairs = zip(measured[side], peers, strict=True)
    ratio = statistics.median((rows / seconds) / (peer[0] / peer[1]) for (rows, seconds), peer in pairs)
    return [show(peers), f"{ratio:.1f}x"]


def measure_here(name: str, folder: Path) -> Measured:
    """One side or stage in this process."""
    if name in STAGES:
        return _whole(STAGES[name], folder / "raw.parquet")
    table, measure = SIDES[name]
    return measure(folder / f"{table}.parquet")


def measure_apart(name: str, folder: Path) -> Measured:
    """One side or stage in a process of its own with one thread."""
    command = [sys.executable, "-m", "benchmarks.data_path", name, str(folder)]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, check=True, capture_output=True, text=True)
    rows, seconds = json.loads(done.stdout.splitlines()[-1])
    return rows, seconds


def run(*, tiny: bool) -> str:
    """The benchmark, or the same on tiny tables in this process."""
    measure, num_rows, rounds = (measure_here, 5_000, 1) if tiny else (measure_apart, EPOCH_ROWS, 3)
    measured: dict[str, list[Measured]] = {name: [] for name in (*SIDES, *STAGES)}
    with tempfile.TemporaryDirectory() as folder:
        write_tables(Path(folder), num_rows)
        for _ in range(rounds):
            for name, found in measured.items():
                found.append(measure(name, Path(folder)))
    return page(measured)


def main() -> None:
    """Measures one side and prints its rows and CPU seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=(*SIDES, *STAGES))
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    print(json.dumps(measure_here(options.name, options.folder)))


if __name__ == "__main__":
    main()

"""The whole training step in float32, in bf16 and compiled, on the CPU and on a CUDA device where there is one."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from benchmarks.rounds import markdown, measure
from benchmarks.training_step import SHAPES
from benchmarks.workload import LARGE_TABLES, SMALL, Workload, runner, shuffled

Settings = Mapping[str, Mapping[str, Any]]

PLAIN: Settings = {"float32": {}, "bf16": {"precision": "bf16"}}
COMPILED: Settings = {"float32, compiled": {"compile": True}}
BF16_COMPILED: Settings = {"bf16, compiled": {"precision": "bf16", "compile": True}}
SETTINGS: Mapping[str, Settings] = {"cpu": {**PLAIN, **COMPILED}, "cuda": {**PLAIN, **COMPILED, **BF16_COMPILED}}
BATCH_SIZE = {"cpu": 512, "cuda": 4096}
WORKLOADS = {**{name: Workload(shape) for name, shape in SHAPES.items()}, "3 M rows": LARGE_TABLES}


def compare(workload: Workload, device: str, settings: Settings, *, rounds: int) -> list[list[str]]:
    """One row a setting: ms of a step, how much faster than the first setting, seconds of the first step.

    Raises:
        AssertionError: the settings do not compute the same losses, up to what bf16 rounds off.
    """
    torch.manual_seed(0)
    dataset = workload.dataset()
    runs, first_seconds, losses = {}, {}, []
    for name, training in settings.items():
        torch.manual_seed(1)
        step = workload.step(device, **training)
        batches = shuffled(dataset, workload.batch_size)
        start = time.perf_counter()
        loss_T, _ = step(next(batches).to(device))
        losses.append(loss_T.cpu())
        first_seconds[name] = time.perf_counter() - start
        torch.testing.assert_close(losses[-1], losses[0], rtol=0.02, atol=0.0)
        runs[name] = runner(step, batches)
    times = measure(runs, rounds=rounds, warmup=3)
    base = next(iter(times.values()))
    return [
        [name, f"{found.median * 1e3:.1f}", f"{found.ratio_to(base):.2f}x", f"{first_seconds[name]:.1f}"]
        for name, found in times.items()
    ]


def run(*, tiny: bool) -> str:
    """The table; tiny compiles nothing, which would take most of a minute."""
    head = ["device", "model", "batch", "setting", "step ms", "against float32", "first step s"]
    rows = []
    for device in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        for name, workload in {"tiny": SMALL}.items() if tiny else WORKLOADS.items():
            sized = workload if tiny else replace(workload, batch_size=BATCH_SIZE[device])
            found = compare(sized, device, PLAIN if tiny else SETTINGS[device], rounds=1 if tiny else 9)
            rows += [[device, name, str(sized.batch_size), *row] for row in found]
    return markdown(head, rows)

"""Scoring N candidates of one user, against the same maths in loop form: torch, ONNX Runtime, and the user read once.

x is half features of the user, half of the item. Torch and ONNX Runtime take x [N, D] of all candidates; the user read
once takes x [1, D / 2] of the user and [N, D / 2] of the items; with item rows, row numbers of a catalogue. All give
probabilities of all tasks. Nothing is encoded here. A way makes one call a round, after the other ways have
pushed its weights out of the core's caches, or several one after the other, as a busy server does; the time is that of
one call.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from benchmarks.loop_form import LoopModel
from benchmarks.rounds import markdown, measure
from benchmarks.training_step import SHAPES, TINY, Shape, build_pair
from taskfusion.base.record import read_artifact
from taskfusion.data.batch import Batch
from taskfusion.data.layout import InputLayout
from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.input.layer import InputLayer
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.schema import Schema
from taskfusion.serve.bundle_files import SCORER
from taskfusion.serve.engine import Engine
from taskfusion.serve.export.write import write_engine
from taskfusion.serve.inputs import NUMERIC
from taskfusion.serve.record import ScorerRecord

VARIANT = "adatt-sp"
LOOP = "loop form, torch"
Scores = Callable[[], Sequence[npt.NDArray[np.float32]]]


@dataclass(frozen=True)
class Scored:
    """One model in all forms, and its cost."""

    model: MultiTaskModel
    loop: LoopModel
    engine: Engine
    catalogue: list[npt.NDArray[np.float32]]
    item_ID: Tensor
    seconds: float
    num_bytes: int


@dataclass(frozen=True)
class Effort:
    """Candidates (N), rounds, and calls of each way in a round, one after the other."""

    count: int
    rounds: int
    calls: int


@contextmanager
def export(shape: Shape, num_items: int) -> Iterator[Scored]:
    """Build and export a model of random weights, and make the item rows of a random catalogue."""
    torch.manual_seed(0)
    trunk, loop = build_pair(shape, VARIANT)
    names = tuple(f"x{column}" for column in range(shape.input_dim))
    layout = InputLayout((), (), (), shape.input_dim, (), (), names)
    features = [
        {"name": name, "kind": "numeric", "role": "user" if place < shape.input_dim // 2 else "item"}
        for place, name in enumerate(names)
    ]
    tasks = [{"name": f"task{task}", "kind": "binary"} for task in range(shape.num_tasks)]
    schema = Schema.model_validate({"features": features, "tasks": tasks})
    heads = [BinaryHead() for _ in tasks]
    model = MultiTaskModel(InputLayer(layout, dim=1), trunk.network, trunk.towers, heads).eval()
    item_ID = torch.randn(num_items, shape.input_dim - shape.input_dim // 2)
    with tempfile.TemporaryDirectory() as name:
        start = time.perf_counter()
        write_engine(model, layout, schema, Path(name))
        seconds = time.perf_counter() - start
        num_bytes = sum(file.stat().st_size for file in Path(name).iterdir())
        engine = Engine(Path(name), read_artifact(Path(name) / SCORER, ScorerRecord))
        catalogue = engine.item_share({NUMERIC: item_ID.numpy()})
        yield Scored(model, loop.eval(), engine, catalogue, item_ID, seconds, num_bytes)


def ways(scored: Scored, user_1D: Tensor, row_B: npt.NDArray[np.int64]) -> dict[str, Scores]:
    """Every way of scoring one user with some candidates."""
    engine, model, count = scored.engine, scored.model, len(row_B)
    item_BD = scored.item_ID[torch.from_numpy(row_B)]
    x_BD = torch.cat([user_1D.expand(count, -1), item_BD], dim=1)
    batch = Batch(torch.zeros(count, 0, dtype=torch.int32), (), x_BD, x_BD[:, :0], x_BD[:, :0])
    user, items, both = ({NUMERIC: part.numpy()} for part in (user_1D, item_BD, x_BD))
    all_B = np.arange(count)
    return {
        LOOP: lambda: list(scored.loop(x_BD).sigmoid().T.numpy()),
        "ours, torch": lambda: [part.numpy() for part in model.predict(batch)],
        "ONNX Runtime": lambda: engine.predict(both),
        "user once": lambda: engine.candidates(engine.request_share(user), engine.item_share(items), all_B),
        "user once, item rows": lambda: engine.candidates(engine.request_share(user), scored.catalogue, row_B),
    }


@torch.no_grad()
def compare(name: str, scored: Scored, effort: Effort) -> list[list[str]]:
    """Rows of the table for one model and N."""
    count = effort.count
    user_1D = torch.randn(1, scored.model.network.input_dim - scored.item_ID.shape[1])
    row_B = np.random.default_rng(count).integers(0, len(scored.item_ID), count)
    candidates = ways(scored, user_1D, row_B)
    expected = candidates[LOOP]()
    for score in candidates.values():
        np.testing.assert_allclose(np.stack(score()), np.stack(expected), rtol=1e-5, atol=1e-6)
    calls = {way: _repeated(score, effort.calls) for way, score in candidates.items()}
    wall = measure(calls, rounds=effort.rounds, warmup=1)
    core = measure(calls, rounds=effort.rounds, warmup=1, clock=time.process_time)
    return [
        [
            name,
            str(count),
            str(effort.calls),
            way,
            f"{wall[way].median / effort.calls * 1e3:.3g}",
            f"{wall[way].ratio_to(wall[LOOP]):.1f}x",
            f"{core[way].median / effort.calls * 1e3:.3g}",
            f"{core[way].ratio_to(core[LOOP]):.1f}x",
        ]
        for way in candidates
    ]


def _repeated(score: Scores, calls: int) -> Callable[[], None]:
    def run_all() -> None:
        for _ in range(calls):
            score()

    return run_all


def page(shapes: Mapping[str, Shape], efforts: Sequence[Effort], *, num_items: int) -> str:
    """The tables of speed and of cost.

    Args:
        shapes: models, by name.
        efforts: what is measured, and how long.
        num_items: items of the catalogue.
    """
    speed, cost = [], []
    for name, shape in shapes.items():
        with export(shape, num_items) as scored:
            for effort in efforts:
                speed += compare(name, scored, effort)
            item_bytes = 4 * sum(scored.engine.readers.values())
            cost.append([name, f"{scored.seconds:.0f}", f"{scored.num_bytes / 1e6:.1f}", f"{item_bytes:,}"])
    head = ["shape", "N", "calls a round", "way", "ms, p50", "loop form / way", "CPU ms, p50", "loop form / way, CPU"]
    return f"{markdown(head, speed)}\n\n{markdown(['shape', 'export s', 'files MB', 'bytes per item'], cost)}"


def run(*, tiny: bool) -> str:
    """The benchmark, or the same on tiny sizes that only show that it runs."""
    if tiny:
        return page({"tiny": TINY}, [Effort(1, 1, 1), Effort(5, 1, 1)], num_items=7)
    efforts = [Effort(1, 200, 1), Effort(1, 40, 25), Effort(200, 40, 1), Effort(200, 20, 4), Effort(1000, 12, 1)]
    return page({name: SHAPES[name] for name in "ab"}, efforts, num_items=10_000)

"""Bundles that answer, and some that cannot: small networks of random weights."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import orjson
import polars as pl
import torch

from benchmarks.load import post
from taskfusion.assemble.network import build_model
from taskfusion.base.manifest import MANIFEST, seal
from taskfusion.config.experiment import Experiment
from taskfusion.data.encode import FeatureEncoder
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.serve.export.bundle import export_model
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind, Reply
from taskfusion.serve.worker.settings import WorkerSettings

RANK = "/v1/rank"
LARGE = 6000
"""Candidates of the largest request."""

OVERFLOWS = 3e38
"""A number that 32 bits hold, and no sum of products of it."""

_SMALL: dict[str, Any] = {"level_dims": [[32, 16], [16, 8]], "tower_dims": [8]}
_LARGE: dict[str, Any] = {"level_dims": [[800, 800], [800]], "tower_dims": [8]}
_SCALE = 3.0
"""Of the weights; a number that overflows becomes inf - inf with these."""

_STATISTICS = LabelStatistics("", 600, 600, 1.0, 2.0, ())


@dataclass(frozen=True)
class World:
    """Bundles of the same tasks, and requests.

    Attributes:
        good: two that answer, of other weights.
        fallback: another one, which also scores what overflows in these.
        slow: of a network that takes far longer.
        broken: has a byte in a graph that its manifest does not know.
        unfit: gives what is no number for every row.
        requests: whole ones.
        overflowing: one for which the good ones give what is no number.
        large: one of very many candidates.
        expected: by fingerprint, what each bundle answers to each request: order, score and predictions.
    """

    good: tuple[Path, Path]
    fallback: Path
    slow: Path
    broken: Path
    unfit: Path
    requests: list[bytes]
    overflowing: bytes
    large: bytes
    expected: dict[str, list[Any]]


def make_world(folder: Path, *, num_requests: int = 50, num_candidates: int = 20) -> World:
    """Export the bundles.

    Args:
        folder: where they are put.
        num_requests: that take turns.
        num_candidates: of each.
    """
    table = _log(2000)
    first, second = (_export(table, folder / name, seed=seed) for name, seed in (("first", 0), ("second", 1)))
    fallback = _export(table, folder / "fallback", seed=2, transform="standardize")
    slow = _export(table, folder / "slow", network=_LARGE)
    unfit = _without_numbers(Path(shutil.copytree(second, folder / "unfit")))
    broken = Path(shutil.copytree(second, folder / "broken"))
    content = bytearray((broken / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (broken / "model.onnx").write_bytes(content)
    bodies = [_body(table, place, num_candidates) for place in range(num_requests)]
    overflowing = bodies[0] | {"request": bodies[0]["request"] | {"age": OVERFLOWS}}
    large = {"request": bodies[0]["request"], "candidates": [bodies[0]["candidates"][0]] * LARGE}
    _require_overflow(first, second, fallback, overflowing)
    return World(
        (first, second),
        fallback,
        slow,
        broken,
        unfit,
        *([_whole(body) for body in bodies], _whole(overflowing), _whole(large)),
        dict(_expected(bundle, bodies) for bundle in (first, second, fallback)),
    )


def answer_of(document: dict[str, Any]) -> list[Any]:
    """What a model said, without who it was."""
    return [document[key] for key in ("order", "score", "predictions")]


def _log(rows: int) -> pl.DataFrame:
    random = np.random.default_rng(0)
    item = random.integers(0, 200, rows)
    return pl.DataFrame(
        {
            "user": random.integers(0, 300, rows),
            "age": random.normal(0, 1, rows),
            "item": [f"v{one}" for one in item],
            "tags": [",".join(f"t{(one + k) % 20}" for k in range(one % 4)) for one in item],
            "click": random.integers(0, 2, rows),
            "like": random.integers(0, 2, rows),
        }
    )


def _export(
    table: pl.DataFrame, path: Path, *, seed: int = 0, transform: str = "none", network: dict[str, Any] = _SMALL
) -> Path:
    experiment = Experiment.from_dict(
        {
            "features": [
                {"name": "user", "kind": "categorical", "role": "user"},
                {"name": "age", "kind": "numeric", "role": "user", "transform": transform},
                {"name": "item", "kind": "categorical", "role": "candidate"},
                {"name": "tags", "kind": "multi_categorical", "role": "candidate", "separator": ",", "max_length": 4},
            ],
            "tasks": [{"name": "click", "kind": "binary"}, {"name": "like", "kind": "binary"}],
            "group": "user",
            "embedding": {"dim": 8},
            "network": network,
        }
    )
    encoder = FeatureEncoder.fit(table.lazy(), experiment.features)
    torch.manual_seed(seed)
    model = build_model(experiment, encoder.layout, [_STATISTICS] * 2).eval()
    with torch.no_grad():
        for parameter in (*model.network.parameters(), *model.towers.parameters()):
            parameter.mul_(_SCALE)
    return export_model(model, encoder, experiment.table_schema, path).path


def _without_numbers(bundle: Path) -> Path:
    """A bundle whose every weight is no number, which export would refuse."""
    for path in bundle.glob("*.onnx"):
        graph = onnx.load(path)
        for weight in graph.graph.initializer:
            if weight.data_type == onnx.TensorProto.FLOAT:
                values = np.full(tuple(weight.dims), np.nan, np.float32)
                weight.CopyFrom(onnx.numpy_helper.from_array(values, weight.name))
        onnx.save(graph, path)
    (bundle / MANIFEST).unlink()
    seal(bundle, [path for path in bundle.rglob("*") if path.is_file()])
    return bundle


def _body(table: pl.DataFrame, place: int, num_candidates: int) -> dict[str, Any]:
    items = table.select("item", "tags")[place * num_candidates : (place + 1) * num_candidates]
    return {"request": table.select("user", "age").row(place, named=True), "candidates": items.rows(named=True)}


def _whole(body: dict[str, Any]) -> bytes:
    return post(RANK, json.dumps(body).encode())


def _expected(bundle: Path, bodies: Sequence[dict[str, Any]]) -> tuple[str, list[Any]]:
    answerer = Answerer(WorkerSettings(bundle=str(bundle)))
    return answerer.started.bundle, [answer_of(orjson.loads(_reply(answerer, body).body)) for body in bodies]


def _require_overflow(first: Path, second: Path, fallback: Path, body: dict[str, Any]) -> None:
    found = [_reply(Answerer(WorkerSettings(bundle=str(one))), body).status for one in (first, second, fallback)]
    if found != [503, 503, 200]:
        raise RuntimeError(f"the good bundles should have no number for {OVERFLOWS}, and the fallback one: {found}")


def _reply(answerer: Answerer, body: dict[str, Any]) -> Reply:
    return answerer.reply(Call(1, Kind.RANK, 0, NO_LIMIT, json.dumps(body).encode()))

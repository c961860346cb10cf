"""Served traffic whose truth is known: a model without weights, its decision log and its outcome log.

Axes: G requests, B candidates.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from taskfusion.data.encode import FeatureEncoder
from taskfusion.schema.schema import Schema
from taskfusion.serve.decision.record import schema_of
from taskfusion.watch.reference.build import ReferenceQuestion, build_reference
from taskfusion.watch.reference.model import KnownModel

START = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday."""

RATES = {"click": 0.3, "like": 0.05}
SCHEMA = Schema.model_validate(
    {
        "features": [{"name": "country", "kind": "categorical"}, {"name": "taste", "kind": "numeric"}],
        "tasks": [{"name": name, "kind": "binary"} for name in RATES],
    }
)
Frame = pl.DataFrame
Change = Callable[[Frame, datetime], Frame]


def rows(count: int, seed: int) -> Frame:
    """Rows with features, true probabilities and labels."""
    random = np.random.default_rng(seed)
    taste = random.normal(size=count).round(3)
    found = {"country": random.choice(["jp", "us", "de"], count, p=[0.5, 0.3, 0.2]), "taste": taste}
    for name, rate in RATES.items():
        probability = 1 / (1 + np.exp(-(np.log(rate / (1 - rate)) - 0.15 + 0.5 * taste)))
        found[f"true.{name}"] = probability
        found[name] = (random.random(count) < probability).astype(np.int8)
    return Frame(found)


def predict(frame: Frame) -> Frame:
    """What the model predicts: the truth."""
    return frame.select(pl.col(f"true.{name}").alias(name) for name in RATES)


def reference(out: Path, bundle: str = "abc", count: int = 60_000, seed: int = 0) -> KnownModel:
    """The reference of the model, written to a directory."""
    table = rows(count, seed).with_columns(
        time=pl.Series([START - timedelta(days=14) + timedelta(minutes=20160 * i / count) for i in range(count)])
    )
    encoder = FeatureEncoder.fit(table.lazy(), SCHEMA.features)

    def looked_up(block: Frame) -> Frame:
        taste = block["taste"].to_numpy()
        found = {n: 1 / (1 + np.exp(-(np.log(r / (1 - r)) - 0.15 + 0.5 * taste))) for n, r in RATES.items()}
        return Frame(found)

    question = ReferenceQuestion(SCHEMA, encoder, looked_up, bundle, "time", None, ["country"], 5000)
    model = KnownModel(build_reference(question, table.lazy(), "table"), SCHEMA, encoder)
    model.save(out)
    return model


@dataclass
class World:
    """A folder with a watch and its logs.

    Attributes:
        folder: of all.
        delays: of labels, in days, by task.
        bundle: that answers.
        number: of the next file.
    """

    folder: Path
    delays: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(RATES, 0.0))
    bundle: str = "abc"
    number: int = 0

    def begin(self, count: int = 2000) -> Path:
        """Write a reference of so many rows, KPIs and settings; the file of the watch."""
        reference(self.folder / "reference", self.bundle, count)
        kpis = [
            {
                "name": f"{name}s",
                "meaning": name,
                "unit": "per impression",
                "task": name,
                "delay_days": delay,
                "direction": "up",
                "role": "success",
                "least_effect": 0.01,
                "owner": "us",
            }
            for name, delay in self.delays.items()
        ]
        (self.folder / "kpi.yaml").write_text(yaml.safe_dump({"kpis": kpis}))
        (self.folder / "decisions").mkdir()
        (self.folder / "outcomes").mkdir()
        content = {"references": ["reference"], "decisions": "decisions", "outcomes": "outcomes", "state": "state"}
        path = self.folder / "watch.yaml"
        path.write_text(yaml.safe_dump(content))
        return path

    def hours(
        self,
        first: int,
        count: int,
        requests: int,
        *,
        predicted: Mapping[str, float] | None = None,
        labels: Mapping[str, float] | None = None,
        bundle: str | None = None,
        seed: int = 0,
    ) -> Frame:
        """Write some hours of both logs, a file each; joined rows as they should be found.

        Args:
            first: hour after START.
            count: hours.
            requests: per hour, of 10 candidates of which 6 are shown.
            predicted: factors of predictions, by task.
            labels: factors of the probability of labels, by task.
            bundle: that answers.
            seed: of the draws.
        """
        total, each = count * requests, 10
        table = rows(total * each, 1000 + seed + first)
        random = np.random.default_rng(7 + seed + first)
        request = np.repeat(np.arange(total), each)
        second = np.sort(random.random(total)) * 3600 * count
        start = START + timedelta(hours=first)
        micro = (start.timestamp() * 1e6 + second * 1e6).astype(np.int64)
        own = bundle or self.bundle
        prefix = f"{own}{first}-{seed}-"
        frame = table.with_columns(
            id=pl.Series([f"{prefix}{one}" for one in request]),
            candidate=pl.Series([str(one % each) for one in range(len(table))]),
            time=pl.Series(micro[request]).cast(pl.Datetime("us", "UTC")),
            is_shown=pl.Series(np.tile(np.arange(each) < 6, total)),
        )
        for name in RATES:
            truth = table[f"true.{name}"].to_numpy()
            given = np.clip(truth * (predicted or {}).get(name, 1.0), 0, 1).astype(np.float32)
            label = random.random(len(truth)) < truth * (labels or {}).get(name, 1.0)
            frame = frame.with_columns(pl.Series(f"prediction.{name}", given), pl.Series(name, label.astype(np.int8)))
        self._write(frame, micro, own, each)
        shown = frame.filter("is_shown")
        columns = ["id", "candidate", "time", "country", "taste", *RATES]
        shown.select(columns).write_parquet(self.folder / "outcomes" / f"outcomes-{self.number:04}.parquet")
        self.number += 1
        return shown.with_columns(bundle=pl.lit(own))

    def _write(self, frame: Frame, micro: npt.NDArray[np.int64], bundle: str, each: int) -> None:
        path = self.folder / "decisions" / f"decisions-{self.number:04}.parquet"
        pq.write_table(decision_table(frame, micro, bundle, each), path)


def decision_table(frame: Frame, micro: npt.NDArray[np.int64], bundle: str, each: int) -> pa.Table:
    """A piece of a decision log.

    Args:
        frame: candidates [B] with id, candidate and predictions.
        micro: microseconds since 1970 of each request [G].
        bundle: that answered.
        each: candidates of a request.
    """
    names = [name.removeprefix("prediction.") for name in frame.columns if name.startswith("prediction.")]
    schema, total = schema_of(names), len(micro)
    offsets = pa.array(np.arange(total + 1, dtype=np.int32) * each)

    def lists(values: pl.Series, kind: pa.DataType) -> pa.Array:
        return pa.ListArray.from_arrays(offsets, values.rechunk().to_arrow().cast(kind.value_type))

    columns = {
        "id": pa.array(frame["id"].to_list()[::each]),
        "time": pa.array(micro, pa.timestamp("us", "UTC")),
        "tier": pa.array(["primary"] * total),
        "bundle": pa.array([bundle] * total),
        "unit": pa.array([f"u{one % 977}" for one in range(total)]),
        "candidates": lists(frame["candidate"], schema.field("candidates").type),
        **{f"prediction.{one}": lists(frame[f"prediction.{one}"], schema.field("score").type) for one in names},
    }
    return pa.table([columns.get(one.name, pa.nulls(total, one.type)) for one in schema], schema=schema)

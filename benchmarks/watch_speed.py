"""How many decisions a watch reads and counts per CPU second, and what memory it takes as logs grow.

python -m benchmarks.watch_speed [--millions 1 4 16] [--write]

A decision is a scored row: a candidate of a request with the predictions of five tasks. Of ten candidates six are
shown, so that the outcome log has six rows per request, each with five labels, a segment column and two features. In
each row of the table the logs have grown by as much as it says, and `taskfusion watch run --once` reads what is new, in
a process of its own, from where the one before left off.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from benchmarks.__main__ import DOCS, write
from benchmarks.rounds import markdown
from benchmarks.watch_faults import RATES, SCHEMA, Rows, draw, score
from taskfusion.data.encode import FeatureEncoder
from taskfusion.serve.decision.record import schema_of
from taskfusion.watch.reference.build import ReferenceQuestion, build_reference
from taskfusion.watch.reference.model import KnownModel

START: Final = datetime(2026, 3, 2, tzinfo=UTC)
CANDIDATES: Final = 10
SHOWN: Final = 6
FILE_REQUESTS: Final = 50_000
FILE_MINUTES: Final = 15
BUNDLE: Final = "abc"
_DRAWS: Final = 4

_PROGRAM: Final = """
import json, resource, sys, time
from pathlib import Path
import taskfusion.watch.run as run
from taskfusion.config.watch import read_watch
settings, kpis = read_watch(Path(sys.argv[1]))
with run.Watch.opened(settings, kpis) as opened:
    begun = time.process_time()
    found = opened.step()
    seconds = time.process_time() - begun
labels = found.labels[0]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "mb": peak, "decided": labels.decided, "shown": labels.shown}))
"""


@dataclass
class Logs:
    """A watch with logs that grow.

    Attributes:
        folder: of all.
        files: that were written.
        drawn: rows and their labels.
    """

    folder: Path
    files: int = 0
    drawn: list[tuple[Rows, npt.NDArray[np.bool_]]] = field(default_factory=list)

    def begin(self, random: np.random.Generator) -> Path:
        """Write reference, KPIs and settings; the file of the watch."""
        rows = draw(random, 100_000)
        label_BT = random.random(rows.truth_BT.shape) < rows.truth_BT
        table = rows.frame.with_columns(
            pl.Series(name, label_BT[:, place].astype(np.int8)) for place, name in enumerate(RATES)
        )
        table = table.with_columns(
            pl.Series(f"true.{name}", rows.truth_BT[:, place]) for place, name in enumerate(RATES)
        )
        encoder = FeatureEncoder.fit(table.lazy(), SCHEMA.features)

        def predict(block: pl.DataFrame) -> pl.DataFrame:
            return pl.DataFrame(score(block), schema=list(RATES))

        question = ReferenceQuestion(SCHEMA, encoder, predict, BUNDLE, None, None, ["country"], 5000)
        KnownModel(build_reference(question, table.lazy(), "rows"), SCHEMA, encoder).save(self.folder / "reference")
        about = {"unit": "per impression", "direction": "up", "role": "success", "least_effect": 0.01, "owner": "us"}
        kpis = [{"name": f"{name}s", "meaning": name, "task": name, "delay_days": 0.02, **about} for name in RATES]
        (self.folder / "kpi.yaml").write_text(yaml.safe_dump({"kpis": kpis}))
        for name in ("decisions", "outcomes"):
            (self.folder / name).mkdir()
        path = self.folder / "watch.yaml"
        places = {"references": ["reference"], "decisions": "decisions", "outcomes": "outcomes", "state": "state"}
        path.write_text(yaml.safe_dump(places))
        return path

    def grow(self, random: np.random.Generator) -> None:
        """Write one file of both logs; rows come again under other ids."""
        if len(self.drawn) < _DRAWS:
            drawn = draw(random, FILE_REQUESTS * CANDIDATES)
            self.drawn.append((drawn, random.random(drawn.truth_BT.shape) < drawn.truth_BT))
        rows, label_BT = self.drawn[self.files % _DRAWS]
        start = START + timedelta(minutes=FILE_MINUTES * self.files)
        micro = int(start.timestamp() * 1e6) + np.arange(FILE_REQUESTS) * (FILE_MINUTES * 60_000_000 // FILE_REQUESTS)
        ids = [f"{self.files:06d}-{one:026d}" for one in range(FILE_REQUESTS)]
        candidates = random.integers(0, 10**7, FILE_REQUESTS * CANDIDATES).astype(str)
        offsets = pa.array(np.arange(FILE_REQUESTS + 1, dtype=np.int32) * CANDIDATES)
        schema = schema_of(RATES)
        columns = {
            "id": pa.array(ids),
            "time": pa.array(micro, pa.timestamp("us", "UTC")),
            "tier": pa.array(["primary"] * FILE_REQUESTS),
            "arm": pa.array(["treatment", "control"] * (FILE_REQUESTS // 2)),
            "bundle": pa.array([BUNDLE] * FILE_REQUESTS),
            "unit": pa.array([f"u{one}" for one in random.integers(0, 10**6, FILE_REQUESTS).tolist()]),
            "candidates": pa.ListArray.from_arrays(offsets, pa.array(candidates)),
            "score": pa.ListArray.from_arrays(offsets, pa.array(rows.truth_BT[:, 0].astype(np.float32))),
        }
        for place, name in enumerate(RATES):
            values = pa.array(rows.truth_BT[:, place].astype(np.float32))
            columns[f"prediction.{name}"] = pa.ListArray.from_arrays(offsets, values)
        found = [columns.get(one.name, pa.nulls(FILE_REQUESTS, one.type)) for one in schema]
        name = f"{self.files:06d}.parquet"
        pq.write_table(
            pa.table(found, schema=schema), self.folder / "decisions" / f"decisions-{name}", compression="zstd"
        )
        outcomes = rows.frame.with_columns(
            pl.Series("id", np.repeat(np.array(ids), CANDIDATES)),
            pl.Series("candidate", candidates),
            pl.Series("time", np.repeat(micro, CANDIDATES)).cast(pl.Datetime("us", "UTC")),
            *(pl.Series(one, label_BT[:, place].astype(np.int8)) for place, one in enumerate(RATES)),
        )
        is_shown = pl.Series(np.tile(np.arange(CANDIDATES) < SHOWN, FILE_REQUESTS))
        outcomes.filter(is_shown).write_parquet(self.folder / "outcomes" / name)
        self.files += 1

    def forget(self) -> None:
        """Remove files that were read: a disk is smaller than what a watch reads in its life."""
        for name in ("decisions", "outcomes"):
            for path in (self.folder / name).iterdir():
                path.unlink()


def measured(millions: list[float]) -> list[Mapping[str, object]]:
    """One row per growth of the logs."""
    random, rows, total = np.random.default_rng(0), list[Mapping[str, object]](), 0
    with tempfile.TemporaryDirectory() as folder:
        logs = Logs(Path(folder))
        path = logs.begin(random)
        for more in millions:
            for _ in range(max(1, round(more * 1e6 / FILE_REQUESTS / CANDIDATES))):
                logs.grow(random)
                total += FILE_REQUESTS * CANDIDATES
            done = subprocess.run(
                [sys.executable, "-c", _PROGRAM, str(path)], capture_output=True, text=True, check=True
            )
            found = json.loads(done.stdout.splitlines()[-1])
            read = more * 1e6
            rows.append(
                {
                    "rows in all, millions": f"{total / 1e6:g}",
                    "new rows, millions": f"{more:g}",
                    "rows per CPU second": f"{read / found['seconds']:,.0f}",
                    "peak memory, MB": f"{found['mb']:,.0f}",
                    "state, kB": f"{(Path(folder) / 'state' / 'state.json').stat().st_size / 1024:,.0f}",
                }
            )
            print(rows[-1], flush=True)
            logs.forget()
    return rows


def main() -> None:
    """Measure, and write the table to docs/watch.md if asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 2, 4, 8, 16, 32, 37])
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    found = measured(given.millions)
    table = markdown(list(found[0]), [[str(value) for value in row.values()] for row in found])
    print(table)
    if given.write:
        write(DOCS / "watch.md", "watch-speed", table)


if __name__ == "__main__":
    main()

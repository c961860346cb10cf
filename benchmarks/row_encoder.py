"""One raw row encoded by itself, beside the same row as a table: CPU time, memory, and equality to the bit.

python -m benchmarks.row_encoder [--rows 1000000] [--data data]

The encoders are fitted on the training tables of KuaiRand and Census-Income and on generated rows. All rows of the test
tables, and as many generated ones as asked for, are encoded both ways; the benchmark stops at the first difference.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from benchmarks.__main__ import DOCS, cpu_name, write
from benchmarks.rounds import markdown, measure
from benchmarks.row_values import block, features, training_rows
from taskfusion.base.errors import DataError
from taskfusion.config.experiment import Experiment
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.rows import EncodedRows
from taskfusion.data.table import from_table, scan
from taskfusion.schema.schema import Schema
from taskfusion.serve.inputs import features_of
from taskfusion.serve.row.encoder import RowEncoder

CONFIGS: Final = Path(__file__).parents[1] / "configs"
DATASETS: Final = ("kuairand", "census-income")
BLOCK: Final = 1000
ODD_SHARE: Final = 0.03
ALONE: Final = 20
"""Rows of a block that are tried as tables of their own, where the table of all of them is refused."""


@dataclass(frozen=True)
class Pair:
    """Both encoders of the same files.

    Attributes:
        table: of tables.
        rows: of rows.
        files: the folder of their files.
        schema: of the table.
    """

    table: FeatureEncoder
    rows: RowEncoder
    files: Path
    schema: Schema


@dataclass
class Compared:
    """Rows that both encoded alike, and that both refused in the same words."""

    encoded: int = 0
    refused: int = 0


@contextmanager
def fitted(training: pl.LazyFrame, schema: Schema) -> Iterator[Pair]:
    """Both encoders of the training rows."""
    table = FeatureEncoder.fit(training, schema.features)
    with tempfile.TemporaryDirectory() as name:
        table.save(Path(name))
        yield Pair(table, RowEncoder.load(Path(name)), Path(name), schema)


def compare(pair: Pair, frame: pl.DataFrame, compared: Compared) -> None:
    """Encode a block both ways.

    Raises:
        ValueError: they differ.
    """
    rows = frame.to_dicts()
    if _refusal(pair.table.encode, frame) is None:
        _require_equal(pair.table.encode(frame), pair.rows.encode(rows))
        compared.encoded += len(rows)
        return
    refused = [place for place, row in enumerate(rows) if _refusal(pair.rows.encode, [row]) is not None]
    kept = sorted(set(range(len(rows))) - set(refused))
    alone = refused[:ALONE]
    if _refusal(pair.table.encode, frame[kept]) is None:
        _require_equal(pair.table.encode(frame[kept]), pair.rows.encode([rows[place] for place in kept]))
    else:  # what is left of a column still has its type
        kept = kept[:ALONE]
        alone += kept
    for place in alone:
        one = from_table(pl.DataFrame({name: [value] for name, value in rows[place].items()}))
        found, expected = _refusal(pair.rows.encode, [rows[place]]), _refusal(pair.table.encode, one)
        if found != expected:
            raise ValueError(f"a row is refused by {found!r}, as a table by {expected!r}")
        if found is None:
            _require_equal(pair.table.encode(one), pair.rows.encode([rows[place]]))
    compared.encoded += len(kept)
    compared.refused += min(len(refused), ALONE)


def _refusal(encode: Any, given: object) -> str | None:  # noqa: ANN401  either encoder
    try:
        encode(given)
    except DataError as error:
        return str(error)
    return None


def _require_equal(expected: EncodedRows, found: EncodedRows) -> None:
    for one, other in zip(expected.arrays(), found.arrays(), strict=True):
        if one.dtype != other.dtype or one.tobytes() != other.tobytes():
            raise ValueError("a row is encoded otherwise than as a table")


def equal_rows(pair: Pair, frame: pl.DataFrame) -> Compared:
    """All rows of a table, both ways."""
    compared = Compared()
    for start in range(0, len(frame), BLOCK):
        compare(pair, frame[start : start + BLOCK], compared)
    return compared


def equal_generated(num_rows: int, *, seed: int = 0) -> Compared:
    """Generated rows, both ways."""
    rng, compared = np.random.default_rng(seed), Compared()
    schema = Schema.model_validate({"features": features(), "tasks": [{"name": "label", "kind": "binary"}]})
    with fitted(training_rows(rng, BLOCK).lazy(), schema) as pair:
        while compared.encoded < num_rows:
            compare(pair, block(rng, min(BLOCK, num_rows - compared.encoded), odd_share=ODD_SHARE), compared)
    return compared


def speed(pair: Pair, frame: pl.DataFrame, *, rounds: int) -> list[list[str]]:
    """CPU milliseconds per row of each way, for one row at a time."""
    request = frozenset(features_of(pair.schema, "request"))
    rows, tables = frame.to_dicts(), [frame[place : place + 1] for place in range(len(frame))]
    ways = {
        "table of one row": lambda: [pair.table.encode(table) for table in tables],
        "row, all features": lambda: [pair.rows.encode([row]) for row in rows],
        "row, request features": lambda: [pair.rows.encode([row], request) for row in rows],
        "rows, all at once": lambda: pair.rows.encode(rows),
    }
    times = measure(ways, rounds=rounds, warmup=1, clock=time.process_time)
    whole = times["table of one row"]
    counts = [len(pair.schema.features)] * 4
    counts[2] = len(request)
    return [
        [way, str(count), f"{times[way].median / len(rows) * 1e3:.3f}", f"{times[way].ratio_to(whole):.0f}x"]
        for count, way in zip(counts, ways, strict=True)
    ]


def process(files: Path) -> list[list[str]]:
    """CPU seconds and resident memory of a process that has loaded each encoder."""
    found = []
    for way, module, name in (
        ("table encoder", "taskfusion.data.encode", "FeatureEncoder"),
        ("row encoder", "taskfusion.serve.row.encoder", "RowEncoder"),
    ):
        code = (
            f"import time\nfrom pathlib import Path\nfrom {module} import {name}\n{name}.load(Path({str(files)!r}))\n"
            "status = open('/proc/self/status').read()\n"
            "print(time.process_time(), status.split('VmRSS:')[1].split()[0])"
        )
        run = [sys.executable, "-c", code]
        seconds, kilobytes = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
        found.append([way, f"{float(seconds):.2f}", f"{int(kilobytes) / 1024:.0f}"])
    return found


def page(folder: Path | None, *, num_rows: int, rounds: int, speed_rows: int) -> str:
    """The tables.

    Args:
        folder: of prepared data sets, as taskfusion data makes them; those that are absent are left out.
        num_rows: generated rows.
        rounds: of the measuring.
        speed_rows: rows that are measured in a round.
    """
    equal, fast, processes = [], [], []
    for name in DATASETS:
        if folder is None or not (folder / name).is_dir():
            continue
        schema = Experiment.from_yaml(CONFIGS / f"{name}.yaml").table_schema
        frame = scan(folder / name / "test.parquet").collect()
        with fitted(scan(folder / name / "train.parquet"), schema) as pair:
            equal.append([f"{name}, test split", *_counts(equal_rows(pair, frame))])
            fast += [[name, *line] for line in speed(pair, frame.head(speed_rows), rounds=rounds)]
            processes += [[name, *line] for line in process(pair.files)] if os.path.exists("/proc/self/status") else []
    equal.append(["generated", *_counts(equal_generated(num_rows))])
    tables = [
        markdown(["rows", "encoded alike", "refused alike"], equal),
        markdown(["data", "way", "features", "CPU ms per row", "table / way"], fast) if fast else "",
        markdown(["data", "process", "CPU s until loaded", "MB"], processes) if processes else "",
    ]
    return "\n\n".join(table for table in tables if table)


def _counts(compared: Compared) -> Sequence[str]:
    return f"{compared.encoded:,}", f"{compared.refused:,}"


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.row_encoder", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="generated rows (default: 1,000,000)")
    parser.add_argument("--data", type=Path, default=Path("data"), help="prepared data sets (default: data)")
    options = parser.parse_args(arguments)
    missing = [name for name in DATASETS if not (options.data / name).is_dir()]
    if missing:
        parser.error(f"'{options.data}' lacks {missing[0]}; make it with taskfusion data {missing[0]}")
    text = page(options.data, num_rows=options.rows, rounds=20, speed_rows=100)
    print(text)
    write(DOCS / "benchmarks.md", "row-encoder", f"One thread; {cpu_name()}.\n\n{text}")


if __name__ == "__main__":
    main()

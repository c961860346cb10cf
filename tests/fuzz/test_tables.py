"""Mutated tables: check and predict end with an error of ours on one line, or with a number for every row."""

import datetime
import gzip
import io
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from polars.exceptions import PanicException, PolarsError

from support import experiment, log_table
from taskfusion.base.errors import TaskfusionError
from taskfusion.config.experiment import Experiment
from taskfusion.data.table import from_table, scan
from taskfusion.inspect.check.experiment import check_experiment
from taskfusion.pipeline.predict import TrainedModel, score_file
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.train import train_run

CASES: Final = 1000
ROWS: Final = 60

DTYPES: Final = (
    *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Int128, pl.UInt8, pl.UInt32, pl.UInt64, pl.Float32, pl.Float64),
    *(pl.Boolean, pl.String, pl.Categorical, pl.Binary, pl.Date, pl.Time, pl.Datetime("ns", "UTC"), pl.Datetime("ms")),
    *(pl.Duration, pl.Decimal(38, 0), pl.Decimal(20, 4), pl.Null, pl.List(pl.Int64), pl.List(pl.String)),
    *(pl.List(pl.List(pl.Float64)), pl.Array(pl.Int64, 2), pl.Struct({"a": pl.Int64}), pl.Enum(["a", "b"])),
)
VALUES: Final[tuple[Any, ...]] = (
    *(
        None,
        float("nan"),
        float("inf"),
        float("-inf"),
        1e308,
        -1e308,
        5e-324,
        1e39,
        0,
        -1,
        1,
        2**31,
        2**53 + 1,
        2**63 - 1,
    ),
    *(
        "",
        " ",
        "NA",
        "null",
        "\\N",
        "nan",
        "\x00",
        "a\nb",
        '"',
        "'",
        "x" * 5000,
        "日本語",
        "😀",
        "[1, 2]",
        "1,2,3",
        "007",
    ),
    *(True, False, [], [None], [1, None, float("nan")], ["a", ""], [[1]], [1] * 500, {"a": 1}, b"\xff\xfe"),
    *(datetime.date(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59), datetime.timedelta(days=-1), datetime.time(1)),
    *(Decimal("1.5"), Decimal("1e30")),
)
NAMES: Final = (
    "*",
    "^.*$",
    "",
    " ",
    "a.b",
    "a\nb",
    '"',
    "'",
    "click",
    "x" * 3000,
    "日本語",
    "__index_level_0__",
    "\x00",
)
CONVERSIONS: Final[tuple[Callable[[pl.DataFrame], Any], ...]] = (
    *(pl.DataFrame.clone, pl.DataFrame.to_arrow, pl.DataFrame.to_pandas, pl.DataFrame.lazy),
)
CANNOT_HOLD: Final = (PolarsError, PanicException, pa.ArrowException, ValueError, TypeError, OverflowError)
"""What other formats and libraries raise of a table that they do not take; no code of ours runs there."""

USED: Final = ("user_id", "item_id", "age", "tags", "history", "click", "seconds", "reaction")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    splits = {name: log_table(300, seed).lazy() for seed, name in enumerate(("train", "validation"))}
    out = tmp_path_factory.mktemp("run") / "run"
    train_run(_experiment(), splits, out, resume=False, progress=Silent())
    return TrainedModel.load(out)


def _experiment() -> Experiment:
    return experiment(training={"epochs": 1})


def _other_type(rng: random.Random, table: pl.DataFrame) -> pl.DataFrame:
    column, dtype = rng.choice(USED), rng.choice(DTYPES)
    try:
        return table.with_columns(pl.col(column).cast(dtype, strict=False))
    except PolarsError:
        return table.with_columns(pl.lit(None, dtype=dtype).alias(column))


def _other_values(rng: random.Random, table: pl.DataFrame) -> pl.DataFrame:
    """Some values of a column, or all of them, are another one; the column takes a type that holds both."""
    column, value = rng.choice(USED), rng.choice(VALUES)
    share = rng.choice([0.02, 0.5, 1.0])
    values = [value if rng.random() < share else old for old in table[column].to_list()]
    try:
        return table.with_columns(pl.Series(column, values, strict=False))
    except (PolarsError, TypeError, OverflowError):
        return table.with_columns(pl.Series(column, [value] * len(table), strict=False))


def _no_column(rng: random.Random, table: pl.DataFrame) -> pl.DataFrame:
    return table.drop(rng.choice(USED))


def _other_name(rng: random.Random, table: pl.DataFrame) -> pl.DataFrame:
    name = rng.choice(NAMES)
    return table if name in table.columns else table.rename({rng.choice(USED): name})


def _more_columns(rng: random.Random, table: pl.DataFrame) -> pl.DataFrame:
    """A column that nobody reads."""
    name = rng.choice([name for name in NAMES if name not in table.columns])
    return table.with_columns(pl.Series(name, [rng.choice(VALUES)] * len(table), strict=False))


def _fewer_rows(rng: random.Random, table: pl.DataFrame) -> pl.DataFrame:
    return table.head(rng.choice([0, 1, 2]))


def _other_order(rng: random.Random, table: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(rng.sample(table.get_columns(), len(table.columns)))


MUTATIONS: Final[tuple[Callable[[random.Random, pl.DataFrame], pl.DataFrame], ...]] = (
    *(_other_type, _other_type, _other_values, _other_values, _no_column, _other_name, _more_columns, _fewer_rows),
    _other_order,
)


def _mutated(rng: random.Random) -> pl.DataFrame:
    table = log_table(ROWS, seed=rng.randrange(5))
    for _ in range(rng.choice([0, 1, 1, 1, 2])):
        if set(USED) <= set(table.columns):
            table = rng.choice(MUTATIONS)(rng, table)
    return table


def _parquet(rng: random.Random, table: pl.DataFrame) -> tuple[str, bytes]:
    buffer = io.BytesIO()
    table.write_parquet(buffer, use_pyarrow=rng.random() < 0.3)
    return ".parquet", buffer.getvalue()


def _csv(rng: random.Random, table: pl.DataFrame) -> tuple[str, bytes]:
    lists = [name for name, dtype in table.schema.items() if dtype.is_nested()]
    texts = {name: [None if row is None else str(row) for row in table[name].to_list()] for name in lists}
    flat = pl.DataFrame({name: pl.Series(texts.get(name, table[name])) for name in table.columns})
    separator = rng.choice([",", ",", ",", ";", "\t"])
    text = flat.write_csv(separator=separator, null_value=rng.choice(["", "", "NA", "\\N"]))
    content = (text + rng.choice(["", "", "\n", "\n\n"])).encode(
        rng.choice(["utf-8", "utf-8", "utf-8", "utf-16", "utf-8-sig"])
    )
    return (".csv.gz", gzip.compress(content)) if rng.random() < 0.2 else (".csv", content)


def _damaged(rng: random.Random, content: bytes) -> bytes:
    """Bytes that are changed, cut off, put in or doubled."""
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 3, 20])):
        at = rng.randrange(len(data)) if data else 0
        change = rng.randrange(5)
        if change == 0 and data:
            data[at] = rng.randrange(256)
        elif change == 1:
            data[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif change == 2:
            del data[at : at + rng.randrange(1, 200)]
        elif change == 3 and rng.random() < 0.3:
            del data[at:]
        elif change == 4:
            data[at : at + 8] = rng.choice([b"\xff" * 8, b"\x00" * 8, b",,,,\n\n\n\n", b'"' * 8])
    return bytes(data)


def _message(act: Callable[[], object]) -> str | None:
    """The message of our error; None where there is none."""
    message = None
    try:
        act()
    except TaskfusionError as error:
        message = str(error)
    assert message is None or ("\n" not in message and len(message) < 8000), message
    return message


def _checked(table: pl.LazyFrame) -> str | None:
    return _message(lambda: check_experiment(_experiment(), {"train": table, "validation": log_table(80, 9).lazy()}))


def _require_predictions(scores: pl.DataFrame, rows: int) -> None:
    assert len(scores) == rows
    assert np.isfinite(scores.to_numpy()).all()


def _tried_as_file(rng: random.Random, trained: TrainedModel, table: pl.DataFrame, folder: Path) -> bool:
    """Whether the table, written and perhaps damaged, was scored."""
    try:
        ending, content = rng.choice([_parquet, _csv])(rng, table)
    except CANNOT_HOLD:
        return False
    is_damaged = rng.random() < 0.6
    path, out = folder / f"t{ending}", folder / "scores.parquet"
    path.write_bytes(_damaged(rng, content) if is_damaged else content)
    out.unlink(missing_ok=True)
    _message(lambda: _checked(scan(path)))
    message = _message(lambda: score_file(trained, scan(path, trained.encoder.text_columns), out))
    assert (message is None) == out.exists()
    if message is None:
        scores = pl.read_parquet(out)
        _require_predictions(scores, len(scores) if is_damaged or ending != ".parquet" else len(table))
    return message is None


def _tried_in_memory(rng: random.Random, trained: TrainedModel, table: pl.DataFrame) -> bool:
    """Whether the table, in one of the libraries that people use, was scored."""
    try:
        given = rng.choice(CONVERSIONS)(table)
    except CANNOT_HOLD:
        return False
    _message(lambda: _checked(from_table(given).lazy()))
    message = _message(lambda: _require_predictions(trained.score(from_table(given)), len(table)))
    return message is None


@pytest.mark.filterwarnings("ignore")
def test_tables(trained: TrainedModel, tmp_path: Path, fuzz_share: float) -> None:
    rng, scored = random.Random(14), 0
    cases = round(CASES * fuzz_share)
    for case in range(cases):
        table = _mutated(rng)
        try:
            if rng.random() < 0.7:
                scored += _tried_as_file(rng, trained, table, tmp_path)
            else:
                scored += _tried_in_memory(rng, trained, table)
        except BaseException as error:
            raise AssertionError(f"case {case}: {error!r} of {table}") from error
    assert 0 < scored < cases


def test_what_nobody_reads_changes_no_prediction(trained: TrainedModel, fuzz_share: float) -> None:
    rng = random.Random(14)
    table = log_table(ROWS)
    expected = trained.score(table)
    for _ in range(max(round(CASES * fuzz_share) // 10, 5)):
        changed = _other_order(rng, _more_columns(rng, table.drop("click", "seconds", "reaction")))
        if {"*", "^.*$"}.isdisjoint(changed.columns):
            assert trained.score(from_table(changed)).equals(expected)

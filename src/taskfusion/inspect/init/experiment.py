"""A first experiment file from a log table: kinds of features and tasks, inferred from names and a sample of values."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from taskfusion.base.errors import DataError, ExperimentError, RunError
from taskfusion.base.files import write_text
from taskfusion.base.lock import only_writer
from taskfusion.config.experiment import parse_experiment
from taskfusion.data.encode import FeatureEncoder, encode_examples
from taskfusion.data.split import split_table
from taskfusion.data.table import collect, nearest, scan
from taskfusion.inspect.init.column import Column, profile_columns
from taskfusion.inspect.init.entity import with_entities
from taskfusion.inspect.init.entry import Entry, Inferred, Log
from taskfusion.inspect.init.finish import finish, with_lengths
from taskfusion.inspect.init.rule import decide
from taskfusion.inspect.init.text import experiment_text
from taskfusion.inspect.init.words import CLOCK, ID, ITEM, USER
from taskfusion.inspect.leakage import find_leaks
from taskfusion.schema.split import TimeSplit
from taskfusion.schema.task.table import KINDS

SAMPLE_ROWS = 200_000
LEAK_ROWS = 50_000
OTHER_SEPARATORS = {";": "';'", "\t": "tabs", "|": "'|'"}
SPLITS = ("train", "validation", "test")
UNUSED = ("question", "left out")


def infer_experiment(path: Path, out: Path, named: Sequence[str] = ()) -> Inferred:
    """Infer from the first 200,000 rows of a table; one column of all rows is read to try the split by time.

    Args:
        path: the table; where it is called train and has a validation beside it, these are the splits.
        out: the experiment file to be; data paths are relative to its folder.
        named: columns that are the labels; empty: those whose names are like outcomes.

    Raises:
        DataError: the table cannot be read, or a named column is not there.
        ExperimentError: no label can be told, or no feature is left.
    """
    _require_commas(path)
    return _infer(scan(path), path, out.parent, named)


def infer_table(table: pl.DataFrame, named: Sequence[str] = ()) -> Inferred:
    """Infer from the first 200,000 rows of a table in memory; its data says how it is cut, and no path.

    Raises:
        DataError: a named column is not there.
        ExperimentError: no label can be told, or no feature is left.
    """
    return _infer(table.lazy(), None, Path(), named)


def _infer(frame: pl.LazyFrame, path: Path | None, base: Path, named: Sequence[str]) -> Inferred:
    """Infer from a table, which is that of a file or none."""
    origin = "the table" if path is None else f"'{path}'"
    sample = collect(frame.head(SAMPLE_ROWS + 1), origin)
    is_whole = sample.height <= SAMPLE_ROWS
    sample = sample.head(SAMPLE_ROWS)
    for name in named:
        if name not in sample.columns:
            raise DataError(
                f"the column '{name}' is named as a task, but {origin} lacks it{nearest(name, sample.columns)}"
            )
    columns = profile_columns(sample)
    ids = find_ids([column for column in columns if column.name not in named])
    columns = with_entities(columns, sample, ids)
    beside = {} if path is None else _splits_beside(path)
    time = find_time(columns, None if beside else frame)
    log = Log(sample, is_whole, ids, time, _growing(sample, columns, time), tuple(named))
    entries = finish([decide(column, log) for column in columns], columns, log)
    _require_both(entries, columns, origin)
    entries = _without_leaks(entries, log)
    _require_both(entries, columns, origin)
    features = tuple(entry for entry in entries if entry.place == "feature")
    tasks = tuple(entry for entry in entries if entry.place == "task")
    return Inferred(
        data=_data(path, beside, time, base),
        features=tuple(with_lengths(features, columns)),
        questions=tuple(entry for entry in entries if entry.place == "question"),
        tasks=tasks,
        proposals=tuple(entry for entry in entries if entry.place == "proposal"),
        left_out=tuple(entry for entry in entries if entry.place == "left out"),
        group=_group(tasks, features, ids),
        rows=sample.height,
        is_whole=is_whole,
    )


def _require_commas(path: Path) -> None:
    """The header of a CSV file has commas, where it has separators at all."""
    if not path.is_file() or ".csv" not in path.suffixes:
        return
    try:
        lines = pl.read_csv(
            path,
            has_header=False,
            separator="\x1f",
            quote_char=None,
            n_rows=1,
            infer_schema=False,
            encoding="utf8-lossy",
        )
    except (PolarsError, OSError):
        return  # to be reported by scan
    header = lines.item(0, 0) or ""
    names = [name for separator, name in OTHER_SEPARATORS.items() if separator in header]
    if names and "," not in header:
        raise DataError(
            f"'{path}' has one column: the file seems to be separated by {names[0]}, but a CSV is read with ','; write "
            f"it with commas, or as Parquet"
        )


def write_inferred(path: Path, out: Path, named: Sequence[str] = ()) -> Inferred:
    """Infer, and write the experiment file, whole or not at all.

    Raises:
        RunError: the file exists, or another process writes it.
        DataError, ExperimentError: as infer_experiment.
    """
    with only_writer(out):
        if out.exists():
            raise RunError(f"'{out}' exists already, and init replaces nothing; name another file with --out")
        inferred = infer_experiment(path, out, named)
        write_text(out, experiment_text(inferred, path))
    return inferred


def find_ids(columns: Sequence[Column]) -> dict[str, str]:
    """The columns that say who and what, as far as the names tell."""
    found = {}
    for entity, names in (("user", USER), ("item", ITEM)):
        ranked = [
            (names.index(column.words[0]), place, column.name)
            for place, column in enumerate(columns)
            if _could_be_id(column, names)
        ]
        if ranked:
            found[entity] = min(ranked)[2]
    return found


def _could_be_id(column: Column, names: Sequence[str]) -> bool:
    named = bool(column.words) and column.words[0] in names and ID.issuperset(column.words[1:])
    return named and (column.whole or column.is_text) and column.distinct > 2 and column.bag is None


def find_time(columns: Sequence[Column], frame: pl.LazyFrame | None) -> str | None:
    """The finest column that orders the rows in time, those first that their type or name calls a time; with a table,
    one that it can be split by.
    """
    times = [column for column in columns if column.is_time and column.entity is None and column.missing == 0]
    for column in sorted(times, key=lambda column: (not column.is_called_time, -column.distinct)):
        if frame is None or _splits(frame, column.name):
            return column.name
    return None


def _splits(frame: pl.LazyFrame, column: str) -> bool:
    try:
        split_table(frame, TimeSplit(kind="time", column=column))
    except DataError:
        return False
    return True


def _growing(sample: pl.DataFrame, columns: Sequence[Column], time: str | None) -> frozenset[str]:
    """Numbers, no clocks, that never fall with time."""
    if time is None:
        return frozenset()
    numbers = [c.name for c in columns if c.numeric and c.distinct > 2 and not c.missing and CLOCK.isdisjoint(c.words)]
    ordered = sample.sort(time, maintain_order=True).select(numbers)
    falls = ordered.select((pl.col(name) < pl.col(name).shift(1)).sum() for name in numbers)
    return frozenset(name for name in numbers if falls[name][0] == 0)


def _splits_beside(path: Path) -> dict[str, Path]:
    """train, validation and test where the table is called train and the others lie beside it."""
    if path.stem != "train":
        return {}
    named = {split: path.with_name(f"{split}{path.suffix}") for split in SPLITS}
    found = {split: file for split, file in named.items() if file.is_file()}
    return found if "validation" in found else {}


def _data(path: Path | None, beside: Mapping[str, Path], time: str | None, base: Path) -> dict[str, Any]:
    def relative(file: Path) -> str:
        return Path(os.path.relpath(file, base)).as_posix()

    if beside:
        return {split: relative(file) for split, file in beside.items()}
    split: dict[str, Any] = {"kind": "random"} if time is None else {"kind": "time", "column": time}
    table = {} if path is None else {"table": relative(path)}
    return {**table, "split": split | {"validation": 0.1, "test": 0.1}}


def _group(tasks: Sequence[Entry], features: Sequence[Entry], ids: Mapping[str, str]) -> str | None:
    """The user, where there is something to rank."""
    user = ids.get("user")
    ranks = any(KINDS[task.settings["kind"]].has_positives for task in tasks)
    return user if ranks and any(feature.column == user for feature in features) else None


def _require_both(entries: Sequence[Entry], columns: Sequence[Column], origin: str) -> None:
    """There are tasks and features."""
    places = {entry.place for entry in entries}
    if "task" not in places:
        two = [column.name for column in columns if column.two]
        seen = f"columns with two values are {', '.join(two)}" if two else "no column has two values"
        raise ExperimentError(
            f"no column of {origin} is named like an outcome; {seen}; name each label column as a task (--task)"
        )
    if "feature" not in places:
        reasons = "; ".join(f"{entry.column}: {entry.note}" for entry in entries if entry.place in UNUSED)
        raise ExperimentError(
            f"{origin} should hold columns to predict from, but beside the labels none is of use ({reasons}); add some"
        )


def _without_leaks(entries: Sequence[Entry], log: Log) -> list[Entry]:
    """The entries without features, but for the ids, that alone predict a label almost perfectly."""
    settings = {place: [dict(e.settings) for e in entries if e.place == place] for place in ("feature", "task")}
    schema = parse_experiment({"features": settings["feature"], "tasks": settings["task"]}).table_schema
    rows = log.sample.gather_every(1 + log.sample.height // LEAK_ROWS)
    encoder = FeatureEncoder.fit(rows.lazy(), schema.features)
    leaks = find_leaks(encode_examples(rows, encoder, schema), encoder.layout, schema.tasks)
    seen = {leak.feature: f"alone it predicts '{leak.task}' with {leak.metric} {leak.value:.3f}" for leak in leaks}
    return [
        replace(entry, place="left out", note=f"it looks like a leak: {seen[entry.settings['name']]}", settings={})
        if entry.place == "feature" and entry.settings["name"] in seen and entry.column not in log.ids.values()
        else entry
        for entry in entries
    ]

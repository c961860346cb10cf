"""A first experiment file from a log table: kinds of features and tasks, inferred from names and a sample of values."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from taskfusion.base.errors import DataError, ExperimentError, RunError
from taskfusion.base.files import write_text
from taskfusion.base.lock import only_writer
from taskfusion.data.refusal import nearest
from taskfusion.data.table import collect, scan
from taskfusion.inspect.init.calendar import calendar_features
from taskfusion.inspect.init.column import Column, percent, profile_columns
from taskfusion.inspect.init.cut import MOST_UNSEEN, Cut, choose_cut, find_time, splits_beside, unseen_share
from taskfusion.inspect.init.derive import derived_tasks
from taskfusion.inspect.init.entity import with_entities
from taskfusion.inspect.init.entry import Entry, Inferred, Log
from taskfusion.inspect.init.finish import finish, with_lengths
from taskfusion.inspect.init.kpi import kpi_text
from taskfusion.inspect.init.leak import without_leaks
from taskfusion.inspect.init.relation import without_outcomes
from taskfusion.inspect.init.rule import decide
from taskfusion.inspect.init.text import experiment_text
from taskfusion.inspect.init.words import CLOCK, ID, ITEM, USER
from taskfusion.schema.task.table import KINDS

SAMPLE_ROWS = 200_000
OTHER_SEPARATORS = {";": "';'", "\t": "tabs", "|": "'|'"}
UNUSED = ("question", "left out")

KPI_FILE: Final = "kpi.yaml"


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
    files = {} if path is None else splits_beside(path)
    time = find_time(columns, None if files else frame)
    cut = choose_cut(frame, files, time, ids.get("user"))
    log = Log(sample, is_whole, ids, time, _growing(sample, columns, time), tuple(named))
    entries = without_outcomes([decide(column, log) for column in columns], columns, log)
    entries = _without_passing(finish(entries, columns, log), cut, log)
    _require_both(entries, columns, origin)
    entries = without_leaks(entries, columns, log)
    _require_both(entries, columns, origin)
    features = tuple(entry for entry in entries if entry.place == "feature")
    features = (*features, *calendar_features(columns, log, [str(entry.settings["name"]) for entry in features]))
    tasks = tuple(entry for entry in entries if entry.place == "task")
    return Inferred(
        data=cut.data(path, base),
        features=tuple(with_lengths(features, columns)),
        questions=tuple(entry for entry in entries if entry.place == "question"),
        tasks=tasks,
        proposals=tuple(entry for entry in entries if entry.place == "proposal"),
        derived=tuple(derived_tasks(entries, columns, log)),
        left_out=tuple(entry for entry in entries if entry.place == "left out"),
        group=_group(tasks, features, ids),
        rows=sample.height,
        is_whole=is_whole,
        why_split=cut.why,
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
            f"it with commas, or as Parquet{', or call it .tsv' if chr(9) in header else ''}"
        )


def write_inferred(path: Path, out: Path, named: Sequence[str] = ()) -> Inferred:
    """Infer, and write the experiment file, whole or not at all, and beside it a KPI registry where there is none.

    Raises:
        RunError: the file exists, or another process writes it.
        DataError, ExperimentError: as infer_experiment.
    """
    with only_writer(out):
        if out.exists():
            raise RunError(f"'{out}' exists already, and init replaces nothing; name another file with --out")
        inferred = infer_experiment(path, out, named)
        write_text(out, experiment_text(inferred, path))
        registry = out.with_name(KPI_FILE)
        if not registry.exists():
            write_text(registry, kpi_text(inferred.tasks))
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


def _growing(sample: pl.DataFrame, columns: Sequence[Column], time: str | None) -> frozenset[str]:
    """Numbers, no clocks, that never fall with time."""
    if time is None:
        return frozenset()
    numbers = [c.name for c in columns if c.numeric and c.distinct > 2 and not c.missing and CLOCK.isdisjoint(c.words)]
    ordered = sample.sort(time, maintain_order=True).select(numbers)
    falls = ordered.select((pl.col(name) < pl.col(name).shift(1)).sum() for name in numbers)
    return frozenset(name for name in numbers if falls[name][0] == 0)


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


def _without_passing(entries: Sequence[Entry], cut: Cut, log: Log) -> list[Entry]:
    """The entries without ids that do not come back, and without what is the same in all training rows."""
    rows = cut.rows(log.sample)
    return list(entries) if rows is None else [_returning(entry, *rows) for entry in entries]


def _returning(entry: Entry, train: pl.LazyFrame, validation: pl.LazyFrame) -> Entry:
    if entry.place != "feature":
        return entry
    if collect(train.select(pl.col(entry.column).n_unique())).item() == 1:
        note = "the same in all training rows"
        return Entry(entry.column, "left out", note, heading=note)
    if entry.settings["kind"] != "categorical":
        return entry
    share = unseen_share(train, validation, entry.column)
    if share <= MOST_UNSEEN:
        return entry
    reason = "values that do not come back: most in validation stand in no training row"
    note = f"{reason} ({percent(share)})"
    return Entry(entry.column, "left out", note, heading=reason)

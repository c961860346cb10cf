"""Tasks that could be derived from outcomes that are numbers: whether there is any, much of it, or a clipped share."""

from collections.abc import Iterator, Sequence

import polars as pl

from taskfusion.data.expression import sql_name
from taskfusion.inspect.init.column import Column, percent
from taskfusion.inspect.init.entry import Entry, Log
from taskfusion.inspect.init.label import RATINGS, number_task
from taskfusion.inspect.init.words import COUNTED, DEAL, is_watch_share

LEAST_SHARE, MOST_SHARE = 0.005, 0.98  # of the rows that are positive
LARGE = 0.75  # of the rows are not above the number from which a label is called high
LARGEST_SHARE = 1.5  # from which a share is better clipped

DERIVED = "more tasks could be derived"


def derived_tasks(entries: Sequence[Entry], columns: Sequence[Column], log: Log) -> list[Entry]:
    """Proposals of tasks that read a number which is an outcome, or may be one.

    Args:
        entries: one per column, with their settings.
        columns: the same ones.
        log: the table.
    """
    taken = {str(entry.settings["name"]) for entry in entries if entry.settings and entry.place != "question"}
    found: list[Entry] = []
    for entry, column in zip(entries, columns, strict=True):
        is_number = column.numeric and column.dtype != pl.Duration and column.distinct > 2 and not column.infinite
        if is_number and (_is_number_task(entry) or _is_deal(entry, column)):
            for made in _derived(entry, column, log.sample[entry.column]):
                name = str(made.settings["name"])
                if name not in taken:
                    taken.add(name)
                    found.append(made)
    return found


def _is_number_task(entry: Entry) -> bool:
    return entry.place in ("task", "proposal") and entry.settings["kind"] in ("regression", "ordinal")


def _is_deal(entry: Entry, column: Column) -> bool:
    return entry.place == "question" and not DEAL.isdisjoint(column.words)


def _derived(entry: Entry, column: Column, values: pl.Series) -> Iterator[Entry]:
    name, text = str(entry.settings["name"]), sql_name(column.name)
    if _is_deal(entry, column):
        settings, note = number_task(column, values)
        label = {} if settings["label"] == name else {"label": settings["label"]}
        settings = {"name": name, **{key: value for key, value in settings.items() if key != "label"}, **label}
        yield Entry(column.name, "proposal", f"if it is an outcome: {note}", settings, column.known)
    for label_name, condition in _conditions(name, column, values):
        yield from _binary(entry, column, values, label_name, condition)
    if is_watch_share(column.words) and column.high > LARGEST_SHARE:
        settings = {"name": f"{name}_clipped", "kind": "regression", "label": f"LEAST({text}, 1)"}
        yield Entry(column.name, "proposal", f"derived, as it reaches {column.high:.4g}", settings, heading=DERIVED)


def _conditions(name: str, column: Column, values: pl.Series) -> Iterator[tuple[str, tuple[str, float]]]:
    """Names of yes-or-no labels, each with an operator and a number."""
    span = column.high - column.low
    if not RATINGS.isdisjoint(column.words):
        high, low = column.low + LARGE * span, column.high - LARGE * span
        yield "liked", (">=", round(high, 2))
        yield "disliked", ("<=", round(low, 2))
    elif is_watch_share(column.words):
        yield f"{name}_half", (">", 0.5)
    elif column.low == 0 or not COUNTED.isdisjoint(column.words):
        yield f"any_{name}", (">", 0)
        if column.whole:
            yield f"several_{name}", (">", 1)
    else:
        known = values.cast(pl.Float64).fill_nan(None).drop_nulls()
        quantile = known.quantile(LARGE, "nearest")
        yield f"{name}_high", (">", float(quantile) if quantile is not None else 0.0)


def _binary(
    entry: Entry, column: Column, values: pl.Series, name: str, condition: tuple[str, float]
) -> Iterator[Entry]:
    """A task of a condition, where both labels are frequent enough."""
    operator, number = condition
    known = values.cast(pl.Float64).fill_nan(None).drop_nulls()
    holds = {">": known > number, ">=": known >= number, "<=": known <= number}[operator]
    share = int(holds.sum()) / max(len(known), 1)
    if LEAST_SHARE <= share <= MOST_SHARE:
        mask = {"mask": entry.settings["mask"]} if "mask" in entry.settings else {}
        label = f"{sql_name(column.name)} {operator} {number:g}"
        settings = {"name": name, "kind": "binary", "label": label, **mask}
        yield Entry(column.name, "proposal", f"derived, {percent(share)} are 1", settings, heading=DERIVED)

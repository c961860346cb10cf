"""From one entry per column to entries that fit together: names, roles, shared tables, truths, at least one task."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import polars as pl

from taskfusion.inspect.init.column import Column
from taskfusion.inspect.init.entry import Entry, Log
from taskfusion.inspect.init.rule import FEW_VALUES
from taskfusion.inspect.init.words import ID

LEAST_SUPPORT = 10  # rows of the rarer label that a proposal needs to become a task where there is no other
LEAST_COMMON = (0.5, 0.05)  # values in common, over the smaller and over the larger set, for one table of embeddings


def finish(entries: Sequence[Entry], columns: Sequence[Column], log: Log) -> list[Entry]:
    """The entries with settings as in the experiment file, their names first.

    Args:
        entries: one per column.
        columns: the same ones.
        log: the table.
    """
    names = dict(zip((entry.column for entry in entries), clean_names([e.column for e in entries]), strict=True))
    entries = _with_a_task(entries)
    entries = [_with_truth(entry, entries, dict(zip(names, columns, strict=True))) for entry in entries]
    own = dict(zip(names, _roles(columns, log.ids), strict=True))
    tables = _shared_tables(entries, columns, log)
    return [_named(entry, names, own[entry.column], tables.get(entry.column)) for entry in entries]


def with_lengths(features: Sequence[Entry], columns: Sequence[Column]) -> list[Entry]:
    """The features, and after every history how many values it holds, where that differs from row to row."""
    taken = {entry.settings["name"] for entry in features}
    vary = {c.name for c in columns if c.bag is not None and (c.missing or c.bag.shortest < c.bag.longest)}
    return [one for entry in features for one in (entry, *(_length(entry, taken) if entry.column in vary else ()))]


def _length(entry: Entry, taken: Collection[str]) -> tuple[Entry, ...]:
    """What pooled embeddings do not tell."""
    settings = entry.settings
    name = f"{settings['name']}_length"
    if settings["kind"] != "sequence" or name in taken:
        return ()
    separator = {"separator": settings["separator"]} if "separator" in settings else {}
    number = {
        "name": name,
        "column": entry.column,
        "kind": "numeric",
        "role": settings["role"],
        "length": True,
        **separator,
        "transform": "log_standardize",
    }
    return (Entry(entry.column, "feature", "how many values the history holds", number),)


def clean_names(columns: Sequence[str]) -> list[str]:
    """Names for features and tasks: columns with other characters than letters, digits, '_', '-', '.' replaced.

    A column of which no letter or digit would be left is named by its place in the table, like column_3.
    """
    names: list[str] = []
    for place, column in enumerate(columns, start=1):
        clean = re.sub(r"[^A-Za-z0-9_.\-]+", "_", column)
        base = clean if re.match(r"[A-Za-z0-9_]", clean) else f"_{clean}"
        if base != column and not _is_readable(clean):
            base = f"column_{place}"
        taken = {name for name in (*names, *columns) if name != column}
        numbered = (base if n == 1 else f"{base}_{n}" for n in range(1, len(columns) + 2))
        names.append(next(name for name in numbered if name not in taken))
    return names


def _is_readable(name: str) -> bool:
    return re.search(r"[A-Za-z0-9]", name) is not None


def _with_a_task(entries: Sequence[Entry]) -> list[Entry]:
    """Without a task, the proposals that can be learned become tasks."""
    if any(entry.place == "task" for entry in entries):
        return list(entries)
    return [
        replace(entry, place="task") if entry.place == "proposal" and entry.support >= LEAST_SUPPORT else entry
        for entry in entries
    ]


def _with_truth(entry: Entry, entries: Sequence[Entry], columns: Mapping[str, Column]) -> Entry:
    """A task with its truth; a truth of no task, or one with gaps, is left out."""
    words = columns[entry.column].words
    if entry.place in ("task", "proposal"):
        truths = [e.column for e in entries if e.place == "truth" and columns[e.column].words[1:] == words]
        whole = [column for column in truths if columns[column].missing == 0]
        return replace(entry, settings={**entry.settings, "truth": whole[0]}) if whole else entry
    if entry.place == "truth":
        tasks = [e for e in entries if e.place in ("task", "proposal") and columns[e.column].words == words[1:]]
        if not tasks or columns[entry.column].missing:
            return replace(entry, place="left out")
    return entry


def _roles(columns: Sequence[Column], ids: Mapping[str, str]) -> list[str]:
    """Whom each column describes: the id that determines it, else whom its name names, else the context.

    What is named after the item and changes in the rows of one item, such as its age, is of item and request together.
    """
    of_name = {
        entity: {entity} | {column.words[0] for column in columns if column.name == ids.get(entity)}
        for entity in ("user", "item")
    }
    return [_role(column, of_name, ids) for column in columns]


def _role(column: Column, of_name: Mapping[str, set[str]], ids: Mapping[str, str]) -> str:
    for entity, name in ids.items():
        if column.name == name:
            return entity
    if column.entity is not None:
        return column.entity
    named = [entity for entity, words in of_name.items() if not words.isdisjoint(column.words)]
    if len(named) != 1:
        return "context"
    return "candidate" if named == ["item"] and "item" in column.changes_within else named[0]


def _shared_tables(entries: Sequence[Entry], columns: Sequence[Column], log: Log) -> dict[str, str]:
    """Column of several values -> column whose embedding table it reads, as the values are the same ones."""
    entities = [
        column
        for entry, column in zip(entries, columns, strict=True)
        if entry.settings.get("kind") == "categorical" and entry.place == "feature"
    ]
    values = {entity.name: log.sample[entity.name].drop_nulls().unique() for entity in entities}
    shared = {}
    for entry, column in zip(entries, columns, strict=True):
        if entry.place == "feature" and column.bag is not None:
            bag = column.bag.values
            likeness = {o.name: _likeness(bag, values[o.name]) for o in entities if _can_be_alike(column, o)}
            best = max(likeness, key=lambda name: likeness[name], default=None)
            if best is not None and likeness[best] > 0:
                shared[column.name] = best
    return shared


def _can_be_alike(bag: Column, entity: Column) -> bool:
    """Small whole numbers stand for many things: then the names must have a word in common."""
    named = {word.removesuffix("s") for word in bag.words} & {word.removesuffix("s") for word in entity.words}
    return entity.is_text or entity.distinct > FEW_VALUES or bool(named - ID)


def _likeness(bag: pl.Series, ids: pl.Series) -> float:
    """Values in common over all values of both (Jaccard); 0 where too few are, or the types differ."""
    if bag.dtype == pl.String and ids.dtype.is_integer():
        numbers = bag.cast(pl.Int64, strict=False)
        if not (numbers.cast(pl.String) == bag).fill_null(False).all():
            return 0.0
        bag = numbers
    if bag.dtype.is_integer() and ids.dtype.is_integer():
        bag, ids = bag.cast(pl.Int64, strict=False), ids.cast(pl.Int64, strict=False)
    elif not (bag.dtype == ids.dtype == pl.String):
        return 0.0
    common = int(bag.is_in(ids.implode()).sum())
    smaller, larger = sorted((len(bag), len(ids)))
    if common < 2 or common < LEAST_COMMON[0] * smaller or common < LEAST_COMMON[1] * larger:
        return 0.0
    return common / (len(bag) + len(ids) - common)


def _named(entry: Entry, names: Mapping[str, str], role: str, table: str | None) -> Entry:
    """The entry with the settings that depend on the other columns; what repeats the name is left out."""
    name = names[entry.column]
    if name != entry.column and not _is_readable(entry.column) and entry.place != "left out":
        entry = replace(entry, note=f"'{entry.column}': {entry.note}")
    settings = {key: value for key, value in entry.settings.items() if (key, value) != ("label", name)}
    if entry.place in ("task", "proposal"):
        return replace(entry, settings={"name": name, **settings})
    if entry.place in ("feature", "question"):
        column = {} if name == entry.column else {"column": entry.column}
        shared = {} if table is None else {"share_with": names[table]}
        kind = settings.pop("kind")
        is_history = kind == "sequence" and role == "context"
        own = {"kind": kind, "role": "user" if is_history else role}
        return replace(entry, settings={"name": name, **column, **own, **shared, **settings})
    return entry

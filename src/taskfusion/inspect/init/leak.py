"""Features that give a label away, on a sample: left out where they do almost wholly, asked about where by half."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from taskfusion.config.experiment import parse_experiment
from taskfusion.data.encode import FeatureEncoder, encode_examples
from taskfusion.inspect.init.column import Column
from taskfusion.inspect.init.entry import Entry, Log
from taskfusion.inspect.init.rule import QUESTION
from taskfusion.inspect.leakage import LEAK, Leak, find_leaks

LEAK_ROWS: Final = 50_000
SUSPECT: Final = {"AUC": 0.9, "R2": 0.5}
"""What a number of the impression predicts alone, from which it may be an outcome."""


def without_leaks(entries: Sequence[Entry], columns: Sequence[Column], log: Log) -> list[Entry]:
    """The entries without features, but for the ids, that alone predict a label almost perfectly; numbers that neither
    the user nor the item determines, and that predict one well, are asked about.

    Args:
        entries: one per column, with their settings.
        columns: the same ones.
        log: the table.
    """
    settings = {place: [dict(e.settings) for e in entries if e.place == place] for place in ("feature", "task")}
    schema = parse_experiment({"features": settings["feature"], "tasks": settings["task"]}).table_schema
    rows = log.sample.gather_every(1 + log.sample.height // LEAK_ROWS)
    encoder = FeatureEncoder.fit(rows.lazy(), schema.features)
    found = find_leaks(encode_examples(rows, encoder, schema), encoder.layout, schema.tasks, SUSPECT)
    best = {leak.feature: leak for leak in sorted(found, key=lambda leak: leak.value / LEAK[leak.metric])}
    return [
        _judged(entry, column, best[entry.settings["name"]])
        if entry.place == "feature" and entry.settings["name"] in best and entry.column not in log.ids.values()
        else entry
        for entry, column in zip(entries, columns, strict=True)
    ]


def _judged(entry: Entry, column: Column, leak: Leak) -> Entry:
    seen = f"alone it predicts '{leak.task}' with {leak.metric} {leak.value:.3f}"
    if leak.value > LEAK[leak.metric]:
        return replace(entry, place="left out", note=f"it looks like a leak: {seen}", settings={}, doubt="")
    if column.numeric and column.entity is None:
        return replace(entry, place="question", note=f"{seen}: {QUESTION}", doubt="")
    return entry

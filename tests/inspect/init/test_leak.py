"""What is left out and what is asked about, by what it predicts alone."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from taskfusion.inspect.init.column import profile_columns
from taskfusion.inspect.init.entry import Entry, Log
from taskfusion.inspect.init.leak import without_leaks

ROWS = 4000
RNG = np.random.default_rng(0)
LABEL = RNG.normal(size=ROWS)


def _judge(noise: float, *, kind: str = "numeric", entity: str | None = None, is_id: bool = False) -> Entry:
    values = LABEL + noise * RNG.normal(size=ROWS)
    sample = pl.DataFrame({"x": values if kind == "numeric" else np.round(values, 1).astype(str), "y": LABEL})
    columns = [replace(column, entity=entity) for column in profile_columns(sample)]
    entries = [
        Entry("x", "feature", "seen", {"name": "x", "kind": kind, "role": "context"}),
        Entry("y", "task", "seen", {"name": "y", "kind": "regression"}),
    ]
    log = Log(sample, is_whole=True, ids={"user": "x"} if is_id else {}, time=None, growing=frozenset(), named=())
    found, task = without_leaks(entries, columns, log)
    assert task == entries[1]
    return found


@pytest.mark.parametrize(("noise", "place"), [(0.05, "left out"), (0.6, "question"), (2.0, "feature")])
def test_the_better_alone_the_less_it_is_trusted(noise: float, place: str) -> None:
    found = _judge(noise)
    assert found.place == place
    assert ("alone it predicts 'y' with R2 0." in found.note) == (place != "feature")
    assert bool(found.settings) == (place != "left out")


def test_what_an_id_determines_and_texts_are_not_asked_about() -> None:
    assert _judge(0.6, entity="item").place == "feature"
    assert _judge(0.6, kind="categorical").place == "feature"
    assert _judge(0.05, entity="item").place == "left out"
    assert _judge(0.05, is_id=True, entity="user").place == "feature"

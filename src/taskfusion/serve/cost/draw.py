"""Requests, items and pairs of user and item, drawn from rows of a log.

Axes: B rows, N candidates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.data.refusal import require_columns
from taskfusion.data.table import collect, count_rows, require_rows
from taskfusion.schema.schema import Schema
from taskfusion.serve.inputs import SIDES, Side, features_of, id_source
from taskfusion.serve.served import not_json
from taskfusion.serve.worker.document import written

MOST_ROWS: Final = 20_000
"""Rows of the log that are drawn from, evenly spread."""

_REQUESTS: Final = 40
_PAIRS: Final = 4_096
ORIGIN: Final = "the table to draw requests from"


@dataclass(frozen=True)
class Drawn:
    """What is asked.

    Attributes:
        requests: raw values of requests.
        candidates: of each, as /v1/rank takes them.
        items: one row per item; None: the model knows no items by an id, and candidates are raw values.
        item_id: column of the ids.
        item_rows: per request, rows of its candidates in items.
        pairs: rows of user and item in which the rows of a request stand together.
    """

    requests: list[dict[str, Any]]
    candidates: list[list[Any]]
    items: pl.DataFrame | None
    item_id: str | None
    pairs: pl.DataFrame

    @property
    def bodies(self) -> list[bytes]:
        """Bodies of POST /v1/rank."""
        both = zip(self.requests, self.candidates, strict=True)
        return [written({"request": request, "candidates": candidates}) for request, candidates in both]


def draw(schema: Schema, table: pl.LazyFrame, candidates: int, seed: int = 0) -> Drawn:
    """Draw requests of so many candidates each.

    Args:
        schema: of the model.
        table: with the columns of its features.
        candidates: N.
        seed: of the draws.

    Raises:
        DataError: the table lacks a column, has no rows, or holds values that JSON cannot.
    """
    sides = {side: _columns(schema, side) for side in SIDES}
    named = list(dict.fromkeys(column for columns in sides.values() for column in columns))
    require_columns(table.collect_schema().names(), dict.fromkeys(named, "a feature of the model"), ORIGIN)
    num_rows = count_rows(table)
    require_rows(num_rows, ORIGIN)
    log = collect(table.select(named).gather_every(-(-num_rows // MOST_ROWS)), ORIGIN)
    unfit = not_json(log.schema)
    if unfit is not None:
        raise DataError(f"requests are drawn from the table and sent as JSON, but {unfit}")
    item_id = id_source(schema)
    if item_id is not None:
        log = log.filter(pl.col(item_id).is_not_null())
        require_rows(len(log), ORIGIN)
    random = np.random.default_rng(seed)
    places = [random.integers(0, len(log), candidates).tolist() for _ in range(_REQUESTS)]
    asked = log[random.integers(0, len(log), _REQUESTS).tolist()].select(sides["request"])
    own = [*([] if item_id is None else [pl.col(item_id).alias("id")]), *sides["candidate"]]
    chosen = [log[rows] for rows in places]
    if item_id is None:
        found = [one.select(dict.fromkeys([*sides["item"], *sides["candidate"]])).rows(named=True) for one in chosen]
    elif sides["candidate"]:
        found = [one.select(own).rows(named=True) for one in chosen]
    else:
        found = [one[item_id].to_list() for one in chosen]
    items = None if item_id is None else log.select(sides["item"]).unique(item_id, maintain_order=True)
    return Drawn(asked.rows(named=True), found, items, item_id, _pairs(asked, chosen, named))


def _columns(schema: Schema, side: Side) -> list[str]:
    features = features_of(schema, side)
    return list(dict.fromkeys(feature.source for feature in schema.features if feature.name in features))


def _pairs(asked: pl.DataFrame, chosen: Sequence[pl.DataFrame], columns: Sequence[str]) -> pl.DataFrame:
    """Each request with all its candidates, some thousand rows."""
    count = max(1, _PAIRS // max(1, len(chosen[0])))
    blocks = []
    for place, items in enumerate(chosen[:count]):
        request = asked[[place] * len(items)]
        blocks.append(items.with_columns(request.get_columns()).select(columns))
    return pl.concat(blocks)

"""Rows of a table by the way of the server, in this process: JSON in, the process that scores, JSON out.

Axes: C predictions.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
import polars as pl

from taskfusion.base.errors import RunError
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.document import written
from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind
from taskfusion.serve.worker.settings import WorkerSettings

_SIDES: Final = ("request", "item", "candidate")


class ServedWay:
    """Scores single rows as clients of taskfusion serve have them scored.

    Args:
        bundle: a directory made by taskfusion export.

    Raises:
        RunError: the bundle is damaged.
    """

    def __init__(self, bundle: Path) -> None:
        self._answerer = Answerer(WorkerSettings(bundle=str(bundle)))
        model = self._answerer.model
        self._columns = {side: list(model.raw.columns(model.features[side])) for side in _SIDES}
        self._tasks = model.schema.tasks
        self._names = model.prediction_names

    def rank(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Predictions of POST /v1/rank, where the item of each row is the only candidate of its request.

        Raises:
            RunError: a row is refused.
        """
        candidate = [*self._columns["item"], *self._columns["candidate"]]
        found = []
        for row in rows.iter_rows(named=True):
            request = {column: row[column] for column in self._columns["request"]}
            one = {column: row[column] for column in candidate}
            answer = self._ask(Kind.RANK, {"request": request, "candidates": [one]})["predictions"]
            found.append([answer[name][0] for name in self._names])
        return self._frame(found)

    def infer(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Predictions of the Open Inference Protocol, row by row in JSON.

        Raises:
            RunError: a row is refused.
        """
        columns = list(dict.fromkeys(column for side in _SIDES for column in self._columns[side]))
        found = []
        for row in rows.iter_rows(named=True):
            inputs = [_tensor(name, row[name], rows.schema[name]) for name in columns]
            outputs = {one["name"]: one["data"] for one in self._ask(Kind.INFER, {"inputs": inputs})["outputs"]}
            found.append([value for task in self._tasks for value in outputs[task.name]])
        return self._frame(found)

    def _ask(self, kind: Kind, content: dict[str, Any]) -> Mapping[str, Any]:
        reply = self._answerer.reply(Call(1, kind, 0, NO_LIMIT, written(content)))
        answer: dict[str, Any] = orjson.loads(reply.body)
        if reply.status != 200:
            error = answer["error"]
            message = error if isinstance(error, str) else error["message"]
            raise RunError(f"the server refuses a row of the table that others score: {message}")
        return answer

    def _frame(self, predictions: Iterable[list[float]]) -> pl.DataFrame:
        return pl.DataFrame(list(predictions), schema=dict.fromkeys(self._names, pl.Float64), orient="row")


def not_json(schema: Mapping[str, pl.DataType]) -> str | None:
    """Why rows of a table cannot be sent as JSON; None: they can.

    Args:
        schema: types by column.
    """
    for column, dtype in schema.items():
        if not _has_json(dtype):
            return f"column '{column}' is of type {dtype}, of which JSON has no values"
    return None


def _has_json(dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.List):
        return _has_json(dtype.inner)  # type: ignore[arg-type]
    if dtype.is_decimal() or dtype in (pl.Int128, pl.UInt128, pl.Duration, pl.Time, pl.Binary, pl.Object):
        return False
    return not dtype.is_nested()


def _tensor(name: str, value: Any, dtype: pl.DataType) -> dict[str, Any]:  # noqa: ANN401  whatever a row holds
    """One value as the input of a row; a missing list is one missing value."""
    inner: Any = dtype.inner if isinstance(dtype, pl.List) else dtype
    kind = "INT64" if inner.is_integer() else "FP64" if inner.is_float() else "BOOL" if inner == pl.Boolean else "BYTES"
    shape, data = ([1, len(value)], value) if isinstance(value, list) else ([1], [value])
    return {"name": name, "shape": shape, "datatype": kind, "data": data}

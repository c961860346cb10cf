"""Score tables with an exported model: NumPy and ONNX Runtime, no torch."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, overload

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.base.boundary import reading
from taskfusion.base.errors import DataError, RunError
from taskfusion.base.files import from_home
from taskfusion.base.record import parse, read_bytes
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.native import TableT, like, rows_like
from taskfusion.data.refusal import require_columns
from taskfusion.data.rows import EncodedRows
from taskfusion.data.table import from_table
from taskfusion.schema.schema import Schema
from taskfusion.serve.bundle_files import ENCODER, SCHEMA
from taskfusion.serve.consistent import require_consistent
from taskfusion.serve.engine import Engine
from taskfusion.serve.inputs import GraphInputs, features_of
from taskfusion.serve.item_rows import ItemRows
from taskfusion.serve.session import Array

BLOCK_ROWS = 1024
"""Rows of a table that are scored at a time."""


class Scorer:
    """An exported model, which scores tables without torch; what comes back is of the kind of table that went in.

    It may be used from several threads at once.

    >>> import polars as pl
    >>> from taskfusion import Experiment, MultiTaskRanker, Scorer
    >>> log = pl.DataFrame({"user": [1, 2] * 100, "item": ["a", "b", "c", "d"] * 50, "click": [0, 1, 1, 0] * 50})
    >>> experiment = Experiment.from_dict(
    ...     {
    ...         "features": [
    ...             {"name": "user", "kind": "categorical", "role": "user"},
    ...             {"name": "item", "kind": "categorical", "role": "item"},
    ...         ],
    ...         "tasks": [{"name": "click", "kind": "binary"}],
    ...     }
    ... )
    >>> ranker = MultiTaskRanker(experiment, verbose=0).fit(log)
    >>> scorer = Scorer.load(ranker.export("exported"))
    >>> scorer.score(log.head(3)).shape
    (3, 1)
    >>> float((scorer.score(log)["click"] - ranker.predict(log)["click"]).abs().max()) < 1e-5
    True
    >>> catalogue = scorer.item_rows(log.select("item").unique())
    >>> scorer.score_candidates(pl.DataFrame({"user": [2]}), catalogue, candidates=[3, 0]).shape
    (2, 1)

    Args:
        engine: its graphs.
        encoder: of its features.
        schema: of its table.
    """

    def __init__(self, engine: Engine, encoder: FeatureEncoder, schema: Schema) -> None:
        self.engine, self.encoder, self.schema = engine, encoder, schema
        layout = encoder.layout
        self._all = GraphInputs.of(layout, {feature.name for feature in schema.features})
        self._request = GraphInputs.of(layout, features_of(schema, "request"))
        self._item = GraphInputs.of(layout, features_of(schema, "item"))
        self._candidate = GraphInputs.of(layout, features_of(schema, "candidate"))

    @classmethod
    def load(cls, path: str | Path, threads: int = 1) -> Self:
        """Open a directory made by taskfusion export.

        Args:
            path: the directory.
            threads: CPU threads that score; idle ones sleep.

        Raises:
            RunError: the directory is none, damaged, or of another version.
            ExperimentError: a package of the extra "export" is missing.
        """
        path = from_home(path)
        engine = Engine.load(path, threads)
        with reading(path / SCHEMA, "the schema of an exported model"):
            schema = parse(path / SCHEMA, Schema, read_bytes(path / SCHEMA))
        encoder = FeatureEncoder.load(path / ENCODER)
        require_consistent(path, engine.record, schema, encoder.features, encoder.layout)
        return cls(engine, encoder, schema)

    def __repr__(self) -> str:
        tasks, features = (", ".join(one.name for one in named) for named in (self.schema.tasks, self.schema.features))
        return f"Scorer('{self.engine.path}', tasks=[{tasks}], features=[{features}])"

    @overload
    def score(self, table: pl.LazyFrame) -> pl.DataFrame: ...

    @overload
    def score(self, table: TableT) -> TableT: ...

    def score(self, table: object) -> object:
        """Predictions: one row per row of the table, one column per task (one per value, task.value,
        where a label is one of several).

        Args:
            table: pandas, Polars or Arrow, with the columns of all features.

        Returns:
            A table of the same kind; of pandas with the same index, of a lazy frame a DataFrame.

        Raises:
            DataError: a feature's column is missing or not usable.
        """
        encoded = self._encode(table, {feature.name for feature in self.schema.features}, "the table to be scored")
        starts = range(0, max(len(encoded), 1), BLOCK_ROWS)
        blocks = [self.engine.predict(self._all.feed(encoded.rows(slice(s, s + BLOCK_ROWS)))) for s in starts]
        return rows_like(table, self._frame([np.concatenate(parts) for parts in zip(*blocks, strict=True)]))

    def item_rows(self, items: object) -> ItemRows:
        """The share of items, for score_candidates.

        Args:
            items: a table with the columns of the item features, one row per item.

        Raises:
            DataError: a feature's column is missing or not usable.
            ExperimentError: the model could not be split.
        """
        names = list(self.engine.readers)
        encoded = self._encode(items, features_of(self.schema, "item"), "the table of items")
        starts = range(0, max(len(encoded), 1), BLOCK_ROWS)
        blocks = [self.engine.item_share(self._item.feed(encoded.rows(slice(s, s + BLOCK_ROWS)))) for s in starts]
        shares = [np.concatenate(parts) for parts in zip(*blocks, strict=True)]
        return ItemRows(dict(zip(names, shares, strict=True)), self._fingerprint, self._item_fingerprint(encoded))

    def is_current(self, rows: ItemRows, items: object) -> bool:
        """Whether rows are those that item_rows would make of a table of items, without computing them."""
        encoded = self._encode(items, features_of(self.schema, "item"), "the table of items")
        return (rows.model, rows.items) == (self._fingerprint, self._item_fingerprint(encoded))

    def score_candidates(
        self,
        request: object,
        items: ItemRows,
        candidates: Sequence[int] | npt.NDArray[np.int64] | None = None,
        features: object = None,
    ) -> Any:  # noqa: ANN401  of the kind of request
        """Predictions for one request, which is read once, and many candidates.

        Args:
            request: a table of one row with the columns of the user and context features.
            items: rows of the catalogue, or of the candidates alone.
            candidates: their rows in the catalogue, 0 the first; None: all.
            features: a table with the columns of the features of the role candidate, one row per candidate; None: the
                model has none.

        Returns:
            One row per candidate, in their order, with the columns of score; of the kind of table of the request.

        Raises:
            DataError: the request is not one row, a column is missing, a candidate is not in the catalogue, or
                features has other rows than one per candidate.
            RunError: the item rows are of another model.
            ExperimentError: the model could not be split.
        """
        names = list(self.engine.readers)
        if items.model != self._fingerprint:
            raise RunError(
                f"the item rows were made with another model than '{self.engine.path}'; make them again with item_rows"
            )
        encoded = self._encode(request, features_of(self.schema, "request"), "the request")
        if len(encoded) != 1:
            raise DataError(f"a request should be one row, found {len(encoded):,}")
        row_B = np.arange(len(items)) if candidates is None else np.asarray(candidates)
        if len(row_B) and row_B.dtype.kind not in "iu":
            raise DataError(f"candidates should be rows of the catalogue, whole numbers, found type {row_B.dtype}")
        row_B = row_B.astype(np.int64)
        if len(row_B) and not 0 <= row_B.min() <= row_B.max() < len(items):
            raise DataError(
                f"candidates should be rows of the catalogue, 0 to {len(items) - 1}, found "
                f"{row_B.min()} to {row_B.max()}"
            )
        shares = self.engine.request_share(self._request.feed(encoded))
        own = self._own(features, len(row_B))
        found = self.engine.candidates(shares, [items.shares[name] for name in names], row_B, own)
        return like(request, self._frame(found))

    def _own(self, features: object, count: int) -> dict[str, Array]:
        """The inputs of the features of the role candidate, one row per candidate."""
        named = features_of(self.schema, "candidate")
        if not named:
            if features is not None:
                raise DataError("the model has no features of the role candidate; leave the table of features out")
            return {}
        if features is None:
            raise DataError(
                f"{', '.join(sorted(named))} of the role candidate should be given for each candidate, in a table of "
                f"one row per candidate (features=...), found none"
            )
        encoded = self._encode(features, named, "the table of candidates")
        if len(encoded) != count:
            raise DataError(
                f"the table of candidates should have one row per candidate, {count:,}, found {len(encoded):,}"
            )
        return self._candidate.feed(encoded)

    @property
    def _fingerprint(self) -> str:
        return self.engine.record.fingerprint

    def _item_fingerprint(self, encoded: EncodedRows) -> str:
        digest = hashlib.sha256()
        for name, part in self._item.feed(encoded).items():
            digest.update(f"{name} {part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()

    def _encode(self, table: object, names: set[str], what: str) -> EncodedRows:
        """A table with the columns of some features; all other features are missing values."""
        frame = from_table(table)
        needed = {f.source: f"feature '{f.name}'" for f in self.schema.features if f.name in names}
        require_columns(frame.columns, needed, what)
        absent = {feature.source for feature in self.schema.features} - set(needed)
        return self.encoder.encode(frame.select(*needed, *(pl.lit(None).alias(column) for column in sorted(absent))))

    def _frame(self, predictions: Sequence[Array]) -> pl.DataFrame:
        columns: dict[str, Array] = {}
        for task, values in zip(self.schema.tasks, predictions, strict=True):
            by_name = values.reshape(len(values), len(task.prediction_names))
            columns |= {name: by_name[:, index] for index, name in enumerate(task.prediction_names)}
        return pl.DataFrame(columns)

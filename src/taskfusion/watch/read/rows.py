"""Rows that wait on the disk until labels are mature: of one width, so that a file of them is an array.

Axes: B rows, C predictions, T tasks, S segment columns.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from taskfusion.data.hashing import splitmix, text_bits

Rows = npt.NDArray[Any]
Hashes = npt.NDArray[np.uint64]


def decision_rows(predictions: int) -> np.dtype[Any]:
    """Candidates that were scored, with so many predictions."""
    return np.dtype(
        [
            ("request", "<u8"),
            ("candidate", "<u4"),
            ("minute", "<u4"),
            ("bundle", "u1"),
            ("arm", "u1"),
            ("unit", "<u2"),
            ("prediction", "<f4", (predictions,)),
        ]
    )


def outcome_rows(tasks: int, segments: int) -> np.dtype[Any]:
    """Impressions, with labels of so many tasks and codes of so many columns of segments."""
    return np.dtype(
        [
            ("request", "<u8"),
            ("candidate", "<u4"),
            ("minute", "<u4"),
            ("label", "<f8", (tasks,)),
            ("segment", "u1", (segments,)),
        ]
    )


def text_hashes(texts: pa.Array | pl.Series) -> Hashes:
    """64 bits of each text [B]; a null is as an empty text."""
    if isinstance(texts, pl.Series):
        texts = texts.cast(pl.String).fill_null("").rechunk().to_arrow()
    elif texts.null_count:
        texts = texts.fill_null("")
    return text_bits(texts.cast(pa.large_string()))


def keys(rows: Rows) -> Hashes:
    """64 bits of request and candidate together [B]."""
    return splitmix(rows["request"] ^ splitmix(rows["candidate"].astype(np.uint64)))

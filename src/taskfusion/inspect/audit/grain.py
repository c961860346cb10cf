"""What one row is, and whether an impression stands in the table more than once."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import polars as pl

from taskfusion.data.label import label_columns
from taskfusion.inspect.audit.rows import AuditRows
from taskfusion.report.finding.words import make_finding
from taskfusion.run.record.audit import AuditFinding
from taskfusion.schema.task.table import kind_of

MOST_REPEATED: Final = 0.01
"""Of the rows, beyond which repeats are a fault."""

LEAST_KEYS: Final = 20
"""Impressions that repeat, or do not, to say what those that do have in common."""

NEARLY_ALL: Final = 0.97
MOST_OTHERS: Final = 0.5
"""Share of yes among impressions that stand once, above which those that repeat have it by chance."""


def grain(rows: AuditRows) -> Iterator[AuditFinding]:
    """Rows of the same impression: of one user, item and time; without such columns, those alike in all but labels."""
    outcomes = set(label_columns(rows.schema, rows.frame.columns))
    outcomes |= {task.truth for task in rows.schema.tasks if task.truth is not None}
    identity = list(rows.key) or [name for name in rows.frame.columns if name not in outcomes]
    key_B = rows.frame.select(identity).hash_rows()
    names = rows.schema.task_names
    labels = {
        name: pl.Series(np.where(rows.encoded.weight_BT[:, t] > 0, rows.encoded.label_BT[:, t], np.nan)).fill_nan(None)
        for t, name in enumerate(names)
    }
    frame = pl.DataFrame({"key": key_B, **{f"label {name}": label for name, label in labels.items()}})
    by_key = frame.group_by("key").agg(
        pl.len().alias("rows"),
        *(pl.col(f"label {name}").drop_nulls().n_unique().alias(f"label {name}") for name in names),
        *(pl.col(f"label {name}").min().alias(f"lowest {name}") for name in names),
    )
    repeated = by_key.filter(pl.col("rows") > 1)
    repeats = int((repeated["rows"] - 1).sum())
    several = [name for name in names if (repeated[f"label {name}"] > 1).any()]
    contradicting = int(repeated.filter(pl.any_horizontal(pl.col("^label .*$") > 1))["rows"].sum())
    yes_or_no = [task.name for task in rows.schema.tasks if kind_of(task).has_positives]
    yield from _joined(by_key, yes_or_no)
    share = repeats / len(frame)
    kind = "grain.key" if rows.key else "grain.alike"
    if repeats == 0:
        yield make_finding("fine", kind, {"key": rows.key})
        return
    is_fault = bool(rows.key) and share >= MOST_REPEATED
    yield make_finding(
        "fix" if is_fault else "watch",
        f"{kind}.repeat.labels" if several else f"{kind}.repeat",
        {
            "key": rows.key,
            "repeats": repeats,
            "rows": len(frame),
            "rows_part": share,
            "contradicting": contradicting,
            "tasks": tuple(several),
        },
    )


def _joined(by_key: pl.DataFrame, tasks: Sequence[str]) -> Iterator[AuditFinding]:
    """The task whose yes nearly all impressions have that repeat, and few of the others: a join has multiplied them."""
    repeats, once = by_key.filter(pl.col("rows") > 1), by_key.filter(pl.col("rows") == 1)
    if min(len(repeats), len(once)) < LEAST_KEYS:
        return
    shares = {name: (_share(repeats, name), _share(once, name)) for name in tasks}
    suspects = {name: two for name, two in shares.items() if two[0] >= NEARLY_ALL and two[1] <= MOST_OTHERS}
    if suspects:
        name = min(suspects, key=lambda one: suspects[one][1])
        repeating, others = suspects[name]
        yield make_finding("fix", "grain.joined", {"task": name, "repeats_part": repeating, "others_part": others})


def _share(impressions: pl.DataFrame, task: str) -> float:
    known = impressions[f"lowest {task}"].drop_nulls()
    return float((known > 0).mean() or 0)  # type: ignore[arg-type]

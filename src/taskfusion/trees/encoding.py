"""Ways in which trees see ids and bags, as a table of named encodings.

Axes: B rows, N training rows, V codes of a feature, P folds.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from taskfusion.data.layout import InputLayout
from taskfusion.data.rows import EncodedRows
from taskfusion.trees.columns import (
    BagLength,
    BagMean,
    BagOccurrences,
    Column,
    IdCode,
    IdTable,
    Matrix,
    PlainNumbers,
    TreeColumns,
)
from taskfusion.trees.statistic import CodeSums, FeatureSums, Folds, TrainingSums

FEW: Final = 40
"""Ids of up to so many codes are categories in every encoding, and bags of so many are counted code by code."""

MOST_CATEGORIES: Final = 1024
"""Codes of an id that are categories of their own; a tree looks through all of them at every split."""

_SEED: Final = 0


@dataclass(frozen=True)
class Parting:
    """Whose labels the columns of a training row may depend on; its own is never among them.

    Args:
        folds: from the number of training rows to the fold of each.
        sources: from a fold, and the number of folds, to the folds whose labels its columns depend on.
    """

    folds: Callable[[int], Folds]
    sources: Callable[[int, int], Collection[int]]


_FOLDS: Final = 5
_TIMES: Final = 20

NOBODY: Final = Parting(lambda rows: np.zeros(rows, np.int64), lambda fold, folds: ())
OTHERS: Final = Parting(
    lambda rows: np.random.default_rng(_SEED).integers(_FOLDS, size=rows),
    lambda fold, folds: [other for other in range(folds) if other != fold],
)
EARLIER: Final = Parting(
    lambda rows: np.arange(rows) * _TIMES // max(rows, 1),
    lambda fold, folds: range(fold),
)

Columns = Callable[[int, CodeSums, CodeSums], Sequence[Column]]
"""From the index of an id or bag, the sums of all training rows, and those of rows whose labels may be read."""


@dataclass(frozen=True)
class Encoding:
    """A way in which trees see ids and bags; numbers stay as they are.

    Args:
        id: columns of an id of more than FEW codes.
        bag: columns of a bag, beside its length.
        parting: whose labels the columns of a training row depend on.
        line: what it is, as one sentence.
    """

    id: Columns
    bag: Columns
    parting: Parting
    line: str

    @property
    def reads_labels(self) -> bool:
        """Whether columns depend on labels."""
        return self.parting is not NOBODY


def _ordered(index: int, every: CodeSums, others: CodeSums) -> list[Column]:
    return [IdCode(index, is_category=False), IdTable(index, every.num_rows.astype(np.float32))]


def _categories(index: int, every: CodeSums, others: CodeSums) -> list[Column]:
    """Categories are numbered from the most common on; 0 is all others, and what training rows lack."""
    order_V = np.argsort(-every.num_rows, kind="stable")[:MOST_CATEGORIES]
    category_V = np.zeros(len(every.num_rows), np.float32)
    category_V[order_V] = np.arange(1, len(order_V) + 1)
    category_V[every.num_rows == 0] = 0
    return [IdTable(index, category_V, is_category=True), IdTable(index, every.num_rows.astype(np.float32))]


def _statistics(index: int, every: CodeSums, others: CodeSums) -> list[Column]:
    means = [IdTable(index, mean_V) for mean_V in others.means().T.astype(np.float32)]
    return [*means, IdTable(index, others.num_known.astype(np.float32))]


def _no_columns(index: int, every: CodeSums, others: CodeSums) -> list[Column]:
    return []


def _bag_means(index: int, every: CodeSums, others: CodeSums) -> list[Column]:
    return [BagMean(index, mean_V) for mean_V in others.means().T.astype(np.float32)]


ENCODINGS: Final[Mapping[str, Encoding]] = {
    "ordered": Encoding(
        _ordered,
        _no_columns,
        NOBODY,
        "The code, in the order of the values, and in how many training rows it stands.",
    ),
    "categories": Encoding(
        _categories,
        _no_columns,
        NOBODY,
        f"The {MOST_CATEGORIES:,} most common codes are categories, all others one.",
    ),
    "statistics": Encoding(
        _statistics,
        _bag_means,
        OTHERS,
        "The mean label of the training rows of a code, and how many these are; of a training row, in other rows.",
    ),
    "earlier-statistics": Encoding(
        _statistics,
        _bag_means,
        EARLIER,
        "The same, of a training row in rows that stand before it in the table.",
    ),
}
"""By name; lightgbm.ids of the experiment file names one of them, or lets validation choose."""


@dataclass(frozen=True)
class FittedEncoding:
    """How trees see rows.

    Args:
        columns: for rows that nothing was learned from.
        by_fold: for the training rows of each fold, which read labels of other folds.
        fold_N: fold of each training row.
    """

    columns: TreeColumns
    by_fold: Sequence[TreeColumns]
    fold_N: Folds

    def training_matrix(self, rows: EncodedRows, fold_B: Folds) -> Matrix:
        """The columns [B, M] of training rows; a row's own label is in none of them."""
        found = [(one, fold_B == one) for one in np.unique(fold_B)]
        parts = [(is_in_B, self.by_fold[one].matrix(rows.rows(is_in_B))) for one, is_in_B in found]
        matrix_BM = np.empty((len(rows), parts[0][1].shape[1]), np.float32)
        for is_in_B, part in parts:
            matrix_BM[is_in_B] = part
        return matrix_BM


def fit_encoding(encoding: Encoding, layout: InputLayout, sums: TrainingSums, fold_N: Folds) -> FittedEncoding:
    """Learn an encoding from training rows.

    Args:
        encoding: a way of seeing ids and bags.
        layout: of the rows.
        sums: of the training rows.
        fold_N: fold of each training row, as the encoding says.
    """
    every = sums.of_folds(range(sums.folds))
    sources = (encoding.parting.sources(fold, sums.folds) for fold in range(sums.folds))
    by_fold = [_columns(encoding, layout, every, sums.of_folds(found)) for found in sources]
    return FittedEncoding(_columns(encoding, layout, every, every), by_fold, fold_N)


def _columns(encoding: Encoding, layout: InputLayout, every: FeatureSums, others: FeatureSums) -> TreeColumns:
    columns: list[Column] = [PlainNumbers(layout.num_numeric)]
    for index, (code_sums, other_sums) in enumerate(zip(every.ids, others.ids, strict=True)):
        is_few = len(code_sums.num_rows) <= FEW
        columns += [IdCode(index, is_category=True)] if is_few else encoding.id(index, code_sums, other_sums)
    for index, (code_sums, other_sums) in enumerate(zip(every.bags, others.bags, strict=True)):
        columns.append(BagLength(index))
        if len(code_sums.num_rows) <= FEW:
            columns.append(BagOccurrences(index, len(code_sums.num_rows) - 1))
        columns += encoding.bag(index, code_sums, other_sums)
    return TreeColumns(tuple(columns))

"""What training rows say of each code: how often it stands there, and the mean of their labels, shrunk by how little is
known (Bühlmann and Straub, Glaubwürdigkeit für Schadensätze, 1970).

Axes: B rows, V codes of a feature, S numbers that a label is told by, P folds, Q sums, E entries of codes in rows.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taskfusion.data.layout import InputLayout
from taskfusion.data.rows import EncodedRows

Floats = npt.NDArray[np.floating[Any]]
Folds = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TrainingBlock:
    """Some training rows of a task, whether their label is known or not.

    Args:
        rows: the features; their labels are not read.
        label_B: labels on their own scale.
        target_B: labels as they are learned.
        told_BS: numbers whose mean over rows tells what their labels are like.
        weight_B: sample weights, 0 where the label is unknown.
        fold_B: index of each row's fold; what a row is told of labels is of other folds.
    """

    rows: EncodedRows
    label_B: Floats
    target_B: Floats
    told_BS: Floats
    weight_B: Floats
    fold_B: Folds

    def only(self, chosen_B: npt.NDArray[np.bool_]) -> "TrainingBlock":
        """Some of the rows."""
        if chosen_B.all():
            return self
        return TrainingBlock(
            rows=self.rows.rows(chosen_B),
            label_B=self.label_B[chosen_B],
            target_B=self.target_B[chosen_B],
            told_BS=self.told_BS[chosen_B],
            weight_B=self.weight_B[chosen_B],
            fold_B=self.fold_B[chosen_B],
        )


@dataclass(frozen=True)
class CodeSums:
    """Sums over training rows, code by code.

    Args:
        sum_VQ: numbers of rows and of rows with a known label; over the latter the sums of weights, of weighted numbers
            [S] and of their weighted squares [S].
    """

    sum_VQ: Floats

    @property
    def num_rows(self) -> Floats:
        """Rows of each code [V]."""
        return self.sum_VQ[:, 0]

    @property
    def num_known(self) -> Floats:
        """Rows of each code whose label is known [V]."""
        return self.sum_VQ[:, 1]

    def means(self) -> Floats:
        """Mean of each number by code [V, S], between the mean of all rows and that of the code's own rows. It is
        nearer to the latter where these are many, and where codes differ more among themselves than rows of one code.
        """
        known_V, weight_V1 = self.num_known, self.sum_VQ[:, 2:3]
        total_VS, square_VS = np.split(self.sum_VQ[:, 3:], 2, axis=1)
        weight, codes = max(weight_V1.sum(), _LEAST), np.count_nonzero(known_V)
        own_VS = total_VS / np.maximum(weight_V1, _LEAST)
        mean_S = total_VS.sum(axis=0) / weight
        within_S = np.maximum((square_VS - total_VS * own_VS).sum(axis=0), 0) / max(known_V.sum() - codes, 1)
        spread_S = (weight_V1 * (own_VS - mean_S) ** 2).sum(axis=0) - (codes - 1) * within_S
        between_S = np.maximum(spread_S, 0) / max(weight - (weight_V1**2).sum() / weight, _LEAST)
        share_VS = weight_V1 * between_S / np.maximum(weight_V1 * between_S + within_S, _LEAST)
        means_VS: Floats = mean_S + share_VS * (own_VS - mean_S)
        return means_VS


_LEAST = 1e-12


@dataclass(frozen=True)
class FeatureSums:
    """Sums of all features.

    Args:
        ids: one for each column of ids_BF.
        bags: one for each bag; a code counts as often as it stands there.
    """

    ids: Sequence[CodeSums]
    bags: Sequence[CodeSums]


@dataclass(frozen=True)
class TrainingSums:
    """Sums of all features, fold by fold.

    Args:
        folds: P.
        ids: [P, V, Q] for each column of ids_BF.
        bags: [P, V, Q] for each bag.
    """

    folds: int
    ids: Sequence[Floats]
    bags: Sequence[Floats]

    @classmethod
    def of(cls, layout: InputLayout, blocks: Iterable[TrainingBlock], folds: int) -> "TrainingSums":
        """Of training rows, of which there must be one, in so many folds."""
        tables = [*layout.ids, *(bag.table for bag in layout.bags)]
        codes = [layout.tables[table].num_codes for table in tables]
        sums: list[Floats] = []
        for block in blocks:
            number_BQ = _numbers(block)
            sums = sums or [np.zeros((folds, count, number_BQ.shape[1])) for count in codes]
            for sum_PVQ, (row_E, code_E) in zip(sums, _entries(block.rows), strict=True):
                cell_E = block.fold_B[row_E] * sum_PVQ.shape[1] + code_E
                flat_CQ = sum_PVQ.reshape(-1, number_BQ.shape[1])
                for which, number_B in enumerate(number_BQ.T):
                    flat_CQ[:, which] += np.bincount(cell_E, weights=number_B[row_E], minlength=len(flat_CQ))
        return cls(folds, sums[: len(layout.ids)], sums[len(layout.ids) :])

    def of_folds(self, folds: Collection[int]) -> FeatureSums:
        """Sums over the rows of some folds."""
        chosen = sorted(folds)
        ids, bags = ([CodeSums(one[chosen].sum(axis=0)) for one in sums] for sums in (self.ids, self.bags))
        return FeatureSums(ids, bags)


def _numbers(block: TrainingBlock) -> Floats:
    """What is summed of each row [B, Q]."""
    known_B = block.weight_B > 0
    told_BS = np.where(known_B[:, None], block.told_BS, 0).astype(np.float64)
    weight_B1 = block.weight_B[:, None].astype(np.float64)
    one_B1 = np.ones_like(weight_B1)
    return np.concatenate([one_B1, known_B[:, None], weight_B1, weight_B1 * told_BS, weight_B1 * told_BS**2], axis=1)


def _entries(rows: EncodedRows) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Of each id, then of each bag, the codes [E] and the rows [E] that hold them; padding is none."""
    for code_B in rows.ids_BF.T:
        yield np.arange(len(rows)), code_B
    for bag_BL in rows.bags:
        row_E, place_E = np.nonzero(bag_BL)
        yield row_E, bag_BL[row_E, place_E]

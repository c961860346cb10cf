"""Whether trees can tell the rows of a split from training rows, and by what."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.evaluate.ranking import area_under_curve, exact_levels
from taskfusion.inspect.audit.rows import AuditRows, low_cardinality
from taskfusion.report.words import listed
from taskfusion.run.record.audit import AuditFinding, DomainShift

MOST_VALUES: Final = 40
DRAWN: Final = 10_000
"""Rows of each side."""

FOLDS, ROUNDS = 5, 40
LITTLE, WATCH = 0.6, 0.75
"""AUCs below which splits are alike, and from which they are not."""

NAMED: Final = 0.1
"""Share of the gain from which a column is named."""

_SETTINGS: Final[dict[str, Any]] = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.1,
    "num_threads": 1,
    "deterministic": True,
    "seed": 0,
    "verbosity": -1,
}


def domain_shifts(rows: AuditRows) -> Iterator[DomainShift]:
    """Out-of-fold AUC for every split beside training; a group, such as a user, is in one fold."""
    matrix_BF, names, categories = _matrix(rows)
    if not names:
        return
    generator, cluster_B = np.random.default_rng(0), rows.clusters()
    fold_G = generator.integers(FOLDS, size=int(cluster_B.max()) + 1)
    for split in rows.splits[1:]:
        sides = [np.flatnonzero(rows.of_split(name)) for name in ("train", split)]
        drawn_K = np.concatenate([generator.permutation(side)[:DRAWN] for side in sides])
        is_other_K = rows.of_split(split)[drawn_K]
        score_K, gain_F = _out_of_fold(matrix_BF[drawn_K], is_other_K, fold_G[cluster_B[drawn_K]], categories)
        levels = exact_levels(score_K, np.where(is_other_K, 1, -1).astype(np.float32))
        share_F = gain_F / max(gain_F.sum(), 1e-12)
        order = sorted(range(len(names)), key=lambda place: -share_F[place])
        yield DomainShift(
            split=split,
            rows=len(drawn_K),
            auc=area_under_curve(levels),
            gain={names[place]: float(share_F[place]) for place in order if share_F[place] > 0},
        )


def domain_findings(found: list[DomainShift]) -> Iterator[AuditFinding]:
    """One per split."""
    for one in found:
        is_told = one.auc >= WATCH
        named = [name for name, share in one.gain.items() if share >= NAMED] or list(one.gain)[:1]
        by = f", mostly by {listed(named)}" if is_told and named else ""
        yield AuditFinding(
            severity="watch" if is_told else "fine",
            check="domain",
            subject=f"{one.split} rows",
            seen=f"trees {_ability(one.auc)} tell them from training rows{by} (AUC {one.auc:.2f}; 0.5 is chance)",
            advice="expect the model to do worse there than on rows like those it learned from" if is_told else "",
        )


def _ability(auc: float) -> str:
    return "can" if auc >= WATCH else "can hardly" if auc < LITTLE else "can to a degree"


def _matrix(rows: AuditRows) -> tuple[npt.NDArray[np.float32], list[str], list[int]]:
    """Columns that trees read, their features, and which are categories; ids of many values stay out."""
    layout = rows.encoder.layout
    coded = low_cardinality(rows, MOST_VALUES)
    numbers = [(name, column) for column, name in enumerate(layout.numeric_names)]
    columns = [rows.encoded.ids_BF[:, [column]] for _, column in coded]
    columns += [(bag != 0).sum(axis=1, keepdims=True) for bag in rows.encoded.bags]
    columns += [rows.encoded.numeric_BN[:, [column]] for _, column in numbers]
    names = [name for name, _ in coded] + list(layout.bag_names) + [name for name, _ in numbers]
    matrix_BF = np.concatenate([np.zeros((len(rows.encoded), 0)), *columns], axis=1)
    return matrix_BF.astype(np.float32), names, list(range(len(coded)))


def _out_of_fold(
    matrix_KF: npt.NDArray[np.float32],
    is_other_K: npt.NDArray[np.bool_],
    fold_K: npt.NDArray[np.int64],
    categories: list[int],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """Scores [K] of trees that did not see the row's fold, and the gain [F] of the columns over all folds."""
    import lightgbm

    score_K = np.zeros(len(is_other_K), dtype=np.float32)
    gain_F = np.zeros(matrix_KF.shape[1])
    for fold in range(FOLDS):
        held_K = fold_K == fold
        if not held_K.any() or held_K.all():
            continue
        data = lightgbm.Dataset(matrix_KF[~held_K], is_other_K[~held_K], categorical_feature=categories)
        booster = lightgbm.train(_SETTINGS, data, ROUNDS)
        score_K[held_K] = booster.predict(matrix_KF[held_K], raw_score=True)
        gain_F += booster.feature_importance("gain")
    return score_K, gain_F

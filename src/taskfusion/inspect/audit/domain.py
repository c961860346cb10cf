"""Whether trees can tell the rows of a split from training rows, and by what."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from taskfusion.evaluate.ranking import auc_of
from taskfusion.inspect.audit.rows import AuditRows, low_cardinality
from taskfusion.report.finding.words import make_finding
from taskfusion.run.record.audit import AuditFinding, DomainShift
from taskfusion.trees.domain import domain_chance

MOST_VALUES: Final = 40
DRAWN: Final = 10_000
"""Rows of each side."""

LITTLE, WATCH = 0.6, 0.75
"""AUCs below which splits are alike, and from which they are not."""

NAMED: Final = 0.1
"""Share of the gain from which a column is named."""


def domain_shifts(rows: AuditRows) -> Iterator[DomainShift]:
    """Out-of-fold AUC for every split beside training; a group, such as a user, is in one fold."""
    matrix_BF, names, categories = _matrix(rows)
    if not names:
        return
    generator, cluster_B = np.random.default_rng(0), rows.clusters()
    for split in rows.splits[1:]:
        sides = [np.flatnonzero(rows.of_split(name)) for name in ("train", split)]
        drawn_K = np.concatenate([generator.permutation(side)[:DRAWN] for side in sides])
        is_other_K = rows.of_split(split)[drawn_K]
        told = domain_chance(matrix_BF[drawn_K], is_other_K, categories, 1, cluster_B[drawn_K])
        share_F = told.gain_M / max(told.gain_M.sum(), 1e-12)
        order = sorted(range(len(names)), key=lambda place: -share_F[place])
        yield DomainShift(
            split=split,
            rows=len(drawn_K),
            auc=auc_of(told.chance_N, is_other_K),
            gain={names[place]: float(share_F[place]) for place in order if share_F[place] > 0},
        )


def domain_findings(found: list[DomainShift]) -> Iterator[AuditFinding]:
    """One per split."""
    for one in found:
        is_told = one.auc >= WATCH
        named = [name for name, share in one.gain.items() if share >= NAMED] or list(one.gain)[:1]
        kind = ("domain.told" if named else "domain.told.alone") if is_told else _below(one.auc)
        yield make_finding(
            "watch" if is_told else "fine", kind, {"split": one.split, "auc": one.auc, "features": tuple(named)}
        )


def _below(auc: float) -> str:
    return "domain.alike" if auc < LITTLE else "domain.partly"


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

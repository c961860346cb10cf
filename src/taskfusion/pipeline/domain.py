"""The data of an experiment, weighted for the domain that its model is meant for.

Axes: B rows of a split, N rows of training and validation together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.config.domain import DomainConfig
from taskfusion.config.experiment import Experiment
from taskfusion.data.condition import Mask
from taskfusion.data.dataset import Dataset, MemoryDataset
from taskfusion.data.domain import (
    Weights,
    condition_columns,
    cut_ratios,
    effective_rows,
    importance_weights,
    target_rows,
    weighted,
)
from taskfusion.data.domain_record import DomainShift
from taskfusion.data.layout import InputLayout
from taskfusion.data.prepared import LEARNT_FROM, TITLES, EncodedData, SplitTables, encode_splits
from taskfusion.data.rows import EncodedRows
from taskfusion.evaluate.ranking import auc_of
from taskfusion.pipeline.progress import Progress
from taskfusion.schema.feature import Feature
from taskfusion.schema.schema import NO_GROUP
from taskfusion.trees.domain import DomainRatio, Groups, domain_columns, domain_ratio

FEWEST_ROWS: Final = 100
"""Rows of either domain that a classifier needs."""


def encode_experiment(experiment: Experiment, splits: SplitTables, progress: Progress) -> EncodedData:
    """Encode all splits; training and validation rows are weighted where the experiment names a domain.

    Raises:
        ExperimentError, DataError: as encode_splits; or the domain cannot be estimated, and the message says why.
    """
    targets = {} if experiment.domain is None else target_masks(experiment.domain, experiment.features, splits)
    data = encode_splits(splits, experiment.table_schema, memory_gib=experiment.training.memory_gib)
    if experiment.domain is None:
        return data
    read = set(condition_columns(splits["train"], experiment.domain.target))
    rows = {name: _in_memory(data.splits[name], experiment.training.memory_gib) for name in LEARNT_FROM}
    ratio = _ratio(experiment, data.encoder.layout, rows, targets, read)
    data = _weighted(experiment.domain, data, rows, targets, ratio)
    progress.on_note(str(data.domain))
    return data


def target_masks(domain: DomainConfig, features: Sequence[Feature], splits: SplitTables) -> Mapping[str, Mask]:
    """Rows of the target [B] among the training and the validation rows.

    Raises:
        ExperimentError: the condition is no SQL expression, or there is no feature that it does not read.
        DataError: a column is missing, the condition is not true or false, or a domain has too few rows.
    """
    read = condition_columns(splits["train"], domain.target)
    if all(feature.source in read for feature in features):
        raise ExperimentError(
            f"domain.target reads the columns of all features, so that nothing tells how alike rows are; name another "
            f"condition, or leave the section domain out (found '{domain.target}')"
        )
    found = {name: target_rows(splits[name], domain.target, f"the {TITLES[name]}") for name in LEARNT_FROM}
    of_target = sum(int(mask.sum()) for mask in found.values())
    of_source = sum(len(mask) for mask in found.values()) - of_target
    for what, count in (("satisfy", of_target), ("do not satisfy", of_source)):
        if count < FEWEST_ROWS:
            raise DataError(
                f"domain.target needs at least {FEWEST_ROWS} training and validation rows of either domain, but "
                f"{count:,} {what} '{domain.target}'; mend the condition, or leave the section domain out"
            )
    return found


def _in_memory(dataset: Dataset, memory_gib: float) -> MemoryDataset:
    if not isinstance(dataset, MemoryDataset):
        raise ExperimentError(
            f"domain needs training and validation rows in memory, but they are larger than training.memory_gib = "
            f"{memory_gib:g}; raise it, or leave the section domain out"
        )
    return dataset


def _weighted(
    domain: DomainConfig,
    data: EncodedData,
    rows: Mapping[str, MemoryDataset],
    targets: Mapping[str, Mask],
    ratio: DomainRatio,
) -> EncodedData:
    """The data with weighted training and validation rows, and with what was found."""
    is_target_N, learned_N = np.concatenate(list(targets.values())), ratio.told.learned_N
    cut_N = cut_ratios(ratio.ratio_N, is_target_N, domain.clip)
    ratios = dict(zip(rows, np.split(cut_N, [rows["train"].num_rows]), strict=True))
    weights = {name: _weights(rows[name], ratios[name], targets[name]) for name in rows}
    known_BT = rows["train"].batch.weight_BT.numpy().astype(np.float64)
    counted = [weight_B[weight_B > 0] for weight_B in (weights["train"] * known_BT).T]
    rest = min(counted, key=lambda weight_K: effective_rows(weight_K) / max(len(weight_K), 1))
    shift = DomainShift(
        target_rows=int(is_target_N.sum()),
        source_rows=int((~is_target_N).sum()),
        auc=auc_of(ratio.told.chance_N[learned_N], is_target_N[learned_N]),
        told_apart=ratio.told_apart,
        largest_weight=float(weights["train"].max(initial=0)),
        effective_rows=effective_rows(rest),
        train_rows=len(rest),
    )
    if not shift.told_apart:
        return replace(data, domain=shift)
    return replace(
        data, domain=shift, splits={**data.splits, **{name: weighted(rows[name], weights[name]) for name in rows}}
    )


def _weights(dataset: MemoryDataset, ratio_B: Weights, is_target_B: Mask) -> Weights:
    """What the labels of all tasks are multiplied by, [B, T]."""
    known_BT = dataset.batch.weight_BT.numpy().astype(np.float64)
    return np.column_stack([importance_weights(ratio_B, is_target_B, known_B) for known_B in known_BT.T])


def _ratio(
    experiment: Experiment,
    layout: InputLayout,
    rows: Mapping[str, MemoryDataset],
    targets: Mapping[str, Mask],
    read: set[str],
) -> DomainRatio:
    """How alike training and validation rows are to the target's, by features that read no such column."""
    hidden = {feature.name for feature in experiment.features if feature.source in read}
    seen = [_without(hidden, layout, dataset.batch.numpy()) for dataset in rows.values()]
    columns = domain_columns(layout, seen[0])
    matrix_NM = np.concatenate([columns.matrix(part) for part in seen])
    is_target_N = np.concatenate([targets[name] for name in rows])
    return domain_ratio(matrix_NM, is_target_N, columns.categories, experiment.training.threads, _groups(seen))


def _groups(seen: Sequence[EncodedRows]) -> Groups | None:
    """Numbers [N] of the groups; a row of no group is one of its own."""
    found = [rows.group_B for rows in seen if rows.group_B is not None]
    if not found:
        return None
    group_N = np.concatenate(found)
    return np.where(group_N == NO_GROUP, np.arange(len(group_N)), group_N)


def _without(features: set[str], layout: InputLayout, rows: EncodedRows) -> EncodedRows:
    """The rows with nothing known of some features."""
    ids_F = np.array([name not in features for name in layout.id_names], bool)
    numeric_N = np.array([name not in features for name in layout.numeric_features], bool)
    bags = zip(layout.bag_names, rows.bags, strict=True)
    return replace(
        rows,
        ids_BF=rows.ids_BF * ids_F.astype(rows.ids_BF.dtype),
        bags=tuple(np.zeros_like(bag) if name in features else bag for name, bag in bags),
        numeric_BN=rows.numeric_BN * numeric_N.astype(rows.numeric_BN.dtype),
    )

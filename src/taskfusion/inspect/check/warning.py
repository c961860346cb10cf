"""What looks wrong about data that training would accept."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from taskfusion.data.label import LabelStatistics
from taskfusion.inspect.check.leak import leak
from taskfusion.inspect.check.profile import Profile
from taskfusion.inspect.check.relation import part_of_the_space
from taskfusion.inspect.check.unread import unread_setting
from taskfusion.inspect.init.column import percent, profile_columns
from taskfusion.inspect.init.entity import with_entities
from taskfusion.inspect.init.experiment import find_ids, find_time
from taskfusion.schema.feature import IdFeature
from taskfusion.schema.split import RandomSplit
from taskfusion.schema.task import BinaryTask, MulticlassTask, RegressionTask

_ROWS = {"train": "training", "validation": "validation", "test": "test"}

FEWEST_LABELS = {"train": 100, "validation": 30, "test": 30}
LEAST_KNOWN_SHARE = 0.01
SHIFT_FACTOR, SHIFT_DEVIATIONS, SHIFT_CLASSES, SHIFT_ERRORS = 1.5, 0.5, 0.1, 4.0
MOST_MISSING, MOST_UNSEEN, MOST_RARE = 0.5, 0.5, 0.5
MOST_LATER, MOST_REPEATED = 0.01, 0.01
LARGE_TABLES = 500_000  # rows of all embedding tables from which dense updates are slow
FEWEST_STEPS = 20


@dataclass(frozen=True)
class Finding:
    """One thing that looks wrong.

    Attributes:
        check: which check found it.
        subject: what it is about, like "task 'click'".
        message: what was seen, and what to do.
    """

    check: str
    subject: str
    message: str


Check = Callable[[Profile], Iterator[tuple[str, str]]]


def find_warnings(profile: Profile) -> list[Finding]:
    """The findings of all checks, in their order."""
    return [
        Finding(check.__name__.strip("_"), subject, message) for check in CHECKS for subject, message in check(profile)
    ]


def _few_labels(profile: Profile) -> Iterator[tuple[str, str]]:
    for index, task in enumerate(profile.experiment.tasks):
        if not isinstance(task, BinaryTask):
            continue
        for name, split in profile.splits.items():
            positives = split.positives[index]
            negatives = split.statistics[index].known - positives
            count, sign = min((positives, "positive"), (negatives, "negative"))
            if count < FEWEST_LABELS[name]:
                effect = "there is little to learn from" if name == "train" else "its metrics are mostly noise"
                yield f"task '{task.name}'", f"{count:,} {sign} labels in the {_ROWS[name]} rows: {effect}"
                break


def _rarely_known(profile: Profile) -> Iterator[tuple[str, str]]:
    for task, found in zip(profile.experiment.tasks, profile.train.statistics, strict=True):
        share = found.known / found.rows
        if share < LEAST_KNOWN_SHARE:
            yield f"task '{task.name}'", f"its label is known in {percent(share)} of the training rows; check its mask"


def _rare_class(profile: Profile) -> Iterator[tuple[str, str]]:
    for task, found in zip(profile.experiment.tasks, profile.train.statistics, strict=True):
        if isinstance(task, MulticlassTask):
            share, name = min(zip(found.class_shares, task.classes, strict=True))
            if share * found.known < FEWEST_LABELS["train"]:
                rows = round(share * found.known)
                yield f"task '{task.name}'", f"{rows:,} training rows of class {name!r}: there is little to learn from"


def _label_shift(profile: Profile) -> Iterator[tuple[str, str]]:
    for index, task in enumerate(profile.experiment.tasks):
        train = profile.train.statistics[index]
        for name, split in profile.splits.items():
            other = split.statistics[index]
            if other.known and _SHIFTS[type(task)](train, other):
                seen = (
                    "the shares of its classes differ"
                    if train.class_shares
                    else f"its mean label is {train.mean:.4g} in the training rows and {other.mean:.4g}"
                )
                between = "between the training and" if train.class_shares else "in"
                yield f"task '{task.name}'", f"{seen} {between} the {name} rows; see whether both are logged alike"
                break


def _rate_shifts(train: LabelStatistics, other: LabelStatistics) -> bool:
    low, high = sorted((train.mean, other.mean))
    return high > SHIFT_FACTOR * low and high - low > SHIFT_ERRORS * _standard_error(train, other)


def _mean_shifts(train: LabelStatistics, other: LabelStatistics) -> bool:
    gap = abs(train.mean - other.mean)
    return gap > SHIFT_DEVIATIONS * train.std and gap > SHIFT_ERRORS * _standard_error(train, other)


def _standard_error(train: LabelStatistics, other: LabelStatistics) -> float:
    """Of the difference of the means, were the labels of both alike."""
    return train.std * math.sqrt(1 / train.known + 1 / other.known)


def _classes_shift(train: LabelStatistics, other: LabelStatistics) -> bool:
    """By the total variation distance, of which chance gives about sqrt(classes / rows)."""
    distance = sum(abs(a - b) for a, b in zip(train.class_shares, other.class_shares, strict=True)) / 2
    rows = min(train.known, other.known)
    return distance > SHIFT_CLASSES and distance > SHIFT_ERRORS * math.sqrt(len(train.class_shares) / rows)


_SHIFTS: dict[type[Any], Callable[[LabelStatistics, LabelStatistics], bool]] = {
    BinaryTask: _rate_shifts,
    RegressionTask: _mean_shifts,
    MulticlassTask: _classes_shift,
}


def _untrained_task(profile: Profile) -> Iterator[tuple[str, str]]:
    for task in profile.experiment.tasks:
        if task.loss_weight == 0:
            yield f"task '{task.name}'", "its loss_weight is 0, so it is evaluated but not learned"


def _constant_feature(profile: Profile) -> Iterator[tuple[str, str]]:
    for feature in profile.experiment.features:
        count = profile.train.features[feature.name]
        if count.missing == count.rows:
            yield f"feature '{feature.name}'", "it has no value in any training row; leave it out"
        elif count.is_constant and count.unseen_share <= MOST_RARE:
            yield f"feature '{feature.name}'", "it is the same in all training rows; leave it out"


def _missing_feature(profile: Profile) -> Iterator[tuple[str, str]]:
    for feature in profile.experiment.features:
        share = profile.train.features[feature.name].missing_share
        if MOST_MISSING < share < 1:
            yield f"feature '{feature.name}'", f"it has no value in {percent(share)} of the training rows"


def _nearly_unique(profile: Profile) -> Iterator[tuple[str, str]]:
    for feature in profile.experiment.features:
        if not isinstance(feature, IdFeature) or feature.share_with is not None or feature.hash_buckets is not None:
            continue
        count, codes = profile.train.features[feature.name], profile.codes(feature.name) or 0
        if count.unseen_share > MOST_RARE:
            yield (
                f"feature '{feature.name}'",
                f"{percent(count.unseen_share)} of its training values occur less than min_count = "
                f"{feature.min_count} times and share one code; set hash_buckets, or leave it out",
            )
        elif count.values and codes > MOST_RARE * count.values:
            yield (
                f"feature '{feature.name}'",
                f"it has {codes:,} codes for {count.values:,} training values, so that most are seen once; raise "
                f"min_count, or set hash_buckets",
            )


def _unseen_feature(profile: Profile) -> Iterator[tuple[str, str]]:
    for feature in profile.experiment.features:
        share = profile.splits["validation"].features[feature.name].unseen_share
        if share > MOST_UNSEEN and profile.train.features[feature.name].unseen_share <= MOST_RARE:
            yield (
                f"feature '{feature.name}'",
                f"{percent(share)} of its validation values never occur in training, or less than min_count times; "
                f"a feature that changes with time, or ids that do not come back, cannot be learned",
            )


def _time_overlap(profile: Profile) -> Iterator[tuple[str, str]]:
    train, validation = profile.train.sample, profile.splits["validation"].sample
    columns = profile_columns(train)
    time = find_time(with_entities(columns, train, find_ids(columns)), None)
    if time is None or time not in validation.columns or train[time].dtype != validation[time].dtype:
        return
    share = float((train[time] > validation[time].min()).to_numpy().mean())
    if share > MOST_LATER:
        data = profile.experiment.data
        cut = "split at random" if data is not None and isinstance(data.split, RandomSplit) else "split"
        yield (
            "data",
            f"{percent(share)} of the training rows are later than the first validation row by '{time}' ({cut}), so "
            f"that metrics come out too good for rows yet to come; split by time where that matters",
        )


def _repeated_rows(profile: Profile) -> Iterator[tuple[str, str]]:
    train, validation = profile.train.row_hashes, profile.splits["validation"].row_hashes
    share = float(validation.is_in(train.implode()).to_numpy().mean()) if len(validation) else 0.0
    if share > MOST_REPEATED:
        yield "data", f"{percent(share)} of the distinct validation rows stand in the training rows too, cell by cell"


def _group_without_pairs(profile: Profile) -> Iterator[tuple[str, str]]:
    group = profile.experiment.group
    for record in profile.splits["validation"].records:
        groups = record["groups"]
        if groups is None or not record["rows"]["used"]:
            continue
        if groups["used"] + groups["dropped"] == record["rows"]["used"]:
            yield (
                f"group '{group}'",
                "each of its values has one validation row, so that there is no GAUC; name the user",
            )
            return
        if not groups["used"]:
            yield (
                f"task '{record['task']}'",
                f"no value of '{group}' has both labels in validation, so there is no GAUC",
            )


def _costly_tables(profile: Profile) -> Iterator[tuple[str, str]]:
    embedding = profile.experiment.embedding
    if embedding.tables != "shared":
        yield (
            "embedding",
            f"tables {embedding.tables}: {profile.table_weights:,} parameters, {profile.own_table_weights:,} of them "
            f"in tables of {profile.model.inputs.num_inputs} units' own; own_features and own_dim make these fewer",
        )
    if embedding.update == "dense" and profile.num_codes > LARGE_TABLES:
        yield (
            "embedding",
            f"each step updates all {profile.num_codes:,} rows of the tables; update: adagrad or rowwise-adagrad "
            f"touches only those of the batch",
        )


def _few_steps(profile: Profile) -> Iterator[tuple[str, str]]:
    if profile.steps_per_epoch < FEWEST_STEPS:
        size = profile.experiment.training.batch_size
        yield "training", f"an epoch has {profile.steps_per_epoch} steps of {size:,} rows; lower batch_size"


def _no_cuda(profile: Profile) -> Iterator[tuple[str, str]]:
    if profile.experiment.training.device == "cuda" and not torch.cuda.is_available():
        yield "training", "device is cuda, and this machine has none, so that training would fail here"


CHECKS: tuple[Check, ...] = (
    _few_labels,
    _rare_class,
    _rarely_known,
    _label_shift,
    _untrained_task,
    part_of_the_space,
    _constant_feature,
    _missing_feature,
    _nearly_unique,
    _unseen_feature,
    leak,
    _time_overlap,
    _repeated_rows,
    _group_without_pairs,
    _costly_tables,
    _few_steps,
    unread_setting,
    _no_cuda,
)

"""What looks wrong about data that training would accept."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from taskfusion.data.quantile import without_outliers
from taskfusion.data.rows import CLIP
from taskfusion.inspect.check.leak import leak
from taskfusion.inspect.check.profile import Profile
from taskfusion.inspect.check.relation import part_of_the_space
from taskfusion.inspect.check.request import varies_in_request
from taskfusion.inspect.check.unread import unread_setting
from taskfusion.inspect.init.column import percent, profile_columns
from taskfusion.inspect.init.cut import find_time
from taskfusion.inspect.init.entity import with_entities
from taskfusion.inspect.init.experiment import find_ids
from taskfusion.schema.feature import IdFeature
from taskfusion.schema.split import LastRowsSplit, RandomSplit
from taskfusion.schema.task.table import kind_of

_ROWS = {"train": "training", "validation": "validation", "test": "test"}

FEWEST_LABELS = {"train": 100, "validation": 30, "test": 30}
LEAST_KNOWN_SHARE = 0.01
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
        if not kind_of(task).has_positives:
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
        kind = kind_of(task)
        share, value = min(zip(found.class_shares, kind.values(task), strict=True), default=(math.inf, ""))
        if share * found.known < FEWEST_LABELS["train"]:
            seen = f"{round(share * found.known):,} training rows of {kind.value_name} {value!r}"
            yield f"task '{task.name}'", f"{seen}: there is little to learn from"


def _label_shift(profile: Profile) -> Iterator[tuple[str, str]]:
    for index, task in enumerate(profile.experiment.tasks):
        train = profile.train.statistics[index]
        for name, split in profile.splits.items():
            other = split.statistics[index]
            if other.known and kind_of(task).shifts(train, other):
                seen = (
                    f"the shares of its {kind_of(task).value_names} differ"
                    if train.class_shares
                    else f"its mean label is {train.mean:.4g} in the training rows and {other.mean:.4g}"
                )
                between = "between the training and" if train.class_shares else "in"
                yield f"task '{task.name}'", f"{seen} {between} the {name} rows; see whether both are logged alike"
                break


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


def _far_number(profile: Profile) -> Iterator[tuple[str, str]]:
    for encoder in profile.encoder.numeric:
        typical = without_outliers(encoder.quantiles)
        if len(typical) < len(encoder.quantiles):
            ends = encoder.quantiles[0], encoder.quantiles[-1]
            far = [number for number in ends if number not in (typical[0], typical[-1])]
            yield (
                f"feature '{encoder.feature.name}'",
                f"numbers such as {far[0]:g} are far from all others, {typical[0]:g} to {typical[-1]:g}, and count as "
                f"{CLIP:g} standard deviations; make them null where they stand for a missing value",
            )


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
    data = profile.experiment.data
    if data is not None and isinstance(data.split, LastRowsSplit):  # of each user by itself
        return
    train, validation = profile.train.sample, profile.splits["validation"].sample
    columns = profile_columns(train)
    time = find_time(with_entities(columns, train, find_ids(columns)), None)
    if time is None or time not in validation.columns or train[time].dtype != validation[time].dtype:
        return
    share = float((train[time] > validation[time].min()).to_numpy().mean())
    if share > MOST_LATER:
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
        groups = record.groups
        if groups is None or not record.rows.used:
            continue
        if groups.used + groups.dropped == record.rows.used:
            yield (
                f"group '{group}'",
                "each of its values has one validation row, so that there is no GAUC; name the user",
            )
            return
        if not groups.used:
            yield (
                f"task '{record.task}'",
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
    varies_in_request,
    _constant_feature,
    _missing_feature,
    _far_number,
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

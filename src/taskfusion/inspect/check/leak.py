"""Features that know too much of a label."""

from collections.abc import Iterator

import polars as pl

from taskfusion.data.encode import encode_examples
from taskfusion.inspect.check.profile import Profile
from taskfusion.inspect.init.column import percent
from taskfusion.inspect.leakage import NEARLY_ALL, Implication, find_implications, find_leaks


def leak(profile: Profile) -> Iterator[tuple[str, str]]:
    """Features that alone predict a label almost perfectly, or one of whose values does; each with what was seen."""
    rows = encode_examples(profile.train.sample, profile.encoder, profile.experiment.table_schema)
    found: dict[str, list[str]] = {}
    leaks = find_leaks(rows, profile.encoder.layout, profile.experiment.tasks)
    for one in leaks:
        found.setdefault(one.feature, []).append(f"'{one.task}' ({one.metric} {one.value:.3f})")
    for feature, tasks in found.items():
        yield (
            f"feature '{feature}'",
            f"it looks like a leak: alone it predicts {', '.join(tasks)}; leave it out unless it is known before the "
            f"outcome",
        )
    seen = {(one.feature, one.task) for one in leaks}
    for implied in find_implications(rows, profile.encoder.layout, profile.experiment.tasks):
        if (implied.feature, implied.task) not in seen:
            yield f"feature '{implied.feature}'", _implication(implied, profile)


def _implication(found: Implication, profile: Profile) -> str:
    """What a value tells of a label, for people."""
    source = next(feature.source for feature in profile.experiment.features if feature.name == found.feature)
    values = profile.train.sample[source].filter(pl.Series(found.rows_B))
    is_one = not values.dtype.is_nested() and values.n_unique() == 1
    where = f"where it is {_value(values[0])}" if is_one else "where it has one of its values"
    if found.positives >= NEARLY_ALL:
        seen = f"{percent(found.positives)} of the positives of '{found.task}' are {where}"
    else:
        seen = f"{where}, '{found.task}' is positive in {percent(found.rate)} of the rows"
    return (
        f"it looks like a leak: {seen}, and these are {percent(found.share)} of all rows; leave it out unless it is "
        f"known before the outcome"
    )


def _value(value: object) -> str:
    return "missing" if value is None else f"{value!s:.40}"

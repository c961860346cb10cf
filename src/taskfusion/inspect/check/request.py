"""Features of the role user or context that differ between the candidates of one request."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from taskfusion.data.table import collect
from taskfusion.inspect.check.profile import FIRST_ROWS, SAMPLE_ROWS, Profile
from taskfusion.inspect.init.column import percent, profile_columns
from taskfusion.inspect.init.cut import find_time
from taskfusion.inspect.init.entity import with_entities
from taskfusion.inspect.init.experiment import find_ids
from taskfusion.schema.feature import Feature

LEAST_REQUESTS: Final = 30
MOST_VARYING: Final = 0.25
"""Of the requests: two of one user at the same time are taken for one, so that a few always vary."""


def varies_in_request(profile: Profile) -> Iterator[tuple[str, str]]:
    """Rows of one user at one time are the candidates of one request, and what a request says is the same in all."""
    for name, share in varying(
        profile.experiment.group, profile.experiment.features, profile.train.sample, profile.first_rows
    ).items():
        yield (
            f"feature '{name}'",
            f"it differs between rows of one user at one time in {percent(share)} of the requests, so that it is not "
            f"of the user or the context alone; give it the role candidate, or item where each item has one value",
        )


def varying_in_table(group: str | None, features: Sequence[Feature], frame: pl.LazyFrame) -> Iterator[str]:
    """The same of the first rows of a table, in whole sentences, for a model that is trained already.

    Args:
        group: column of the users.
        features: of the model.
        frame: the training table.

    Raises:
        DataError: it cannot be read.
    """
    rows = collect(frame.head(FIRST_ROWS), "the training table")
    for name, share in varying(group, features, rows.gather_every(-(-len(rows) // SAMPLE_ROWS)), rows).items():
        yield (
            f"feature '{name}' differs between rows of one user at one time in {percent(share)} of the requests, so "
            f"that candidates of one request are scored with one value of it where they have several; give it the role "
            f"candidate, or item where each item has one value, and train again"
        )


def varying(
    group: str | None, features: Sequence[Feature], sample: pl.DataFrame, rows: pl.DataFrame
) -> Mapping[str, float]:
    """Share of the requests of several rows in which a feature has several values, of those where it is large.

    Args:
        group: column of the users.
        features: of the model.
        sample: rows that tell which column is a time.
        rows: neighbours in the log.
    """
    columns = profile_columns(sample)
    time = find_time(with_entities(columns, sample, find_ids(columns)), None)
    named = {f.name: f.source for f in features if f.role in ("user", "context") and f.source not in (group, time)}
    if group is None or time is None or not named or _is_of_days(sample[time]):
        return {}
    several = rows.group_by(group, time).agg(
        pl.len().alias("rows"),
        *(pl.col(source).n_unique().alias(f"feature {name}") for name, source in named.items()),
    )
    requests = several.filter((pl.col("rows") > 1) & pl.all_horizontal(pl.col(group, time).is_not_null()))
    if len(requests) < LEAST_REQUESTS:
        return {}
    shares = {name: float((requests[f"feature {name}"] > 1).mean() or 0) for name in named}  # type: ignore[arg-type]
    return {name: share for name, share in shares.items() if share > MOST_VARYING}


def _is_of_days(time: pl.Series) -> bool:
    """Whether a time is a date, on which a user may send many requests."""
    if time.dtype == pl.Datetime:
        return bool((time == time.dt.truncate("1d")).all())
    return not time.dtype.is_numeric()

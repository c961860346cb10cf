"""Features of the role user or context that differ between the candidates of one request."""

from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from taskfusion.inspect.check.profile import Profile
from taskfusion.inspect.init.column import percent, profile_columns
from taskfusion.inspect.init.cut import find_time
from taskfusion.inspect.init.entity import with_entities
from taskfusion.inspect.init.experiment import find_ids

LEAST_REQUESTS: Final = 30
MOST_VARYING: Final = 0.25
"""Of the requests: two of one user at the same time are taken for one, so that a few always vary."""


def varies_in_request(profile: Profile) -> Iterator[tuple[str, str]]:
    """Rows of one user at one time are the candidates of one request, and what a request says is the same in all."""
    for name, share in varying(profile).items():
        yield (
            f"feature '{name}'",
            f"it differs between rows of one user at one time in {percent(share)} of the requests, so that it is not "
            f"of the user or the context alone; give it the role candidate, or item where each item has one value",
        )


def varying(profile: Profile) -> Mapping[str, float]:
    """Share of the requests of several rows in which a feature has several values, of those where it is large."""
    group, train = profile.experiment.group, profile.train.sample
    columns = profile_columns(train)
    time = find_time(with_entities(columns, train, find_ids(columns)), None)
    features = {f.name: f.source for f in profile.experiment.features if f.role in ("user", "context")}
    features = {name: source for name, source in features.items() if source not in (group, time)}
    if group is None or time is None or not features or _is_of_days(train[time]):
        return {}
    several = profile.first_rows.group_by(group, time).agg(
        pl.len().alias("rows"),
        *(pl.col(source).n_unique().alias(f"feature {name}") for name, source in features.items()),
    )
    requests = several.filter((pl.col("rows") > 1) & pl.all_horizontal(pl.col(group, time).is_not_null()))
    if len(requests) < LEAST_REQUESTS:
        return {}
    shares = {name: float((requests[f"feature {name}"] > 1).mean() or 0) for name in features}  # type: ignore[arg-type]
    return {name: share for name, share in shares.items() if share > MOST_VARYING}


def _is_of_days(time: pl.Series) -> bool:
    """Whether a time is a date, on which a user may send many requests."""
    if time.dtype == pl.Datetime:
        return bool((time == time.dt.truncate("1d")).all())
    return not time.dtype.is_numeric()

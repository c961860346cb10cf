"""A request says the same of all its candidates; what does not is named."""

from collections.abc import Mapping
from datetime import date

import polars as pl
import pytest

from sound_log import FEATURES, changing, sound_experiment, split_tables, warn
from taskfusion.inspect.check.profile import Profile, profile_experiment
from taskfusion.inspect.check.request import varying, varying_in_table

NUMBER = pl.int_range(pl.len()) // 4
REQUESTS = changing(user=NUMBER % 40, time=pl.col("time").min() + 10 * NUMBER)
SAME = {"age": pl.col("age").first().over("time"), "tags": pl.col("tags").first().over("time")}


def _varying(profile: Profile) -> Mapping[str, float]:
    experiment = profile.experiment
    return varying(experiment.group, experiment.features, profile.train.sample, profile.first_rows)


def test_a_model_that_is_trained_already_is_told_in_whole_sentences() -> None:
    table = split_tables()["train"].pipe(REQUESTS).with_columns(tags=SAME["tags"])
    experiment = sound_experiment({})
    (found,) = varying_in_table(experiment.group, experiment.features, table.lazy())
    assert found.startswith("feature 'age' differs between rows of one user at one time in ")
    assert not list(varying_in_table(experiment.group, experiment.features, table.with_columns(**SAME).lazy()))


def test_the_share_is_of_the_requests_of_several_rows() -> None:
    first = {name: table.pipe(REQUESTS).with_columns(**SAME) for name, table in split_tables().items()}
    every = pl.when((NUMBER % 2 == 0) & (pl.int_range(pl.len()) % 4 == 0)).then(0.0).otherwise("age")
    tables = {name: table.with_columns(age=every).lazy() for name, table in first.items()}
    assert _varying(profile_experiment(sound_experiment({}), tables)) == {"age": 0.5}


def test_a_feature_that_differs_between_candidates_is_named() -> None:
    same = {"all_parts": lambda table: REQUESTS(table).with_columns(tags=SAME["tags"])}
    found = [one for one in warn(**same) if one.check == "varies_in_request"]
    assert [one.subject for one in found] == ["feature 'age'"]
    assert "give it the role candidate" in found[0].message
    as_candidate = [*FEATURES[:2], {**FEATURES[2], "role": "candidate"}, FEATURES[3]]
    assert not [one for one in warn({"features": as_candidate}, **same) if one.check == "varies_in_request"]


@pytest.mark.parametrize("as_days", [pl.Date, pl.Datetime("ms"), pl.String])
def test_a_day_is_no_request(as_days: pl.DataType) -> None:
    days = (pl.lit(date(2026, 1, 1)) + pl.duration(days=NUMBER // 100)).cast(pl.Date).cast(as_days)
    tables = {name: REQUESTS(table).with_columns(time=days).lazy() for name, table in split_tables().items()}
    assert _varying(profile_experiment(sound_experiment({}), tables)) == {}


def test_single_rows_are_no_requests() -> None:
    tables = {name: table.lazy() for name, table in split_tables().items()}
    assert _varying(profile_experiment(sound_experiment({}), tables)) == {}
    assert _varying(profile_experiment(sound_experiment({"group": None}), tables)) == {}

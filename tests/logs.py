"""Small logs as people have them."""

import numpy as np
import polars as pl


def ads_log(rows: int = 3000, seed: int = 0) -> pl.DataFrame:
    """Impressions of ads, in order of time, with every trap that a guess should see."""
    rng = np.random.default_rng(seed)
    user, item = rng.integers(0, 120, rows), rng.integers(0, 60, rows)
    likes = rng.normal(size=120)[user] + rng.normal(size=60)[item]
    click = rng.random(rows) < 1 / (1 + np.exp(1 - likes))
    conversion = click & (rng.random(rows) < 0.15)
    words = np.array(["Action", "Comedy", "Drama", "Horror"])
    genres = ["|".join(words[chosen]) if chosen.any() else None for chosen in rng.random((60, 4)) < 0.5]
    day = np.sort(rng.integers(1, 29, rows))
    return pl.DataFrame(
        {
            "event_date": [f"2024-01-{d:02d}" for d in day],
            "session id": [f"s{k:05d}" for k in np.sort(rng.integers(0, rows // 2, rows))],
            "customer_id": [f"c{k}" for k in user],
            "ad_id": item + 10**9,
            "campaign_id": item // 10,
            "ad_price": np.exp(1.5 * rng.normal(size=60))[item].round(2),
            "genres": [genres[i] for i in item],
            "position": rng.integers(1, 9, rows),
            "is_mobile": rng.integers(0, 2, rows),
            "recent_ads": [" ".join(str(i + 10**9) for i in seen) for seen in rng.integers(0, 60, (rows, 3))],
            "customer_ctr_7d": rng.random(120)[user],
            "market": ["one"] * rows,
            "nothing": pl.Series([None] * rows, dtype=pl.Int32),
            "pred_ctr": rng.random(rows),
            "sample_weight": rng.random(rows),
            "click": click.astype(int),
            "click_time": ["2024-02-01 10:00:00" if c else None for c in click],
            "conversion": conversion,
            "dwell_seconds": np.where(click, rng.exponential(30, rows), 0.0),
            "revenue": np.where(conversion, np.exp(3 + rng.normal(size=rows)), 0.0),
            "subscribed": np.where(rng.random(rows) < 0.2, "yes", "no"),
            "hate": (np.arange(rows) % 100 == 0).astype(int),
        }
    )


def ratings(rows: int = 2000, seed: int = 0) -> pl.DataFrame:
    """Ratings of films, as in MovieLens."""
    rng = np.random.default_rng(seed)
    user, item = rng.integers(0, 80, rows), rng.integers(0, 50, rows)
    return pl.DataFrame(
        {
            "userId": user + 1,
            "movieId": item * 7 + 3,
            "rating": np.clip(rng.normal(3 + rng.normal(size=80)[user], 1), 0.5, 5).round(1),
            "timestamp": rng.integers(1_000_000_000, 1_040_000_000, rows),
        }
    )


def sittings(users: int = 60, rows: int = 40, seed: int = 0) -> pl.DataFrame:
    """Ratings that every user gives in one sitting, as most in MovieLens 100K."""
    rng = np.random.default_rng(seed)
    user, item = np.repeat(np.arange(users), rows), rng.integers(0, 50, users * rows)
    return pl.DataFrame(
        {
            "user": user + 1,
            "item": item,
            "rating": rng.integers(1, 6, users * rows),
            "timestamp": 880_000_000 + user * 10_000 + np.tile(np.arange(rows), users) * 40,
        }
    )


def flights(rows: int = 3000, seed: int = 0) -> pl.DataFrame:
    """Departures in the form of nycflights13: a plan, what came of it, and gaps where a flight was cancelled."""
    rng = np.random.default_rng(seed)
    day, hour, minute = np.sort(rng.integers(0, 200, rows)), rng.integers(5, 23, rows), rng.integers(0, 60, rows)
    cancelled = rng.random(rows) < 0.04
    late = np.round(rng.exponential(20, rows) - 10 + hour)
    moment = pl.Series(day, dtype=pl.Int64) * 86_400 + hour * 3600

    def known(values: np.ndarray) -> pl.Series:
        return pl.Series(np.where(cancelled, np.nan, values)).fill_nan(None).cast(pl.Int64)

    return pl.DataFrame(
        {
            "year": 2013,
            "dep_time": known(hour * 100 + minute + late),
            "sched_dep_time": hour * 100 + minute,
            "dep_delay": known(late),
            "arr_delay": known(late + rng.normal(0, 12, rows)),
            "carrier": rng.choice(["AA", "UA", "DL"], rows),
            "flight": rng.integers(1, 300, rows),
            "tailnum": [f"N{k}" for k in rng.integers(0, 200, rows)],
            "air_time": known(rng.normal(150, 40, rows)),
            "distance": rng.integers(100, 2500, rows),
            "time_hour": pl.from_epoch(moment + 1_356_998_400).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )

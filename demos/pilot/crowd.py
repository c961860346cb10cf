"""Users of the simulated feed: they ask for videos, look at the first ones of the answer, and do what is true of them.

A day has two dates. `time` is that of the logs and lies in the past, since a watch believes no clock that is ahead of
its own. `day` is that of the pilot's calendar and lies ahead, since a stage of a ramp begins tomorrow. Both are whole
weeks apart. Users live all over the world: the hour that a request tells is that of the user, not of the log.

Axes: V visits of a day, C candidates of a visit, S of them that are looked at, N impressions, T tasks.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.datasets.simulate.feed import Feed, prepare_feed
from taskfusion.datasets.simulate.outcome import draw_outcomes
from taskfusion.datasets.simulate.settings import TASKS, FeedSettings, IntArray
from taskfusion.datasets.simulate.world import CONTEXTS, Rows, centred_logits, draw_items, draw_rows

SHOWN: Final = 5
"""Videos that a user looks at, of those that were ranked."""

_AHEAD: Final = timedelta(weeks=26)
"""That the pilot's calendar is ahead of the clock of the logs."""


@dataclass(frozen=True, eq=False)
class Visits:
    """Visits of one day, in order of time.

    Attributes:
        day: number of the day; day 0 is today.
        rows: who comes, when and where; the item is none that counts.
        item_VC: candidates, as positions in the world's items.
        ids: of the requests [V].
        moments: of the requests, by the clock of the logs [V].
        bodies: of the requests [V].
    """

    day: int
    rows: Rows
    item_VC: IntArray
    ids: list[str]
    moments: list[datetime]
    bodies: list[bytes]


class Crowd:
    """All users.

    Args:
        settings: of the feed that models were trained on.
        today: date of day 0 in the pilot's calendar.
        visits: on each day.
        candidates: of each visit.
    """

    def __init__(self, settings: FeedSettings, today: date, *, visits: int, candidates: int) -> None:
        self._settings, self._today = settings, today
        self._visits, self._candidates = visits, candidates
        self._feed: Feed = prepare_feed(settings)
        self._users: list[dict[str, Any]] = self._feed.user_columns.to_pylist()
        self._items: list[dict[str, Any]] = self._feed.world.items.columns.to_pylist()

    @property
    def items(self) -> pl.DataFrame:
        """The table of items, one row per item."""
        return pl.DataFrame(self._feed.world.items.columns)

    def date(self, day: int) -> date:
        """The date of a day in the pilot's calendar."""
        return self._today + timedelta(days=day)

    def visits(self, day: int) -> Visits:
        """Who comes on a day, and what could be shown; the same whenever it is asked for."""
        rng, world = self._rng(day, 0), self._feed.world
        found = draw_rows(world, self._settings, rng.random(self._visits) / self._settings.days, rng)
        found = replace(found, user=rng.integers(0, len(self._users), self._visits))  # each as often as any other
        item_VC = draw_items(world, np.repeat(found.user, self._candidates), rng).reshape(self._visits, -1)
        midnight = datetime.combine(self.date(day) - _AHEAD, datetime.min.time(), UTC)
        return Visits(
            day,
            found,
            item_VC,
            ids=[f"day{day:+04d}-{number:06d}" for number in range(self._visits)],
            moments=[midnight + timedelta(days=one) for one in np.sort(rng.random(self._visits)).tolist()],
            bodies=[self._body(found, place, items) for place, items in enumerate(item_VC.tolist())],
        )

    def outcomes(self, visits: Visits, order_VS: npt.NDArray[np.int64]) -> pl.DataFrame:
        """What users do with what they look at; the same with the same video, whoever ranked it.

        Args:
            visits: of a day.
            order_VS: places of the videos that are looked at among the candidates of each visit; -1: none is.

        Returns:
            N rows, one per impression.
        """
        num_visits, num_candidates = visits.item_VC.shape
        every = np.arange(num_visits).repeat(num_candidates)
        rows = Rows(
            days=visits.rows.days[every],
            user=visits.rows.user[every],
            item=visits.item_VC.ravel(),
            context={name: level[every] for name, level in visits.rows.context.items()},
        )
        logits = centred_logits(self._feed.world, rows) + self._feed.bases
        labels = draw_outcomes(logits, self._rng(visits.day, 1)).labels
        visit_N, place_N = np.nonzero(order_VS >= 0)[0], order_VS[order_VS >= 0]
        chosen_N = visit_N * num_candidates + place_N
        table = pl.DataFrame(
            {
                "id": [visits.ids[visit] for visit in visit_N.tolist()],
                "candidate": [str(self._items[item]["item_id"]) for item in rows.item[chosen_N].tolist()],
                "user_id": [self._users[user]["user_id"] for user in rows.user[chosen_N].tolist()],
                "time": [visits.moments[visit] for visit in visit_N.tolist()],
                "day": [self.date(visits.day)] * len(visit_N),
                **{task: labels[chosen_N, place] for place, task in enumerate(TASKS)},
            }
        )
        return table.with_columns(pl.col(task).cast(pl.Int8) for task in TASKS if task != "watch_ratio")

    def features(self, visits: Visits, order_VS: npt.NDArray[np.int64]) -> pl.DataFrame:
        """What was known of each impression when it was ranked; rows [N] as of outcomes."""
        visit_N, place_N = np.nonzero(order_VS >= 0)[0], order_VS[order_VS >= 0]
        found = []
        for visit, place in zip(visit_N.tolist(), place_N.tolist(), strict=True):
            item = int(visits.item_VC[visit, place])
            found.append(self._request(visits.rows, visit) | self._items[item] | {"item_age_days": self._age(item)})
        return pl.DataFrame(found, infer_schema_length=None)

    def _request(self, rows: Rows, visit: int) -> dict[str, Any]:
        levels = {name: list(CONTEXTS[name])[int(rows.context[name][visit])] for name in CONTEXTS}
        return self._users[int(rows.user[visit])] | {"hour": int(rows.context["hour"][visit]), **levels}

    def _body(self, rows: Rows, visit: int, items: list[int]) -> bytes:
        """A request, as the app sends it."""
        candidates = [{"id": self._items[one]["item_id"], "item_age_days": self._age(one)} for one in items]
        return json.dumps({"request": self._request(rows, visit), "candidates": candidates, "top": SHOWN}).encode()

    def _age(self, item: int) -> float:
        """Of an item on the last day of training, and on every later day: new videos take the place of old ones."""
        return round(float(self._feed.world.items.age_days[item]) + self._settings.days - 1, 3)

    def _rng(self, day: int, stream: int) -> np.random.Generator:
        return np.random.default_rng([self._settings.seed, day + 1_000, stream])

"""The users of the simulated feed: they ask for videos, look at the first ones of the answer, and do what is true of them.

Axes: V visits of a day, C candidates of a visit, S of them that are looked at, T tasks.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.datasets.simulate.feed import Feed, prepare_feed
from taskfusion.datasets.simulate.outcome import draw_outcomes
from taskfusion.datasets.simulate.settings import TASKS, FeedSettings, IntArray
from taskfusion.datasets.simulate.world import CONTEXTS, Rows, centred_logits, draw_items, draw_rows

SHOWN = 5
"""Videos that a user looks at, of those that were ranked."""

_DAY = timedelta(days=1)
_TOLD = ("tab", "device", "age_band")
"""What the app tells of each impression besides."""


@dataclass(frozen=True)
class Visits:
    """Visits of one day, in order of time.

    Attributes:
        day: number of the day; the first after the feed's training is 0.
        rows: who comes, when and where; the item is none that counts.
        item_VC: candidates, as positions in the world's items.
        ids: of the requests.
        bodies: of the requests.
    """

    day: int
    rows: Rows
    item_VC: IntArray
    ids: list[str]
    bodies: list[bytes]


class Crowd:
    """All users.

    Args:
        settings: of the feed that models were trained on.
        today: date of the day 0.
        visits: on each day.
        candidates: of each visit.
    """

    def __init__(self, settings: FeedSettings, today: date, *, visits: int, candidates: int) -> None:
        self._settings, self._today = settings, today
        self._visits, self._candidates = visits, candidates
        self._feed: Feed = prepare_feed(settings)
        self._users = self._feed.user_columns.to_pylist()
        self._items: list[int] = self._feed.world.items.columns["item_id"].to_pylist()

    @property
    def items(self) -> pl.DataFrame:
        """The table of items, one row per item."""
        found = pl.from_arrow(self._feed.world.items.columns)
        assert isinstance(found, pl.DataFrame)
        return found

    def date(self, day: int) -> date:
        """The date of a day."""
        return self._today + day * _DAY

    def visits(self, day: int) -> Visits:
        """Who comes on a day, and what could be shown."""
        rng = self._rng(day, 0)
        world = self._feed.world
        progress = np.sort(rng.random(self._visits))
        found = draw_rows(world, self._settings, progress / self._settings.days, rng)
        user_VC = np.repeat(found.user, self._candidates)
        item_VC = draw_items(world, user_VC, rng).reshape(self._visits, self._candidates)
        ids = [f"day{day:03d}-{number:06d}" for number in range(self._visits)]
        bodies = [self._body(found, place, items) for place, items in enumerate(item_VC.tolist())]
        return Visits(day, found, item_VC, ids, bodies)

    def outcomes(self, visits: Visits, order_VS: npt.NDArray[np.int64]) -> pl.DataFrame:
        """What users do with what they look at; the same of the same video, whoever ranked it.

        Args:
            visits: of a day.
            order_VS: places of the videos that are looked at among the candidates of each visit; -1: none is.

        Returns:
            One row per impression.
        """
        num_visits, num_candidates = visits.item_VC.shape
        every = np.arange(num_visits).repeat(num_candidates)
        rows = Rows(
            days=visits.rows.days[every],
            user=visits.rows.user[every],
            item=visits.item_VC.ravel(),
            context={name: level[every] for name, level in visits.rows.context.items()},
        )
        rng = self._rng(visits.day, 1)
        labels = draw_outcomes(centred_logits(self._feed.world, rows) + self._feed.bases, rng).labels
        is_asked = rng.random(len(every)) < self._settings.feedback_shown
        visit_N, place_N = np.nonzero(order_VS >= 0)[0], order_VS[order_VS >= 0]
        chosen_N = visit_N * num_candidates + place_N
        return self._log(visits, visit_N, rows.item[chosen_N], labels[chosen_N], is_asked[chosen_N])

    def _log(
        self, visits: Visits, visit_N: IntArray, item_N: IntArray, labels_NT: npt.NDArray[np.float64],
        is_asked_N: npt.NDArray[np.bool_],
    ) -> pl.DataFrame:  # fmt: skip
        midnight = datetime.combine(self.date(visits.day), datetime.min.time(), UTC)
        seconds_V = (visits.rows.days % 1) * 86_400
        known = {task: labels_NT[:, place] for place, task in enumerate(TASKS)}
        told = [self._told(visits.rows, visit) for visit in visit_N.tolist()]
        table = pl.DataFrame(
            {
                "id": [visits.ids[visit] for visit in visit_N.tolist()],
                "candidate": [str(self._items[item]) for item in item_N.tolist()],
                "user_id": [self._users[user]["user_id"] for user in visits.rows.user[visit_N].tolist()],
                "time": [midnight + timedelta(seconds=one) for one in seconds_V[visit_N].tolist()],
                **{name: [one[name] for one in told] for name in _TOLD},
                **known,
                "asked": is_asked_N,
            }
        )
        binary = [pl.col(task).cast(pl.Int8) for task in TASKS if task != "watch_ratio"]
        return table.with_columns(binary).with_columns(pl.when("asked").then("dislike").alias("dislike")).drop("asked")

    def _told(self, rows: Rows, visit: int) -> dict[str, object]:
        context = self._context(rows, visit)
        return {name: context.get(name, self._users[int(rows.user[visit])].get(name)) for name in _TOLD}

    def _context(self, rows: Rows, visit: int) -> dict[str, object]:
        levels = {name: list(CONTEXTS[name])[int(rows.context[name][visit])] for name in CONTEXTS}
        return {"hour": int(rows.context["hour"][visit]), **levels}

    def _body(self, rows: Rows, visit: int, items: list[int]) -> bytes:
        """A request, as the app sends it; ages are those of the last day of training, as new videos replace old ones."""
        world, days = self._feed.world, self._settings.days
        request = self._users[int(rows.user[visit])] | self._context(rows, visit)
        candidates = [
            {"id": self._items[item], "item_age_days": round(float(world.items.age_days[item]) + days - 1, 3)}
            for item in items
        ]
        return json.dumps({"request": request, "candidates": candidates, "top": SHOWN}).encode()

    def _rng(self, day: int, stream: int) -> np.random.Generator:
        return np.random.default_rng([self._settings.seed, 7, day + 1_000, stream])

"""Days go by: users ask the server, and at night both logs are shipped to where a watch and a ramp read them."""

import time
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from demos.pilot.crowd import Crowd, Visits
from demos.pilot.visit import Day, ask_all
from taskfusion.serve.decision.read import read_decisions
from taskfusion.serve.decision.record import PREDICTION, schema_of

_FLUSH_SECONDS: Final = 15
_PAUSE_SECONDS: Final = 0.4
"""That the server has to write what it answered last."""


class Season:
    """The days of a pilot.

    Args:
        crowd: the users.
        folder: with decisions/ of the server; outcomes/ is written there.
        port: of the server.
    """

    def __init__(self, crowd: Crowd, folder: Path, port: int) -> None:
        self._crowd, self._folder, self._port = crowd, folder, port
        self.day: int | None = None
        self.visits = 0
        self._outcomes = folder / "outcomes"
        self._outcomes.mkdir()

    def live(self, day: int, log: Path | None = None) -> Day:
        """One day, from its first visit to the end of the night in which its logs come.

        Args:
            day: number of it.
            log: where its decisions are shipped to; None: nowhere.
        """
        visits = self._crowd.visits(day)
        found = ask_all("127.0.0.1", self._port, visits.ids, visits.bodies)
        if log is not None:
            self._ship(visits, log)
        _write(self._impressions(visits, found.order_VS), self._outcomes / f"day{day:+04d}.parquet")
        self.day = day
        self.visits += len(visits.ids)
        return found

    def shown(self, day: int, order_VS: npt.NDArray[np.int64]) -> pl.DataFrame:
        """Impressions of a day with all that was known of them, and what came of them."""
        return self._impressions(self._crowd.visits(day), order_VS)

    def _impressions(self, visits: Visits, order_VS: npt.NDArray[np.int64]) -> pl.DataFrame:
        features = self._crowd.features(visits, order_VS)
        outcomes = self._crowd.outcomes(visits, order_VS)
        return features.hstack(outcomes.select(pl.exclude(*features.columns)))

    def _ship(self, visits: Visits, log: Path) -> None:
        """Copy the decisions of a day, with their times by the clock of the logs."""
        moments = pl.DataFrame({"id": visits.ids, "moment": visits.moments})
        begun, found = time.monotonic(), pl.DataFrame()
        while time.monotonic() < begun + _FLUSH_SECONDS:
            time.sleep(_PAUSE_SECONDS)
            found = read_decisions(self._folder / "decisions").join(moments.lazy(), on="id").collect()
            if found.filter(pl.col("tier") != "shadow")["id"].n_unique() == len(visits.ids):
                break
        found = found.with_columns(pl.col("moment").cast(pl.Datetime("us", "UTC")).alias("time")).drop("moment")
        names = [name.removeprefix(PREDICTION) for name in found.columns if name.startswith(PREDICTION)]
        log.mkdir(parents=True, exist_ok=True)
        table = found.sort("time").to_arrow().cast(schema_of(names).remove_metadata())
        first = f"{visits.moments[0]:%Y%m%dT%H%M%S.%f}Z"
        temporary = log / f".{first}"
        import pyarrow.parquet as pq

        pq.write_table(table, temporary)
        temporary.rename(log / f"decisions-{first}-1-0.parquet")


def tiers(days: list[Day]) -> Counter[str]:
    """Requests of several days by the tier that answered."""
    return sum((one.tiers for one in days), Counter())


def _write(table: pl.DataFrame, path: Path) -> None:
    temporary = path.with_name(f".{path.name}")
    table.write_parquet(temporary)
    temporary.rename(path)

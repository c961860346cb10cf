"""CPU time of taskfusion pilot analyse on a log of many units: one core, the file read from disk.

Half of the units are in each arm, with a week of history, two weeks of pilot and four looks; half of the KPIs are
counted per row, half per unit.
"""

import argparse
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.__main__ import DOCS, write
from taskfusion.config.charter import Charter, Metric
from taskfusion.config.kpi import Kpi
from taskfusion.pilot.analyse import analyse

START = date(2026, 3, 9)
DAYS, HISTORY = 14, 7


def charter_of(kpis: int) -> tuple[Charter, dict[str, Kpi]]:
    """A charter of so many KPIs: two successes, the others guardrails."""
    names = [f"kpi{place}" for place in range(kpis)]
    metrics = tuple(
        Metric(kpi=name, value=name, per="unit" if place % 2 else "row") for place, name in enumerate(names)
    )
    charter = Charter(
        name="benchmark", metrics=metrics, unit="user", time="time", percent=50, start=START, days=DAYS, looks=4,
        history_days=HISTORY,
    )  # fmt: skip
    found = {
        name: Kpi(
            name=name, meaning=name, unit="each", event=name, delay_days=0, direction="up", least_effect=0.02,
            owner="x", role="success" if place < 2 else "guardrail",
        )
        for place, name in enumerate(names)
    }  # fmt: skip
    return charter, found


def log_of(units: int, rows: int, kpis: int, seed: int) -> pl.DataFrame:
    """Rows of units that come again, each unit once in the pilot at least."""
    random = np.random.default_rng(seed)
    unit = np.concatenate([np.arange(units), random.integers(0, units, max(0, units * rows - units))])
    day = np.concatenate([random.integers(0, DAYS, units), random.integers(-HISTORY, DAYS, len(unit) - units)])
    order = np.argsort(day, kind="stable")
    times = pl.Series(np.asarray(day[order], dtype="timedelta64[D]") + np.datetime64(START + timedelta(0)))
    values = {f"kpi{place}": (random.random(len(unit)) < 0.1 + 0.02 * place).astype(np.int8) for place in range(kpis)}
    return pl.DataFrame({"user": unit[order], "time": times.cast(pl.Date), **values})


def seconds(units: int, rows: int, kpis: int, seed: int = 0) -> tuple[float, int]:
    """CPU seconds of one analysis of all threads, and units that it counted."""
    charter, found = charter_of(kpis)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.parquet"
        log_of(units, rows, kpis, seed).write_parquet(path)
        begun = time.process_time()
        memo = analyse(charter, found, pl.scan_parquet(path), "log")
        return time.process_time() - begun, sum(memo.units.values())


def main() -> None:
    """Measure, and print or write the sentence."""
    parser = argparse.ArgumentParser("benchmarks.pilot_analysis", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--units", type=int, default=1_000_000, help="units in both arms (default: 1000000)")
    parser.add_argument("--kpis", type=int, default=10, help="KPIs (default: 10)")
    parser.add_argument("--rows", type=int, default=5, help="rows per unit, history included (default: 5)")
    parser.add_argument("--repeats", type=int, default=3, help="analyses, of which the median counts (default: 3)")
    parser.add_argument("--write", action="store_true", help="write the sentence into docs/pilot.md")
    given = parser.parse_args()
    taken = [seconds(given.units, given.rows, given.kpis) for _repeat in range(given.repeats)]
    median = sorted(one for one, _units in taken)[len(taken) // 2]
    found = (
        f"{taken[0][1]:,} units, {given.units * given.rows:,} rows, {given.kpis} KPIs, four looks: {median:.1f} CPU "
        f"seconds, the median of {given.repeats} (from {min(taken)[0]:.1f} to {max(taken)[0]:.1f})."
    )
    print(found)
    if given.write:
        write(DOCS / "pilot.md", "pilot-analysis", found)


if __name__ == "__main__":
    main()

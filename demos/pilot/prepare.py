"""What there is before the pilot: a feed, one model per KPI in production, and a candidate of all KPIs."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from demos.pilot.crowd import Crowd
from demos.pilot.program import Programs

FILES: Final = Path(__file__).parent / "files"
TASKS: Final = ("click", "long_view", "watch_ratio", "like")
RUN: Final = "compared/adatt-sp/seed-0"
"""The run that the candidate is exported from."""

KNOWN: Final = {"long_view": 0.05}
"""Share of the labels of a KPI that are known."""


@dataclass(frozen=True)
class Sizes:
    """How large the story is.

    Attributes:
        rows: of the feed.
        visits: on each day.
        candidates: of each visit.
        history: days before the pilot.
        settings: replaced in the experiment.
    """

    rows: int = 200_000
    visits: int = 2_000
    candidates: int = 15
    history: int = 7
    settings: tuple[str, ...] = ()


def make_models(programs: Programs, sizes: Sizes) -> None:
    """Simulate, compare and export what is not there yet.

    Raises:
        FailedError: a command fails.
    """
    folder = programs.folder
    shutil.copy(FILES / "experiment.yaml", folder)
    if not (folder / "feed").is_dir():
        known = [word for task, share in KNOWN.items() for word in ("--known", f"{task}={share:g}")]
        programs.run("simulate", "--rows", str(sizes.rows), *known, "--out", "feed")
    changes = [word for one in sizes.settings for word in ("--set", one)]
    arguments = ("--variants", "adatt-sp,single-task", "--seeds", "1", *changes, "--out", "compared")
    programs.run("compare", "experiment.yaml", *arguments)
    _export(
        programs,
        {"candidate": RUN} | {f"incumbents/{task}": f"compared/single-task/seed-0/{task}" for task in TASKS},
    )


def write_items(crowd: Crowd, folder: Path) -> None:
    """Write the table of items, and the same as another system has it.

    The other system spells categories and tags in capitals and counts authors from 1, not from 0.
    """
    items = crowd.items
    items.write_parquet(folder / "items.parquet")
    renamed = items.with_columns(
        pl.col("category").str.to_uppercase(),
        pl.col("item_tags").list.eval(pl.element().str.to_uppercase()),
        pl.col("author_id") + 1,
    )
    renamed.write_parquet(folder / "items-of-the-new-system.parquet")


def _export(programs: Programs, runs: dict[str, str]) -> None:
    """Export runs that are not exported yet, two at a time."""
    missing = {out: run for out, run in runs.items() if not (programs.folder / out).exists()}

    def export(out: str) -> None:
        programs.run("export", missing[out], "--experiment", "experiment.yaml", "--out", out)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(export, missing))

"""What there is before the pilot: a feed, one model per KPI in production, and one model of all KPIs that wants to be."""

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demos.pilot.crowd import Crowd
from demos.pilot.program import Programs

FILES: Final = Path(__file__).parent / "files"
TASKS: Final = ("click", "long_view", "watch_ratio", "like")
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
    visits: int = 2_500
    candidates: int = 20
    history: int = 7
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loss:
    """Normalised entropy of a KPI on test rows, of both sides."""

    separate: float
    shared: float


def make_models(programs: Programs, sizes: Sizes) -> dict[str, Loss]:
    """Simulate, compare and export what is not there yet; losses by KPI.

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
    found = programs.run("compare", "experiment.yaml", *arguments)
    variants = {one["variant"]: one["tasks"] for one in found["summary"]["variants"]}
    _export(programs, {f"incumbents/{task}": f"compared/single-task/seed-0/{task}" for task in TASKS})
    return {task: Loss(*(_loss(variants[name], task) for name in ("single-task", "adatt-sp"))) for task in TASKS}


def export_candidate(programs: Programs) -> None:
    """Export the model of all KPIs, where that is not done yet.

    Raises:
        FailedError: it fails.
    """
    _export(programs, {"candidate": "compared/adatt-sp/seed-0"})


def write_items(crowd: Crowd, folder: Path) -> None:
    """Write the table of items, and the same as another system has it.

    The other system spells categories and tags otherwise and numbers authors anew, so that no model knows them.
    """
    import polars as pl

    items = crowd.items
    items.write_parquet(folder / "items.parquet")
    renamed = items.with_columns(
        pl.col("category").str.to_uppercase(),
        pl.col("item_tags").list.eval(pl.element().str.to_uppercase()),
        pl.col("author_id") + 1_000_000_000,
    )
    renamed.write_parquet(folder / "items-of-the-new-system.parquet")


def _export(programs: Programs, runs: dict[str, str]) -> None:
    """Export runs that are not exported yet, two at a time."""
    missing = {out: run for out, run in runs.items() if not (programs.folder / out).exists()}

    def export(out: str) -> None:
        programs.run("export", missing[out], "--experiment", "experiment.yaml", "--out", out)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(export, missing))


def _loss(tasks: dict[str, dict[str, dict[str, float | None]]], task: str) -> float:
    metrics = tasks[task]
    name = "normalized_entropy" if "normalized_entropy" in metrics else next(iter(metrics))
    return float(metrics[name]["mean"] or 0.0)


def separate(values: Sequence[Loss]) -> int:
    """How many KPIs the shared model predicts better."""
    return sum(one.shared < one.separate for one in values)

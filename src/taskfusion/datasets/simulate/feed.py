"""A short-video feed whose true probabilities are known, to see what a model could reach at best.

Users with tastes are shown videos, popular ones and those of their interests more often. They click, view long, watch
a part, like, visit the author's profile or dislike. Ids, tags and watch histories tell part of what drives them; the
table holds, beside the drawn labels, what their probability was. Rates and correlations are near KuaiRand-Pure.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from taskfusion.base.errors import DataError
from taskfusion.base.files import atomic_directory
from taskfusion.base.lock import only_writer
from taskfusion.datasets.simulate.outcome import Outcomes, calibrate, draw_outcomes, truth_of
from taskfusion.datasets.simulate.settings import KUAIRAND_RATES, TASKS, TRANSFERS, FeedSettings, FloatArray
from taskfusion.datasets.simulate.world import (
    CONTEXTS,
    Rows,
    World,
    build_world,
    centred_logits,
    draw_items,
    draw_rows,
    generator,
    lists,
)

__all__ = ["KUAIRAND_RATES", "SPLITS", "TASKS", "TRANSFERS", "FeedSettings", "FeedSummary", "simulate_feed"]

SPLITS = ("train", "validation", "test")
DAY_MS = 86_400_000
FIRST_DAY_MS = 20_094 * DAY_MS  # 6 January 2025, a Monday
_CELL_ROWS = 32_768  # rows that share one random generator: changing it changes the feed
_PILOT_ROWS = 65_536
_CANDIDATES, _HISTORY_LENGTH = 60, 20


@dataclass(frozen=True)
class FeedSummary:
    """What was simulated: rows of each split, the mean label of each task over its known labels, and the mean truth."""

    rows: dict[str, int]
    label_means: dict[str, float]
    truth_means: dict[str, float]


def simulate_feed(settings: FeedSettings, out: Path, *, block_rows: int = 262_144) -> FeedSummary:
    """Write train.parquet, validation.parquet and test.parquet, cut between days, in order of time.

    The folder appears once all three are complete. The same settings give the same rows, whatever block_rows is.

    Args:
        settings: the feed's settings.
        out: folder of the three files, new or empty.
        block_rows: rows held in memory at a time and of a row group, rounded up to a multiple of 32,768.

    Raises:
        DataError: the folder holds something already.
        RunError: another process writes it.
        StorageError: it cannot be written.
        ExperimentError: the rates cannot be reached together.
    """
    with only_writer(out):
        return _simulate(settings, out, block_rows)


def _simulate(settings: FeedSettings, out: Path, block_rows: int) -> FeedSummary:
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise DataError(f"a simulated feed needs a new or empty folder, but '{out}' is not: name another one")
    feed = prepare_feed(settings)
    with atomic_directory(out) as folder:
        return _write(feed, folder, block_rows)


@dataclass(frozen=True)
class Feed:
    """All that rows are drawn from."""

    settings: FeedSettings
    world: World
    bases: FloatArray  # [T], added to the logits so that the rates come out
    user_columns: pa.Table


def prepare_feed(settings: FeedSettings) -> Feed:
    world = build_world(settings)
    rng = generator(settings, "pilot")
    pilot = draw_rows(world, settings, rng.random(_PILOT_ROWS), rng)
    bases = calibrate(centred_logits(world, pilot), settings.target_rates)
    history = _watch_histories(settings, world, bases)
    return Feed(settings, world, bases, world.users.columns.append_column("watch_history", history))


def _watch_histories(settings: FeedSettings, world: World, bases: FloatArray) -> pa.ChunkedArray:
    """The last videos that each user viewed long before the first day, oldest first, N lists of item ids."""
    chunks = []
    for start in range(0, settings.num_users, _CELL_ROWS):
        rng = generator(settings, "history", start)
        users = np.arange(start, min(start + _CELL_ROWS, settings.num_users))
        user = users.repeat(_CANDIDATES)
        rows = Rows(days=np.zeros(len(user)), user=user, item=draw_items(world, user, rng), context={})
        viewed = rng.random(len(user)) < truth_of(centred_logits(world, rows) + bases)[:, TASKS.index("long_view")]
        viewed = viewed.reshape(len(users), _CANDIDATES)
        later = viewed[:, ::-1].cumsum(axis=1)[:, ::-1]
        kept = viewed & (later <= _HISTORY_LENGTH)
        names = world.items.columns["item_id"].combine_chunks()
        chunks.append(lists(rows.item.reshape(len(users), _CANDIDATES), kept, names))
    return pa.chunked_array(chunks)


def _write(feed: Feed, folder: Path, block_rows: int) -> FeedSummary:
    """Write the three files to the folder, a block at a time."""
    days, held_out = feed.settings.days, feed.settings.held_out_days
    rows = dict.fromkeys(SPLITS, 0)
    sums = np.zeros((3, len(TASKS)))
    with ExitStack() as stack:
        writers: dict[str, pq.ParquetWriter] = {}
        for table in _blocks(feed, max(1, -(-block_rows // _CELL_ROWS))):
            if not writers:
                for split in SPLITS:
                    file = pq.ParquetWriter(folder / f"{split}.parquet", table.schema, compression="zstd")
                    writers[split] = stack.enter_context(file)
            cuts = np.searchsorted(table["day"].to_numpy(), [days - 2 * held_out, days - held_out])
            bounds = [0, *cuts.tolist(), table.num_rows]
            for split, low, high in zip(SPLITS, bounds, bounds[1:], strict=False):
                if high > low:
                    writers[split].write_table(table.slice(low, high - low), row_group_size=high - low)
                rows[split] += high - low
            for position, task in enumerate(TASKS):
                known = pc.sum(pc.cast(table[task], pa.float64())).as_py() or 0.0
                count = table.num_rows - table[task].null_count
                sums[:, position] += known, count, table[f"true_{task}"].to_numpy().sum(dtype=np.float64)
    return FeedSummary(
        rows=rows,
        label_means=dict(zip(TASKS, (sums[0] / sums[1]).tolist(), strict=True)),
        truth_means=dict(zip(TASKS, (sums[2] / feed.settings.rows).tolist(), strict=True)),
    )


def _blocks(feed: Feed, cells_per_block: int) -> Iterator[pa.Table]:
    """The feed in order of time, as tables of so many cells."""
    cells = range(0, feed.settings.rows, _CELL_ROWS)
    for first in range(0, len(cells), cells_per_block):
        yield pa.concat_tables([_cell(feed, start) for start in cells[first : first + cells_per_block]])


def _cell(feed: Feed, start: int) -> pa.Table:
    """The rows from start to the end of its cell."""
    settings, world = feed.settings, feed.world
    rng = generator(settings, "rows", start // _CELL_ROWS)
    position = np.arange(start, min(start + _CELL_ROWS, settings.rows))
    progress = np.minimum((position + rng.random(len(position))) / settings.rows, np.nextafter(1, 0))
    rows = draw_rows(world, settings, progress, rng)
    outcomes = draw_outcomes(centred_logits(world, rows) + feed.bases, rng)
    shown = rng.random(len(position)) < settings.feedback_shown
    users = feed.user_columns.take(pa.array(rows.user))
    items = world.items.columns.take(pa.array(rows.item))
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "time": pa.array(FIRST_DAY_MS + (rows.days * DAY_MS).astype(np.int64)).cast(pa.timestamp("ms")),
        "day": pa.array(rows.days.astype(np.int16)),
    }
    columns |= {name: users[name] for name in users.column_names}
    columns |= {name: items[name] for name in items.column_names}
    columns["item_age_days"] = pa.array((world.items.age_days[rows.item] + rows.days).astype(np.float32))
    columns["hour"] = pa.array(rows.context["hour"].astype(np.int8))
    for name, levels in CONTEXTS.items():
        columns[name] = pa.array(list(levels)).take(pa.array(rows.context[name]))
    columns["feedback_shown"] = pa.array(shown)
    return pa.table(columns | _with_known(_outcome_columns(outcomes, shown), settings, rows.days, start))


def _with_known(
    columns: dict[str, pa.Array], settings: FeedSettings, days: FloatArray, start: int
) -> dict[str, pa.Array]:
    """The columns with null for labels that are not known; random numbers are drawn for every task, known or not."""
    drawn = generator(settings, "known", start // _CELL_ROWS).random((len(TASKS), len(days)))
    is_test = days >= settings.days - settings.held_out_days
    hidden = {task: ~is_test & (drawn[TASKS.index(task)] >= share) for task, share in settings.known.items()}
    masked = {task: pc.if_else(pa.array(is_hidden), None, columns[task]) for task, is_hidden in hidden.items()}
    return columns | masked


def _outcome_columns(outcomes: Outcomes, shown: NDArray[np.bool_]) -> dict[str, pa.Array]:
    """Labels, and their truth in columns named true_<task>; dislike is null where the button was not shown."""
    columns = {task: pa.array(outcomes.labels[:, i].astype(np.int8)) for i, task in enumerate(TASKS)}
    columns["watch_ratio"] = pa.array(outcomes.labels[:, TASKS.index("watch_ratio")].astype(np.float32))
    dislike = outcomes.labels[:, TASKS.index("dislike")].astype(np.int8)
    columns["dislike"] = pa.array(dislike, mask=~shown)
    truth = {f"true_{task}": pa.array(outcomes.truth[:, i].astype(np.float32)) for i, task in enumerate(TASKS)}
    return columns | truth

"""What makes two models the same: then one that is loaded need not be loaded again."""

from collections.abc import Sequence
from pathlib import Path

from taskfusion.config.routes import Tier
from taskfusion.serve.batch.record import SCORE
from taskfusion.serve.bundle_files import SCORER
from taskfusion.serve.catalogue.record import CATALOGUE

Identity = tuple[object, ...]


def identity(tier: Tier, score: str | None, unit: str | None) -> Identity:
    """Of a tier: its bundles as they are on disk now, its items, and how it is run; not what it is asked for.

    Args:
        tier: as the routes say.
        score: what candidates are ordered by.
        unit: column of a request that says whose it is, which its answers tell the decision log.
    """
    files = [Path(one) / SCORER for one in tier.directories]
    if tier.items is not None:
        files += [Path(tier.items), Path(tier.items) / CATALOGUE]
    how = (tier.items, tier.items_most_age_hours, tier.item_id, tier.workers, tier.most_mb)
    return (tier.directories, *how, score, unit, *map(_stamp, files))


def batch_identity(scores: Path, unit: str, item: str, predictions: Sequence[str]) -> Identity:
    """Of predictions made beforehand: their directory as it is now, and what is read of it.

    Args:
        scores: directory made by taskfusion score.
        unit: its column of units.
        item: its column of ids of items.
        predictions: its columns of predictions that are asked for.
    """
    return (scores, unit, item, *predictions, _stamp(scores / SCORE))


def _stamp(path: Path) -> object:
    """Which file it is; None where there is none, which loading it will tell of."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns

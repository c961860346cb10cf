"""What makes two models the same: then one that is loaded need not be loaded again."""

from pathlib import Path

from taskfusion.config.routes import Tier

_RECORD = "scorer.json"
Identity = tuple[object, ...]


def identity(tier: Tier, score: str | None) -> Identity:
    """Of a tier: its bundles as they are on disk now, its items, and how it is run; not what it is asked for.

    Args:
        tier: as the routes say.
        score: what candidates are ordered by.
    """
    files = [Path(one) / _RECORD for one in tier.directories] + ([] if tier.items is None else [Path(tier.items)])
    return (tier.directories, tier.items, tier.item_id, tier.workers, tier.most_mb, score, *map(_stamp, files))


def _stamp(path: Path) -> object:
    """Which file it is; None where there is none, which loading it will tell of."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns

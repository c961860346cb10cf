"""What a prepared or simulated data set holds."""

from taskfusion.cli.output import out
from taskfusion.report.grid import Grid


def print_splits(title: str, counts: dict[str, int], means: dict[str, dict[str, float]]) -> None:
    """A row per split: its rows, and the mean of each label."""
    labels = list(next(iter(means.values()), {}))
    rows = [
        [split, f"{count:,}", *(f"{means[split][label]:.4f}" for label in labels)] for split, count in counts.items()
    ]
    out.print(Grid(title, ["split", "rows", *(f"mean {label}" for label in labels)], rows))

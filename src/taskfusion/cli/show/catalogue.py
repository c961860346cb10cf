"""What a catalogue holds, and how it is served."""

import shlex
from pathlib import Path

from taskfusion.base.files import size_text
from taskfusion.cli.output import out
from taskfusion.serve.catalogue.record import CatalogueRecord


def print_catalogue(found: CatalogueRecord, path: Path) -> None:
    """How many items there are, how they differ from before, and what to type next."""
    counts = found.changes
    out.print(
        f"{found.items:,} items by {found.item_id}, {size_text(found.file.bytes)}: {counts.new:,} new, "
        f"{counts.changed:,} changed, {counts.kept:,} kept, {counts.gone:,} gone",
        soft_wrap=True,
        highlight=False,
    )
    command = shlex.join(["taskfusion", "serve", found.bundle, "--items", str(path)])
    out.print(f"serve them: {command}", soft_wrap=True, highlight=False)

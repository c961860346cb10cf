"""Compare `train --preset auto` with its rivals on tables that were not made for it; write docs/foreign-tables.md.

python -m benchmarks.foreign [TABLE ...] [--out runs/foreign]; the same call goes on where it was stopped.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from benchmarks.__main__ import write
from benchmarks.foreign.cell import METHODS, Bench
from benchmarks.foreign.tables import TABLES
from benchmarks.foreign.verdict import table_lines
from taskfusion.base.errors import TaskfusionError
from taskfusion.base.files import atomic_file
from taskfusion.pipeline.terminal import TerminalProgress

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data" / "foreign"
PAGE = ROOT / "docs" / "foreign-tables.md"


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.foreign", description=__doc__)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"of {', '.join(TABLES)} (default: all)")
    parser.add_argument("--out", type=Path, default=Path("runs/foreign"), help="folder of the runs")
    options = parser.parse_args(arguments)
    names = options.tables or list(TABLES)
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        parser.error(f"no table is called '{unknown[0]}'; there are {', '.join(TABLES)}")
    progress = TerminalProgress(Console(stderr=True))
    try:
        for name in names:
            prepare(name)
            bench = Bench(name, options.out / name, progress)
            losses = {method: bench.losses(method) for method in METHODS}
            lines = "\n".join(table_lines(losses))
            print(f"## {name}\n\n{lines}\n", flush=True)
            write(PAGE, name, lines)
    except TaskfusionError as error:
        sys.exit(f"error: {error}")


def prepare(name: str) -> None:
    """Write a table to data/foreign, where it is not yet."""
    path = DATA / f"{name}.parquet"
    if not path.exists():
        rows = TABLES[name](DATA / "packages")
        with atomic_file(path) as temporary:
            rows.write_parquet(temporary)


if __name__ == "__main__":
    main()

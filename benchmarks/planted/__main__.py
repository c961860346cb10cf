"""Count how often the audit or transfer names a planted fault, and transfer a planted donor; write docs/transfer.md.

python -m benchmarks.planted [FAULT ...] [--worlds 20] [--seeds 5] [--out runs/planted]; the same call goes on where it
was stopped.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.__main__ import write
from benchmarks.planted.count import Found, count_row, found_in
from benchmarks.planted.world import FAULTS, TRAINED, World
from taskfusion.base.errors import TaskfusionError
from taskfusion.inspect.audit.audit import audit_tables
from taskfusion.pipeline.progress import Silent
from taskfusion.study.transfer.transfer import study_transfer

PAGE = Path(__file__).parents[2] / "docs" / "transfer.md"
HEAD = (
    "| world | guilty task named | worlds with a false accusation | donor shown to help |\n| --- | ---: | ---: | ---: |"
)


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.planted", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=f"of {', '.join(FAULTS)} (default: all)")
    parser.add_argument("--worlds", type=int, default=20, help="worlds of each fault (default: 20)")
    parser.add_argument("--seeds", type=int, default=5, help="seeds of each model (default: 5)")
    parser.add_argument("--out", type=Path, default=Path("runs/planted"), help="folder of the studies")
    options = parser.parse_args(arguments)
    faults = options.faults or list(FAULTS)
    unknown = [fault for fault in faults if fault not in FAULTS]
    if unknown:
        parser.error(f"no fault is called '{unknown[0]}'; there are {', '.join(FAULTS)}")
    try:
        for fault in faults:
            found = [look(World(fault, seed), options.seeds, options.out) for seed in range(options.worlds)]
            seeds = f"audit, and transfer with {options.seeds} seeds" if fault in TRAINED else "audit"
            write(PAGE, fault, f"By {seeds}:\n\n{HEAD}\n{count_row(FAULTS[fault], found)}")
    except TaskfusionError as error:
        sys.exit(f"error: {error}")


def look(world: World, seeds: int, out: Path) -> Found:
    """Audit a world, run transfer where no look at the table can find the fault, and say what they found."""
    folder, experiment = out / f"{world.fault}-{world.seed}", world.experiment()
    audit = audit_tables(folder.name, world.splits(), experiment.table_schema, None)
    transfer = (
        study_transfer(experiment, world.splits(), (), seeds, folder, progress=Silent())
        if world.fault in TRAINED
        else None
    )
    found = found_in(world, audit, transfer)
    print(f"{folder.name}: guilty {world.guilty}, {found}", flush=True)
    return found


if __name__ == "__main__":
    main()

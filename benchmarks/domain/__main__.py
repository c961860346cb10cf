"""Measure what scenario gates and importance weights are worth; write the tables of docs/domain.md.

python -m benchmarks.domain [scenarios] [shift] [--seeds N] [--data FOLDER]
"""

import argparse
import sys
from pathlib import Path

from benchmarks.__main__ import write
from benchmarks.domain.scenario import SIZES
from benchmarks.domain.shift import MODELS
from benchmarks.domain.table import scenario_rows, shift_row
from taskfusion.base.errors import TaskfusionError

PAGE = Path(__file__).parents[2] / "docs" / "domain.md"
SHIFTS = (2.0, 0.0)
PARTS = ("scenarios", "shift")
SCENARIO_HEAD = (
    "| scenarios | trained | NE in home | NE in search | NE against one model, % |\n| --- | --- | ---: | ---: | ---: |"
)
SHIFT_HEAD = (
    "| shift, sd | model | NE, both domains' rows | the same, weighted | NE, target's rows | lost NE, % | "
    "won back, % | weights against none, % |\n| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
)


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.domain", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (default: both)")
    parser.add_argument("--seeds", type=int, default=8, help="worlds, each with a start of its own (default: 8)")
    parser.add_argument("--data", type=Path, default=Path("runs/domain"), help="folder of the simulated feeds")
    options = parser.parse_args(arguments)
    parts = options.parts or list(PARTS)
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        parser.error(f"no part is called '{unknown[0]}'; there are {', '.join(PARTS)}")
    try:
        if "scenarios" in parts:
            rows = [scenario_rows(name, options.seeds, options.data) for name in SIZES]
            write(PAGE, "scenarios", f"{options.seeds} seeds:\n\n{SCENARIO_HEAD}\n" + "\n".join(rows))
        if "shift" in parts:
            rows = [shift_row(size, model, options.seeds) for size in SHIFTS for model in MODELS]
            write(PAGE, "shift", f"{options.seeds} seeds:\n\n{SHIFT_HEAD}\n" + "\n".join(rows))
    except TaskfusionError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()

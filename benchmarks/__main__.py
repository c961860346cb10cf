"""Run one benchmark and write its table: python -m benchmarks training-step [--tiny]."""

import argparse
import re
from pathlib import Path

import torch

from benchmarks import data_path, training_step

BENCHMARKS = {"training-step": training_step.run, "data-path": data_path.run}
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("name", choices=BENCHMARKS)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--tiny", action="store_true", help="tiny sizes, printed and not written: does it run?")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    table = BENCHMARKS[options.name](tiny=options.tiny)
    print(table)
    if not options.tiny:
        _write(options.name, f"Threads: {options.threads}; torch {torch.__version__}.\n\n{table}")


def _write(name: str, text: str) -> None:
    """Put a table between its marks on the page."""
    marks = (f"<!-- {name} -->", f"<!-- end of {name} -->")
    pattern = re.compile(f"{marks[0]}.*?{marks[1]}", re.DOTALL)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(pattern.sub(lambda _: f"{marks[0]}\n{text}\n{marks[1]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()

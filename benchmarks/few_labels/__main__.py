"""Train with few labels of one task and all of the others.

python -m benchmarks.few_labels CASE [--shares 0.05,1] [--seeds 2]; the same call goes on where it was stopped.
"""

import argparse
import sys
from pathlib import Path
from statistics import fmean, stdev

from rich.console import Console

from benchmarks.few_labels.cell import METHODS, FewLabels, Setting
from benchmarks.few_labels.masked import CASES
from taskfusion.base.errors import TaskfusionError
from taskfusion.pipeline.terminal import TerminalProgress

SHARES = "0.01,0.05,0.2,1"


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.few_labels", description=__doc__)
    parser.add_argument("case", choices=list(CASES), help="the table")
    parser.add_argument("--shares", default=SHARES, help=f"shares of the labels (default: {SHARES})")
    parser.add_argument("--seeds", type=int, default=5, help="seeds (default: 5)")
    parser.add_argument("--methods", default=",".join(METHODS), help="methods (default: all)")
    parser.add_argument("--data", type=Path, help="folder of train, validation and test")
    parser.add_argument("--out", type=Path, default=Path("runs/few-labels"), help="folder of the runs")
    options = parser.parse_args(arguments)
    methods, progress = options.methods.split(","), TerminalProgress(Console(stderr=True))
    print("| labels of all | seeds | method | AUC | NE |\n| ---: | ---: | --- | ---: | ---: |")
    try:
        for share in map(float, options.shares.split(",")):
            found: list[FewLabels] = []
            for seed in range(options.seeds):
                found += Setting(options.case, share, seed, options.data, options.out).results(methods, progress)
            for name in methods:
                own = [one for one in found if one.method == name]
                auc, ne = _over_seeds([one.auc for one in own]), _over_seeds([one.ne for one in own])
                print(f"| {share:.0%} | {len(own)} | {name} | {auc} | {ne} |", flush=True)
    except TaskfusionError as error:
        sys.exit(f"error: {error}")


def _over_seeds(values: list[float]) -> str:
    """Mean and, of several seeds, their standard deviation."""
    scatter = f" ± {stdev(values):.4f}" if len(values) > 1 else ""
    return f"{fmean(values):.4f}{scatter}"


if __name__ == "__main__":
    main()

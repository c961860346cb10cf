"""Break the router on purpose, and count what callers see of it.

python -m benchmarks.failsafe [PART ...] [--requests N] [--knee N] [--swaps N] [--cycles N] [--seconds S] [--write]
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from benchmarks.__main__ import heading, write
from benchmarks.failsafe.faults import inject
from benchmarks.failsafe.overload import CANDIDATES, overload
from benchmarks.failsafe.probes import kill, lose
from benchmarks.failsafe.swaps import swap
from benchmarks.failsafe.world import make_world
from benchmarks.serving import prepare
from taskfusion.serve.worker.collector import collect_rarely

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
PARTS = ("swaps", "faults", "lost", "kills", "load")
_RATE = 100.0


def main(arguments: list[str] | None = None) -> None:
    """Entry point; exit code 1 where a caller saw what none should."""
    parser = argparse.ArgumentParser(prog="benchmarks.failsafe", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--requests", type=int, default=500, help="at each load point (default: 500)")
    parser.add_argument("--knee", type=int, default=500, help="at the middle load point (default: 500)")
    parser.add_argument("--swaps", type=int, default=10, help="hot swaps under load (default: 10)")
    parser.add_argument("--cycles", type=int, default=3, help="of each fault, and kills of the server (default: 3)")
    parser.add_argument("--seconds", type=float, default=5, help="of the overload (default: 5)")
    parser.add_argument("--tiny", action="store_true", help="a tiny model for the load: does it run?")
    parser.add_argument("--write", action="store_true", help=f"write the tables to {PAGE.name}")
    options = parser.parse_args(arguments)
    parts = options.parts or list(PARTS)
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        parser.error(f"no part is called '{unknown[0]}'; there are {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory() as name:
        wrong = _run(Path(name), options, parts)
    if wrong:
        sys.exit("\n".join(["what should not be:", *wrong]))


def _run(folder: Path, options: argparse.Namespace, parts: list[str]) -> list[str]:
    """Print, and where it is asked for write, the table of each part; what went wrong."""
    world = make_world(folder) if set(parts) != {"load"} else None
    wrong = list[str]()
    for part in parts:
        own = folder / part
        found: Coroutine[Any, Any, tuple[str, list[str]]]
        if part == "load" or world is None:
            (folder / "case").mkdir()
            case = prepare(folder / "case", tiny=options.tiny, num_requests=100, num_candidates=CANDIDATES)
            found = overload(case, own, requests=options.requests, knee=options.knee, seconds=options.seconds)
        elif part == "swaps":
            found = swap(world, own, count=options.swaps, rate=_RATE)
        elif part == "faults":
            found = inject(world, own, cycles=options.cycles)
        else:
            found = lose(world, own) if part == "lost" else kill(world, own, count=options.cycles)
        collect_rarely()  # a collection of all that torch made would look like a late answer
        text, faults = asyncio.run(found)
        wrong += [f"{part}: {one}" for one in faults]
        print(f"### {part}\n\n{text}\n", flush=True)
        if options.write:
            write(PAGE, f"failsafe-{part}", f"{heading()}\n\n{text}")
    return wrong


if __name__ == "__main__":
    main()

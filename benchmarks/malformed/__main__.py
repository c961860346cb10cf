"""Send requests that are wrong in every way: python -m benchmarks.malformed --in-process 1000000.

Bundles of random weights read every kind of feature. A body follows from its number alone: what is told of one is seen
again with --first NUMBER --in-process 1. The command ends with 1 where an answer is none that the server may give.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.malformed import in_process
from benchmarks.malformed.world import make_worlds


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.malformed", description=__doc__)
    parser.add_argument("--in-process", type=int, default=0, metavar="COUNT", help="bodies for what answers calls")
    parser.add_argument("--first", type=int, default=0, metavar="NUMBER", help="of the first body (default: 0)")
    options = parser.parse_args(arguments)
    wrong = False
    with tempfile.TemporaryDirectory() as name:
        worlds = make_worlds(Path(name))
        if options.in_process:
            found = in_process.run(worlds, options.in_process, options.first)
            print(json.dumps(vars(found), indent=2))
            wrong |= bool(found.wrong)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())

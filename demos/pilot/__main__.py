"""python -m demos.pilot: a new model goes into production by a pilot, and one step goes wrong."""

import argparse
import signal
import sys
from pathlib import Path

from demos.pilot.prepare import Sizes
from demos.pilot.program import FailedError
from demos.pilot.story import Story
from demos.pilot.teller import Teller
from demos.pilot.visit import UnansweredError
from taskfusion.base.errors import TaskfusionError

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit code."""
    parser = argparse.ArgumentParser(prog="demos.pilot", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/pilot-demo"), help="folder of everything")
    parser.add_argument("--visits", type=int, default=Sizes.visits, help="of each day (default: %(default)s)")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was begun ends then too
    try:
        Story(options.out.absolute(), Sizes(visits=options.visits), Teller()).tell()
    except (FailedError, UnansweredError, TaskfusionError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; the same command begins the pilot anew, with the models that are there", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The command line: thin commands over taskfusion.pipeline, taskfusion.study and taskfusion.inspect."""

import sys

from taskfusion.cli.loading import INTERRUPTED, STOPPED, loading


def main() -> None:
    """Entry point; Ctrl-C is no traceback, not even while torch is loaded."""
    with loading():
        from taskfusion.cli.app import app
    try:
        app()
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        sys.exit(INTERRUPTED)

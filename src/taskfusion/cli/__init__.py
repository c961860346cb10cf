"""The command line: thin commands over taskfusion.workflow."""

import sys


def main() -> None:
    """Entry point; imports late, so that Ctrl-C while torch is loaded is no traceback either."""
    try:
        from taskfusion.cli.app import app

        app()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)

"""The command line: thin commands over taskfusion.workflow."""

from taskfusion.cli.app import main

__all__ = ["main"]

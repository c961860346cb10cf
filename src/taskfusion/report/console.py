"""Where text for people is printed."""

from typing import Final

from rich.console import Console

TEXT_WIDTH: Final = 160
"""Columns of what is neither a terminal nor a notebook."""


def console(*, stderr: bool) -> Console:
    """Standard output or error, as wide as it is; a file has TEXT_WIDTH columns."""
    found = Console(stderr=stderr)
    return found if found.is_terminal or found.is_jupyter else Console(stderr=stderr, width=TEXT_WIDTH)

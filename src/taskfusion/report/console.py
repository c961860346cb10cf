"""Where text for people is printed."""

from typing import Final

from rich.console import Console

TEXT_WIDTH: Final = 160
"""Columns of what is neither a terminal nor a notebook."""


def console(*, stderr: bool) -> Console:
    """Standard output or error, as wide as it is; a file has TEXT_WIDTH columns. Text is shown as it is: names of users
    may look like markup or like emoji.
    """
    found = Console(stderr=stderr, markup=False, emoji=False)
    if found.is_terminal or found.is_jupyter:
        return found
    return Console(stderr=stderr, markup=False, emoji=False, width=TEXT_WIDTH)

"""The format of everything that is written for a later command."""

from typing import Final

FORMAT: Final = 3
"""Of all files of a run, a comparison, a search and an export; files of another format are refused."""

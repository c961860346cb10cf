"""What the story says while it goes on: short lines with the time since its begin."""

import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

_WIDTH: Final = 80
_MARGIN: Final = " " * 8


def say_now(line: str) -> None:
    """Print a line that a file or a pipe shows at once too."""
    print(line, flush=True)


class Teller:
    """Says lines of at most 80 letters.

    Args:
        say: takes a line.
        clock: seconds.
    """

    def __init__(self, say: Callable[[str], None] = say_now, clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._begun = clock()

    @property
    def seconds(self) -> float:
        """Since the begin."""
        return self._clock() - self._begun

    def act(self, title: str) -> None:
        """A part of the story begins."""
        self._say("")
        self._say(f"{self._stamp()} {title.upper()}")

    def tell(self, text: str) -> None:
        """Something happened."""
        head = f"{self._stamp()} "
        for line in textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=_MARGIN, break_on_hyphens=False):
            self._say(line)

    def pages(self, pages: dict[str, Path]) -> None:
        """Where to read on: what each page says, and its path in a line of its own, however long."""
        for text, path in pages.items():
            for line in textwrap.wrap(text, _WIDTH, initial_indent="- ", subsequent_indent="  "):
                self._say(line)
            self._say(f"  {path}")

    def _stamp(self) -> str:
        return f"{f'{self.seconds:.0f} s':>7}"

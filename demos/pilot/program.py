"""taskfusion as a user has it: commands that end, and programs that run beside the story and always end with it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_PROGRAM: Final = "from taskfusion.cli import main; main()"
_END_SECONDS: Final = 30
_LAST_LINES: Final = 15


class FailedError(Exception):
    """A command failed; the message names it, what it said last, and its log."""


class Programs:
    """Runs commands, each with a log of its own.

    Args:
        folder: in which they run.
        logs: folder of what they say.
    """

    def __init__(self, folder: Path, logs: Path) -> None:
        self.folder = folder
        self._logs = logs
        self._logs.mkdir(parents=True, exist_ok=True)

    def run(self, *arguments: str, allowed: Sequence[int] = (0,)) -> dict[str, Any]:
        """Run a command to its end; what it says as JSON.

        Args:
            arguments: as a user types them.
            allowed: exit codes that are no failure.

        Raises:
            FailedError: it ends with another exit code.
        """
        log = self._log(arguments)
        with log.open("wb") as errors:
            process = subprocess.Popen(
                _command(arguments), cwd=self.folder, env=_environment(), stdout=subprocess.PIPE, stderr=errors,
                start_new_session=True,
            )  # fmt: skip
        try:
            said, _ = process.communicate()
        finally:
            _end(process)
        with log.open("ab") as file:
            file.write(said)
        if process.returncode not in allowed:
            raise _failed(arguments, process.returncode, log)
        found: dict[str, Any] = json.loads(said.splitlines()[-1])
        return found

    @contextmanager
    def beside(self, *arguments: str) -> Iterator["Beside"]:
        """A program that runs until the block ends, however it ends."""
        log = self._log(arguments)
        with log.open("wb") as errors, log.with_suffix(".json").open("wb") as said:
            process = subprocess.Popen(
                _command(arguments), cwd=self.folder, env=_environment(), stdout=said, stderr=errors,
                start_new_session=True,
            )  # fmt: skip
        try:
            yield Beside(arguments, process, log)
        finally:
            _end(process)

    def _log(self, arguments: Sequence[str]) -> Path:
        number = sum(1 for _ in self._logs.glob("*.log")) + 1
        words = [word for word in arguments[:2] if not set("./-") & set(word)]
        log = self._logs / f"{number:02d}-{'-'.join(words)}.log"
        log.touch()
        with (self._logs / "commands.txt").open("a", encoding="utf-8") as file:
            file.write(f"{log.name}: {shown(arguments)}\n")
        return log


class Beside:
    """A program that runs.

    Args:
        arguments: of it.
        process: it.
        log: what it prints.
    """

    def __init__(self, arguments: Sequence[str], process: subprocess.Popen[bytes], log: Path) -> None:
        self._arguments, self._process, self._log = arguments, process, log

    @property
    def code(self) -> int | None:
        """Its exit code; None: it runs."""
        return self._process.poll()

    def require_running(self) -> None:
        """Raises FailedError where it ended."""
        if (code := self.code) is not None:
            raise _failed(self._arguments, code, self._log)

    def require_code(self, *allowed: int) -> int:
        """Its exit code, after its end.

        Raises:
            FailedError: it is another one than is allowed.
        """
        code = self._process.wait()
        if code not in allowed:
            raise _failed(self._arguments, code, self._log)
        return code

    def said(self, seconds: float) -> dict[str, Any]:
        """The first line that it prints as JSON.

        Raises:
            FailedError: it ended, or said nothing so long.
        """
        begun = time.monotonic()
        while time.monotonic() < begun + seconds:
            line = self._log.with_suffix(".json").read_bytes().partition(b"\n")
            if line[1]:
                found: dict[str, Any] = json.loads(line[0])
                return found
            self.require_running()
            time.sleep(0.1)
        raise FailedError(f"{shown(self._arguments)} did not begin within {seconds:g} s; its log: {self._log}")


def shown(arguments: Sequence[str]) -> str:
    """A command as a user types it."""
    return " ".join(["taskfusion", *(f"'{one}'" if " " in one else one for one in arguments)])


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-c", _PROGRAM, *arguments, "--json"]


def _environment() -> dict[str, str]:
    return {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", **os.environ}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a program to end, wait, and then end it."""
    for asked in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(asked)
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def _failed(arguments: Sequence[str], code: int, log: Path) -> FailedError:
    last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:])
    return FailedError(f"{last}\n\nThis command ended with code {code}:\n  {shown(arguments)}\nAll that it said: {log}")

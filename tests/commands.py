"""Commands in processes of their own, forked after the imports, so that they begin at once and can be killed."""

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from support import FEATURES, SETTINGS, TASKS, write_splits
from taskfusion.base.files import LOCK_SUFFIX, is_temporary

SERVER = multiprocessing.get_context("forkserver")
LOADED_BY_COMMANDS = (
    "taskfusion.cli.show.compare",
    "taskfusion.cli.show.tune",
    "taskfusion.inspect.check.experiment",
    "taskfusion.pipeline.export",
    "taskfusion.study.compare.comparison",
)
SERVER.set_forkserver_preload(
    ["taskfusion.cli.app", *LOADED_BY_COMMANDS, "commands", "optuna", "onnxscript", "onnxruntime", "lightgbm"]
)
TIMES = {"seconds", "rows_per_second", "manifest", "since"}


class Command:
    """A command that runs.

    Args:
        arguments: as a user types them, without the name of the program.
        log: file for what it prints; made.
    """

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        self.log = log
        self.process = SERVER.Process(target=_run, args=(tuple(arguments), log))
        self.process.start()

    def end(self) -> int:
        """Its exit code, when it has ended."""
        self.process.join(300)
        assert self.process.exitcode is not None, "it hangs"
        return self.process.exitcode

    @property
    def printed(self) -> str:
        """What it printed so far, on standard output and error."""
        return self.log.read_text() if self.log.exists() else ""

    @property
    def span(self) -> tuple[float, float]:
        """When it began and ended, after its end."""
        begun, ended = map(float, self.log.with_suffix(".times").read_text().split())
        return begun, ended


def _run(arguments: Sequence[str], log: Path) -> None:
    begun = time.time()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    sys.argv = ["taskfusion", *arguments]
    from taskfusion.cli import main

    try:
        main()
    finally:
        log.with_suffix(".times").write_text(f"{begun} {time.time()}")


def write_experiment(folder: Path, **sections: Any) -> Path:
    """The tables and the experiment of support in a folder; the experiment file."""
    data = {name: Path(path).name for name, path in write_splits(folder).items()}
    content = {"data": data, "features": FEATURES, "tasks": TASKS, **SETTINGS, **sections}
    (folder / "experiment.yaml").write_text(yaml.safe_dump(content))
    return folder / "experiment.yaml"


def lasting(folder: Path) -> dict[str, Any]:
    """By file of a folder, what is the same each time it is made: not pages and studies, which tell times, and of JSON
    files all but times.
    """
    return {str(path.relative_to(folder)): _content(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _content(path: Path) -> Any:
    if path.suffix in (".html", ".db") or path.name == "manifest.json":
        return None
    if path.suffix == ".json":
        return _timeless(json.loads(path.read_text()))
    if path.suffix == ".jsonl":
        return [_timeless(json.loads(line)) for line in path.read_text().splitlines()]
    return path.read_bytes()


def _timeless(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {key: _timeless(value) for key, value in content.items() if key not in TIMES}
    return [_timeless(value) for value in content] if isinstance(content, list) else content


def leftovers(folder: Path) -> list[Path]:
    """What no command should leave behind it, when none runs any more."""
    return [path for path in folder.rglob("*") if is_temporary(path.name) or path.name.endswith(LOCK_SUFFIX)]

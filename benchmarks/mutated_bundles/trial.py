"""Mutated bundles one after the other, in a process that is replaced where it dies or hangs."""

import json
import select
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.mutated_bundles.mutation import mutate, restore

SECONDS: Final = 60.0
"""After which a process hangs."""

WAYS: Final = ("serve", "score")


@dataclass
class Outcome:
    """What became of the bundles.

    Attributes:
        counts: by way and outcome: refused; scored as before; scored as another model; defect; died; hung.
        worst: what is neither refused nor scored, in words.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    worst: list[str] = field(default_factory=list)

    def table(self) -> str:
        """As Markdown."""
        kinds = ("refused", "as before", "another model", "defect", "died", "hung")
        rows = [f"| {way} | {' | '.join(f'{self.counts[way, kind]:,}' for kind in kinds)} |" for way in WAYS]
        return "\n".join(["| way | " + " | ".join(kinds) + " |", "| --- |" + " --- |" * len(kinds), *rows])


class Child:
    """The process.

    Args:
        row: file of a row.
    """

    def __init__(self, row: Path) -> None:
        self._row = row
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.mutated_bundles.child", str(self._row)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, way: str, bundle: Path) -> dict[str, Any]:
        """What became of a bundle; a process that is lost is replaced."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018  both are pipes
        process.stdin.write(f"{way} {bundle}\n".encode())
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], SECONDS)
        line = process.stdout.readline() if ready else b""
        if line:
            found: dict[str, Any] = json.loads(line)
            return found
        process.kill()
        code = process.wait()
        self._start()
        return {"what": "died" if ready else "hung", "words": f"exit code {code}"}

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def try_mutations(bundles: Sequence[Path], row: dict[str, Any], seeds: range) -> Outcome:
    """Mutate copies of bundles and open them.

    Args:
        bundles: directories, taken in turn.
        row: raw values by column, which all of them score.
        seeds: one per mutation.
    """
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copies = [shutil.copytree(bundle, folder / f"bundle-{place}") for place, bundle in enumerate(bundles)]
        (folder / "row.json").write_text(json.dumps(row))
        child = Child(folder / "row.json")
        before = {(way, copy): child.ask(way, copy) for way in WAYS for copy in copies}
        if any(found["what"] != "scored" for found in before.values()):
            raise ValueError(f"a bundle does not score before it is mutated: {before}")
        for seed in seeds:
            copy, way = copies[seed // len(WAYS) % len(copies)], WAYS[seed % len(WAYS)]
            words, content = mutate(copy, seed)
            found = child.ask(way, copy)
            restore(content)
            what = found["what"]
            if what == "scored":
                what = "as before" if found == before[way, copy] else "another model"
            elif what != "refused":
                outcome.worst.append(f"seed {seed}, {way}, {words}: {what}, {found['words']}")
            outcome.counts[way, what] += 1
        child.close()
    return outcome

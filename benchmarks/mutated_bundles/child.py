"""The process that opens mutated bundles, within bounds of memory: python -m benchmarks.mutated_bundles.child ROW.

It reads lines on standard input, each a way and a directory, and writes one line of JSON for each.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, Final

from taskfusion.base.errors import TaskfusionError

MEMORY: Final = 6 << 30
"""Bytes of address space; Polars reserves some of it."""

_LONGEST = 2_000


def try_bundle(way: str, bundle: Path, row: dict[str, Any]) -> dict[str, Any]:
    """Open a bundle and score one row.

    Args:
        way: "serve", as the process behind the server does, or "score", as tables are.
        bundle: its directory.
        row: raw values by column.

    Returns:
        what: "refused", "scored" or "defect", with words, or with values.
    """
    try:
        values = _served(bundle, row) if way == "serve" else _scored(bundle, row)
    except TaskfusionError as error:
        words = str(error)
        is_sentence = "\n" not in words and "Traceback" not in words and len(words) < _LONGEST
        return {"what": "refused" if is_sentence else "defect", "words": words}
    except Exception as error:
        return {"what": "defect", "words": f"{type(error).__name__}: {error}"[:_LONGEST]}
    return {"what": "scored", "values": values}


def _served(bundle: Path, row: dict[str, Any]) -> list[float]:
    from taskfusion.base.errors import RunError
    from taskfusion.serve.worker.answerer import Answerer
    from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind
    from taskfusion.serve.worker.refusal import RefusedError
    from taskfusion.serve.worker.settings import WorkerSettings

    try:
        answerer = Answerer(WorkerSettings(bundle=str(bundle)))
    except RefusedError as error:
        raise RunError(str(error)) from error
    _ = answerer.started
    body = json.dumps({"request": row, "candidates": [row]}).encode()
    reply = answerer.reply(Call(1, Kind.RANK, 0, NO_LIMIT, body))
    answer = json.loads(reply.body)
    if reply.status != 200:
        if reply.status == 500:
            raise ValueError(f"{reply.status}: {answer}")
        raise RunError(answer["error"]["message"])
    return [float(value) for values in answer["predictions"].values() for value in _flat(values)]


def _flat(values: Any) -> list[float]:  # noqa: ANN401  numbers, nested or not
    return [one for value in values for one in _flat(value)] if isinstance(values, list) else [values]


def _scored(bundle: Path, row: dict[str, Any]) -> list[float]:
    import polars as pl

    from taskfusion.serve.scorer import Scorer

    found = Scorer.load(bundle).score(pl.DataFrame([row]))
    return [float(value) for value in found.row(0)]


def main(arguments: list[str]) -> None:
    """Answer lines until there are no more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    row = json.loads(Path(arguments[0]).read_text())
    for line in sys.stdin:
        way, _, path = line.rstrip("\n").partition(" ")
        print(json.dumps(try_bundle(way, Path(path), row)), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

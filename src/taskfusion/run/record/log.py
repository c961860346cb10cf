"""log.jsonl: one evaluation per line."""

from collections.abc import Sequence
from pathlib import Path

from taskfusion.base.boundary import reading
from taskfusion.base.files import write_text
from taskfusion.base.record import EXPECTED, parse, read_bytes
from taskfusion.evaluate.log import EvaluationRecord


def write_log(path: Path, evaluations: Sequence[EvaluationRecord]) -> None:
    """Write the evaluations so far, in order."""
    write_text(path, "".join(f"{evaluation.model_dump_json()}\n" for evaluation in evaluations))


def read_log(path: Path) -> list[EvaluationRecord]:
    """What write_log wrote.

    Raises:
        RunError: the file is missing or damaged.
    """
    with reading(path, EXPECTED):
        lines = read_bytes(path).splitlines()
    return [parse(path, EvaluationRecord, line) for line in lines]

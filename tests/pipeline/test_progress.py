"""The log of evaluations, and several observers as one."""

import json
from pathlib import Path

import pytest

from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.pipeline import progress
from taskfusion.pipeline.progress import EvaluationLog, Observers, Silent
from taskfusion.run.record.log import read_log
from taskfusion.train.loop import Evaluation, EvaluationEvent


def _evaluate(step: int, *losses: float | None) -> EvaluationEvent:
    return EvaluationEvent(
        step / 10, step, 1.0, 100.0, losses, Evaluation(0.5, 0.5, {"a": {"auc": None}}), is_best=False
    )


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_loss_that_is_not_known_is_null(tmp_path: Path) -> None:
    log = EvaluationLog(tmp_path / "log.jsonl", ("a", "b"))
    log.on_evaluation(_evaluate(1, 0.25, None))
    assert [line["train_loss"] for line in _lines(log.path)] == [{"a": 0.25, "b": None}]


def test_looks_taken_once_more_replace_the_old_lines(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    for begun, steps in ((0.0, (1, 2, 3)), (1.0, (2, 3, 4))):
        log = EvaluationLog(path, ("a",))
        for step in steps:
            log.on_evaluation(_evaluate(step, begun))
    assert [(line["step"], line["train_loss"]) for line in _lines(path)] == [
        (1, {"a": 0.0}),
        *((step, {"a": 1.0}) for step in (2, 3, 4)),
    ]


def test_old_lines_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.jsonl"
    before = EvaluationLog(path, ("a",))
    for step in (1, 2, 3):
        before.on_evaluation(_evaluate(step, 0.0))
    read: list[Path] = []

    def counted(one: Path) -> list[EvaluationRecord]:
        read.append(one)
        return read_log(one)

    monkeypatch.setattr(progress, "read_log", counted)
    after = EvaluationLog(path, ("a",))
    for step in (4, 5, 6):
        after.on_evaluation(_evaluate(step, 0.0))
    assert read == [path]
    assert [line.step for line in read_log(path)] == [1, 2, 3, 4, 5, 6]


def test_a_request_to_stop_reaches_all() -> None:
    class Told(Silent):
        told = 0

        def on_stop_request(self) -> None:
            self.told += 1

    both = [Told(), Told()]
    Observers(both).on_stop_request()
    assert [one.told for one in both] == [1, 1]

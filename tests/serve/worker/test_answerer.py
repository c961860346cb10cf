"""Every call gets a reply, whatever it holds."""

import gc
import json
import shutil
from pathlib import Path
from time import monotonic

import pytest

from serve.conftest import Exported
from serve.serving import REQUEST
from taskfusion.base.errors import TaskfusionError
from taskfusion.base.manifest import MANIFEST, seal
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.serve.bundle_files import SCORER
from taskfusion.serve.record import ScorerRecord
from taskfusion.serve.reference import REFERENCE, Histogram, ReferenceRecord, ReferenceScores
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind
from taskfusion.serve.worker.settings import WorkerSettings


def call(kind: Kind, content: object, expires: float = NO_LIMIT) -> Call:
    return Call(7, kind, 0, expires, json.dumps(content).encode())


def test_it_says_what_it_serves(answerer: Answerer) -> None:
    started = answerer.started
    assert [task.name for task in started.tasks] == ["click", "seconds", "reaction"]
    assert (started.items, started.item_id, started.ordered_by) == (20, "item_id", {"click": 1.0})


def test_it_orders_as_the_bundle_says_unless_it_is_told_otherwise(exported: Exported, tmp_path: Path) -> None:
    bundle = shutil.copytree(exported.path, tmp_path / "bundle")
    record = read_artifact(bundle / SCORER, ScorerRecord)
    write_artifact(bundle / SCORER, ScorerRecord(**{**dict(record), "score": {"seconds": 2.0, "click": -1.0}}))
    (bundle / MANIFEST).unlink()
    seal(bundle, [path for path in bundle.rglob("*") if path.is_file()])
    assert Answerer(WorkerSettings(bundle=str(bundle))).started.ordered_by == {"seconds": 2.0, "click": -1.0}
    assert Answerer(WorkerSettings(bundle=str(bundle), score="click")).started.ordered_by == {"click": 1.0}


def test_priors_are_the_means_at_export_where_these_are_known(
    exported: Exported, answerer: Answerer, tmp_path: Path
) -> None:
    bundle = shutil.copytree(exported.path, tmp_path / "bundle")
    names = list(answerer.started.priors)
    histogram = Histogram(edges=[], counts=[1])
    scores = tuple(ReferenceScores(name=name, mean=0.25, histogram=histogram) for name in names[1:])
    write_artifact(bundle / REFERENCE, ReferenceRecord(origin="test rows", rows=1, scores=scores, features=()))
    (bundle / MANIFEST).unlink()
    seal(bundle, [path for path in bundle.rglob("*") if path.is_file()])
    found = Answerer(WorkerSettings(bundle=str(bundle))).started.priors
    assert found == {names[0]: answerer.started.priors[names[0]], **dict.fromkeys(names[1:], 0.25)}


def test_every_kind_of_call_is_answered(answerer: Answerer) -> None:
    answerer.reply(call(Kind.COUNTS, {}))
    reply = answerer.reply(call(Kind.RANK, {"request": REQUEST, "candidates": ["v1"]}))
    assert (reply.number, reply.status) == (7, 200)
    assert answerer.reply(call(Kind.PROBE, {})).status == 200
    counts = json.loads(answerer.reply(call(Kind.COUNTS, {})).body)
    assert counts["rows"]["candidate"] == 1
    assert counts["bundle"] == answerer.started.bundle
    assert sum(counts["scores"]["click"]["counts"]) == 1


def test_what_cannot_be_answered_says_why_in_the_form_of_its_kind(answerer: Answerer) -> None:
    reply = answerer.reply(call(Kind.RANK, {"request": {**REQUEST, "user_id": "x"}, "candidates": ["v1"]}))
    assert reply.status == 422
    assert "user_id" in json.loads(reply.body)["error"]["message"]
    reply = answerer.reply(call(Kind.INFER, {}))
    assert reply.status == 422
    assert "inputs" in json.loads(reply.body)["error"]


def test_refusals_leave_no_circles_to_the_collector(answerer: Answerer) -> None:
    refused = call(Kind.RANK, {"request": {**REQUEST, "user_id": "x"}, "candidates": ["v1"]})
    answerer.reply(refused)
    gc.collect()
    for one in (refused, call(Kind.RANK, {}), call(Kind.INFER, {}), Call(7, Kind.RANK, 0, NO_LIMIT, b"{")):
        assert answerer.reply(one).status in (400, 422)
        assert gc.collect() == 0


def test_a_call_that_waited_too_long_is_not_worked_on(answerer: Answerer) -> None:
    reply = answerer.reply(call(Kind.RANK, {}, expires=monotonic() - 1))
    assert reply.status == 503
    assert json.loads(reply.body)["error"]["code"] == "waited_too_long"


def test_what_is_nested_too_deeply_is_refused(answerer: Answerer) -> None:
    content = json.dumps({"request": {**REQUEST, "history": 0}, "candidates": ["v1"]}).encode()
    for depth in (900, 1015, 2000):
        body = content.replace(b'"history": 0', b'"history": ' + b"[" * depth + b"]" * depth)
        reply = answerer.reply(Call(7, Kind.RANK, 0, NO_LIMIT, body))
        assert reply.status in (400, 422)


def test_a_defect_is_told_without_a_traceback(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(answerer, "_ranking", None)
    reply = answerer.reply(call(Kind.RANK, {}))
    assert (reply.status, json.loads(reply.body)["error"]["code"]) == (500, "internal")
    assert b"Traceback" not in reply.body
    assert "Traceback" in capfd.readouterr().err


def test_what_cannot_be_served_is_refused(exported: Exported, tmp_path: Path) -> None:
    with pytest.raises(TaskfusionError, match="made by taskfusion export"):
        Answerer(WorkerSettings(bundle=str(tmp_path)))
    with pytest.raises(TaskfusionError, match="did you mean 'click'"):
        Answerer(WorkerSettings(bundle=str(exported.path), score="clik"))


def test_one_without_memory_ends(answerer: Answerer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It went on, and answered every call by an error."""

    def answer(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(answerer._ranking, "answer", answer)
    with pytest.raises(MemoryError):
        answerer.reply(call(Kind.RANK, {}))

"""A resume point puts back all that training changes, and is refused beside other files."""

from pathlib import Path

import pytest
import torch

from taskfusion.base.errors import RunError
from taskfusion.train.resume import ResumePoint
from train.test_loop import Recorder, loop_of


def _point(path: Path, config: str = "1", log: Path | None = None) -> ResumePoint:
    loop = loop_of(path, Recorder(), average_decay=0.9)
    file = path / "checkpoint.safetensors"
    return ResumePoint(file, {"config.yaml": config}, loop.step, loop._average, loop._running, log)


def test_what_was_saved_is_put_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    first = _point(tmp_path)
    first.running.add(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    first.save({"step": 3})
    drawn = torch.rand(3)
    torch.manual_seed(1)
    second = _point(tmp_path)
    assert second.load() == {"step": 3}
    assert torch.equal(torch.rand(3), drawn)
    assert torch.equal(second.running.sum_2T, first.running.sum_2T)
    for name, value in first.step.model.state_dict().items():
        assert torch.equal(second.step.model.state_dict()[name], value)
    assert first.average is not None
    assert second.average is not None
    for name, value in first.average.model.state_dict().items():
        assert torch.equal(second.average.model.state_dict()[name], value)


def test_a_resume_point_beside_other_files_is_refused(tmp_path: Path) -> None:
    _point(tmp_path).save({})
    with pytest.raises(RunError, match=r"do not belong to the config\.yaml"):
        _point(tmp_path, config="2").load()


def test_what_the_log_held_must_still_be_there_and_more_may_follow(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("first\nsecond\n")
    _point(tmp_path, log=log).save({})
    log.write_text("first\nsecond\nthird, after the point\n")
    _point(tmp_path, log=log).load()
    for changed in ("first\n", "", "first\nsecund\n", "of another run\nand longer\n"):
        log.write_text(changed)
        with pytest.raises(RunError, match=r"log\.jsonl.*when training was stopped"):
            _point(tmp_path, log=log).load()
    log.unlink()
    with pytest.raises(RunError, match=r"log\.jsonl.*No such file"):
        _point(tmp_path, log=log).load()


def test_a_point_from_before_the_first_evaluation_needs_no_log(tmp_path: Path) -> None:
    _point(tmp_path, log=tmp_path / "log.jsonl").save({})
    _point(tmp_path, log=tmp_path / "log.jsonl").load()

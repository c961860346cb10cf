"""A resume point puts back all that training changes, and is refused beside other files."""

from pathlib import Path

import pytest
import torch

from taskfusion.base.errors import RunError
from taskfusion.train.resume import ResumePoint
from train.test_loop import Recorder, loop_of


def _point(path: Path, config: str = "1", learning_rate: float = 0.01) -> ResumePoint:
    loop = loop_of(path, Recorder(), average_decay=0.9, learning_rate=learning_rate)
    return ResumePoint(
        path / "checkpoint.safetensors", {"config.yaml": config}, loop.step, loop._average, loop._running
    )


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

"""Files of weights: whole or not at all."""

from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from torch import nn

from taskfusion.base.errors import RunError, StorageError
from taskfusion.train import checkpoint
from taskfusion.train.checkpoint import load_model_tensors, load_tensors, save_tensors


def test_tensors_and_facts_come_back(tmp_path: Path) -> None:
    tensors = {"a": torch.randn(3, 2), "b": torch.arange(4, dtype=torch.uint8)}
    save_tensors(tmp_path / "x.safetensors", tensors, {"step": 3, "score": -1.5})
    found, profile = load_tensors(tmp_path / "x.safetensors")
    assert profile == {"step": 3, "score": -1.5}
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.safetensors"
    save_tensors(path, {"a": torch.zeros(1)}, {})

    def broken(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save_file", broken)
    with pytest.raises(KeyboardInterrupt):
        save_tensors(path, {"a": torch.ones(1)}, {})
    assert load_tensors(path)[0]["a"].item() == 0
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise SafetensorError("No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(StorageError, match=r"x\.safetensors' cannot be written: No space left .* \(4 bytes are needed"):
        save_tensors(tmp_path / "x.safetensors", {"a": torch.ones(1)}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"not weights")
    with pytest.raises(RunError, match=r"model\.safetensors"):
        load_tensors(path)
    with pytest.raises(RunError, match=r"missing\.safetensors"):
        load_tensors(tmp_path / "missing.safetensors")


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not those of this experiment"):
        load_model_tensors(nn.Linear(2, 3), nn.Linear(3, 2).state_dict(), tmp_path)

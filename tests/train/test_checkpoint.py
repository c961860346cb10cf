"""Files of weights: whole or not at all."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from taskfusion.base.errors import RunError, StorageError
from taskfusion.train import checkpoint
from taskfusion.train.checkpoint import RUN, load_model_tensors, load_tensors, require_same_run, save_tensors


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


@pytest.mark.parametrize(
    ("tensors", "metadata"),
    [
        ({"a": torch.tensor([1.0, 2.5])}, {"step": 3}),
        ({"a": torch.tensor([1, 2])}, {"step": 3}),
        ({"b": torch.tensor([1.0, 2.0])}, {"step": 3}),
        ({"a": torch.tensor([[1.0, 2.0]])}, {"step": 3}),
        ({"a": torch.tensor([1.0, 2.0])}, {"step": 4}),
    ],
)
def test_changed_bytes_are_named(tensors: dict[str, Tensor], metadata: dict[str, int], tmp_path: Path) -> None:
    path, other = tmp_path / "model.safetensors", tmp_path / "other.safetensors"
    save_tensors(path, {"a": torch.tensor([1.0, 2.0])}, {"step": 3})
    save_tensors(other, tensors, metadata)
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["about"])
    save_file(tensors, path, {"about": json.dumps({**about, "metadata": json.dumps(metadata)})})
    with pytest.raises(RunError, match=r"model\.safetensors.*was changed"):
        load_tensors(path)
    load_tensors(other)


def test_files_of_the_same_content_have_the_same_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.safetensors" for index in range(10)]
    for path in paths:
        save_tensors(path, {"a": torch.ones(2), "b": torch.zeros(3)}, {"step": 3})
    assert len({path.read_bytes() for path in paths}) == 1


def test_numbers_of_any_type_and_shape_are_kept(tmp_path: Path) -> None:
    tensors = {"scalar": torch.tensor(3), "none": torch.zeros(0, 2), "half": torch.ones(3, dtype=torch.bfloat16)}
    save_tensors(tmp_path / "x.safetensors", tensors, {})
    found, _ = load_tensors(tmp_path / "x.safetensors")
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)


@pytest.mark.parametrize("now", [{"config.yaml": "1"}, {"config.yaml": "2", "a": "3"}, {"config.yaml": "1", "a": "4"}])
def test_weights_beside_other_files_are_refused(now: dict[str, str]) -> None:
    written = {RUN: {"config.yaml": "1", "a": "3"}}
    require_same_run(Path("x.safetensors"), written, {"a": "3", "config.yaml": "1"})
    name = "config.yaml" if now["config.yaml"] == "2" else "a"
    with pytest.raises(RunError, match=rf"weights in 'x.safetensors' do not belong to the {name} beside them"):
        require_same_run(Path("x.safetensors"), written, now)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not those of this experiment"):
        load_model_tensors(nn.Linear(2, 3), nn.Linear(3, 2).state_dict(), tmp_path)

"""Item rows on the disk."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from taskfusion.base.errors import RunError
from taskfusion.serve.item_rows import ItemRows

ROWS = ItemRows({"experts 1": np.ones((5, 6), np.float32), "gate 1": np.zeros((5, 2), np.float32)}, "m", "i")


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    ROWS.save(tmp_path / "items.safetensors")
    found = ItemRows.load(tmp_path / "items.safetensors")
    assert (found.model, found.items, len(found), found.bytes_per_item) == ("m", "i", 5, 32)
    ROWS.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "items.safetensors").read_bytes()
    for name, share in ROWS.shares.items():
        np.testing.assert_array_equal(found.shares[name], share)


@pytest.mark.parametrize("content", [None, b"x"])
def test_a_damaged_file_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "items.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match=r"items\.safetensors"):
        ItemRows.load(path)


@pytest.mark.parametrize(
    "other",
    [
        ItemRows({**ROWS.shares, "gate 1": np.ones((5, 2), np.float32)}, "m", "i"),
        ItemRows(ROWS.shares, "n", "i"),
        ItemRows(ROWS.shares, "m", "j"),
    ],
    ids=["shares", "model", "items"],
)
def test_changed_bytes_are_named(other: ItemRows, tmp_path: Path) -> None:
    path = tmp_path / "items.safetensors"
    about = {"model": other.model, "items": other.items, "sha256": ROWS._checksum}
    save_file(dict(other.shares), path, metadata={"about": json.dumps(about)})
    with pytest.raises(RunError, match=r"items\.safetensors.*changed"):
        ItemRows.load(path)

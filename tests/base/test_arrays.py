"""Arrays come back as they were, however they lie in memory."""

from pathlib import Path

import numpy as np
from safetensors import safe_open

from taskfusion.base.arrays import write_arrays

GRID = np.arange(24, dtype=np.float32).reshape(4, 6)
VIEWS = {
    "as it is": GRID,
    "transposed": GRID.T,
    "a column": GRID[:, 2],
    "every other": GRID[::2, ::3],
    "backwards": GRID[::-1],
    "repeated": np.broadcast_to(np.float32(3), (2, 5)),
    "none": GRID[:0],
}


def test_views_come_back_as_they_read(tmp_path: Path) -> None:
    path = tmp_path / "arrays"
    write_arrays(path, VIEWS, {"about": "views"})
    with safe_open(path, framework="numpy") as file:
        assert file.metadata() == {"about": "views"}
        for name, view in VIEWS.items():
            assert np.array_equal(file.get_tensor(name), view), name

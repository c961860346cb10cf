"""Named arrays as a safetensors file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

from taskfusion.base.files import atomic_file


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]], metadata: Mapping[str, str]) -> None:
    """Write the file, whole or not at all.

    Args:
        path: of the file.
        arrays: by name; safetensors takes the bytes of a strided array, such as a column, out of order, so each is laid
            out anew where it has to be.
        metadata: texts by name.

    Raises:
        StorageError: it cannot be written.
    """
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with atomic_file(path, sum(array.nbytes for array in whole.values())) as temporary:
        save_file(whole, temporary, metadata=dict(metadata))

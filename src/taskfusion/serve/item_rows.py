"""The share of a catalogue's items in what reads the network's input, computed once for many requests.

Axes: I items, P outputs of a reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from taskfusion.base.errors import RunError
from taskfusion.base.files import atomic_file

_MODEL, _ITEMS = "model", "items"


@dataclass(frozen=True)
class ItemRows:
    """A row an item, in the order of the table that they were made of.

    They are to be made again when the model is trained again, or when an item comes or its features change.

    Attributes:
        shares: by the reader's name, float32 [I, P].
        model: fingerprint of the model.
        items: fingerprint of the items' encoded features.
    """

    shares: Mapping[str, npt.NDArray[np.float32]]
    model: str
    items: str

    def __len__(self) -> int:
        return len(next(iter(self.shares.values())))

    @property
    def bytes_per_item(self) -> int:
        """Memory that a row takes."""
        return sum(share.shape[1] * share.itemsize for share in self.shares.values())

    def save(self, path: Path) -> None:
        """Write a safetensors file, whole or not at all."""
        with atomic_file(path) as temporary:
            save_file(dict(self.shares), temporary, metadata={_MODEL: self.model, _ITEMS: self.items})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what save wrote.

        Raises:
            RunError: the file is missing or damaged.
        """
        try:
            with safe_open(path, framework="numpy") as file:
                metadata = file.metadata()
                return cls({name: file.get_tensor(name) for name in file.keys()}, metadata[_MODEL], metadata[_ITEMS])  # noqa: SIM118
        except (OSError, SafetensorError, KeyError, TypeError) as error:
            raise RunError(f"'{path}' should be a file of item rows, but cannot be read; make them again") from error

"""The share of a catalogue's items in what reads the network's input, computed once for many requests.

Axes: I items, P outputs of a reader.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from taskfusion.base.arrays import write_arrays
from taskfusion.base.boundary import reading, unreadable
from taskfusion.base.checksum import CHECKSUM, checksum
from taskfusion.base.files import from_home

_ABOUT, _MODEL, _ITEMS = "about", "model", "items"
_EXPECTED, _AGAIN = "a file of item rows", "make them again"


@dataclass(frozen=True)
class ItemRows:
    """A row per item, in the order of the table that they were made of.

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

    def save(self, path: str | Path) -> None:
        """Write a safetensors file, whole or not at all.

        Raises:
            StorageError: it cannot be written.
        """
        about = json.dumps({_MODEL: self.model, _ITEMS: self.items, CHECKSUM: self._checksum})
        write_arrays(from_home(path), self.shares, {_ABOUT: about})

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what save wrote.

        Raises:
            RunError: the file is missing or damaged, or was changed.
        """
        path = from_home(path)
        with reading(path, _EXPECTED, _AGAIN), safe_open(path, framework="numpy") as file:
            about = json.loads(file.metadata()[_ABOUT])
            found = cls({name: file.get_tensor(name) for name in file.keys()}, about[_MODEL], about[_ITEMS])  # noqa: SIM118
            if about[CHECKSUM] != found._checksum:
                raise unreadable(path, _EXPECTED, "its content was changed after it was written", _AGAIN)
        return found

    @property
    def _checksum(self) -> str:
        shares = ((f"{name} {share.dtype} {share.shape}", share) for name, share in self.shares.items())
        return checksum([*shares, (_MODEL, self.model.encode()), (_ITEMS, self.items.encode())])

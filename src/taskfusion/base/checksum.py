"""One checksum of named arrays and what is said of them, kept in the file that holds them."""

import hashlib
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Content = bytes | npt.NDArray[Any]

CHECKSUM: Final = "sha256"
"""Key of the checksum in the metadata of a file of arrays."""


def checksum(parts: Iterable[tuple[str, Content]]) -> str:
    """SHA-256, hexadecimal, of parts in any order.

    Args:
        parts: each what is said of an array, such as its name, type and shape, and its bytes.
    """
    digests = sorted(
        hashlib.sha256(about.encode() + b"\0" + hashlib.sha256(_bytes(content)).digest()).digest()
        for about, content in parts
    )
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _bytes(content: Content) -> Any:  # noqa: ANN401  whatever hashlib takes
    return content if isinstance(content, bytes) else np.ascontiguousarray(content).data

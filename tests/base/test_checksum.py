"""A checksum tells any other content apart."""

import numpy as np
import pytest

from taskfusion.base.checksum import Content, checksum

ROWS = np.arange(6, dtype=np.float32).reshape(2, 3)
PARTS: list[tuple[str, Content]] = [("a float32 (2, 3)", ROWS), ("model", b"m")]


def test_order_and_layout_do_not_count() -> None:
    assert checksum(PARTS) == checksum(PARTS[::-1])
    assert checksum(PARTS) == checksum([("a float32 (2, 3)", np.asfortranarray(ROWS)), PARTS[1]])
    assert checksum([("empty", ROWS[:0])]) == checksum([("empty", b"")])


@pytest.mark.parametrize(
    "other",
    [
        [PARTS[0]],
        [("a float32 (3, 2)", ROWS), PARTS[1]],
        [("a float32 (2, 3)", ROWS + 1), PARTS[1]],
        [PARTS[0], ("model", b"n")],
        [*PARTS, PARTS[1]],
        [PARTS[0], ("modelm", b"")],
    ],
)
def test_everything_counts(other: list[tuple[str, Content]]) -> None:
    assert checksum(other) != checksum(PARTS)

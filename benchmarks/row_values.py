"""Rows of every kind of feature and value, block by block, to encode as a table and one by one.

Axes: B rows of a block.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import polars as pl

Draw = Callable[[np.random.Generator, int], list[Any]]

HUGE: Final = [2**63 - 1, -(2**63), 2**53 + 1, 2**62, 0, -1]
WORDS: Final = ["", " ", "a", "é", "A", "b c", "7", "007", "7.0", "-3", "20", "東京", "a,b", "['a', 'b']", "[a", ",,"]
TIMES: Final = [
    *["2024-01-31", "2024-01-31 12:30:00.250000", "2024-01-31T12:30:00.25", "2024-02-01 12:30:00Z", "2024-02-30"],
    *["2024-2-1 1:2:60", "2024-02-01T00:00:00", "0000-02-29", "2024-02-01 12:30+09:00", "2024-02-01 24:00:00"],
]


def features() -> list[dict[str, Any]]:
    """Features of all kinds over seven columns."""
    ids = ("whole", "word", "time", "truth")
    ways = ("standardize", "log_standardize", "quantile", "none")
    parts = ("hour", "weekday", "day", "month")
    return [
        *[{"name": name, "kind": "categorical", "min_count": 1, "frequency": True} for name in ids],
        *[{"name": f"{name}-hash", "column": name, "kind": "categorical", "hash_buckets": 997} for name in ids],
        *[{"name": part, "column": "epoch", "kind": "categorical", "part": part, "min_count": 1} for part in parts],
        *[{"name": f"number-{way}", "column": "number", "kind": "numeric", "transform": way} for way in ways],
        {"name": "both", "column": "whole", "kind": "numeric", "also_categorical": True},
        {"name": "history", "kind": "sequence", "share_with": "whole", "max_length": 5},
        {"name": "history-length", "column": "history", "kind": "numeric", "length": True},
        {"name": "words", "kind": "multi_categorical", "separator": ",", "min_count": 1, "max_length": 3},
        {"name": "words-hash", "column": "words", "kind": "multi_categorical", "separator": ",", "hash_buckets": 97},
        {"name": "words-length", "column": "words", "kind": "numeric", "length": True, "separator": ","},
    ]


def _whole(rng: np.random.Generator, rows: int) -> list[Any]:
    near = rng.integers(-5, 200, rows).tolist()
    return [HUGE[n % len(HUGE)] if n > 190 else None if n > 180 else n for n in near]


def _whole_floats(rng: np.random.Generator, rows: int) -> list[Any]:
    return [None if n is None else float("nan") if n == 7 else float(n % 1000) for n in _whole(rng, rows)]


def _floats(rng: np.random.Generator, rows: int) -> list[Any]:
    found = (rng.normal(size=rows) * 10.0 ** rng.integers(-8, 9, rows)).tolist()
    return [None if n % 17 == 0 else float("nan") if n % 19 == 0 else one for n, one in enumerate(found)]


def _wide_floats(rng: np.random.Generator, rows: int) -> list[Any]:
    bits = rng.integers(0, 2**63, rows, dtype=np.uint64) | (rng.integers(0, 2, rows).astype(np.uint64) << np.uint64(63))
    return [float("nan") if number != number else number for number in bits.view(np.float64).tolist()]


def _epochs(rng: np.random.Generator, rows: int) -> list[Any]:
    units = 1000 ** rng.integers(0, 4, rows)
    found: list[Any] = (rng.integers(0, 4 * 10**9, rows) * units).tolist()
    return found


def _truths(rng: np.random.Generator, rows: int) -> list[Any]:
    return [None if n == 2 else bool(n) for n in rng.integers(0, 3, rows).tolist()]


def _one_of(choices: list[str]) -> Draw:
    def draw(rng: np.random.Generator, rows: int) -> list[Any]:
        places = rng.integers(0, len(choices) + 1, rows).tolist()
        return [None if place == len(choices) else choices[place] for place in places]

    return draw


def _texts(rng: np.random.Generator, rows: int) -> list[Any]:
    letters = "abcdeé漢 ,[]'\"07.-\t"
    lengths = rng.integers(0, 9, rows).tolist()
    return ["".join(letters[n] for n in rng.integers(0, len(letters), length)) for length in lengths]


def _lists(inner: Draw) -> Draw:
    def draw(rng: np.random.Generator, rows: int) -> list[Any]:
        lengths = rng.integers(-1, 9, rows).tolist()
        values = iter(inner(rng, sum(max(length, 0) for length in lengths)))
        return [None if length < 0 else [next(values) for _ in range(length)] for length in lengths]

    return draw


def _none(rng: np.random.Generator, rows: int) -> list[Any]:
    return [None] * rows


USUAL: Final[Mapping[str, list[Draw]]] = {
    "whole": [_whole, _whole, _whole_floats, _truths, _none],
    "word": [_one_of(WORDS), _texts, _none],
    "time": [_one_of(TIMES[:1]), _one_of(["2024-01-31 12:30:00.250000", "2024-02-01T00:00:00", "no time"]), _none],
    "truth": [_truths, _none],
    "number": [_floats, _floats, _whole, _truths, _none],
    "epoch": [_epochs, _one_of(["2024-01-31", "2024-01-31 12:30:00.25", "0000-02-29 23:59"]), _none],
    "history": [_lists(_whole), _lists(_whole), _lists(_whole_floats), _none],
    "words": [_texts, _one_of(WORDS), _lists(_one_of(WORDS)), _none],
}
"""What a column usually holds; a block draws one of these for each, so that it has one type."""

ANY: Final[list[Draw]] = [
    *[_whole, _whole_floats, _floats, _wide_floats, _epochs, _truths, _texts, _none],
    *[_one_of(WORDS), _one_of(TIMES), _lists(_whole), _lists(_floats), _lists(_texts), _lists(_lists(_truths))],
]
"""What a client may send in place of it."""


def block(rng: np.random.Generator, rows: int, *, odd_share: float) -> pl.DataFrame:
    """Rows whose columns have one type each.

    Args:
        rng: draws them.
        rows: B.
        odd_share: share of columns that may hold anything.
    """
    found = {}
    for name, usual in USUAL.items():
        choices = ANY if rng.random() < odd_share else usual
        found[name] = pl.Series(name, choices[int(rng.integers(len(choices)))](rng, rows), strict=False)
    return pl.DataFrame(found)


def training_rows(rng: np.random.Generator, rows: int) -> pl.DataFrame:
    """Rows to fit the encoder on: of each column the first of what it usually holds."""
    return pl.DataFrame({name: pl.Series(name, usual[0](rng, rows)) for name, usual in USUAL.items()})

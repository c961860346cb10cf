"""The hash of one key: what data/hashing.py computes for a column, in Python's integers."""

from typing import Final

_WORD: Final = (1 << 64) - 1
_BASE: Final = 0x9FB21C651E98DF25
_GOLDEN: Final = 0x9E3779B97F4A7C15


def stable_hash(key: int | str) -> int:
    """64 bits of an integer, or of a text over its UTF-8 bytes and their number; seed 0 of the column's hash."""
    bits = _text_bits(key) if isinstance(key, str) else key & _WORD
    return _splitmix(bits ^ _SEED)


def _text_bits(text: str) -> int:
    total, content = 0, text.encode()
    for byte in reversed(content):
        total = (total * _BASE + byte + 1) & _WORD
    return _splitmix(total ^ _splitmix(len(content)))


def _splitmix(bits: int) -> int:
    mixed = (bits + _GOLDEN) & _WORD
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _WORD
    return mixed ^ (mixed >> 31)


_SEED: Final = _splitmix(0)

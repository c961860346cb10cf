"""A 64-bit hash of column values that is the same on every machine and in every version."""

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from taskfusion.data.keys import as_keys, without_nulls

Hashes = npt.NDArray[np.uint64]

_NULL = np.uint64(0x6E756C6C5F76616C)
_BASE = np.uint64(0x9FB21C651E98DF25)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def stable_hash(values: pl.Series, seed: int = 0) -> Hashes:
    """Hash values [B] to uint64 [B].

    An integer hashes alike in every width, as a boolean (0 and 1) and as a float; distinct 64-bit integers never
    collide. A string is hashed over its UTF-8 bytes and their number; categories, dates and times as their text;
    nulls and NaN give one value. Another seed gives another hash.

    Raises:
        DataError: the column is of a nested or binary type.
    """
    bits, missing = _float_bits(values) if values.dtype.is_float() else _key_bits(values)
    mixed = splitmix(bits ^ splitmix(np.array([seed % 2**64], dtype=np.uint64)))
    mixed[missing] = splitmix(np.array([seed % 2**64], dtype=np.uint64) ^ _NULL)
    return mixed


def _key_bits(values: pl.Series) -> tuple[Hashes, npt.NDArray[np.bool_]]:
    keys = as_keys(values, f"the column '{values.name}'")
    missing = keys.is_null().to_numpy()
    if keys.dtype == pl.String:
        return text_bits(keys.fill_null("").rechunk().to_arrow().cast(pa.large_string())), missing
    return without_nulls(keys, 0).view(np.uint64), missing


def _float_bits(values: pl.Series) -> tuple[Hashes, npt.NDArray[np.bool_]]:
    numbers = values.cast(pl.Float64).fill_nan(None)
    missing = numbers.is_null().to_numpy()
    float_B = np.array(numbers.fill_null(0.0).to_numpy())
    whole_B = (float_B == np.floor(float_B)) & (np.abs(float_B) < 2.0**63)
    integer_B = np.where(whole_B, float_B, 0.0).astype(np.int64)
    return np.where(whole_B, integer_B.view(np.uint64), float_B.view(np.uint64)), missing


def text_bits(array: pa.LargeStringArray) -> Hashes:
    """64 bits [B] of strings without nulls: the sum of (byte + 1) * base**place over UTF-8, mixed with the length."""
    _, offset_buffer, byte_buffer = array.buffers()
    offset = np.frombuffer(offset_buffer, dtype=np.int64, count=len(array) + 1, offset=8 * array.offset)
    length = np.diff(offset)
    total = int(offset[-1] - offset[0])
    if total == 0:
        return splitmix(splitmix(np.zeros(len(array), dtype=np.uint64)))
    text = np.frombuffer(byte_buffer, dtype=np.uint8, count=total, offset=int(offset[0]))
    place = np.arange(total) - np.repeat(offset[:-1] - offset[0], length)
    powers = np.full(int(length.max()), _BASE)
    powers[0] = 1
    np.cumprod(powers, out=powers)
    sums = np.zeros(total + 1, dtype=np.uint64)
    np.cumsum((text.astype(np.uint64) + np.uint64(1)) * powers[place], out=sums[1:])
    start = offset - offset[0]
    polynomial = sums[start[1:]] - sums[start[:-1]]
    return splitmix(polynomial ^ splitmix(length.astype(np.uint64)))


def splitmix(bits: Hashes) -> Hashes:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), a bijection of 64-bit words."""
    mixed = bits + _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))

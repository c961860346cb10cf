"""What is done to a sound document: values, keys, bytes."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any, Final

ODD: Final = (
    *(b"null", b"true", b"0", b"-1", b"1.5", b"1e308", b"-0.0", b"-1e-999", b"5e-324", b"1.0", b"1." + b"3" * 5_000),
    *(str(number).encode() for number in (2**31, 2**53 + 1, 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 2**70, 10**30)),
    *(b'""', b'" "', b'"v1"', b'"\\u0000"', b'"\\ud83d\\ude00"', b'"\xc3\xbc\xe2\x80\xa8"', b'"9999999-99-99"'),
    *(b'"' + b"x" * 10_000 + b'"', b'"' + b"1," * 5_000 + b'"', b'"2024-01-31T10:00:00Z"', b'"-0001-01-01"'),
    *(b'"NaN"', b'"1e999"', b'"' + b"9" * 40 + b'"', b'"true"', b'"\\n\\r\\t"', b'"%s{}"'),
    *(b"[]", b"[null]", b"[[]]", b'["v1", 1]', b"[1.5]", b'[{"a": 1}]', b"[" + b'"v1",' * 999 + b'"v1"]'),
    *(b"{}", b'{"id": "v1"}', b'{"a": {"b": null}}', b'{"city": 3}', b'{"id": 1, "id": "v1"}', b'{"": null}'),
    *(b"[" * 50 + b"]" * 50, b"[" * 900 + b"]" * 900, b'{"a":' * 500 + b"1" + b"}" * 500),
)
"""JSON of every type that stands where a value was."""

NO_JSON: Final = (
    *(b"9" * 10_000, b"1e999", b"1E400", b"NaN", b"Infinity", b"-Infinity", b"nan", b"None", b"01", b"+1", b".5"),
    *(b'"\\ud800"', b'"\xff"', b"[NaN]", b"[" * 100_000, b"'v1'", b"undefined", b"1,2", b'"v1" "v2"', b"", b"/* */"),
    b"\xef\xbb\xbf1",
)
"""The same, of no type."""

KEYS: Final = ("", "id", "__class__", "request", "user_id", "a.b.c", "place", "x" * 5_000, "\u2028", "\x00", "Name")
_MANY: Final = 2_000
"""Values of a document that is not made longer: what is in it thousands of times would be so squared."""

_MARK: Final = "\x02odd"


def places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401  JSON
    """Paths to every value of a document."""
    keys = content if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
    for key in keys:
        yield (*path, key)
        yield from places(content[key], (*path, key))


def changed(content: dict[str, Any], random: Random, times: int) -> bytes:
    """JSON of a document with values that are others or gone, and keys that are others or there twice.

    Args:
        content: the document.
        random: chooses.
        times: changes.
    """
    content = json.loads(json.dumps(content))  # rows of a log that others read too are in it
    chosen: list[bytes] = []
    for _ in range(times):
        paths = list(places(content))
        if not paths:
            break
        *parents, last = random.choice(paths)
        inside: Any = content
        for key in parents:
            inside = inside[key]
        way = random.randrange(8)
        if way == 0:
            del inside[last]
        elif way == 1 and isinstance(inside, dict):
            inside[random.choice(KEYS)] = inside.pop(last)
        elif way == 2 and isinstance(inside, list):
            inside.extend(inside[:1] * random.choice((1, 10, 3_000 if len(paths) < _MANY else 2)))
        elif way == 3 and isinstance(inside, dict):
            inside[random.choice(KEYS)] = inside[last]
        else:
            inside[last] = f"{_MARK}{len(chosen)}"
            chosen.append(random.choice(ODD if random.random() < 0.9 else NO_JSON))
    text = json.dumps(content).encode()
    for number, odd in enumerate(chosen):
        text = text.replace(json.dumps(f"{_MARK}{number}").encode(), odd)
    return text


def mutated(content: bytes, random: Random) -> bytes:
    """Bytes are cut off, others, doubled, inserted, swapped, or very deep."""
    place, way = random.randrange(len(content) + 1), random.randrange(8)
    before, after = content[:place], content[place:]
    if way == 0:
        return before
    if way == 1:
        return before + random.randbytes(random.randrange(1, 9)) + after[1:]
    if way == 2:
        return before + content[place // 2 :]
    if way == 3:
        return before + random.choice((b"[", b"{", b'{"a":', b'"', b"\\")) * random.choice((1, 5, 1_100, 3_000)) + after
    if way == 4:
        return before + random.choice(NO_JSON) + after
    if way == 5 and after:
        return before + bytes([after[0] ^ (1 << random.randrange(8))]) + after[1:]
    if way == 6:
        return after + before
    return before + after[random.randrange(1, 20) :]

"""Fields of objects in a row as columns of their own."""

from collections.abc import Collection, Iterator, Mapping


def with_fields(row: Mapping[str, object], columns: Collection[str]) -> dict[str, object]:
    """A row with those fields of its objects, at any depth, that are among some columns, as place.city.

    A missing object has missing fields, and a column that is called so already stays.

    Args:
        row: values by column.
        columns: that are looked for.
    """
    found = dict(row)
    for column in columns:
        if column not in found:
            found.update((column, value) for value in _fields(row, column))
    return found


def _fields(inside: Mapping[str, object], name: str) -> Iterator[object]:
    """The value of a field, where there is one."""
    if name in inside:
        yield inside[name]
        return
    for place, letter in enumerate(name):
        outer = name[:place]
        if letter == "." and outer in inside:
            value = inside[outer]
            if value is None:
                yield None
            elif isinstance(value, Mapping):
                yield from _fields(value, name[place + 1 :])

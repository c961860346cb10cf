"""Make docs/reference/python.md, the reference of the Python interface, from signatures and docstrings."""

import inspect
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

from pydantic import BaseModel

import taskfusion

HEAD = """# The Python interface

Everything in `taskfusion.__all__`. It stays: a name that goes is deprecated first, and says what to use instead. This
page is made from signatures and docstrings by `make docs`, and the tests run its examples. Axes of shapes: B rows, T
tasks, U units, D input width, H expert width. Tables are pandas, Polars or Arrow; what comes back is of the same kind.

Importing taskfusion loads nothing; each name loads what it needs when it is first used. `Experiment` and `Scorer` never
load torch.
"""
SECTION = re.compile(r"^(Args|Attributes|Returns|Raises):\n((?:    .*\n?|\n)+)", re.MULTILINE)
ENTRY = re.compile(r"^    (?=\S)", re.MULTILINE)
EXAMPLE = re.compile(r"((?:^(?:>>>|\.\.\.).*\n(?:(?!>>>|\.\.\.)\S.*\n)*)+)", re.MULTILINE)
NAMED = re.compile(r"^([*]*[\w.]+):")


def python_reference() -> str:
    """The page."""
    named = {name: getattr(taskfusion, name) for name in taskfusion.__all__ if not name.startswith("__")}
    things = [text for name, thing in named.items() if not _is_error(thing) for text in _thing(name, thing)]
    errors = [f"- `{name}`: {_plain(thing)}" for name, thing in named.items() if _is_error(thing)]
    return "\n".join([HEAD, *things, "## Errors", "", *errors, ""])


def _is_error(thing: Any) -> bool:
    return inspect.isclass(thing) and issubclass(thing, Exception)


def _plain(thing: Any) -> str:
    return " ".join((inspect.getdoc(thing) or "").split())


def _thing(name: str, thing: Any) -> Iterator[str]:
    yield f"## `{name}`\n"
    if inspect.isclass(thing) and issubclass(thing, BaseModel):
        yield "Its fields are the sections of [the experiment file](../experiment-file.md).\n"
    else:
        yield f"```python\n{name}{_signature(thing)}\n```\n"
    yield _text(thing)
    for key, member in _members(thing).items() if inspect.isclass(thing) else ():
        if not key.startswith("_") and inspect.getdoc(member):
            yield from _member(name, key, member)


def _members(thing: type) -> dict[str, Any]:
    """What a class has of its own, then what it has from those that it is made of here."""
    ours = [one for one in thing.__mro__ if one.__module__.partition(".")[0] == taskfusion.__name__]
    return {key: member for one in reversed(ours) for key, member in vars(one).items()}


def _member(owner: str, name: str, member: Any) -> Iterator[str]:
    if isinstance(member, property):
        yield f"### `{owner}.{name}`\n"
        yield f"Of type `{_annotation(inspect.signature(member.fget).return_annotation)}`.\n" if member.fget else ""
        yield _text(member)
    elif inspect.isfunction(member) or isinstance(member, classmethod):
        function = member.__func__ if isinstance(member, classmethod) else member
        yield f"### `{owner}.{name}`\n"
        yield f"```python\n{name}{_signature(function, bound=True)}\n```\n"
        yield _text(function)


def _signature(function: Any, bound: bool = False) -> str:
    """Arguments one a line, without self."""
    found = inspect.signature(function)
    parameters = list(found.parameters.values())[bound:]
    lines, starred = [], False
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and not starred and not _takes_more(parameters):
            lines.append("    *,")
            starred = True
        lines.append(f"    {_parameter(parameter)},")
    result = found.return_annotation
    arrow = "" if result is found.empty or inspect.isclass(function) else f" -> {_annotation(result)}"
    return "(" + "".join(f"\n{line}" for line in lines) + ("\n)" if lines else ")") + arrow


def _takes_more(parameters: list[inspect.Parameter]) -> bool:
    return any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
    default = "" if parameter.default is parameter.empty else f" = {_value(parameter.default)}"
    return f"{stars}{parameter.name}: {_annotation(parameter.annotation)}{default}"


def _value(default: Any) -> str:
    return str(default) if isinstance(default, Enum) else repr(default)


def _annotation(annotation: Any) -> str:
    """A type as it is written, without the modules that names stand in."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Z])", "", text)


def _text(thing: Any) -> str:
    """A docstring as Markdown: sections as lists, examples as code."""
    text = (inspect.getdoc(thing) or "") + "\n"
    text = SECTION.sub(lambda found: f"**{found[1]}**\n\n{_entries(found[2])}\n", text)
    return re.sub(
        r"((?:^(?:>>>|\.\.\.).*\n(?:(?!>>>|\.\.\.)\S.*\n)*)+)", r"```python\n\1```\n", text, flags=re.MULTILINE
    )


def _entries(block: str) -> str:
    entries = [" ".join(entry.split()) for entry in ENTRY.split(block) if entry.strip()]
    return "".join("- " + NAMED.sub(r"`\1`:", entry) + "\n" for entry in entries)

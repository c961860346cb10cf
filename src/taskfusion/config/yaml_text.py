"""The YAML of experiment files: plain values only, every key once, of bounded size, depth and number of values."""

import re
from collections.abc import Hashable
from typing import Any, Final

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from taskfusion.base.errors import ExperimentError

MOST_CHARACTERS: Final = 2_000_000
MOST_DEPTH: Final = 32
MOST_VALUES: Final = 200_000
"""Values and keys of a text, each alias counted as what it stands for."""

_SHOWN_CHARACTERS: Final = 40
_PREFIX: Final = "tag:yaml.org,2002:"
_MERGE: Final = f"{_PREFIX}merge"
_TAGS: Final = frozenset(f"{_PREFIX}{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq", "merge"))
_INT: Final = re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)$")
_FLOAT: Final = re.compile(
    r"^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)"
    r"|\.(?:nan|NaN|NAN))$"
)


def load_yaml(text: str, origin: str) -> Any:  # noqa: ANN401  whatever the file holds
    """Content of a YAML text: texts, numbers, true, false and null, in lists and mappings from texts.

    Numbers are decimal; dates, times of day and octal numbers are texts.

    Args:
        text: of the file or the setting.
        origin: what error messages call it.

    Raises:
        ExperimentError: the text is no YAML, or too long, too deep or too large, a key stands twice or is no text, or
            a value is of another type; the message says in which line.
    """
    if len(text) > MOST_CHARACTERS:
        raise ExperimentError(f"{origin} has {len(text):,} characters, where {MOST_CHARACTERS:,} are the most")
    try:
        return yaml.load(text, Loader=_PlainLoader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = f"the character U+{error.character:04X} is not allowed"
        raise ExperimentError(f"{origin} should be YAML, but in line {line} {problem}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = " ".join(f"{error.context + ': ' if error.context else ''}{error.problem}".split())
        raise ExperimentError(f"{origin} should be YAML, but in line {line} {problem}") from error


def dump_yaml(content: Any, *, on_one_line: bool = False) -> str:  # noqa: ANN401  whatever YAML holds
    """The text that load_yaml reads as this content.

    Args:
        content: texts, numbers, true, false and null, in lists and mappings from texts.
        on_one_line: in braces and brackets, without a line break.
    """
    return yaml.dump(
        content,
        Dumper=_PlainDumper,
        default_flow_style=on_one_line,
        sort_keys=False,
        allow_unicode=True,
        width=float("inf") if on_one_line else 120,
    )


class _PlainDumper(yaml.SafeDumper):
    """Writes line breaks and the like inside texts as escapes."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(f"{_PREFIX}str", text, style=None if text.isprintable() else '"')


_PlainDumper.add_representer(str, _represent_text)


class _PlainLoader(yaml.SafeLoader):
    """YAML in which nothing is lost, unfolded without end, or made into an object."""

    yaml_implicit_resolvers = {  # noqa: RUF012  as its base class has it
        first: [(tag, regexp) for tag, regexp in resolvers if tag in _TAGS - {f"{_PREFIX}int", f"{_PREFIX}float"}]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._sizes: dict[int, int] = {}

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:  # noqa: ANN401  as its base class has it
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise ComposerError(problem=f"values are nested more than {MOST_DEPTH} deep", problem_mark=event.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        if node is not None and not isinstance(event, yaml.AliasEvent):
            self._sizes[id(node)] = self._size(node)
        elif id(node) not in self._sizes:
            raise ComposerError(problem="a value refers to itself", problem_mark=event.start_mark)
        return node

    def _size(self, node: Node) -> int:
        """Values in a node whose own values are composed; what it refers to counts again."""
        if node.tag not in _TAGS:
            raise ComposerError(
                problem=f"the type {node.tag.removeprefix(_PREFIX)} is not known here", problem_mark=node.start_mark
            )
        size = 1 + sum(self._sizes[id(value)] for value in _values(node))
        if size > MOST_VALUES:
            raise ComposerError(
                problem=f"a value stands for {size:,} values, where {MOST_VALUES:,} are the most",
                problem_mark=node.start_mark,
            )
        if isinstance(node, MappingNode):
            _require_keys(node)
        return size

    def construct_object(self, node: Node, deep: bool = False) -> Hashable:
        try:
            made: Hashable = super().construct_object(node, deep)
            return made
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            kind = node.tag.removeprefix(_PREFIX)
            raise ConstructorError(
                problem=f"{_short(node.value)} cannot be read as {kind}", problem_mark=node.start_mark
            ) from error


_PlainLoader.add_implicit_resolver(f"{_PREFIX}int", _INT, list("-+0123456789"))
_PlainLoader.add_implicit_resolver(f"{_PREFIX}float", _FLOAT, list("-+0123456789."))


def _values(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [one for pair in node.value for one in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _require_keys(node: MappingNode) -> None:
    """Every key is a text that stands once, or merges another mapping."""
    seen = set()
    for key, _ in node.value:
        if key.tag == _MERGE:
            continue
        if not isinstance(key, ScalarNode) or key.tag != f"{_PREFIX}str":
            shown = _short(key.value) if isinstance(key, ScalarNode) else "a list or a mapping"
            raise ComposerError(
                problem=f"the key {shown} is no text; put it in quotes, if it is meant", problem_mark=key.start_mark
            )
        if key.value in seen:
            raise ComposerError(problem=f"the key {_short(key.value)} stands twice", problem_mark=key.start_mark)
        seen.add(key.value)


def _short(value: object) -> str:
    if not isinstance(value, str):
        return "a value"
    return f"'{value}'" if len(value) <= _SHOWN_CHARACTERS else f"'{value[:_SHOWN_CHARACTERS]}...'"

"""Dotted names of settings, such as training.epochs, and which of them was perhaps meant."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from taskfusion.schema.spec import Spec


def setting_names(part: type[Spec]) -> Iterator[str]:
    """Names of all settings of a part of the experiment file, but for those of entries of lists."""
    for key, field in part.model_fields.items():
        sections = () if get_origin(field.annotation) is tuple else specs_of(field.annotation)
        inner = dict.fromkeys(name for section in sections for name in setting_names(section))
        yield from (f"{key}.{name}" for name in inner) if inner else (key,)


def settings_called(key: str, part: type[Spec]) -> list[str]:
    """Names of the settings whose last word is this one, such as "epochs"."""
    return _by_last_word(part).get(key, [])


def settings_like(key: str, part: type[Spec]) -> list[str]:
    """Names of the settings whose last word is nearest to this one; empty where none is near."""
    named = _by_last_word(part)
    return [name for near in get_close_matches(key, named, n=1) for name in named[near]]


def _by_last_word(part: type[Spec]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for name in setting_names(part):
        named.setdefault(name.rpartition(".")[2], []).append(name)
    return named


def specs_of(annotation: Any) -> list[type[Spec]]:  # noqa: ANN401  a typing construct has no narrower type
    """The parts of the experiment file that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return [annotation]
    return [spec for argument in get_args(annotation) for spec in specs_of(argument)]

"""Settings put over those of an experiment file, by dotted names such as training.epochs or tasks.click.loss_weight.

Null for an entry of a list, such as features.age=null, takes it out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from taskfusion.base.errors import ExperimentError
from taskfusion.base.nearest import did_you_mean
from taskfusion.config.yaml_text import load_yaml


def with_overrides(content: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """A copy of the content of an experiment file with some settings replaced, as the command line gives them.

    Args:
        content: nested mappings as in the YAML file; they stay as they are.
        overrides: settings like "training.epochs=3".

    Raises:
        ExperimentError: an override is no setting, or its key cannot be set.
    """
    changed: dict[str, Any] = _copy(content)
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key:
            raise ExperimentError(f"a setting should look like training.epochs=3, found '{override}'")
        _put(changed, key, load_yaml(text, f"the value in '{override}'"), override)
    return changed


def with_settings(content: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the content of an experiment file with some settings replaced.

    Args:
        content: nested mappings as in the YAML file; they stay as they are.
        settings: values by dotted names.

    Raises:
        ExperimentError: a name cannot be set.
    """
    changed: dict[str, Any] = _copy(content)
    for name, value in settings.items():
        _put(changed, name, value, name)
    return changed


def _copy(content: Any) -> Any:  # noqa: ANN401  nested mappings and lists
    if isinstance(content, Mapping):
        return {key: _copy(value) for key, value in content.items()}
    return [_copy(value) for value in content] if isinstance(content, list | tuple) else content


def _put(content: dict[str, Any], name: str, value: Any, shown: str) -> None:  # noqa: ANN401  whatever YAML holds
    """Put a value under a dotted name; errors quote what is shown."""
    place: Any = content
    last, rest = _first(place, name.split("."))
    while rest:
        place = _inside(place, last, shown)
        last, rest = _first(place, rest)
    if isinstance(place, list) and value is None:
        place.remove(_inside(place, last, shown))
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise _unsettable(shown, last)


def _first(place: Any, parts: list[str]) -> tuple[str, list[str]]:  # noqa: ANN401  nested mappings and lists
    """The key that leads on, and the parts after it; the name of a list's entry may hold dots."""
    if isinstance(place, list):
        for end in range(len(parts), 1, -1):
            if ".".join(parts[:end]) in _named(place):
                return ".".join(parts[:end]), parts[end:]
    return parts[0], parts[1:]


def _named(entries: list[Any]) -> dict[str, Any]:
    return {entry["name"]: entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("name"), str)}


def _inside(place: Any, key: str, shown: str) -> Any:  # noqa: ANN401  nested mappings and lists
    """What stands under a key; in a list, the entry of that name."""
    if isinstance(place, dict):
        return place.setdefault(key, {})
    if not isinstance(place, list):
        raise _unsettable(shown, key)
    named = _named(place)
    if key not in named:
        meant = did_you_mean(key, named)
        raise ExperimentError(
            f"'{shown}' cannot be set: the list has no entry named '{key}', but {', '.join(named)}{meant}"
        )
    return named[key]


def _unsettable(shown: str, key: str) -> ExperimentError:
    return ExperimentError(f"'{shown}' cannot be set: what should hold '{key}' is a list or a value, no group of keys")

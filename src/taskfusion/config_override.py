"""Settings from the command line, such as training.epochs=3, put over those of an experiment file."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from taskfusion.errors import ExperimentError


def with_overrides(content: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """A copy of the content of an experiment file with some settings replaced.

    Args:
        content: nested mappings as in the YAML file; they stay as they are.
        overrides: settings like "training.epochs=3".

    Raises:
        ExperimentError: an override is no setting, or its key cannot be set.
    """
    changed = _copy_of_mappings(content)
    for override in overrides:
        _apply(changed, override)
    return changed


def _copy_of_mappings(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copy_of_mappings(v) if isinstance(v, Mapping) else v for key, v in content.items()}


def _apply(content: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise ExperimentError(f"a setting should look like training.epochs=3, found '{override}'")
    *parents, last = key.split(".")
    for parent in parents:
        content = content.setdefault(parent, {})
        if not isinstance(content, dict):
            raise ExperimentError(f"'{override}' cannot be set: '{parent}' is a list or a value, not a group of keys")
    try:
        content[last] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ExperimentError(f"'{override}': the value is not YAML") from error

"""Whether two experiments are of the same run."""

from typing import Any

from taskfusion.config.experiment import Experiment

HARMLESS = ("data", "training.threads", "training.checkpoint_seconds", "tuning")
"""Settings that a run may be resumed with another value of: the data is known by its fingerprint."""


def setting_change(begun: Experiment, now: Experiment) -> str | None:
    """A setting that differs, in words; None where none does.

    Paths, threads, the time between resume points and what tune searches may differ.

    Args:
        begun: what a run was begun with.
        now: what it is to be gone on with.
    """
    before = _flat(begun.model_dump(mode="json"))
    after = _flat(now.model_dump(mode="json"))
    harmless = tuple(f"{name}." for name in HARMLESS)
    differing = sorted(
        key
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key) and not f"{key}.".startswith(harmless)
    )
    if not differing:
        return None
    key = differing[0]
    return f"{key} = {before.get(key)}, but the experiment now says {after.get(key)}"


def _flat(content: Any, prefix: str = "") -> dict[str, Any]:  # noqa: ANN401  nested JSON
    """Nested mappings and lists as one mapping of dotted keys."""
    items = content.items() if isinstance(content, dict) else enumerate(content, 1) if isinstance(content, list) else ()
    if not isinstance(content, dict | list):
        return {prefix: content}
    return {key: value for name, part in items for key, value in _flat(part, f"{prefix}.{name}".lstrip(".")).items()}

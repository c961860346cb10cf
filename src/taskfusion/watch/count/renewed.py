"""A state whose references were made anew: what was counted against the old ones says nothing of the new ones."""

from typing import Final

from taskfusion.watch.count.feature import ANY_MODEL
from taskfusion.watch.reference.model import KnownModels
from taskfusion.watch.state.memory import WatchState

_HELD_AGAINST_ONE: Final = ("windows", "latest", "features", "latest_features", "fusion")


def digests(models: KnownModels) -> dict[str, str]:
    """SHA-256 of each reference, by the fingerprint of its model."""
    return {bundle or ANY_MODEL: model.digest for bundle, model in models.models.items()}


def renewed(state: WatchState, models: KnownModels) -> WatchState:
    """A state without windows and evidence of models whose references are other ones now.

    Args:
        state: where a watch was left; where it does not say what it was held against, all is kept.
        models: that are known now.
    """
    before, now = state.references, digests(models)
    if before in ({}, now):
        return state

    def is_same(bundle: str) -> bool:
        return before.get(bundle, before.get(ANY_MODEL)) == now.get(bundle, now.get(ANY_MODEL))

    kept = {name: [one for one in getattr(state, name) if is_same(one.bundle)] for name in _HELD_AGAINST_ONE}
    return WatchState.model_validate(dict(state) | kept)

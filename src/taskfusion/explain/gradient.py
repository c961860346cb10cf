"""Gradients of what a model computes, not of how it is trained."""

from collections.abc import Iterator
from contextlib import contextmanager

from taskfusion.model.fusion.feature_gate import FeatureGates
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.multitask import MultiTaskModel


@contextmanager
def whole_gradients(model: MultiTaskModel) -> Iterator[None]:
    """Gradients pass where training stops them: at other tasks' experts (stem, level 0) and in feature gates.

    Without it a path integral of gradients would miss what acts through there, and would not add up.
    """
    stopping = [part for part in model.modules() if isinstance(part, FusionLevel | FeatureGates) and part.stops]
    for part in stopping:
        part.stops = False
    try:
        yield
    finally:
        for part in stopping:
            part.stops = True


@contextmanager
def network_alone(model: MultiTaskModel) -> Iterator[None]:
    """Predictions of the network without the trees beside it, where there are any."""
    ensemble, model.ensemble = model.ensemble, None
    try:
        yield
    finally:
        model.ensemble = ensemble

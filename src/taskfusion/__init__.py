"""Multi-task ranking with Adaptive Task-to-Task Fusion (AdaTT, KDD 2023).

What stands in __all__ is the public interface: it stays, or is deprecated before it goes. Importing taskfusion loads
none of it; each name loads what it needs when it is first used, so that Experiment and Scorer never load torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from taskfusion.base.version import __version__

if TYPE_CHECKING:
    from taskfusion.base.errors import (
        DataError,
        ExperimentError,
        InterruptedTrainingError,
        RunError,
        StorageError,
        TaskfusionError,
    )
    from taskfusion.config.experiment import Experiment
    from taskfusion.model.fusion.network import build_network
    from taskfusion.ranker.ranker import MultiTaskRanker
    from taskfusion.serve.scorer import Scorer
    from taskfusion.train.running_loss import DivergedTrainingError
    from taskfusion.variants.table import register_variant, unregister_variant

__all__ = [
    "DataError",
    "DivergedTrainingError",
    "Experiment",
    "ExperimentError",
    "InterruptedTrainingError",
    "MultiTaskRanker",
    "RunError",
    "Scorer",
    "StorageError",
    "TaskfusionError",
    "__version__",
    "build_network",
    "register_variant",
    "unregister_variant",
]

_MODULES: Final = {
    "DataError": "base.errors",
    "DivergedTrainingError": "train.running_loss",
    "Experiment": "config.experiment",
    "ExperimentError": "base.errors",
    "InterruptedTrainingError": "base.errors",
    "MultiTaskRanker": "ranker.ranker",
    "RunError": "base.errors",
    "Scorer": "serve.scorer",
    "StorageError": "base.errors",
    "TaskfusionError": "base.errors",
    "build_network": "model.fusion.network",
    "register_variant": "variants.table",
    "unregister_variant": "variants.table",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    if name not in _MODULES:
        raise AttributeError(f"module 'taskfusion' has no attribute '{name}'")
    return getattr(import_module(f"taskfusion.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

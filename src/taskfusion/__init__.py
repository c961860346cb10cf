"""Multi-task ranking with Adaptive Task-to-Task Fusion (AdaTT, KDD 2023)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taskfusion.model.fusion.network import build_network
    from taskfusion.ranker import MultiTaskRanker

__version__ = "0.1.0"
__all__ = ["MultiTaskRanker", "__version__", "build_network"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  torch is imported when first needed, not for --help
    if name == "build_network":
        from taskfusion.model.fusion.network import build_network

        return build_network
    if name == "MultiTaskRanker":
        from taskfusion.ranker import MultiTaskRanker

        return MultiTaskRanker
    raise AttributeError(f"module 'taskfusion' has no attribute '{name}'")

"""Multi-task ranking with Adaptive Task-to-Task Fusion (AdaTT, KDD 2023)."""

__version__ = "0.1.0"

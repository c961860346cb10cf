"""Metrics per task, the criterion of early stopping, and the statistics of a comparison."""

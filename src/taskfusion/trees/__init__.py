"""Models outside the network: gradient-boosted trees, one model per task."""

"""From the network's states to predictions: towers, relations between tasks, heads, calibration."""

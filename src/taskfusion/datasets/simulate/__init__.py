"""A short-video feed whose true probabilities are known: its settings, its world, its outcomes, its tables."""

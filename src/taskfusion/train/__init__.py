"""Optimizers, the training loop, resume points."""

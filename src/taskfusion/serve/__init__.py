"""Scoring with a finished model: export, one user with many candidates, rows of items computed beforehand."""

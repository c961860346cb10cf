"""Whole stories on simulated data, each by one command."""

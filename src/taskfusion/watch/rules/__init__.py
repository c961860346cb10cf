"""Rules for Prometheus, with their unit tests."""

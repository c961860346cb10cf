"""Watching what is served: counts of decisions and outcomes against a reference, and alarms."""

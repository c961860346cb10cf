"""Logs that grow, read once from where they were left: decisions and outcomes as arrays."""

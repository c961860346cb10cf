"""The only place where an experiment becomes objects."""

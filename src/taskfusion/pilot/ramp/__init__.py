"""A candidate that is widened stage by stage on a running server, and rolled back where it harms."""

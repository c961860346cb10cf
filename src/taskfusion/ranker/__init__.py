"""The Python face: the system in a few lines, on tables in memory."""

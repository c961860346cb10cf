"""What a log table means: its features, its tasks, how it is cut into splits."""

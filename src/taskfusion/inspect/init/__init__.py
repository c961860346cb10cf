"""The first experiment file, inferred from a table: what is a feature, what a task, and on what evidence."""

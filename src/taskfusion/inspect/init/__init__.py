"""The first experiment file, guessed from a table: what is a feature, what a task, and on what evidence."""

"""Which task helps which: the model with all tasks, without each, and each task alone."""

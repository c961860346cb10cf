"""What a model predicts: one file per kind of task, and the table of all kinds."""

"""Teachers, and what networks learn of them in place of the labels."""

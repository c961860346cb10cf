"""Hold methods against each other: who can take part, which models that makes, what is kept of each."""

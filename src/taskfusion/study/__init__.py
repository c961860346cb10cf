"""Many models, one question: compare, tune."""

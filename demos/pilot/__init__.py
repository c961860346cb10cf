"""A new model goes into production by a pilot, step by step, and one step goes wrong: python -m demos.pilot."""

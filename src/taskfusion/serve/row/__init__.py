"""One row, or few, to codes and numbers without a table: dictionaries, floats and NumPy, nothing else."""

"""What a table is (init), and what is wrong with an experiment on it (check)."""

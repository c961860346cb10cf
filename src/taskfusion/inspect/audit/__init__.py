"""What is wrong with a table before anything is trained: one check per file."""

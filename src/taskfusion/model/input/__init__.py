"""What the network reads: embedding tables, encoded numbers, and x, the vector of a row."""

"""Tables in, encoded batches out."""

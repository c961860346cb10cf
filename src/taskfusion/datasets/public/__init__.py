"""Public data sets made ready to train on: files of the publisher in, one table per split out."""

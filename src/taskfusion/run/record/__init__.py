"""Typed content of the files of a run, a comparison and a search; one file per artifact."""

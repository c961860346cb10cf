"""Items encoded beforehand, in a directory that processes that score map into memory; only the writer needs Polars."""

"""The decision log: one row per answered request, a stream while it is written and Parquet afterwards."""

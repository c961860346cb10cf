"""Tables scored into Parquet parts, block by block, by an exported model."""

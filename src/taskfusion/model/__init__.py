"""The model: inputs, fusion levels, towers, heads; plain arguments, no experiment file."""

"""What is computed of counts: evidence of a shift and its limit, drift of a distribution, and many tests at once."""

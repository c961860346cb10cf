"""A pilot of a few KPIs: planned, assigned, analysed, widened step by step, and what it earns; no torch."""

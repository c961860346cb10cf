"""The server: HTTP in and out, limits, probes, metrics and logs; no model is loaded in its process."""

"""The router broken on purpose: hot swaps, faults, overload, dead workers, kills; and a latency curve."""

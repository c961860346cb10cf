"""The garbage collector of a process that serves."""

import gc


def collect_rarely() -> None:
    """Leave what is loaded out of garbage collections, and have fewer: a call makes hardly any cycles.

    A body may hold a million lists. Each collection on the way looked at all of them, which took five times as long
    as reading them; and one of all that is loaded is a pause for whoever waits.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)

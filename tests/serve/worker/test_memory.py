"""Memory of processes."""

import os
import resource

from taskfusion.serve.worker.memory import resident_mb


def test_it_is_what_the_system_counts() -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    assert 1 < resident_mb(os.getpid()) <= peak * 1.1


def test_of_no_process_nothing_is_known() -> None:
    assert resident_mb(None) == resident_mb(2**30) == 0.0

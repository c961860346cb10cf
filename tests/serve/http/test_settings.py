"""Defaults are safe ones."""

from taskfusion.serve.http.settings import ServeSettings
from taskfusion.serve.worker.settings import WorkerSettings


def test_nobody_else_is_listened_to_unless_asked() -> None:
    assert ServeSettings(WorkerSettings(bundle="b")).host == "127.0.0.1"

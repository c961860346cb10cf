"""Defaults are safe ones."""

from taskfusion.config.routes import Routes, Tier
from taskfusion.serve.http.settings import ServeSettings


def test_nobody_else_is_listened_to_unless_asked() -> None:
    assert ServeSettings(Routes(primary=Tier(bundle="b"))).host == "127.0.0.1"

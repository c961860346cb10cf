"""Settings go to another process as JSON."""

from taskfusion.serve.worker.settings import Started, WorkerSettings, not_started


def test_settings_survive_json() -> None:
    settings = WorkerSettings(bundle="a b", items="ü.parquet", score="0.5*x")
    assert WorkerSettings.model_validate_json(settings.model_dump_json()) == settings
    started = Started(
        bundle="b", features=[], tasks=[], ordered_by={"x": 1.0}, items=None, item_id=None, priors={"x": 0.5}
    )
    assert Started.model_validate_json(started.model_dump_json()) == started


def test_what_cannot_begin_says_why() -> None:
    assert not_started("no bundle") == Started.model_validate_json(not_started("no bundle").model_dump_json())
    assert not_started("no bundle").error == "no bundle"

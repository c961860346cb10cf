"""A project in a folder, as init and audit leave it, of the smallest tables."""

from pathlib import Path

from audit_log import SCHEMA, tables
from taskfusion.config.yaml_text import dump_yaml

KPI = {"unit": "per impression", "delay_days": 2, "direction": "up", "least_effect": 0.01, "owner": "Sato | feed"}
KPIS = [
    {"name": "clicks", "meaning": "how often people click", "task": "click", "role": "success", **KPI},
    {
        "name": "likes",
        "meaning": "how often an impression leads to like",
        "task": "like",
        "role": "guardrail",
        **KPI,
        "owner": "nobody yet",
    },
]


def write_project(folder: Path, kpis: list[dict[str, object]] | None = None) -> Path:
    """Tables, an experiment and a KPI registry in a folder; the experiment's file."""
    for name, frame in tables().items():
        frame.collect().write_parquet(folder / f"{name}.parquet")
    data = {name: f"{name}.parquet" for name in tables()}
    file = folder / "experiment.yaml"
    file.write_text(dump_yaml({"data": data, **SCHEMA.model_dump(mode="json")}), encoding="utf-8")
    (folder / "kpi.yaml").write_text(dump_yaml({"kpis": KPIS if kpis is None else kpis}), encoding="utf-8")
    return file

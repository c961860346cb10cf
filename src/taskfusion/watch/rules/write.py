"""Rules and their unit tests as files for Prometheus."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from taskfusion.base.files import write_text
from taskfusion.config.kpi import Kpi
from taskfusion.watch.rules.case import Case
from taskfusion.watch.rules.rule import Group, seconds
from taskfusion.watch.rules.serving import FAULTS, objective_group, objectives
from taskfusion.watch.rules.serving_case import fault_cases, objective_cases
from taskfusion.watch.rules.watched import watched_groups
from taskfusion.watch.rules.watched_case import watched_cases

_HEAD: Final = (
    "# Made by `taskfusion watch rules` from the KPI registry and the reference; make it again when they change.\n"
)


def write_rules(
    out: Path, kpis: Sequence[Kpi], tasks: Sequence[str], deadline_seconds: float, runbook: str
) -> list[Path]:
    """Write rule files, and in a folder beside them the tests that `promtool test rules` runs.

    Args:
        out: directory.
        kpis: of the registry.
        tasks: of the reference.
        deadline_seconds: that a request should be answered in.
        runbook: address of the runbook.

    Returns:
        The files, those of rules first.

    Raises:
        StorageError: they cannot be written.
    """
    found = [("watch", watched_groups(kpis, tasks), watched_cases(kpis, tasks))]
    # A file per objective: promtool evaluates all rules of a file in each of its tests.
    for one in objectives(deadline_seconds):
        found.append((f"serving-{one.name}", [objective_group(one)], objective_cases(one)))
    found.append(("serving-faults", [Group("taskfusion-serving-faults", list(FAULTS))], fault_cases()))
    rules = [_rules(out / f"{name}.rules.yml", groups, runbook) for name, groups, _ in found]
    tests = [
        path
        for (_, _, cases), of in zip(found, rules, strict=True)
        for path in _tests(out / "tests", of, cases, runbook)
    ]
    return [*rules, *tests]


def _rules(path: Path, groups: Sequence[Group], runbook: str) -> Path:
    _write(path, {"groups": [group.document(runbook) for group in groups]})
    return path


def _tests(folder: Path, rules: Path, cases: Sequence[Case], runbook: str) -> Iterator[Path]:
    for step in sorted({case.step for case in cases}):
        path = folder / f"{rules.name.partition('.')[0]}-{seconds(step)}.tests.yml"
        of_step = [case.document(runbook) for case in cases if case.step == step]
        named = {"rule_files": [f"../{rules.name}"], "evaluation_interval": seconds(step)}
        _write(path, {**named, "tests": of_step})
        yield path


def _write(path: Path, content: dict[str, Any]) -> None:
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    write_text(path, _HEAD + text)

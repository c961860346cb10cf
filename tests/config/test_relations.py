"""Which outcome follows from which, as the experiment file says it."""

import pytest
import yaml

from support import BASE, refusal
from taskfusion.config.experiment import dump_experiment, parse_experiment

BINARY = [{"name": name, "kind": "binary"} for name in ("view", "click", "cart", "buy")]


def _relations(*edges: str) -> list[dict[str, str]]:
    parts = [edge.split() for edge in edges]
    return [{"kind": kind, "source": source, "target": target} for kind, source, target in parts]


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        (["esmm click by"], ["relations name task 'by'", "view, click, cart, buy"]),
        (["esmm click stay"], ["esmm is between binary tasks", "'stay' is regression", "dbmtl"]),
        (["aitm stay click"], ["aitm is between binary tasks", "'stay' is regression"]),
        (["esmm click click"], ["two tasks", "'click'"]),
        (["esmm view buy", "esmm click buy"], ["'buy'", "esmm", "'view'", "'click'", "only one"]),
        (["dbmtl view buy", "dbmtl view buy"], ["'buy'", "dbmtl", "only one"]),
        (["dbmtl view buy", "aitm click buy"], ["'buy'", "aitm and of dbmtl"]),
        (["dbmtl view click", "aitm click cart", "esmm cart view"], ["cycle", "view", "click", "cart", " -> "]),
        (["ple view click"], ["relations", "'esmm'", "ple"]),
        (["dbmtl view"], ["relations"]),
    ],
)
def test_relations_that_do_not_fit_are_named(edges: list[str], words: list[str]) -> None:
    tasks = [*BINARY, {"name": "stay", "kind": "regression"}]
    relations = [dict(zip(("kind", "source", "target"), edge.split(), strict=False)) for edge in edges]
    message = refusal({**BASE, "tasks": tasks, "relations": relations})
    assert all(word in message for word in words), message


def test_relations_that_fit_are_taken() -> None:
    edges = _relations("esmm view click", "esmm click buy", "aitm view click", "dbmtl view cart", "dbmtl click cart")
    whole = parse_experiment({**BASE, "tasks": BINARY, "relations": edges})
    assert [relation.kind for relation in whole.relations] == ["esmm", "esmm", "aitm", "dbmtl", "dbmtl"]
    assert parse_experiment(yaml.safe_load(dump_experiment(whole))) == whole

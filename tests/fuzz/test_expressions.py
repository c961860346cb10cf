"""Expressions that try to reach files, the network, the clock or other rows: our error, and nothing is opened."""

import contextlib
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from polars.exceptions import PolarsError

from taskfusion.base.errors import TaskfusionError
from taskfusion.data.expression import evaluate, expression
from taskfusion.data.label import label_frame
from taskfusion.data.split import split_table
from taskfusion.schema.schema import Schema
from taskfusion.schema.split import WhereSplit

CASES = 500
SECRET = "the first line of a file"
FRAME = pl.DataFrame({"x": [1.0, 0.0, 1.0], "y": [0, 1, 1], "s": ["a", "b", "c"]})

READERS = (
    "read_csv",
    "READ_PARQUET",
    "Read_Json",
    "read_ipc",
    "read_ndjson",
    "scan_csv",
    "read_text",
    "read_blob",
    "glob",
)
QUERIES = (
    "(SELECT q FROM {reader}('{target}'))",
    "(select * from {reader}('{target}'))",
    "x > (SELECT MAX(q) FROM {reader}('{target}'))",
    "x IN (SELECT q FROM {reader}('{target}'))",
    "EXISTS (SELECT 1 FROM {reader}('{target}'))",
    "x = ANY (SELECT q FROM {reader}('{target}'))",
    "(WITH t AS (SELECT * FROM {reader}('{target}')) SELECT q FROM t)",
    "(SELECT q FROM '{target}')",
    '(SELECT q FROM "{target}")',
    "(TABLE {reader}('{target}'))",
    "(VALUES (1)) UNION (SELECT q FROM {reader}('{target}'))",
    "CASE WHEN x > 0 THEN (SELECT q FROM {reader}('{target}')) END",
    "COALESCE(x, (SELECT q FROM {reader}('{target}')))",
    "{reader}('{target}')",
    "ABS({reader}('{target}'))",
    "x; SELECT * FROM {reader}('{target}')",
    "x FROM {reader}('{target}')",
    "x) FROM {reader}('{target}') --",
    "SUM(x) OVER (ORDER BY (SELECT q FROM {reader}('{target}')))",
    "'a' || (SELECT q FROM {reader}('{target}'))",
    "'\\' || (SELECT q FROM {reader}('{target}')) || '",
    "'it''s' = '' OR x = (SELECT q FROM {reader}('{target}')) --'",
    "$$ $$ = (SELECT q FROM {reader}('{target}'))",
    "E'\\'' = (SELECT q FROM {reader}('{target}')) OR s = ''",
    "\"x\" = (SELECT q FROM {reader}('{target}'))",
    '"x"" = (SELECT q FROM {reader}(\'{target}\'))',
    "`x` = (SELECT q FROM {reader}('{target}'))",
    "[x] = (SELECT q FROM {reader}('{target}'))",
    "x /* */ = (SELECT q FROM {reader}('{target}'))",
    "x -- \n = (SELECT q FROM {reader}('{target}'))",
    "ARRAY(SELECT q FROM {reader}('{target}'))",
    "UNNEST((SELECT q FROM {reader}('{target}')))",
    "COPY x TO '{target}'",
    "CREATE TABLE t AS SELECT * FROM {reader}('{target}')",
)
OTHERS = (
    *("NOW()", "CURRENT_DATE", "CURRENT_TIMESTAMP", "LOCALTIME", "RANDOM()", "RAND()", "UUID()", "GETENV('HOME')"),
    *(
        "CURRENT_USER",
        "USER",
        "VERSION()",
        "@@version",
        "${HOME}",
        "SYSTEM('id')",
        "PG_SLEEP(9)",
        "LOAD_FILE('/etc/passwd')",
    ),
    *("SUM(x)", "CORR(x, y)", "COUNT(*)", "COUNT(DISTINCT s)", "MIN(x)", "FIRST(x)", "STDDEV(x)", "ARRAY_AGG(x)"),
    *("ROW_NUMBER() OVER ()", "LAG(x) OVER (ORDER BY y)", "x > AVG(x)", "ABS(x) FILTER (WHERE y = 1)", "COLUMNS('.*')"),
    *("*", "x.*", "?", ":x", "$1", "x AS y", "x, y", "INTERVAL x DAY", "LAMBDA x: x", "x -> '$.a'", "{'a': x}"),
)
SPACES = (" ", "  ", "\n", "\t", "/**/", "--\n", "\u00a0", "\u200b", "\u3000", "\ufeff", "(", ";")
LOOKALIKES = {"S": "\u017f", "s": "\u0455", "a": "\u0430", "E": "\uff25", "'": "\u2019", "(": "\uff08", "I": "\u0130"}


SERVER = """
import http.server, pathlib, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        pathlib.Path(sys.argv[1], "visited").touch()
        self.send_error(404)

    do_HEAD = do_GET

with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
"""
"""In a process of its own: Polars holds the interpreter while it fetches."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An http address of this machine, and the file that is there once anybody has asked for it."""
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        port = int(server.stdout.readline())
        yield f"http://127.0.0.1:{port}/q.csv", tmp_path / "visited"
        server.terminate()


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A file that nobody has read since it was written."""
    file = tmp_path / "planted.csv"
    file.write_text(f"q\n{SECRET}\n", encoding="utf-8")
    os.utime(file, ns=(10**18, file.stat().st_mtime_ns))
    return file


def _was_read(file: Path) -> bool:
    return file.stat().st_atime_ns != 10**18


def _ask_polars(text: str) -> None:
    with contextlib.suppress(PolarsError, OSError):
        FRAME.select(pl.sql_expr(text))


def test_the_watch_sees_what_polars_alone_opens(planted: Path, address: tuple[str, Path]) -> None:
    url, visited = address
    _ask_polars(f"(SELECT q FROM read_csv('{url}'))")
    assert visited.exists()
    _ask_polars(f"(SELECT q FROM read_csv('{planted}'))")
    if not _was_read(planted):
        pytest.skip("this file system does not tell when a file was read")


def _case(rng: random.Random, file: Path, url: str) -> str:
    if rng.random() < 0.2:
        text = rng.choice(OTHERS)
    else:
        target = rng.choice([str(file), file.as_uri(), f"{file.parent}/*.csv", url, "/etc/passwd", "~/.netrc"])
        text = rng.choice(QUERIES).replace("{reader}", rng.choice(READERS)).replace("{target}", target)
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        at = rng.randrange(len(text))
        change = rng.choice(["space", "look", "case", "wrap", "escape"])
        if change == "space":
            text = text.replace(" ", rng.choice(SPACES), rng.choice([1, -1]))
        elif change == "look":
            text = text[:at] + LOOKALIKES.get(text[at], text[at]) + text[at + 1 :]
        elif change == "case":
            text = text[:at] + text[at:].swapcase()
        elif change == "wrap":
            text = rng.choice(
                ["({})", "NOT {}", "x + {}", "IF({}, 1, 0)", "CASE WHEN {} THEN 1 END", "{}::INT"]
            ).format(text.replace("{", "").replace("}", ""))
        else:
            text = text[:at] + rng.choice(["\\", "'", '"', "''", "\0", "`", "$", "#", "\x1b"]) + text[at:]
    return text


def _readers_of(text: str) -> Iterator[object]:
    """Every way that an expression of the experiment file comes to be read."""
    yield lambda: evaluate(FRAME, text, "label of task 'y'")
    yield lambda: expression(text, FRAME.columns, "mask of task 'y'")
    task = {"name": "y", "kind": "binary"}
    for field in ("label", "mask", "weight", "truth"):
        schema = {"features": [{"name": "s", "kind": "categorical"}], "tasks": [{**task, field: text}]}
        yield lambda schema=schema: label_frame(FRAME, Schema.model_validate(schema))
    for name in ("train", "validation"):
        conditions = {"kind": "where", "train": "x = 1", "validation": "x = 0", name: text}
        yield lambda conditions=conditions: split_table(FRAME.lazy(), WhereSplit.model_validate(conditions))


def test_nothing_is_opened(planted: Path, address: tuple[str, Path], fuzz_share: float) -> None:
    url, visited = address
    rng = random.Random(14)
    for _ in range(round(CASES * fuzz_share)):
        text = _case(rng, planted, url)
        for read in _readers_of(text):
            assert callable(read)
            with pytest.raises(TaskfusionError) as caught:
                read()
            assert SECRET not in str(caught.value)
            assert "root:" not in str(caught.value)
        assert not visited.exists(), text
        assert not _was_read(planted), text

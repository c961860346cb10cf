"""The page at /: what is served, and how to ask."""

from html import escape
from string import Template
from typing import Final

import orjson

from taskfusion import __version__
from taskfusion.serve.http.openapi import example
from taskfusion.serve.worker.settings import Started

_PAGE: Final = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>taskfusion serve</title><style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
pre { overflow-x: auto; padding: .8rem; border: 1px solid #8886; border-radius: .4rem; font-size: 14px }
td, th { text-align: left; padding: .15rem 1.2rem .15rem 0; vertical-align: top }
</style></head><body>
<h1>A ranking model is served here</h1>
<p>$summary</p>
<table>
<tr><th>bundle</th><td><code>$bundle</code></td></tr>
<tr><th>taskfusion</th><td>$version</td></tr>
<tr><th>predictions</th><td>$predictions</td></tr>
<tr><th>ordered by</th><td><code>$order</code></td></tr>
<tr><th>candidates</th><td>$candidates</td></tr>
</table>
<h2>Ask</h2>
<p>Every value may be null, which stands for one that is not known; a key that is left out is an error.</p>
<pre>curl -s localhost:$port/v1/rank -d '$example'</pre>
<h2>More</h2>
<p><a href="/openapi.json">/openapi.json</a> has every key and type, <a href="/v2/health/ready">/v2/health/ready</a>
says whether a row goes the whole way through the model, and <a href="/v2/models/$name">/v2/models/$name</a> has the
inputs of the Open Inference Protocol. Metrics are on the admin port, at /metrics.</p>
</body></html>
""")


def page(name: str, port: int, started: Started) -> bytes:
    """HTML of the page.

    Args:
        name: of the model.
        port: that is listened at.
        started: what is served.
    """
    columns = [column for task in started.tasks for column in task.columns]
    terms = " + ".join(f"{weight:g} * {column}" for column, weight in started.ordered_by.items())
    named = "objects of raw values"
    if started.items is not None:
        named = f"ids of {started.item_id}, of {started.items:,} items, or {named}"
    shown = orjson.dumps(example(started), option=orjson.OPT_INDENT_2).decode().replace("'", "'\\''")
    fields = {
        "summary": f"POST a request and its candidates to /v1/rank; {len(columns)} predictions and an order return.",
        "bundle": started.bundle,
        "version": __version__,
        "predictions": ", ".join(columns),
        "order": terms,
        "candidates": named,
        "port": str(port),
        "example": shown,
        "name": name,
    }
    return _PAGE.substitute({key: escape(value) for key, value in fields.items()}).encode()

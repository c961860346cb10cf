"""The page shows a request that can be sent."""

import html
import json
import re

from starlette.testclient import TestClient

from taskfusion.serve.http.page import page
from taskfusion.serve.worker.answerer import Answerer


def test_its_example_can_be_sent(client: TestClient) -> None:
    found = client.get("/")
    assert found.headers["content-type"].startswith("text/html")
    (example,) = re.findall(r"-d &#x27;(.*?)&#x27;|-d '(.*?)'", found.text, re.DOTALL)
    assert client.post("/v1/rank", json=json.loads(html.unescape("".join(example)))).status_code == 200


def test_names_are_escaped(answerer: Answerer) -> None:
    assert b"<b>" not in page("<b>", 1, answerer.started)

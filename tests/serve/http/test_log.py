"""One JSON object per line."""

import io
import json
from pathlib import Path

from taskfusion.serve.http.log import Log


def test_events_are_lines_of_json() -> None:
    stream = io.BytesIO()
    log = Log(stream)
    log.tell("first", count=1, text="a\nb")
    log.tell("second", path=Path("p"))
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["text"], second["path"]) == ("first", "a\nb", "p")
    assert first["time"] <= second["time"]

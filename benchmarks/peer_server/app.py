"""LitServe before the same scoring as ours, as its users write it; runs in an environment that has litserve."""

import argparse
from typing import Any

import litserve
import orjson
from fastapi import Response

from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import NO_LIMIT, OK, Call, Kind
from taskfusion.serve.worker.settings import WorkerSettings


class Rank(litserve.LitAPI):  # type: ignore[misc]
    """One request at a time, scored by the code and the graphs that taskfusion serve has."""

    def __init__(self, settings: WorkerSettings) -> None:
        super().__init__(api_path="/v1/rank")
        self._settings = settings

    def setup(self, device: str) -> None:
        """Load the bundle in the process that scores."""
        self._answerer = Answerer(self._settings)

    def decode_request(self, request: dict[str, Any]) -> bytes:
        """LitServe parses JSON itself; the scorer takes bytes."""
        return orjson.dumps(request)

    def predict(self, body: bytes) -> bytes:
        """Rank the candidates."""
        reply = self._answerer.reply(Call(1, Kind.RANK, 0, NO_LIMIT, body))
        if reply.status != OK:
            raise RuntimeError(f"a request should be answered, found {reply.status}: {reply.body!r}")
        return bytes(reply.body)

    def encode_response(self, answer: bytes) -> Response:
        """Bytes of JSON as they are, which is quicker than to have FastAPI write them."""
        return Response(answer, media_type="application/json")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("bundle", "items", "item-id", "port"):
        parser.add_argument(f"--{option}", required=True)
    options = parser.parse_args()
    api = Rank(WorkerSettings(bundle=options.bundle, items=options.items, item_id=options.item_id))
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1, timeout=30)
    server.run(host="127.0.0.1", port=int(options.port), generate_client_file=False, log_level="error")

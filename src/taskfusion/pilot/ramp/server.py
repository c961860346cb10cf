"""The admin port of taskfusion serve, as a ramp needs it: what is in force, and a change of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from pydantic import ValidationError

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.config.routes import Routes

LOOK_SECONDS: Final = 10.0
CHANGE_SECONDS: Final = 300.0
"""That a server has to load a model in."""

_MOST_BYTES: Final = 10_000_000
_NOT_FOUND: Final = 404
_LATER: Final = (408, 429)


class ServerAwayError(Exception):
    """The server cannot be reached, or has no answer now; it may have done what it was asked for."""


@dataclass(frozen=True)
class Shown:
    """What a server says of itself.

    Attributes:
        routes: in force.
        versions: fingerprints of models by tier.
        breakers: by tier; open: its last calls mostly failed.
    """

    routes: Routes
    versions: Mapping[str, str]
    breakers: Mapping[str, str]


class Server:
    """A server by its admin port.

    Args:
        address: such as http://127.0.0.1:8001.
        token_file: whose first line is its token; None: it asks for none.

    Raises:
        ExperimentError: the file of the token cannot be read.
    """

    def __init__(self, address: str, token_file: str | None = None) -> None:
        self.address = address.rstrip("/")
        self._opener = build_opener(ProxyHandler({}))
        self._head = {"content-type": "application/json"}
        if token_file is not None:
            self._head["authorization"] = f"Bearer {_token(Path(token_file))}"

    def look(self) -> Shown:
        """What is in force.

        Raises:
            ServerAwayError: it cannot be reached.
            RunError: it refuses, or is no such server.
        """
        return self._shown(self._asked("GET", "/v1/routes", None, LOOK_SECONDS))

    def put(self, routes: Routes) -> Shown:
        """Put routes in force; the decision log stays.

        Raises:
            ServerAwayError: it cannot be reached, or did not answer in time.
            RunError: it refuses, as where a model is not fit.
        """
        content = routes.model_dump(mode="json", exclude_defaults=True, exclude={"decisions"})
        return self._shown(self._asked("PUT", "/v1/routes", content, CHANGE_SECONDS))

    def widen(self, percent: float) -> Shown:
        """Give the canary so many percent of units.

        Raises:
            ServerAwayError: it cannot be reached, or did not answer in time.
            RunError: it refuses, as where there is no canary.
        """
        return self._shown(self._asked("PATCH", "/v1/canary", {"percent": percent}, CHANGE_SECONDS))

    def _asked(self, method: str, path: str, content: object, seconds: float) -> Any:  # noqa: ANN401  JSON
        body = None if content is None else json.dumps(content).encode()
        request = Request(f"{self.address}{path}", body, self._head, method=method)
        try:
            with self._opener.open(request, timeout=seconds) as answer:
                found = answer.read(_MOST_BYTES)
        except HTTPError as error:
            raise self._refused(error) from error
        except (URLError, OSError, HTTPException) as error:
            raise ServerAwayError(f"{self.address} cannot be reached: {_cause(error)}") from error
        try:
            return json.loads(found)
        except ValueError as error:
            raise self._no_server() from error

    def _refused(self, error: HTTPError) -> Exception:
        try:
            with error:
                said = error.read(_MOST_BYTES)
        except (OSError, HTTPException) as broken:
            return ServerAwayError(f"{self.address} cannot be reached: {_cause(broken)}")
        if error.code >= 500 or error.code in _LATER:
            return ServerAwayError(f"{self.address} answers {error.code}")
        try:
            message = str(json.loads(said)["error"]["message"])
        except (ValueError, KeyError, TypeError):
            return self._no_server()
        if error.code == _NOT_FOUND:
            return RunError(
                f"{self.address} should be the admin port of taskfusion serve, but answers that {message}; mend server "
                f"in the file of the ramp"
            )
        return RunError(f"the server at {self.address} refuses ({error.code}): {message}")

    def _shown(self, document: Any) -> Shown:  # noqa: ANN401  JSON
        try:
            tiers = document["tiers"]
            return Shown(
                Routes.model_validate(document["routes"]),
                {name: str(tier["version"]) for name, tier in tiers.items()},
                {name: str(tier["breaker"]) for name, tier in tiers.items()},
            )
        except (ValidationError, KeyError, TypeError, AttributeError) as error:
            raise self._no_server() from error

    def _no_server(self) -> RunError:
        return RunError(
            f"{self.address} should be the admin port of taskfusion serve, of the same version, but answers otherwise; "
            f"mend server in the file of the ramp"
        )


def _token(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").splitlines()[0].strip()
    except (OSError, UnicodeDecodeError, IndexError) as error:
        raise ExperimentError(f"token_file should hold the server's token in its first line: '{path}'") from error


def _cause(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason) or type(error).__name__

"""The examples in deploy/ ask for what the server offers: commands that the command line takes, ports, probes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from serve.conftest import Exported
from serve.serving import admin_of, client_of, service_of
from taskfusion.cli.app import app
from taskfusion.serve.http.server import DRAIN_SECONDS
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.settings import WorkerSettings

DEPLOY = Path(__file__).parents[1] / "deploy"
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def documents(name: str) -> dict[str, Any]:
    """The documents of a file by kind; KServe puts the name of the service where a runtime has {{.Name}}."""
    text = (DEPLOY / name).read_text(encoding="utf-8").replace("{{.Name}}", "ranker")
    return {one["kind"]: one for one in yaml.safe_load_all(text)}


def served(command: list[str]) -> dict[str, Any]:
    """What our command line makes of a command."""
    assert command[:2] == ["taskfusion", "serve"]
    serve = get_command(app).commands["serve"]  # type: ignore[attr-defined]
    found: dict[str, Any] = serve.make_context("serve", command[2:]).params
    return found


def entry_point() -> list[str]:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    (found,) = re.findall(r"^ENTRYPOINT (\[.*\])$", text, re.MULTILINE)
    parts: list[str] = json.loads(found)
    return parts


@pytest.fixture
def answerer(exported: Exported) -> Answerer:
    return Answerer(WorkerSettings(bundle=str(exported.path)))


def test_the_container_serves_its_bundle_at_the_ports_that_it_exposes() -> None:
    found = served(entry_point())
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert f"EXPOSE {found['port']} {found['admin_port']}" in text
    assert f"COPY exported {found['served']}" in text
    assert found["host"] == "0.0.0.0"


def test_kubernetes_probes_what_the_server_offers(answerer: Answerer) -> None:
    found = documents("kubernetes.yaml")
    pod = found["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    options = served([*entry_point(), *container["args"]])
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    assert ports == {"http": options["port"], "admin": options["admin_port"]}
    assert str(options["token_file"]).startswith(container["volumeMounts"][0]["mountPath"])
    admin = admin_of(service_of(answerer))
    for probe in PROBES:
        asked = container[probe]["httpGet"]
        assert asked["port"] == "admin"  # where nobody is asked for a token
        assert admin.get(asked["path"]).status_code == 200
    template = found["Deployment"]["spec"]["template"]["metadata"]
    assert template["annotations"]["prometheus.io/port"] == str(options["admin_port"])
    assert found["Deployment"]["spec"]["selector"]["matchLabels"] == template["labels"]
    assert found["Service"]["spec"]["selector"] == template["labels"]
    assert found["Service"]["spec"]["ports"][0]["targetPort"] in ports
    wait = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] >= wait + DRAIN_SECONDS


def test_kserve_finds_the_protocol_that_it_is_told_of(answerer: Answerer) -> None:
    found = documents("kserve.yaml")
    runtime, service = found["ServingRuntime"], found["InferenceService"]["spec"]["predictor"]
    (container,) = runtime["spec"]["containers"]
    assert container["name"] == "kserve-container"  # the name that KServe looks for
    options = served([*container["command"], *container["args"]])
    assert str(options["served"]) == "/mnt/models"  # where KServe mounts what storageUri names
    assert options["name"] == found["InferenceService"]["metadata"]["name"]
    assert [one["containerPort"] for one in container["ports"]] == [options["port"]]
    client = client_of(answerer)
    for probe in PROBES:
        asked = container[probe]["httpGet"]
        assert asked["port"] == options["port"]
        assert client.get(asked["path"]).status_code == 200
    annotations = runtime["spec"]["annotations"]
    assert annotations["prometheus.kserve.io/port"] == str(options["admin_port"])
    assert admin_of(service_of(answerer)).get(annotations["prometheus.kserve.io/path"]).status_code == 200
    model = service["model"]
    assert model["runtime"] == runtime["metadata"]["name"]
    assert model["modelFormat"]["name"] in [one["name"] for one in runtime["spec"]["supportedModelFormats"]]
    assert model["protocolVersion"] in runtime["spec"]["protocolVersions"]
    assert service["terminationGracePeriodSeconds"] > DRAIN_SECONDS

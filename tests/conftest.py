"""What all tests share."""

import os
import signal
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from fused import Fused, fused_model
from serve.conftest import Exported, export_small_model

settings.register_profile(
    "machine",
    deadline=None,
    max_examples=int(os.environ.get("TASKFUSION_EXAMPLES", "25")),
    derandomize="CI" in os.environ,  # one commit, one verdict; new examples are looked for elsewhere
)
settings.load_profile("machine")
torch.set_num_threads(1)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what it starts in the background

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option of make fuzz."""
    parser.addoption("--full-fuzz", action="store_true", help="try as many cases as docs/robustness.md names")


@pytest.fixture(scope="session")
def fuzz_share(request: pytest.FixtureRequest) -> float:
    """Share of the cases of a fuzz test that are tried: all with --full-fuzz, else a fiftieth."""
    return 1.0 if request.config.getoption("--full-fuzz") else 0.02


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The commands of a page are one test of minutes: they begin first, so that no worker ends alone with them."""
    items.sort(key=lambda item: item.path.name != "test_docs.py")


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """One exported model for all tests of scoring: an export takes seconds."""
    return export_small_model(tmp_path_factory.mktemp("serve") / "exported")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; tests that need it skip where there is none."""
    named = os.environ.get("TASKFUSION_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data: neither TASKFUSION_DATA nor '{folder}' is a folder")
    return folder


@pytest.fixture(scope="session")
def fused(tmp_path_factory: pytest.TempPathFactory) -> Fused:
    """One model with the graph of its fusion levels."""
    return fused_model(tmp_path_factory.mktemp("fused"))

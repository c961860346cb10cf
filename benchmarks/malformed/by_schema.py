"""What /openapi.json says held against what the server does, by schemathesis."""

import subprocess
import sys
from pathlib import Path
from typing import Final

RUNS: Final = (
    ("--include-path-regex", "^/v1/"),
    ("--exclude-path-regex", "^/v1/", "--exclude-checks", "positive_data_acceptance"),
)
"""No schema says that a tensor has as many data as its shape says, so that valid ones are taken is not asked there."""


def run(port: int, count: int) -> bool:
    """Send requests that the schema allows, and such that it does not; whether each was answered as it says.

    Args:
        port: of the server, on this machine.
        count: cases, about half of them for /v1/rank.
    """
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"http://127.0.0.1:{port}/openapi.json"]
    command += ["--phases", "examples,coverage,fuzzing", "--seed", "1", "--no-color", "--continue-on-failure"]
    codes = [
        subprocess.run([*command, "--max-examples", str(examples), *options], check=False).returncode
        for options, examples in zip(RUNS, (count // 2, count // 4), strict=True)  # two of the others have a body
    ]
    return not any(codes)

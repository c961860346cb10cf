"""Where promtool is, which checks rules and runs their tests; without root, from Debian's package of Prometheus.

    python tests/promtool.py DIR

unpacks it into DIR; where that is not possible, DIR holds the reason, which tests that need it name when they skip.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WHY = "why-not.txt"
INSIDE = Path("usr/bin/promtool")
PATIENCE_SECONDS = 120


def fetch(folder: Path) -> None:
    """Unpack promtool into a folder, or write there why not."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WHY).unlink(missing_ok=True)
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        (folder / WHY).write_text("this system has no apt-get and dpkg")
        return
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        try:
            _download(work)
            (package,) = work.glob("prometheus_*.deb")
            _run("dpkg", "-x", package.name, "unpacked", cwd=work)
            (folder / INSIDE).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(work / "unpacked" / INSIDE, folder / INSIDE)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            (folder / WHY).write_text(f"Debian's package prometheus cannot be had: {type(error).__name__}")


def _download(work: Path) -> None:
    """The package, by the system's lists of packages, or else by lists that are fetched for this alone."""
    try:
        _run("apt-get", "download", "prometheus", cwd=work)
    except subprocess.CalledProcessError:
        own = ["-o", f"Dir::State={work / 'state'}", "-o", f"Dir::Cache={work / 'cache'}"]
        own += ["-o", "Dir::State::status=/var/lib/dpkg/status"]
        for part in ("state/lists/partial", "cache/archives/partial"):
            (work / part).mkdir(parents=True)
        _run("apt-get", *own, "update", cwd=work)
        _run("apt-get", *own, "download", "prometheus", cwd=work)


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, timeout=PATIENCE_SECONDS)


def promtool() -> Path:
    """The program; skips the test where there is none."""
    own = Path(sys.prefix) / "promtool"
    found = own / INSIDE if (own / INSIDE).exists() else shutil.which("promtool")
    if found is None:
        import pytest  # what fetches it has no tests to skip

        why = (own / WHY).read_text() if (own / WHY).exists() else "make test fetches it"
        pytest.skip(f"no promtool: {why}")
    return Path(found)


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))

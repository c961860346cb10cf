"""Pins of the oldest versions that pyproject.toml allows, as constraints of pip; `make test-lowest` installs them."""

import re
import tomllib
from pathlib import Path

BOUND = re.compile(r"^([\w\-]+)>=([\d.]+)$")


def pins(pyproject: str) -> list[str]:
    """One line per requirement with a least version, those of the benchmarks left out."""
    project = tomllib.loads(pyproject)["project"]
    extras = project["optional-dependencies"]
    named = [*project["dependencies"], *(one for extra in ("export", "serve", "tune", "dev") for one in extras[extra])]
    return [f"{found[1]}=={found[2]}" for found in map(BOUND.match, named) if found]


if __name__ == "__main__":
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    print("\n".join(pins(text)))

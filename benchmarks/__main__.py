"""Run benchmarks and write their tables: python -m benchmarks [NAME ...] [--tiny]; without a name, list them."""

import argparse
import platform
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import torch

DOCS = Path(__file__).parents[1] / "docs"


class MissingPeerError(Exception):
    """A package that a benchmark compares with is not installed."""


@dataclass(frozen=True)
class Benchmark:
    """Where a benchmark stands.

    Attributes:
        module: has run(*, tiny: bool) -> str, the Markdown that it measures.
        page: file in docs with the marks <!-- name --> and <!-- end of name -->.
        about: what is measured, in a few words.
    """

    module: str
    page: str
    about: str

    def run(self, *, tiny: bool) -> str:
        """Measure; tiny: on sizes that only show that it runs.

        Raises:
            MissingPeerError: a package is not installed.
        """
        try:
            found: str = import_module(self.module).run(tiny=tiny)
        except ModuleNotFoundError as error:
            package = (error.name or "").split(".")[0]
            if package in ("", "benchmarks", "taskfusion"):
                raise
            raise MissingPeerError(f"{package} is not installed; make bench installs it") from error
        return found


BENCHMARKS = {
    "training-step": Benchmark("benchmarks.training_step", "benchmarks.md", "training step against the loop form"),
    "data-path": Benchmark(
        "benchmarks.data_path", "benchmarks.md", "rows per second from memory, Parquet and raw tables"
    ),
    "whole-step": Benchmark("benchmarks.whole_step", "benchmarks.md", "whole training step against torch-rechub"),
    "embedding": Benchmark("benchmarks.embedding", "benchmarks.md", "tables: look-up, gradient and update"),
    "scoring": Benchmark(
        "benchmarks.scoring", "benchmarks.md", "a user's candidates: ONNX Runtime, user once, item rows"
    ),
    "serving": Benchmark(
        "benchmarks.serving", "benchmarks.md", "taskfusion serve: CPU per request, latency under load"
    ),
    "device-step": Benchmark("benchmarks.device_step", "benchmarks.md", "bf16 and torch.compile, on each device here"),
    "scaling": Benchmark("benchmarks.scaling", "scaling.md", "time and memory of a step against each size"),
    "where": Benchmark("benchmarks.where", "scaling.md", "where the time of a step goes, as a figure"),
}


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a benchmark, or all")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    parser.add_argument("--tiny", action="store_true", help="tiny sizes, printed and not written: does it run?")
    options = parser.parse_args(arguments)
    names = list(BENCHMARKS) if options.names == ["all"] else options.names
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called '{unknown[0]}'; there are {', '.join(BENCHMARKS)}, and all")
    if not names:
        print("\n".join(f"{name:15} {benchmark.about}" for name, benchmark in BENCHMARKS.items()))
    torch.set_num_threads(options.threads)
    for name in names:
        try:
            text = f"{heading()}\n\n{BENCHMARKS[name].run(tiny=options.tiny)}"
        except MissingPeerError as error:
            parser.error(f"{name}: {error}")
        print(f"## {name}\n\n{text}\n", flush=True)
        if not options.tiny:
            write(DOCS / BENCHMARKS[name].page, name, text)


def heading() -> str:
    """What the measuring ran on."""
    parts = [f"Threads: {torch.get_num_threads()}", f"torch {torch.__version__}", cpu_name()]
    if torch.cuda.is_available():
        parts.append(torch.cuda.get_device_name())
    return "; ".join(parts) + "."


def cpu_name() -> str:
    """The model of the CPU, as far as the system tells."""
    profile = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.+)$", profile.read_text(), re.MULTILINE) if profile.exists() else None
    return found[1].strip() if found else platform.processor() or platform.machine()


def write(page: Path, name: str, text: str) -> None:
    """Put a text between the marks of a benchmark on its page.

    Raises:
        ValueError: the page lacks the marks.
    """
    first, last = f"<!-- {name} -->", f"<!-- end of {name} -->"
    old = page.read_text(encoding="utf-8")
    new, count = re.subn(f"{first}.*?{last}", lambda _: f"{first}\n{text}\n{last}", old, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"'{page}' should hold {first} and {last} once, found {count} pairs of them")
    page.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()

"""One AdaTT of five tasks against five networks of one task each, served at equal load on loopback.

python -m benchmarks.one_against_many [--requests 400] [--rounds 5] [--case N]: the five stand behind one server, which
asks all of them and puts their answers together (`bundles: [...]` in a file of routes). Each of them is what a good
engineer would give one task: one table per feature, and one stack of layers with the widths of AdaTT's experts and
towers. Weights are random, which changes no time. Both servers run all the time and take turns, so that neighbours of
the machine hit both. Load is half of the rate at which the five answer callers that ask one after the other.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import torch

from benchmarks.load import Load, at_rate, in_turn, post
from benchmarks.rounds import markdown
from taskfusion.assemble.network import build_model
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment, read_experiment
from taskfusion.config.network import SharingConfig
from taskfusion.config.subset import with_tasks
from taskfusion.config.training import CriterionConfig
from taskfusion.config.yaml_text import dump_yaml
from taskfusion.data.encode import FeatureEncoder
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.serve.catalogue.write import write_catalogue
from taskfusion.serve.cost.draw import Drawn, draw
from taskfusion.serve.cost.measure import Served, measure_online
from taskfusion.serve.cost.server import RunningServer, running
from taskfusion.serve.export.bundle import export_model

ROOT = Path(__file__).parents[1]
TASKS: Final = 5
CANDIDATES: Final = 200
CALLERS: Final = 8
DEADLINE_MS: Final = 5_000
LEAN: Final = ("embedding.tables=shared", "network.task_experts=1")


@dataclass(frozen=True)
class Case:
    """A shape of network.

    Attributes:
        name: of it.
        config: file of the experiment.
        table: rows that the encoder is fitted on and requests are drawn from.
        settings: put over the file.
    """

    name: str
    config: str
    table: str
    settings: tuple[str, ...] = ()


CASES: Final = (
    Case("KuaiRand, as shipped: 4 experts and tables per task", "kuairand", "kuairand"),
    Case("KuaiRand, one expert per task, shared tables", "kuairand", "kuairand", LEAN),
    Case("feed, as shipped: 1 expert per task, tables of both kinds", "feed-simulated", "feed"),
)


def alone(experiment: Experiment, place: int) -> Experiment:
    """What a good engineer would give one task: one stack of layers of the same widths, one table per feature."""
    task = experiment.tasks[place]
    tables = {"tables": "shared", "fusion": False, "own_features": None, "own_dim": None}
    network = {"variant": "shared-bottom", "task_experts": 1, "native_residual": None, "task_groups": ()}
    return derive(
        experiment,
        tasks=(derive(task, loss_weight=1.0),),
        sharing=SharingConfig(),
        relations=(),
        embedding=derive(experiment.embedding, **tables),
        network=derive(experiment.network, **network),
        calibration=experiment.calibration.only(task),
        training=derive(experiment.training, criterion=CriterionConfig()),
    )


def prepare(case: Case, folder: Path) -> tuple[list[Path], Drawn]:
    """Export the model of five tasks and the five others, and draw requests."""
    experiment = read_experiment(ROOT / "configs" / f"{case.config}.yaml", case.settings)
    experiment = with_tasks(experiment, [task.name for task in experiment.tasks[:TASKS]])
    log = pl.scan_parquet(ROOT / "data" / case.table / "train.parquet").head(200_000).collect()
    encoder = FeatureEncoder.fit(log.lazy(), experiment.features)
    bundles = []
    for place, one in enumerate([experiment, *(alone(experiment, place) for place in range(TASKS))]):
        torch.manual_seed(place)
        statistics_T = [LabelStatistics(task.name, 600, 600, 1.0, 2.0, ()) for task in one.tasks]
        model = build_model(one, encoder.layout, statistics_T).eval()
        bundles.append(export_model(model, encoder, one.table_schema, folder / f"bundle-{place}").path)
    return bundles, draw(experiment.table_schema, log.lazy(), CANDIDATES)


def routes(folder: Path, name: str, bundles: Sequence[Path], items: Path, item_id: str) -> Path:
    """A file of routes with a model of one bundle or several."""
    primary = {"bundles": [str(one) for one in bundles], "items": str(items), "item_id": item_id}
    file = folder / f"{name}.yaml"
    content = {"primary": {**primary, "deadline_ms": DEADLINE_MS}, "last_resort": False}
    file.write_text(dump_yaml(content), encoding="utf-8")
    return file


async def bearable(port: int, requests: Sequence[bytes], count: int) -> float:
    """Requests per second that are answered where some callers ask one after the other."""
    start = time.perf_counter()
    await asyncio.gather(*(in_turn("127.0.0.1", port, requests, count // CALLERS) for _ in range(CALLERS)))
    return count / (time.perf_counter() - start)


@dataclass(frozen=True)
class Side:
    """What one side took.

    Attributes:
        idle: CPU seconds per request of all processes, one by one, per repeat.
        models: of it those of the processes that score.
        cpu: of all processes under load, per round.
        loads: what came back, per round.
        own: unshared MB of all processes.
        rss: MB of all processes, what they share counted as often as they are.
        catalogued: unshared MB of all processes where each model has a catalogue.
    """

    idle: Sequence[float]
    models: Sequence[float]
    cpu: Sequence[float]
    loads: Sequence[Load]
    own: float
    rss: float
    catalogued: float

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of all answers came."""
        return 1e3 * float(np.quantile(np.concatenate([load.seconds for load in self.loads]), share))


def measure(case: Case, folder: Path, *, requests: int, rounds: int) -> tuple[list[Side], float]:
    """Both sides, one model first, and the requests per second of the load."""
    bundles, drawn = prepare(case, folder)
    if drawn.items is None or drawn.item_id is None:
        raise SystemExit(f"{case.name}: the items have no ids")
    items = folder / "items.parquet"
    drawn.items.write_parquet(items)
    sets = {"one": bundles[:1], "five": bundles[1:]}
    files = [routes(folder, name, those, items, drawn.item_id) for name, those in sets.items()]
    idle = measure_online([Served(file) for file in files], drawn.bodies)
    posts = [post("/v1/rank", body) for body in drawn.bodies]
    with ExitStack() as stack:
        servers = [stack.enter_context(running(file)) for file in files]
        rate = asyncio.run(bearable(servers[1].port, posts, max(CALLERS, requests))) / 2
        asyncio.run(in_turn("127.0.0.1", servers[0].port, posts, 50))
        found: list[list[tuple[float, Load]]] = [[], []]
        for number in range(rounds):
            for place, server in enumerate(servers):
                found[place].append(_loaded(server, posts, requests, rate, number))
        memory = [server.memory() for server in servers]
    catalogued = [_catalogued(those, items, drawn, folder) for those in (bundles[:1], bundles[1:])]
    sides = [
        Side(
            idle=[sum(parts) for parts in zip(online.server_R, *online.workers_R, strict=True)],
            models=[sum(parts) for parts in zip(*online.workers_R, strict=True)],
            cpu=[cpu for cpu, _ in one],
            loads=[load for _, load in one],
            own=sum(each.own for each in held),
            rss=sum(each.own + each.mapped for each in held),
            catalogued=mb,
        )
        for online, one, held, mb in zip(idle, found, memory, catalogued, strict=True)
    ]
    return sides, rate


def _loaded(server: RunningServer, posts: Sequence[bytes], count: int, rate: float, seed: int) -> tuple[float, Load]:
    before = sum(server.cpu_seconds())
    load = asyncio.run(at_rate("127.0.0.1", server.port, posts, count, rate, seed))
    return (sum(server.cpu_seconds()) - before) / count, load


def _catalogued(bundles: Sequence[Path], items: Path, drawn: Drawn, folder: Path) -> float:
    """Unshared MB of one server and of a process per bundle, each with a catalogue of its own."""
    own, server = 0.0, 0.0
    for bundle in bundles:
        catalogue = folder / f"items of {bundle.name}"
        write_catalogue(bundle, items, catalogue, drawn.item_id)
        options = ("--items", str(catalogue), "--item-id", str(drawn.item_id), "--deadline", str(DEADLINE_MS / 1e3))
        held = measure_online([Served(bundle, options)], drawn.bodies, repeats=0)[0].memory
        own, server = own + held[1].own, held[0].own
    return own + server


def report(case: Case, sides: Sequence[Side], rate: float, requests: int, rounds: int) -> str:
    """A table: both sides and their ratios."""
    one, many = sides
    lines = [_line("one of five tasks", one), _line("five of one task", many)]
    ratios = [
        _median(one.idle) / _median(many.idle),
        _median(one.models) / _median(many.models),
        _median(one.cpu) / _median(many.cpu),
        one.percentile(0.5) / many.percentile(0.5),
        one.percentile(0.99) / many.percentile(0.99),
    ]
    memory = [one.own / many.own, one.catalogued / many.catalogued, one.rss / many.rss]
    lines.append(
        ["one / five", *(f"{100 * ratio:.0f} %" for ratio in ratios), "", *(f"{100 * m:.0f} %" for m in memory)]
    )
    head = [
        "",
        "CPU ms, one by one",
        "of it models",
        "CPU ms under load",
        "p50 ms",
        "p99 ms",
        "failed",
        "MB, table",
        "MB, catalogue",
        "RSS MB",
    ]
    about = f"{case.name}: {rate:.0f} requests per second of {CANDIDATES} candidates, {rounds} rounds of {requests:,}."
    return f"{about}\n\n{markdown(head, lines)}"


def _line(name: str, side: Side) -> list[str]:
    failed = sum(load.failed() for load in side.loads)
    numbers = [
        _spread(side.idle),
        _spread(side.models),
        _spread(side.cpu),
        f"{side.percentile(0.5):.0f}",
        f"{side.percentile(0.99):.0f}",
    ]
    return [name, *numbers, str(failed), f"{side.own:.0f}", f"{side.catalogued:.0f}", f"{side.rss:.0f}"]


def _spread(seconds: Sequence[float]) -> str:
    low, middle, high = (1e3 * one for one in (min(seconds), _median(seconds), max(seconds)))
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.one_against_many", description=__doc__)
    parser.add_argument("--requests", type=int, default=400, help="of a round (default: 400)")
    parser.add_argument("--rounds", type=int, default=5, help="under load, per side (default: 5)")
    parser.add_argument("--case", type=int, choices=range(len(CASES)), help="this one alone; left out: all")
    options = parser.parse_args(arguments)
    for case in CASES if options.case is None else [CASES[options.case]]:
        with tempfile.TemporaryDirectory() as folder:
            sides, rate = measure(case, Path(folder), requests=options.requests, rounds=options.rounds)
        print(report(case, sides, rate, options.requests, options.rounds), "\n", flush=True)


if __name__ == "__main__":
    main()

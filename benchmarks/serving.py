"""taskfusion serve on loopback: what a request costs above the graphs themselves, and how long it takes under load.

The bundle is KuaiRand's, where data/kuairand is there (taskfusion data kuairand), else that of a simulated feed; its
weights are random, which changes no time. CPU milliseconds are those of the server's process and of the one that
scores, from /proc; requests of another process come over loopback. The graphs alone run in this process on the same
encoded rows.
"""

import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import polars as pl
import torch

from benchmarks.load import Load, at_rate, in_turn, post
from benchmarks.rounds import markdown, measure
from benchmarks.shared_run import HEAD, shared_runs
from taskfusion.assemble.network import build_model
from taskfusion.config.experiment import Experiment, read_experiment
from taskfusion.data.encode import FeatureEncoder
from taskfusion.datasets.simulate.feed import simulate_feed
from taskfusion.datasets.simulate.settings import FeedSettings
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.serve.catalogue.write import write_catalogue
from taskfusion.serve.export.bundle import export_model
from taskfusion.serve.inputs import features_of
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.worker.model import Model
from taskfusion.serve.worker.settings import WorkerSettings

ROOT = Path(__file__).parents[1]
TINY = ("network.level_dims=[[8]]", "network.tower_dims=[4]", "embedding.dim=4")
Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A bundle, its items, and requests.

    Attributes:
        name: of the data.
        bundle: directory.
        items: file of the table of items.
        item_id: its column of ids.
        requests: raw values of requests.
        candidates: of each request, as /v1/rank takes them.
    """

    name: str
    bundle: Path
    items: Path
    item_id: str
    requests: list[Row]
    candidates: list[list[Any]]

    def bodies(self, count: int) -> list[bytes]:
        """Whole requests with so many candidates."""
        pairs = zip(self.requests, self.candidates, strict=True)
        return [post("/v1/rank", json.dumps({"request": r, "candidates": c[:count]}).encode()) for r, c in pairs]


def prepare(folder: Path, *, tiny: bool, num_requests: int, num_candidates: int) -> Case:
    """Export a model of random weights, and draw requests from the log."""
    table = ROOT / "data" / "kuairand" / "train.parquet"
    name = "feed, simulated"
    if table.exists() and not tiny:
        name, experiment = "KuaiRand", read_experiment(ROOT / "configs" / "kuairand.yaml")
    else:
        simulate_feed(FeedSettings(rows=1_000 if tiny else 50_000), folder / "feed")
        table = folder / "feed" / "train.parquet"
        experiment = read_experiment(ROOT / "configs" / "feed-simulated.yaml", TINY if tiny else ())
    schema = experiment.table_schema
    log = pl.scan_parquet(table).head(300 if tiny else 200_000).collect()
    encoder = FeatureEncoder.fit(log.lazy(), experiment.features)
    export_model(_model(experiment, encoder), encoder, schema, folder / "bundle")
    sides = {side: _sources(experiment, side) for side in ("request", "item", "candidate")}
    item_id = next(f.source for f in schema.features if f.role == "item" and f.kind == "categorical")
    items = log.select(sides["item"]).unique(item_id, maintain_order=True)
    items.write_parquet(folder / "items.parquet")
    random = np.random.default_rng(0)
    rows = log[random.integers(0, len(log), num_requests).tolist()].select(sides["request"]).rows(named=True)
    drawn = [log[random.integers(0, len(log), num_candidates).tolist()] for _ in rows]
    own = [chosen.select(pl.col(item_id).alias("id"), *sides["candidate"]).rows(named=True) for chosen in drawn]
    candidates = own if sides["candidate"] else [chosen[item_id].to_list() for chosen in drawn]
    requests = list(rows)
    return Case(name, folder / "bundle", folder / "items.parquet", item_id, requests, candidates)


def _model(experiment: Experiment, encoder: FeatureEncoder) -> Any:  # noqa: ANN401
    torch.manual_seed(0)
    statistics = [LabelStatistics(task.name, 600, 600, 1.0, 2.0, ()) for task in experiment.tasks]
    return build_model(experiment, encoder.layout, statistics).eval()


def _sources(experiment: Experiment, side: Any) -> list[str]:  # noqa: ANN401
    names = features_of(experiment.table_schema, side)
    return list(dict.fromkeys(feature.source for feature in experiment.features if feature.name in names))


@dataclass(frozen=True)
class Process:
    """A running server.

    Attributes:
        port: of requests.
        pids: of the server and of the process that scores.
        seconds: until it was ready.
        ready_cpu_seconds: that both took until then.
    """

    port: int
    pids: tuple[int, int]
    seconds: float
    ready_cpu_seconds: float = 0.0

    def cpu_seconds(self) -> list[float]:
        """That the threads of each process took so far, to the nanosecond."""
        return [thread_seconds(pid) for pid in self.pids]

    def megabytes(self) -> list[float]:
        """That each process holds, and what of the last one's no other process can share."""
        texts = [Path(f"/proc/{pid}/status").read_text() for pid in self.pids]
        sizes = [(texts[0], "VmRSS:"), (texts[1], "VmRSS:"), (texts[1], "RssAnon:")]
        return [int(text.partition(name)[2].split()[0]) / 1e3 for text, name in sizes]


def thread_seconds(pid: int) -> float:
    """CPU seconds of all threads of a process, to the nanosecond."""
    stats = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(stat.split()[0]) for stat in stats) / 1e9


def launched(served: Path, *options: str, log: IO[bytes] | int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """A server of a bundle, or of a file of routes, at ports that are free; a long log goes to a file: nobody reads the
    pipe.
    """
    command = [sys.executable, "-c", "from taskfusion.cli import main; main()", "serve", str(served), "--json"]
    ports = ["--port", "0", "--admin-port", "0"]
    return subprocess.Popen([*command, *ports, *options], stdout=subprocess.PIPE, stderr=log)


def said_by(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What a server says of itself once it is ready.

    Raises:
        RuntimeError: it ended; the message says why.
    """
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the server should begin, but ended: {process.communicate()[1]!r}")
    found: dict[str, Any] = json.loads(line)
    return found


@contextmanager
def served(case: Case, items: Path | None, *options: str, log: IO[bytes] | int = subprocess.PIPE) -> Iterator[Process]:
    """A server of a bundle and of a table or catalogue of items."""
    of_items = [] if items is None else ["--items", str(items), "--item-id", case.item_id]
    start = time.perf_counter()
    process = launched(case.bundle, *of_items, *options, log=log)
    said = said_by(process)
    try:
        found = Process(said["port"], (process.pid, said["workers"][0]), time.perf_counter() - start)
        yield replace(found, ready_cpu_seconds=sum(found.cpu_seconds()))
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def in_process(case: Case, count: int) -> dict[str, Callable[[], object]]:
    """The graphs alone, and the whole of a request through Scorer, for the first requests in turn."""
    model, scorer = Model.load(case.bundle), Scorer.load(case.bundle)
    table = pl.read_parquet(case.items)
    rows = scorer.item_rows(table)
    place = {one: row for row, one in enumerate(table[case.item_id].to_list())}
    items = model.items(model.raw.rows(table.rows(named=True), model.features["item"], "items"))
    turns = []
    for request, candidates in zip(case.requests[:20], case.candidates, strict=False):
        chosen = candidates[:count]
        row_B = np.asarray([place[one["id"] if isinstance(one, dict) else one] for one in chosen])
        own = pl.DataFrame(chosen) if model.features["candidate"] else None
        encoded = model.raw.rows([request], model.features["request"], "request")
        own_rows = None if own is None else model.raw.rows(chosen, model.features["candidate"], "candidates")
        turns.append((request, encoded, row_B, own, own_rows))

    def graphs() -> None:
        for _, encoded, row_B, _, own_rows in turns:
            model.score(encoded, items, row_B, own_rows)

    def whole() -> None:
        for request, _, row_B, own, _ in turns:
            scorer.score_candidates(pl.DataFrame([request], infer_schema_length=None), rows, row_B, own)

    return {"graphs": graphs, "whole": whole}


def _spent(process: Process, case: Case, count: int, num_requests: int) -> tuple[list[float], Load]:
    """CPU milliseconds per request of both processes, requests one after the other."""
    bodies = case.bodies(count)
    asyncio.run(in_turn("127.0.0.1", process.port, bodies, len(bodies)))
    before = process.cpu_seconds()
    found = asyncio.run(in_turn("127.0.0.1", process.port, bodies, num_requests))
    return [1e3 * (b - a) / num_requests for a, b in zip(before, process.cpu_seconds(), strict=True)], found


def run(*, tiny: bool) -> str:
    """The benchmark, or the same on tiny sizes that only show that it runs."""
    counts, num_requests, rounds, num_load = ([5], 20, 1, 20) if tiny else ([20, 200, 1000], 1000, 5, 5000)
    with tempfile.TemporaryDirectory() as name:
        case = prepare(Path(name), tiny=tiny, num_requests=5 if tiny else 100, num_candidates=max(counts))
        rows, loaded = [], []
        write_catalogue(case.bundle, case.items, Path(name) / "catalogue", case.item_id)
        with served(case, Path(name) / "catalogue") as process:
            for count in counts:
                times = measure(in_process(case, count), rounds=rounds, warmup=1, clock=time.process_time)
                graphs, whole = (1e3 * times[way].median / min(20, len(case.requests)) for way in ("graphs", "whole"))
                (server, worker), found = _spent(process, case, count, num_requests)
                total = server + worker
                cells = (server, worker, graphs, total - graphs, whole)
                rows.append([case.name, str(count), *(f"{cell:.2f}" for cell in cells), f"{whole / total:.1f}x"])
                if count == counts[len(counts) // 2]:
                    rate = 0.5 / max(found.percentile(0.5), 1e-4)
                    load = asyncio.run(at_rate("127.0.0.1", process.port, case.bodies(count), num_load, rate))
                    loaded = [case.name, str(count), f"{rate:.0f}", f"{num_load:,}", str(load.failed())]
                    p50, p99 = load.percentile(0.5), load.percentile(0.99)
                    loaded += [f"{1e3 * p50:.1f}", f"{1e3 * p99:.1f}", f"{p99 / p50:.1f}x"]
            sizes = [_sizes("with a catalogue, after the requests above", process)]
        sizes = [*started(case, Path(name) / "catalogue"), *sizes]
        shared = markdown(["data", *HEAD], waiting(case, tiny=tiny))
    head = ["data", "candidates", "server", "scores", "graphs alone", "above the graphs", "score_candidates", "ratio"]
    tables = [markdown(head, rows)]
    tables.append(
        markdown(["data", "candidates", "requests/s", "requests", "failed", "p50 ms", "p99 ms", "p99/p50"], [loaded])
    )
    tables.append(shared)
    head = ["server started", "ready s", "CPU s until then", "server MB", "scores MB", "of it unshared"]
    tables.append(markdown(head, sizes))
    return "\n\n".join(tables)


def started(case: Case, catalogue: Path) -> list[list[str]]:
    """How long servers of the bundle took to be ready, and their memory then, by how they were given items."""
    ways = {
        "candidates with raw values only": None,
        "with a catalogue": catalogue,
        "with a table of items": case.items,
    }
    found = []
    for what, items in ways.items():
        with served(case, items) as process:
            found.append(_sizes(what, process))
    return found


def waiting(case: Case, *, tiny: bool) -> list[list[str]]:
    """What calls that wait would save by a run of the graphs for all of them."""
    settings = WorkerSettings(bundle=str(case.bundle), items=str(case.items), item_id=case.item_id)
    item = pl.read_parquet(case.items).row(0, named=True)
    counts, calls, rounds = ([1], [1, 2], 1) if tiny else ([1, 8], [1, 2, 4, 8], 7)
    rows = shared_runs(settings, case.requests, case.candidates[0], item, counts=counts, calls=calls, rounds=rounds)
    return [[case.name, *row] for row in rows]


def _sizes(what: str, process: Process) -> list[str]:
    times = [f"{process.seconds:.1f}", f"{process.ready_cpu_seconds:.2f}"]
    return [what, *times, *(f"{size:.0f}" for size in process.megabytes())]

"""Metrics for Prometheus: plain counts while requests run, made into families of metrics when they are asked for."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from taskfusion import __version__
from taskfusion.serve.router.breaker import State

if TYPE_CHECKING:
    from taskfusion.serve.decision.writer import DecisionCounts

SECONDS: Final = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Upper edges of the buckets of durations."""


class Histogram:
    """Counts by bucket.

    Args:
        edges: upper edges, ascending; above the last one there is another bucket.
        counts: by bucket; empty: nothing was counted yet.
        total: sum of what was counted.
    """

    def __init__(self, edges: Sequence[float], counts: Sequence[int] = (), total: float = 0.0) -> None:
        self.edges = tuple(edges)
        self.counts = list(counts) or [0] * (len(edges) + 1)
        self.sum = total

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.edges, value)] += 1
        self.sum += value

    def add_counts(self, counts: Sequence[int], total: float) -> None:
        """Count what was counted elsewhere.

        Args:
            counts: by bucket.
            total: sum of the values.
        """
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, counts, strict=True)]
        self.sum += total

    def cumulative(self) -> list[tuple[str, float]]:
        """Upper edges with the number of values up to each."""
        found, total = [], 0
        for edge, count in zip((*map(repr, self.edges), "+Inf"), self.counts, strict=True):
            total += count
            found.append((edge, float(total)))
        return found


@dataclass(frozen=True)
class ModelState:
    """A model at the moment.

    Attributes:
        version: fingerprint of it.
        num_pending: calls that wait or are worked on.
        breaker: state of its breaker.
        items_age_seconds: of its catalogue; None: not known.
    """

    version: str
    num_pending: int
    breaker: State
    items_age_seconds: float | None = None


@dataclass(frozen=True)
class BatchState:
    """Predictions made beforehand, at the moment.

    Attributes:
        bundle: fingerprint of the model that made them.
        age_seconds: since they were begun.
        most_age_seconds: from which on they are not used.
    """

    bundle: str
    age_seconds: float
    most_age_seconds: float


class Metrics(Collector):
    """What the server counts.

    Args:
        decisions: of the decision log, which go on counting; None: there is none.
    """

    def __init__(self, decisions: "DecisionCounts | None" = None) -> None:
        self._decisions = decisions
        self._requests = Counter[tuple[str, int]]()
        self._refused = Counter[str]()
        self._answers = Counter[tuple[str, str]]()
        self._sources = Counter[tuple[str, str]]()
        self._seconds: dict[str, Histogram] = {}
        self._worked = Histogram(SECONDS)
        self._totals: dict[str, Counter[str]] = {"rows": Counter(), "missing": Counter(), "unseen": Counter()}
        self._scores: dict[tuple[str, ...], Histogram] = {}
        self._reference: dict[tuple[str, ...], Histogram] = {}
        self.restarts = 0
        self.swaps = 0
        self.models: dict[str, ModelState] = {}
        self.batch: BatchState | None = None
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def add_request(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests[route, status] += 1
        if route not in self._seconds:
            self._seconds[route] = Histogram(SECONDS)
        self._seconds[route].add(seconds)

    def add_answer(self, tier: str, reason: str | None, seconds: float) -> None:
        """Count an answer: who gave it, why one before did not, and the time that its process took."""
        self._answers[tier, reason or ""] += 1
        self._worked.add(seconds)

    def add_sources(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Count predictions: by task, candidates by where theirs comes from."""
        for task, sources in counts.items():
            for source, count in sources.items():
                self._sources[task, source] += count

    def add_refused(self, reason: str) -> None:
        """Count a request that was not answered with predictions."""
        self._refused[reason] += 1

    def add_counts(self, counts: Sequence[Mapping[str, Any]]) -> None:
        """Add what each process counted since it was last asked; predictions of models that none has are forgotten."""
        found: dict[tuple[str, ...], Histogram] = {}
        self._reference = {}
        for one in counts:
            for name, total in self._totals.items():
                total.update(one[name])
            for column, scores in one["scores"].items():
                key = column, one["bundle"]
                found[key] = found.get(key) or self._scores.get(key) or Histogram(scores["edges"])
                found[key].add_counts(scores["counts"], scores["sum"])
            for column, scores in one["reference"].items():
                self._reference[column, one["bundle"]] = Histogram(scores["edges"], scores["counts"], scores["sum"])
        self._scores = found

    def page(self) -> bytes:
        """Text that Prometheus reads."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """The families of metrics."""
        yield InfoMetricFamily("taskfusion", "What serves.", value={"version": __version__})
        yield from self._of_models()
        yield from self._of_batch()
        requests = CounterMetricFamily("taskfusion_requests", "Requests answered.", labels=["route", "status"])
        for (route, status), count in self._requests.items():
            requests.add_metric([route, str(status)], count)
        yield requests
        seconds: dict[tuple[str, ...], Histogram] = {(route,): histogram for route, histogram in self._seconds.items()}
        yield _counter("taskfusion_refused", "Requests without predictions, by reason.", "reason", self._refused)
        yield _histograms("taskfusion_request_seconds", "From request to answer.", ("route",), seconds)
        worked = HistogramMetricFamily("taskfusion_work_seconds", "Time in the process that scores.")
        worked.add_metric([], self._worked.cumulative(), self._worked.sum)
        yield worked
        answers = CounterMetricFamily(
            "taskfusion_answers", "By who answered, and why one before did not.", labels=["tier", "reason"]
        )
        for (tier, reason), count in self._answers.items():
            answers.add_metric([tier, reason], count)
        yield answers
        if self._decisions is not None:
            outcomes = {"written": self._decisions.written, "dropped": self._decisions.lost}
            yield _counter("taskfusion_decisions", "Rows of the decision log, or lost.", "outcome", outcomes)
        yield CounterMetricFamily(
            "taskfusion_worker_restarts", "Processes that were started in place of others.", value=self.restarts
        )
        yield CounterMetricFamily("taskfusion_swaps", "Times that models were put in force.", value=self.swaps)
        about = "Rows scored: requests, candidates, rows of an inference; and ids that the catalogue lacks."
        yield _counter("taskfusion_rows", about, "side", self._totals["rows"])
        yield _counter("taskfusion_missing", "Values that were null, by column.", "column", self._totals["missing"])
        yield _counter(
            "taskfusion_unseen", "Values that training never saw, by feature.", "feature", self._totals["unseen"]
        )
        labels = ("prediction", "bundle")
        yield _histograms("taskfusion_score", "Predictions given.", labels, self._scores)
        yield _histograms("taskfusion_score_reference", "The same of rows at export.", labels, self._reference)

    def _of_models(self) -> Iterator[Metric]:
        models = InfoMetricFamily("taskfusion_model", "What answers, by tier.", labels=["tier"])
        queue = GaugeMetricFamily("taskfusion_queue", "Calls that wait or are worked on.", labels=["tier"])
        age = GaugeMetricFamily(
            "taskfusion_items_age_seconds", "Since the catalogue's table was read.", labels=["tier"]
        )
        breaker = GaugeMetricFamily("taskfusion_breaker", "1: in that state.", labels=["tier", "state"])
        for tier, model in self.models.items():
            models.add_metric([tier], {"bundle": model.version})
            queue.add_metric([tier], model.num_pending)
            if model.items_age_seconds is not None:
                age.add_metric([tier], model.items_age_seconds)
            for state in State:
                breaker.add_metric([tier, state], float(state is model.breaker))
        yield from (models, queue, age, breaker)

    def _of_batch(self) -> Iterator[Metric]:
        if self.batch is None:
            return
        yield InfoMetricFamily("taskfusion_batch", "Who scored in batch.", value={"bundle": self.batch.bundle})
        about = "Since the batch was begun."
        yield GaugeMetricFamily("taskfusion_batch_age_seconds", about, value=self.batch.age_seconds)
        about = "From which on the batch is not used."
        yield GaugeMetricFamily("taskfusion_batch_most_age_seconds", about, value=self.batch.most_age_seconds)
        about = "Predictions answered, by task and by where they come from."
        sources = CounterMetricFamily("taskfusion_predictions", about, labels=["task", "source"])
        for (task, source), count in self._sources.items():
            sources.add_metric([task, source], count)
        yield sources


def _counter(name: str, about: str, label: str, counts: Mapping[str, int]) -> CounterMetricFamily:
    found = CounterMetricFamily(name, about, labels=[label])
    for value, count in counts.items():
        found.add_metric([value], count)
    return found


def _histograms(
    name: str, about: str, labels: Sequence[str], histograms: Mapping[tuple[str, ...], Histogram]
) -> HistogramMetricFamily:
    found = HistogramMetricFamily(name, about, labels=labels)
    for values, histogram in histograms.items():
        found.add_metric(values, histogram.cumulative(), histogram.sum)
    return found

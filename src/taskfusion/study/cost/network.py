"""What exported networks take to answer, as taskfusion serve has them: one of all tasks, or one per task."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from taskfusion.config.yaml_text import dump_yaml
from taskfusion.run.record.cost import BaseCost, ModelCost, WayCost
from taskfusion.schema.schema import Schema
from taskfusion.serve.catalogue.write import write_catalogue
from taskfusion.serve.cost.draw import Drawn
from taskfusion.serve.cost.measure import REPEATS, SECONDS, Online, Served, measure_lookup, measure_online, measure_rows
from taskfusion.study.cost.amount import estimated, measured, of_run
from taskfusion.study.cost.subject import Found

_DEADLINE: Final = 60
_BYTES: Final = 1_000_000_000
ESTIMATE: Final = "as much as the model of all tasks; one of a single task may be smaller"


@dataclass(frozen=True)
class Effort:
    """How long is measured: repeats, and about how many seconds each of a server takes."""

    repeats: int = REPEATS
    seconds: float = SECONDS


class Bench:
    """Exported models, and requests to them.

    Args:
        folder: for catalogues and files of routes.
        drawn: what is asked.
        effort: how long.
    """

    def __init__(self, folder: Path, drawn: Drawn, effort: Effort) -> None:
        self._folder, self._drawn, self._effort = folder, drawn, effort
        self._bodies = drawn.bodies
        most = max(2000, *(len(one) for one in drawn.candidates))
        self._limits = ["--most-candidates", str(most), "--most-bytes", str(_BYTES)]

    def one(self, bundle: Path) -> Served:
        """One bundle, with a catalogue of the items."""
        options = [*self._limits, "--deadline", str(_DEADLINE)]
        if self._drawn.items is not None and self._drawn.item_id is not None:
            catalogue = self._folder / f"items of {bundle.name}"
            write_catalogue(bundle, self._table(), catalogue, self._drawn.item_id)
            options += ["--items", str(catalogue), "--item-id", self._drawn.item_id]
        return Served(bundle, tuple(options))

    def together(self, bundles: Sequence[Path]) -> Served:
        """Several bundles, a process for each, behind a server that puts their answers together."""
        primary: dict[str, object] = {"bundles": [str(one) for one in bundles], "deadline_ms": 1000 * _DEADLINE}
        if self._drawn.items is not None:
            primary |= {"items": str(self._table()), "item_id": self._drawn.item_id}
        routes = self._folder / "routes.yaml"
        routes.write_text(dump_yaml({"primary": primary, "last_resort": False}), encoding="utf-8")
        return Served(routes, tuple(self._limits))

    def online(self, served: Sequence[Served]) -> list[Online]:
        """What requests to each take; they take turns."""
        return measure_online(served, self._bodies, repeats=self._effort.repeats, seconds=self._effort.seconds)

    def process_mb(self, bundle: Path) -> float:
        """Unshared memory of a process that scores, with a catalogue."""
        (found,) = measure_online([self.one(bundle)], self._bodies, repeats=0)
        return found.memory[1].own

    def rows(self, bundle: Path) -> tuple[float, ...]:
        """CPU seconds per pair in batch, one per repeat."""
        return measure_rows(bundle, self._drawn.pairs, repeats=self._effort.repeats)

    def base(self, online: Online, candidates: int, pairs: int) -> BaseCost:
        """What every plan needs: the HTTP server in front of one model.

        Args:
            online: that server.
            candidates: of a request.
            pairs: that a batch has; 0: there is none.
        """
        mapped = max(one.mapped for one in online.memory)
        return BaseCost(
            request_seconds=measured(online.server_R),
            mb=measured([online.memory[0].own + mapped]),
            lookup_seconds=measured(measure_lookup(candidates, pairs, repeats=self._effort.repeats)),
        )

    def _table(self) -> Path:
        path = self._folder / "items.parquet"
        if self._drawn.items is not None and not path.exists():
            self._drawn.items.write_parquet(path)
        return path


def shared_way(found: Found, bundle: Path, schema: Schema, online: Online, bench: Bench) -> WayCost:
    """The model of all tasks.

    Args:
        found: where it comes from.
        bundle: its export.
        schema: of it.
        online: what a server of it takes.
        bench: measures the rest.
    """
    model = ModelCost(
        tasks=schema.task_names,
        predictions=len(schema.prediction_names),
        request_seconds=measured(online.workers_R[0]),
        row_seconds=measured(bench.rows(bundle)),
        process_mb=measured([online.memory[1].own]),
        training_seconds=of_run(found.training[0]) if found.training else None,
    )
    return WayCost(name="one model", about=found.about, models=(model,), losses=found.losses)


def separate_way(
    found: Found, bundles: Sequence[Path], schemas: Sequence[Schema], alone: Online, together: Online, bench: Bench
) -> WayCost:
    """One model per task behind one server; what the server takes more than before one model is shared out.

    Args:
        found: where they come from.
        bundles: their exports.
        schemas: of them.
        alone: what a server of the model of all tasks takes.
        together: what the server of these takes.
        bench: measures the rest.
    """
    more = max(0.0, median(together.server_R) - median(alone.server_R)) / len(bundles)
    memory = [bench.process_mb(bundle) for bundle in bundles]
    models = tuple(
        ModelCost(
            tasks=schema.task_names,
            predictions=len(schema.prediction_names),
            request_seconds=measured([one + more for one in seconds_R]),
            row_seconds=measured(bench.rows(bundle)),
            process_mb=measured([mb]),
            training_seconds=of_run(training),
        )
        for schema, bundle, seconds_R, mb, training in zip(
            schemas, bundles, together.workers_R, memory, found.training, strict=True
        )
    )
    return WayCost(name="separate models", about=found.about, models=models, losses=found.losses)


def estimated_way(one: WayCost, schema: Schema) -> WayCost:
    """T models of which none was measured, from the model of all tasks."""
    (model,) = one.models
    models = tuple(
        ModelCost(
            tasks=(task.name,),
            predictions=len(task.prediction_names),
            request_seconds=estimated(model.request_seconds, ESTIMATE),
            row_seconds=estimated(model.row_seconds, ESTIMATE),
            process_mb=estimated(model.process_mb, ESTIMATE),
            training_seconds=None,
        )
        for task in schema.tasks
    )
    return WayCost(name="separate models", about="none was trained", models=models, losses={})

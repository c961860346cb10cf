"""Where the time of a training step goes, by torch's profiler with scopes put around the parts from outside.

An operation of the backward pass belongs to the part whose forward pass made its node of the graph.
"""

from collections.abc import Callable, Iterator
from typing import Any

from torch.autograd.profiler_util import FunctionEvent
from torch.profiler import ProfilerActivity, profile, record_function

from taskfusion.data.batch import Batch
from taskfusion.train.step import TrainingStep

PARTS = ("data", "embedding", "experts", "gates", "mixing", "towers", "loss", "optimizer", "other")
SCOPE = "part:"
BACKWARD = "autograd::engine::evaluate_function"


def profile_parts(step: TrainingStep, batches: Iterator[Batch], *, steps: int) -> dict[str, float]:
    """Seconds of a step by part, forward and backward pass together, on the CPU.

    Args:
        step: its model, loss and optimizers are wrapped for good.
        batches: endless.
        steps: steps to profile, after two to warm up.

    Returns:
        All of PARTS: "mixing" is the fusion of expert outputs by gates and native residual, "other" what no part
        names, such as the sums of gradients that several parts send.
    """
    _wrap_all(step)

    def run() -> None:
        with record_function(f"{SCOPE}other"):
            with record_function(f"{SCOPE}data"):
                batch = next(batches)
            step(batch)

    for _ in range(2):
        run()
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        for _ in range(steps):
            run()
    return {part: seconds / steps for part, seconds in _by_part(list(profiler.events() or [])).items()}


def _wrap_all(step: TrainingStep) -> None:
    model = step.model
    _wrap(model.inputs, "forward", "embedding")
    for level in model.network.levels:
        _wrap(level, "forward", "mixing")
        _wrap(level.experts, "forward", "experts")
        _wrap(level.gate, "forward", "gates")
    _wrap(model.towers, "forward", "towers")
    _wrap(step.loss, "per_task", "loss")
    for optimizer in step.optimizers:
        _wrap(optimizer, "step", "optimizer")
        _wrap(optimizer, "zero_grad", "optimizer")


def _wrap(owner: Any, method: str, part: str) -> None:  # noqa: ANN401  a module, a loss or an optimizer
    plain: Callable[..., Any] = getattr(owner, method)

    def scoped(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        with record_function(SCOPE + part):
            return plain(*arguments, **named)

    setattr(owner, method, scoped)


def _by_part(events: list[FunctionEvent]) -> dict[str, float]:
    maker: dict[int, FunctionEvent] = {}
    for event in sorted(events, key=lambda event: event.time_range.start):
        if event.sequence_nr >= 0 and not _is_backward(event):
            maker[event.sequence_nr] = event  # the last one with a number is the one that made the node
    found = dict.fromkeys(PARTS, 0.0)
    for event in events:
        found[_part(event, maker)] += event.self_cpu_time_total / 1e6
    return found


def _part(event: FunctionEvent | None, maker: dict[int, FunctionEvent]) -> str:
    while event is not None:
        if event.name.startswith(SCOPE):
            return event.name.removeprefix(SCOPE)
        if event.name.startswith(BACKWARD) and event.sequence_nr in maker:
            return _part(maker[event.sequence_nr], maker)
        event = event.cpu_parent
    return "other"


def _is_backward(event: FunctionEvent | None) -> bool:
    while event is not None:
        if event.name.startswith(BACKWARD):
            return True
        event = event.cpu_parent
    return False

"""How fast a model trains, from its first steps, so that the time of many trainings is told before the first."""

import itertools
import time
from collections.abc import Callable
from typing import Final

import torch

from taskfusion.assemble.network import build_model
from taskfusion.assemble.training import build_step, training_device, use_threads
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import EncodedData

WARM_STEPS: Final = 2
STEPS: Final = 8


def seconds_per_row(
    experiment: Experiment, data: EncodedData, clock: Callable[[], float] = time.perf_counter
) -> float | None:
    """Of a pass over the training rows, from ten steps of a model that is thrown away; None: there is one step or two.

    Args:
        experiment: what would be trained; it is timed without compiling.
        data: its rows.
        clock: gives seconds.

    Raises:
        ExperimentError: the device of training is not there.
    """
    training = derive(experiment.training, compile=False)
    use_threads(training.threads)
    model = build_model(experiment, data.encoder.layout, data.statistics).to(training_device(training))
    step = build_step(derive(experiment, training=training), model)
    batches = data.splits["train"].batches(training.batch_size, shuffle_seed=training.seed)
    for batch in itertools.islice(batches, WARM_STEPS):
        step(batch.to(step.device))
    rows, start = 0, clock()
    for batch in itertools.islice(batches, STEPS):
        loss_T, _ = step(batch.to(step.device))
        rows += len(batch)
    if not rows:
        return None
    torch.isfinite(loss_T).cpu()  # a CUDA device has done its work before the clock is read
    return (clock() - start) / rows

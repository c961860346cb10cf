"""The parts of the experiment file's network section that say how gates weigh experts."""

from pydantic import Field

from taskfusion.schema import Spec


class GateConfig(Spec):
    """How gates weigh the experts that they see; the defaults leave the architectures as published."""

    temperature: float = Field(
        1.0,
        gt=0,
        description="Softmax gates divide their logits by it: above 1 weights are more even, below 1 more decided.",
    )
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of a level's experts that softmax gates leave out in training, row by row, 0..1; the other "
        "weights are scaled up to a sum of 1, and no unit loses all experts that it sees.",
    )
    own_share: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Native-first start: weight that a unit gives its own experts before training, 0..1, so that "
        "sharing is earned; null: all experts start alike, up to noise. Not read by mmoe, ml-mmoe and shared-bottom.",
    )
    balance_weight: float = Field(
        0.0,
        ge=0,
        description="Weight, in the training loss, of how unevenly each softmax gate uses the experts that it sees: "
        "the squared coefficient of variation of their mean weights in a batch (Shazeer et al., ICLR 2017).",
    )

"""From the experiment file to what the fusion network reads."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment
from taskfusion.config.inputs import (
    AttentionBackbone,
    CrossBackbone,
    EmbeddingConfig,
    FactorizationBackbone,
    MaskBackbone,
    NumericConfig,
)
from taskfusion.config.inputs import Backbone as BackboneConfig
from taskfusion.data.layout import InputLayout
from taskfusion.model.input.embedding_level import embedding_plan
from taskfusion.model.input.layer import InputLayer
from taskfusion.model.input.numeric import ENCODINGS, NumericSettings
from taskfusion.model.interaction.attention import SelfAttention
from taskfusion.model.interaction.base import Backbone, FieldVectors, Interaction
from taskfusion.model.interaction.cross import CrossLayers
from taskfusion.model.interaction.factorization import FactorizationMachine
from taskfusion.model.interaction.mask import ParallelMaskNet
from taskfusion.schema.spec import Spec
from taskfusion.variants.plan import LevelPlan, scenario_dim_of
from taskfusion.variants.table import variants_with_owners

DEFAULT_DIM = 16
"""Width of vectors that go by embedding.dim where that is auto."""


def build_inputs(experiment: Experiment, plans: Sequence[LevelPlan], layout: InputLayout) -> InputLayer:
    """The embedding tables and what is read of a row.

    Raises:
        ExperimentError: embedding.tables does not suit the variant, or own_features names none that has a table.
    """
    units = plans[0].num_input_units
    embedding, numeric = experiment.embedding, experiment.numeric
    if units is None and embedding.tables != "shared":
        raise ExperimentError(
            f"embedding.tables '{embedding.tables}' needs a variant whose experts belong to units "
            f"({', '.join(variants_with_owners())}), found network.variant '{experiment.network.variant}'"
        )
    level_0 = embedding_plan(plans) if embedding.fusion else None
    gated = plans if level_0 is None else [*plans, level_0]
    return InputLayer(
        layout,
        dim=embedding.dim,
        placement=embedding.tables,
        num_units=units or 1,
        own_features=_own_features(embedding, numeric, layout),
        own_dim=embedding.own_dim,
        init_std=embedding.init_std,
        # CUDA's allocator keeps the memory of dense gradients, and sparse ones make it wait for their number of rows.
        sparse=embedding.update != "dense" or experiment.training.device == "cpu",
        numeric=NumericSettings(
            encoding=numeric.encoding,
            dim=numeric.dim or _common_dim(embedding),
            bins=numeric.bins,
            frequencies=numeric.frequencies,
            frequency_std=numeric.frequency_std,
        ),
        feature_dropout=embedding.feature_dropout,
        level_0=level_0,
        scenario_features=experiment.network.gate.features if scenario_dim_of(gated) else (),
    )


def _own_features(embedding: EmbeddingConfig, numeric: NumericConfig, layout: InputLayout) -> tuple[str, ...] | None:
    chosen = embedding.own_features
    if chosen is None:
        return None
    encodings = {given.feature: given.encoding or numeric.encoding for given in layout.numeric}
    known = {table.name for table in layout.tables}
    known |= {feature for feature, encoding in encodings.items() if encoding in ENCODINGS}
    for name in chosen:
        if name not in known:
            raise ExperimentError(
                f"embedding.own_features names '{name}', but features that have tables are {', '.join(sorted(known))}"
            )
    return chosen


def build_backbone(config: BackboneConfig, embedding: EmbeddingConfig, inputs: InputLayer) -> Backbone | None:
    """The feature interactions between inputs and fusion network; None where the file asks for none."""
    build = BACKBONES.get(type(config))
    return None if build is None else Backbone(build(config, embedding, inputs))


def _cross(backbone: CrossBackbone, embedding: EmbeddingConfig, inputs: InputLayer) -> Interaction:
    return CrossLayers(inputs.num_inputs, inputs.output_dim, layers=backbone.layers, rank=backbone.rank)


def _factorization(backbone: FactorizationBackbone, embedding: EmbeddingConfig, inputs: InputLayer) -> Interaction:
    return FactorizationMachine(_fields(inputs, embedding, backbone.dim))


def _attention(backbone: AttentionBackbone, embedding: EmbeddingConfig, inputs: InputLayer) -> Interaction:
    return SelfAttention(
        _fields(inputs, embedding, backbone.dim),
        layers=backbone.layers,
        heads=backbone.heads,
        head_dim=backbone.head_dim,
    )


def _mask(backbone: MaskBackbone, embedding: EmbeddingConfig, inputs: InputLayer) -> Interaction:
    return ParallelMaskNet(
        _fields(inputs, embedding, backbone.dim),
        blocks=backbone.blocks,
        block_dim=backbone.block_dim,
        mask_dim=backbone.mask_dim,
    )


BACKBONES: Mapping[type[Spec], Callable[[Any, EmbeddingConfig, InputLayer], Interaction]] = {
    CrossBackbone: _cross,
    FactorizationBackbone: _factorization,
    AttentionBackbone: _attention,
    MaskBackbone: _mask,
}


def _fields(inputs: InputLayer, embedding: EmbeddingConfig, dim: int | None) -> FieldVectors:
    widths = [field.dim for field in inputs.fields]
    return FieldVectors(inputs.num_inputs, widths, dim or _common_dim(embedding), embedding.init_std)


def _common_dim(embedding: EmbeddingConfig) -> int:
    return DEFAULT_DIM if embedding.dim == "auto" else embedding.dim

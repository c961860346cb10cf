"""The part of the experiment file that says how features become the network's input."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from taskfusion.schema.feature import NumericEncoding
from taskfusion.schema.spec import MOST_ENTRIES, Few, Name, Spec, StepSize, Strength, Width


class EmbeddingConfig(Spec):
    """How ids become vectors."""

    dim: Width | Literal["auto"] = Field(
        16,
        description="Width of an embedding, in numbers, where a feature names none; auto: the fourth root of the "
        "table's codes, rounded up to 4, 8, 16, 32 or 64.",
    )
    tables: Literal["shared", "per-task", "both"] = Field(
        "shared",
        description="shared: one table for all tasks; per-task: each fusion unit has its own; both: each unit reads "
        "the shared one beside its own. The last two suit variants whose experts belong to units, among which a shared "
        "unit has tables of its own too.",
    )
    own_features: tuple[Name, ...] | None = Field(
        None,
        min_length=1,
        max_length=MOST_ENTRIES,
        description="Features with tables of units' own, where tables is per-task or both; all others have shared ones "
        "alone, which spares memory. Features with share_with go by the feature that they name. null: all.",
    )
    own_dim: Width | None = Field(
        None,
        description="Width of the units' own vectors, whatever dim and a feature say, such as narrow ones beside wide "
        "shared ones: where tables is both, or per-task with own_features; null: as wide as shared ones.",
    )
    fusion: bool = Field(
        False,
        description="Level 0, for tables per-task and both: before anything else, each unit mixes its own embeddings "
        "with those of the units that it may take from at level 1, by a gate with the settings of network.gate. What "
        "it takes from other tasks here it does not train (stop-gradient, as in STEM, AAAI 2024).",
    )
    init_std: float = Field(0.05, gt=0, le=100, description="Standard deviation of the normal start of the embeddings.")
    feature_dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of the features that are dropped whole in training, row by row, 0..1; the others are scaled "
        "up by 1 / (1 - share).",
    )
    update: Literal["dense", "adagrad", "rowwise-adagrad"] = Field(
        "dense",
        description="dense: the optimizer of training, on every row in every step; adagrad: Adagrad, which touches "
        "the rows of the batch alone; rowwise-adagrad: the same with one step size per row, for tables of "
        "millions of rows.",
    )
    learning_rate: StepSize | None = Field(
        None, description="Step size of both Adagrads, per update; null: 0.02. The dense update has training's."
    )
    weight_decay: Strength = Field(
        0.0, description="Decay of the tables with update dense, per update, times the step size."
    )
    fresh_each_epoch: bool = Field(
        False,
        description="Whether tables start anew at every epoch, what is above them learning on, so that ids are not "
        "learned by heart in a second pass over the rows (MEDA, Fan et al., arXiv 2407.01607). Evaluations "
        "within an epoch then see unfinished tables.",
    )

    @model_validator(mode="after")
    def _settings_suit_the_update(self) -> Self:
        if self.learning_rate is not None and self.update == "dense":
            raise ValueError("learning_rate is that of the Adagrads; with update dense set training.learning_rate")
        if self.weight_decay and self.update != "dense":
            raise ValueError(f"weight_decay is that of update dense; {self.update} has none, so set it to 0")
        return self

    @model_validator(mode="after")
    def _own_tables_are_there(self) -> Self:
        named = [name for name in ("own_features", "own_dim") if getattr(self, name) is not None]
        if named and self.tables == "shared":
            raise ValueError(f"{named[0]} is about tables of units' own; set tables to per-task or both")
        if self.own_dim is not None and self.tables == "per-task" and self.own_features is None:
            raise ValueError(
                "own_dim is for units' own vectors beside shared ones; with tables per-task name own_features too, or "
                "leave it out"
            )
        return self

    @model_validator(mode="after")
    def _fusion_has_tables(self) -> Self:
        if self.fusion and self.tables == "shared":
            raise ValueError("fusion mixes the embeddings of units, so it needs tables per-task or both, found shared")
        return self


class NumericConfig(Spec):
    """How numbers become vectors (Gorishniy et al., NeurIPS 2022); a mark of missing values stays a number."""

    encoding: NumericEncoding = Field(
        "plain",
        description="Of numeric features that name none. plain: the number itself; piecewise-linear: how far it is "
        "through each bin between training quantiles, then a linear layer and ReLU per feature; periodic: sines and "
        "cosines of learned frequencies, then the same.",
    )
    dim: Width | None = Field(
        None, description="Width of the vector, in numbers; null: embedding.dim, and 16 where that is auto."
    )
    bins: int = Field(32, ge=1, le=256, description="Bins of piecewise-linear at the most; equal quantiles are joined.")
    frequencies: Width = Field(16, description="Frequencies of periodic, a feature.")
    frequency_std: float = Field(
        0.1, gt=0, le=1000, description="Standard deviation of the normal start of the frequencies, in turns a unit."
    )


class NoBackbone(Spec):
    """The fusion network reads embeddings and numbers side by side."""

    kind: Literal["none"]


class CrossBackbone(Spec):
    """Cross layers of DCN-v2 (Wang et al., WWW 2021); the fusion network reads the last one."""

    kind: Literal["dcn-v2"]
    layers: Few = Field(2, description="Cross layers; each raises the degree of the interactions by one.")
    rank: Width | None = Field(
        None, description="Rank of a layer's matrix, for wide inputs; null: full, (input width)^2 parameters per layer."
    )


class FactorizationBackbone(Spec):
    """The pair interactions of DeepFM (Guo et al., IJCAI 2017), which the fusion network reads beside its input."""

    kind: Literal["deepfm"]
    dim: Width | None = Field(
        None, description="Width of a feature's vector, in numbers; null: embedding.dim, and 16 where that is auto."
    )


class AttentionBackbone(Spec):
    """Self-attention between features, AutoInt (Song et al., CIKM 2019); the fusion network reads the last layer."""

    kind: Literal["autoint"]
    dim: Width | None = Field(
        None, description="Width of a feature's vector, in numbers; null: embedding.dim, and 16 where that is auto."
    )
    layers: Few = Field(2, description="Interacting layers.")
    heads: Few = Field(2, description="Attention heads of a layer.")
    head_dim: Width = Field(8, description="Width of a head's output, a feature.")


class MaskBackbone(Spec):
    """Parallel MaskNet (Wang et al., DLP-KDD 2021); the fusion network reads the outputs of all blocks."""

    kind: Literal["masknet"]
    dim: Width | None = Field(
        None, description="Width of a feature's vector, in numbers; null: embedding.dim, and 16 where that is auto."
    )
    blocks: Few = Field(3, description="Mask blocks side by side.")
    block_dim: Width = Field(64, description="Width of a block's output.")
    mask_dim: Width = Field(64, description="Width of the hidden layer that makes a block's mask.")


Backbone = Annotated[
    NoBackbone | CrossBackbone | FactorizationBackbone | AttentionBackbone | MaskBackbone, Field(discriminator="kind")
]

"""The part of the experiment file that says how features become the network's input."""

from typing import Annotated, Literal

from pydantic import Field

from taskfusion.schema import NumericEncoding, Spec

Width = Annotated[int, Field(ge=1)]


class NumericConfig(Spec):
    """How numbers become vectors (Gorishniy et al., NeurIPS 2022); a mark of missing values stays a number."""

    encoding: NumericEncoding = Field(
        "plain",
        description="Of numeric features that name none. plain: the number itself; piecewise-linear: how far it is "
        "through each bin between training quantiles, then a linear layer and ReLU a feature; periodic: sines and "
        "cosines of learned frequencies, then the same.",
    )
    dim: Width | None = Field(
        None, description="Width of the vector, in numbers; null: embedding.dim, and 16 where that is auto."
    )
    bins: int = Field(32, ge=1, le=256, description="Bins of piecewise-linear at the most; equal quantiles are joined.")
    frequencies: Width = Field(16, description="Frequencies of periodic, a feature.")
    frequency_std: float = Field(
        0.1, gt=0, description="Standard deviation of the normal start of the frequencies, in turns a unit."
    )


class NoBackbone(Spec):
    """The fusion network reads embeddings and numbers side by side."""

    kind: Literal["none"]


class CrossBackbone(Spec):
    """Cross layers of DCN-v2 (Wang et al., WWW 2021); the fusion network reads the last one."""

    kind: Literal["dcn-v2"]
    layers: Width = Field(2, description="Cross layers; each raises the degree of the interactions by one.")
    rank: Width | None = Field(
        None, description="Rank of a layer's matrix, for wide inputs; null: full, (input width)^2 parameters a layer."
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
    layers: Width = Field(2, description="Interacting layers.")
    heads: Width = Field(2, description="Attention heads of a layer.")
    head_dim: Width = Field(8, description="Width of a head's output, a feature.")


class MaskBackbone(Spec):
    """Parallel MaskNet (Wang et al., DLP-KDD 2021); the fusion network reads the outputs of all blocks."""

    kind: Literal["masknet"]
    dim: Width | None = Field(
        None, description="Width of a feature's vector, in numbers; null: embedding.dim, and 16 where that is auto."
    )
    blocks: Width = Field(3, description="Mask blocks side by side.")
    block_dim: Width = Field(64, description="Width of a block's output.")
    mask_dim: Width = Field(64, description="Width of the hidden layer that makes a block's mask.")


Backbone = Annotated[
    NoBackbone | CrossBackbone | FactorizationBackbone | AttentionBackbone | MaskBackbone, Field(discriminator="kind")
]

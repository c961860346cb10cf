"""scorer.json: what the graphs of an export take and give."""

from typing import Literal

from pydantic import Field

from taskfusion.base.record import Artifact, Record


class GraphInput(Record):
    """One input of a graph."""

    name: str = Field(description="Name in the graph.")
    type: Literal["int32", "float32"] = Field(description="Type of its numbers.")
    axes: list[str] = Field(description="Letter of each axis: B rows, F or N columns, L entries of a list.")
    columns: list[str] = Field(description="Features that it holds, in order.")


class GraphOutput(Record):
    """The predictions of one task."""

    name: str = Field(description="Name of the task, and of the graph's output.")
    columns: list[str] = Field(description="Columns of a scored table: one, or one per class.")


class ReaderWidth(Record):
    """A linear map that reads the network's input; its share of items is kept per item."""

    name: str = Field(description="Such as experts 1, those of level 1.")
    width: int = Field(ge=1, description="Numbers per item.")


class SplitGraphs(Record):
    """The graphs of a request, of items and of candidates."""

    request_inputs: list[GraphInput] = Field(description="Inputs of request.onnx.")
    item_inputs: list[GraphInput] = Field(description="Inputs of item.onnx.")
    candidate_inputs: list[GraphInput] = Field(
        default=[],
        description="Inputs of candidates.onnx beside both shares and the items' rows: features of the role candidate.",
    )
    readers: list[ReaderWidth] = Field(description="What is kept of every item, in order.")
    bytes_per_item: int = Field(ge=0, description="Memory of one item's row, in bytes.")


class ScorerRecord(Artifact):
    """The graphs of an export."""

    opset: int = Field(description="ONNX opset of the graphs.")
    fingerprint: str = Field(description="SHA-256 of the weights, the encoder and the schema, hexadecimal.")
    inputs: list[GraphInput] = Field(description="Inputs of model.onnx.")
    outputs: list[GraphOutput] = Field(description="Outputs of model.onnx and candidates.onnx, one per task.")
    has_trees: bool = Field(description="Whether model.onnx reads the logits that trees.onnx gives.")
    split: SplitGraphs | None = Field(description="The three further graphs; null where the model cannot be split.")
    not_split: str | None = Field(description="Why the model cannot be split; null where it is.")
    score: dict[str, float] = Field(
        default={},
        description="Weight of each prediction in the sum that candidates are ordered by; empty: the first prediction.",
    )

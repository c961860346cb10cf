"""POST /v2/models/NAME/infer: rows of all raw features as tensors, one per column, to predictions per task."""

from collections.abc import Mapping
from typing import Any, Final

from taskfusion.schema.feature import BagFeature, Feature, NumericFeature
from taskfusion.serve.worker.counts import Counts, missing_values, unseen_values
from taskfusion.serve.worker.document import read_object, written
from taskfusion.serve.worker.model import Model
from taskfusion.serve.worker.ranking import require_finite
from taskfusion.serve.worker.refusal import malformed, shown, too_large, unusable
from taskfusion.serve.worker.tensors import Column, read_columns, tensor_of

_BINARY: Final = "binary_data"
_ALL_BINARY: Final = "binary_data_output"


class Inference:
    """Answers inferences.

    Args:
        model: that scores.
        name: that the protocol calls it by.
        most_rows: of an inference.
        counts: that every inference is added to.
    """

    def __init__(self, model: Model, name: str, most_rows: int, counts: Counts) -> None:
        self._model, self._name, self._most, self._counts = model, name, most_rows, counts
        self._features = set().union(*model.features.values())
        self._columns = model.raw.columns(self._features)
        self._lists = {feature.source for feature in model.schema.features if _is_list(feature)}
        self._places: dict[str, slice] = {}
        start = 0
        for task in model.schema.tasks:
            self._places[task.name] = slice(start, start + len(task.prediction_names))
            start += len(task.prediction_names)

    def answer(self, body: bytes, json_length: int) -> tuple[bytes, int]:
        """The body of the answer, and how much of it is JSON; 0: all.

        Args:
            body: JSON, and binary data after it.
            json_length: bytes of the JSON; 0: all.

        Raises:
            RefusedError: the body is none that can be answered.
            DataError: a value is none that its feature takes.
        """
        if json_length > len(body):
            raise malformed(f"the body should have {json_length:,} bytes of JSON, found {len(body):,} in all")
        end = json_length or len(body)
        content = read_object(body[:end], "the body")
        rows = self._rows(read_columns(content.get("inputs"), body[end:], self._lists))
        encoded = self._model.raw.rows(rows, self._features, "the body")
        score_BC = self._model.score_rows(encoded)
        require_finite(score_BC)
        unseen: dict[str, int] = {}
        for inputs in self._model.inputs.values():
            unseen |= unseen_values(encoded, inputs)
        self._counts.add_rows("inference", len(rows), missing_values(rows, self._columns), unseen)
        self._counts.add_scores(score_BC)
        answered: dict[str, Any] = {
            "model_name": self._name,
            "model_version": self._model.engine.record.fingerprint,
            "outputs": [],
        }
        if isinstance(content.get("id"), str):
            answered["id"] = content["id"]
        binary = b""
        for task, is_binary in self._wanted(content).items():
            described, data = tensor_of(task, score_BC[:, self._places[task]], is_binary)
            answered["outputs"].append(described)
            binary += data
        text = written(answered)
        return text + binary, len(text) if binary else 0

    def _rows(self, columns: list[Column]) -> list[dict[str, Any]]:
        count = len(columns[0].values)
        if any(len(column.values) != count for column in columns):
            sizes = ", ".join(f"'{column.name}' {len(column.values):,}" for column in columns[:8])
            raise unusable(f"all inputs should have as many rows, found {sizes}")
        if not 1 <= count <= self._most:
            raise too_large(f"an inference should have 1 to {self._most:,} rows, found {count:,}")
        names = [column.name for column in columns]
        return [dict(zip(names, row, strict=True)) for row in zip(*(one.values for one in columns), strict=True)]

    def _wanted(self, content: Mapping[str, Any]) -> dict[str, bool]:
        """Tasks that are asked for, and whether each as binary data."""
        all_binary = _flag(content, _ALL_BINARY)
        outputs = content.get("outputs")
        if outputs is None or outputs == []:
            return dict.fromkeys(self._places, all_binary)
        if not isinstance(outputs, list) or not all(isinstance(one, dict) for one in outputs):
            raise unusable(f"'outputs' should be a list of objects with a name, found {shown(outputs)}")
        for one in outputs:
            if not isinstance(one.get("name"), str) or one["name"] not in self._places:
                raise unusable(f"an output should be one of {', '.join(self._places)}, found {shown(one.get('name'))}")
        return {one["name"]: _flag(one, _BINARY, all_binary) for one in outputs}


def _is_list(feature: Feature) -> bool:
    if isinstance(feature, NumericFeature):
        return feature.length and feature.separator is None
    return isinstance(feature, BagFeature) and feature.separator is None


def _flag(content: Mapping[str, Any], name: str, default: bool = False) -> bool:
    parameters = content.get("parameters")
    value = parameters.get(name, default) if isinstance(parameters, dict) else default
    if not isinstance(value, bool):
        raise unusable(f"{name} should be true or false, found {shown(value)}")
    return value

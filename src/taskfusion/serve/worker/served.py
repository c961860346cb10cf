"""What a bundle reads of a request, column by column, in the words of JSON."""

from collections.abc import Collection, Mapping
from pathlib import Path

from taskfusion.base.boundary import reading
from taskfusion.base.record import read_artifact
from taskfusion.data.encoder_record import ENCODER, EncoderRecord, SavedHashing
from taskfusion.data.key_file import read_keys
from taskfusion.schema.feature import BagFeature, Feature, IdFeature, NumericFeature
from taskfusion.serve.worker.settings import ServedFeature


def served_features(directory: Path, features: Mapping[str, Collection[str]]) -> list[ServedFeature]:
    """Columns by the side that they stand on.

    Args:
        directory: of the fitted encoder.
        features: names of features by side.

    Raises:
        RunError: the encoder cannot be read.
    """
    record = read_artifact(directory / ENCODER, EncoderRecord)
    found: dict[tuple[str, str], ServedFeature] = {}
    for side, names in features.items():
        for feature in record.features:
            if feature.name in names:
                found.setdefault((side, feature.source), _served(feature, side, record, directory))
    return list(found.values())


def _served(feature: Feature, side: str, record: EncoderRecord, directory: Path) -> ServedFeature:
    is_list, separator = isinstance(feature, BagFeature), getattr(feature, "separator", None)
    if isinstance(feature, IdFeature):
        part = getattr(feature, "part", None)
        kind = "string" if part is not None or _are_texts(feature.table, record, directory) else "integer"
    else:
        is_list, kind = feature.length, "string" if feature.length else "number"
    if is_list and separator is not None:
        is_list, kind = False, "string"
    is_time = getattr(feature, "part", None) is not None
    is_whole = isinstance(feature, NumericFeature) and feature.also_categorical
    return ServedFeature(
        column=feature.source, side=side, type=kind, is_list=is_list, is_whole=is_whole, is_time=is_time
    )


def _are_texts(table: str, record: EncoderRecord, directory: Path) -> bool:
    saved = record.tables[table]
    if isinstance(saved, SavedHashing):
        return saved.keys == "string"
    with reading(directory, "the encoder of a run"):
        return read_keys(directory / saved.file)[0] == "String"

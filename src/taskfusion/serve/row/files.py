"""What gives codes, from a fitted encoder's files."""

from pathlib import Path

from taskfusion.data.encoder_record import SavedHashing, SavedVocabulary
from taskfusion.data.key_file import read_keys
from taskfusion.serve.row.code import CodeLookup, HashedLookup, VocabularyLookup


def read_table(saved: SavedVocabulary | SavedHashing, directory: Path) -> CodeLookup:
    """The table of a record, whose keys are in a file.

    Raises:
        Exception: whatever the reader of a damaged file raises.
    """
    if isinstance(saved, SavedHashing):
        return HashedLookup(saved.num_buckets, saved.keys)
    target, keys = read_keys(directory / saved.file)
    return VocabularyLookup(keys, target)

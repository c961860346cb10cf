"""catalogue.json: of which bundle and of which table items are, and what lies where in the file of arrays."""

from typing import Final, Literal

from pydantic import AwareDatetime, Field

from taskfusion.base.manifest import ListedFile
from taskfusion.base.record import Artifact, Record
from taskfusion.serve.batch.record import InputFile

CATALOGUE: Final = "catalogue.json"
"""The record of a catalogue, replaced last."""

ARRAYS: Final = r"items-\d{6,}\.bin"
"""Names of files of arrays; each call writes a new one."""

ArrayType = Literal["int32", "float32", "uint8", "int64", "uint64", "uint32"]


class StoredArray(Record):
    """One array, its values one after the other in the order of its axes, little-endian."""

    name: str = Field(description="What it holds: ids, numbers, marks, list:FEATURE, share:READER or id:PART.")
    type: ArrayType = Field(description="Type of its values.")
    shape: list[int] = Field(description="Lengths of its axes, items first but in parts of ids.")
    offset: int = Field(ge=0, description="First byte in the file.")


class ArrayFile(ListedFile):
    """The file of arrays."""

    name: str = Field(pattern=f"^{ARRAYS}$", description="Name of the file.")
    arrays: list[StoredArray] = Field(description="What it holds.")


class Changes(Record):
    """How items differ from those that were there before the last call."""

    new: int = Field(ge=0, description="Items with ids that were not there.")
    changed: int = Field(ge=0, description="Items with values that the model tells from those before.")
    kept: int = Field(ge=0, description="Items that are as before; nothing of them was computed anew.")
    gone: int = Field(ge=0, description="Items before whose ids are no longer in the table.")


class CatalogueRecord(Artifact):
    """Items of an exported model, encoded."""

    bundle: str = Field(description="Directory of the exported model.")
    fingerprint: str = Field(description="SHA-256 of the model, as its scorer.json says it, hexadecimal.")
    table: list[InputFile] = Field(description="Files of the table of items.")
    begun: AwareDatetime | None = Field(
        None, description="When the table was read last, from which its age counts; null: an earlier version wrote it."
    )
    item_id: str = Field(description="Its column of ids.")
    items: int = Field(ge=1, description="Items.")
    file: ArrayFile = Field(description="The arrays of all items.")
    changes: Changes = Field(description="What the last call found.")

"""What a record of a catalogue may say."""

import pytest
from pydantic import ValidationError

from taskfusion.serve.catalogue.record import ArrayFile


@pytest.mark.parametrize("name", ["../items-000001.bin", "items-1.bin", "items-000001.bin\n", "/etc/passwd", ""])
def test_a_file_of_arrays_lies_in_the_directory(name: str) -> None:
    ArrayFile(name="items-000001.bin", bytes=1, sha256="0" * 64, arrays=[])
    with pytest.raises(ValidationError):
        ArrayFile(name=name, bytes=1, sha256="0" * 64, arrays=[])

"""Names of data sets."""

from taskfusion.datasets.public.name import NAMES
from taskfusion.datasets.public.prepare import DATASETS


def test_every_data_set_is_in_the_list() -> None:
    assert tuple(DATASETS) == NAMES

"""Names of baselines."""

from taskfusion.study.baseline import BASELINE_LINES
from taskfusion.study.method import BASELINES
from taskfusion.variants.table import VARIANTS


def test_every_baseline_is_in_the_list_and_no_variant_has_its_name() -> None:
    assert list(BASELINE_LINES) == list(BASELINES)
    assert not set(BASELINE_LINES) & set(VARIANTS)

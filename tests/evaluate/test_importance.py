from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.importance import FeatureImportance


def test_it_passes_through_json_unchanged() -> None:
    one = FeatureImportance(feature="age", tasks={"click": Interval(mean=0.1 + 0.2, low=-1e-9, high=1.0)})
    assert FeatureImportance.model_validate_json(one.model_dump_json()) == one

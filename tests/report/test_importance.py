from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.importance import FeatureImportance
from taskfusion.report.importance import SHOWN, importance_charts
from taskfusion.report.theme import styles
from taskfusion.run.record.importance import Importances


def found(columns: int) -> Importances:
    """The later columns matter more to click; like knows the first column alone."""
    features = [
        FeatureImportance(
            feature=f"column {index}",
            tasks={
                "click": Interval(mean=index, low=index - 0.5, high=index + 0.5),
                **({"like": Interval(mean=-0.1, low=-0.2, high=0.0)} if index == 0 else {}),
            },
        )
        for index in range(columns)
    ]
    return Importances(rows=200, repeats=5, features=tuple(features))


def test_bars_are_the_rises_the_greatest_on_top() -> None:
    charts = dict(importance_charts(found(3), styles(["click", "like", "follow"])))
    assert list(charts) == ["click", "like"]
    assert [(bar.name, bar.span, bar.interval) for bar in charts["click"].bars] == [
        ("column 2", (0, 2), (1.5, 2.5)),
        ("column 1", (0, 1), (0.5, 1.5)),
        ("column 0", (0, 0), (-0.5, 0.5)),
    ]
    assert charts["like"].bars[0].text == "\u22120.10"
    assert charts["like"].axis.low < -0.2
    assert charts["like"].colour == styles(["click", "like"])["like"].colour


def test_the_most_important_columns_are_drawn() -> None:
    ((_, chart),) = importance_charts(found(30), styles(["click"]))
    assert [bar.name for bar in chart.bars] == [f"column {index}" for index in range(29, 29 - SHOWN, -1)]

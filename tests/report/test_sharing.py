import pytest

from taskfusion.report.language import speaking
from taskfusion.report.sharing import sharing_sentence
from taskfusion.variants.forbidden import ForbiddenEdge, Way
from translations import english_left

WAYS = (
    Way("own", "hate", (1, 2)),
    Way("task", "like"),
    Way("group", "clicks group"),
    Way("shared"),
    Way("relation", "like"),
    Way("tables"),
)


def test_every_way_is_named() -> None:
    assert sharing_sentence(ForbiddenEdge("click", "hate", (3,), WAYS)) == (
        "click may not take directly from hate at level 3; what hate learns still reaches it through hate's own "
        "experts at levels 1 and 2, like, the clicks group, the shared unit, the relation from like and the embedding "
        "tables, which all tasks share."
    )


@pytest.mark.parametrize("ways", [(), WAYS])
def test_it_can_be_said_in_japanese(ways: tuple[Way, ...]) -> None:
    with speaking("ja"):
        found = sharing_sentence(ForbiddenEdge("click", "hate", (1, 2), ways))
    assert english_left(found) == []
    assert "レベル1、2" in found or "レベル1と2" in found

"""Domains on a page: what differs is said, what is alike is said, and small domains have no map."""

from typing import Any

from taskfusion.report.domain import MOST_SHOWN, domain_views
from taskfusion.variants.fusion_map import DomainMaps, FusionMap
from translations import english_left, in_japanese


def maps(own: float) -> tuple[FusionMap, ...]:
    """One level of two tasks; click gives its own expert this weight."""
    weight = ((own, 1 - own), (0.5, 0.5))
    return (
        FusionMap(
            level=1,
            units=("click", "like"),
            experts=("click 1", "like 1"),
            expert_units=("click", "like"),
            weight=weight,
            gate=weight,
            visible=((True, True), (True, True)),
        ),
    )


def domain(value: str, own: float | None, rows: int = 500, **changes: Any) -> DomainMaps:
    levels = () if own is None else maps(own)
    return DomainMaps(feature=changes.get("feature", "tab"), value=value, rows=rows, levels=levels)


def test_the_largest_difference_of_a_unit_is_a_sentence() -> None:
    (view,) = domain_views([domain("home", 0.9), domain("search", 0.4), domain("nearby", 0.7)])
    (sentence,) = view.differences
    assert sentence.startswith("Level 1: click takes 90")
    assert "from its own experts where tab is home, and 40" in sentence
    assert sentence.endswith("where it is search.")
    assert [one.name for one in view.domains] == ["tab = home", "tab = search", "tab = nearby"]


def test_alike_domains_and_one_domain_have_no_differences() -> None:
    for found in ([domain("a", 0.52), domain("b", 0.5)], [domain("a", 0.9)]):
        (view,) = domain_views(found)
        assert not view.differences


def test_small_domains_are_named_and_have_no_map() -> None:
    (view,) = domain_views([domain("home", 0.9), domain("search", None, rows=7)])
    assert [one.name for one in view.domains] == ["tab = home"]
    assert view.left_out == ["search has too few validation rows for a map: a mean of so few says little."]


def test_many_domains_show_those_of_most_rows() -> None:
    (view,) = domain_views([domain(str(number), 0.5) for number in range(MOST_SHOWN + 3)])
    assert len(view.domains) == MOST_SHOWN
    assert view.left_out == ["3 more values have maps in fusion.json."]


def test_features_have_views_of_their_own() -> None:
    found = domain_views([domain("home", 0.9), domain("JP", 0.5, feature="country")])
    assert [view.feature for view in found] == ["tab", "country"]


def test_differences_are_said_whole_in_japanese() -> None:
    found = [domain("home", 0.9), domain("search", 0.4), domain("nearby", None)]
    told = in_japanese(lambda: " ".join(f"{view.differences} {view.left_out}" for view in domain_views(found)))
    assert english_left(told) == []
    assert "homeのとき90" in told

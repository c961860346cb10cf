"""What is shared in each domain that gates read: where domains differ, and the maps of each.

Axes: U units that mix, E experts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.report import number
from taskfusion.report.fusion import FusionView, fusion_views, shares_taken, subject_of
from taskfusion.report.language import N_, _
from taskfusion.report.words import listed
from taskfusion.variants.fusion_map import DomainMaps, FusionMap

MOST_SHOWN: Final = 6
"""Domains of a feature that have maps on a page, those of most rows."""

LEAST_DIFFERENCE: Final = 0.05
"""Of a share between two domains, below which they share alike."""

_SENTENCES: Final = 8

_HAS_FEW: Final = N_("{values} has too few validation rows for a map: a mean of so few says little.")
_HAVE_FEW: Final = N_("{values} have too few validation rows for a map: a mean of so few says little.")


@dataclass(frozen=True)
class DomainView:
    """The rows of one domain: its name and its levels."""

    name: str
    rows: str
    maps: Sequence[FusionView]


@dataclass(frozen=True)
class DomainsView:
    """All domains of one feature.

    Attributes:
        feature: its name.
        differences: sentences about units that take unlike shares, the largest difference first.
        domains: those that have maps.
        left_out: sentences about those that have none.
    """

    feature: str
    differences: Sequence[str]
    domains: Sequence[DomainView]
    left_out: Sequence[str]


def domain_views(found: Sequence[DomainMaps]) -> list[DomainsView]:
    """One view per feature that gates read."""
    return [
        _view(name, [one for one in found if one.feature == name]) for name in dict.fromkeys(f.feature for f in found)
    ]


def _view(feature: str, found: Sequence[DomainMaps]) -> DomainsView:
    mapped = [one for one in found if one.levels]
    few = [one.value for one in found if not one.levels]
    left_out = []
    if few:
        message = _HAS_FEW if len(few) == 1 else _HAVE_FEW
        left_out.append(_(message, values=listed(few)))
    if len(mapped) > MOST_SHOWN:
        left_out.append(_("{count} more values have maps in fusion.json.", count=len(mapped) - MOST_SHOWN))
    return DomainsView(
        feature,
        _differences(mapped),
        [
            DomainView(f"{feature} = {one.value}", number.count(one.rows), fusion_views(one.levels))
            for one in mapped[:MOST_SHOWN]
        ],
        left_out,
    )


def _differences(mapped: Sequence[DomainMaps]) -> list[str]:
    """Where two domains differ most in what a unit takes, unit by unit."""
    if len(mapped) < 2:
        return []
    found = []
    for level, maps in enumerate(zip(*(one.levels for one in mapped), strict=True)):
        for index in range(len(maps[0].units)):
            spread, sentence = _largest_difference(maps, mapped, index)
            if spread >= LEAST_DIFFERENCE:
                told = _("Level {level}: {sentence}", level=mapped[0].levels[level].level, sentence=sentence)
                found.append((spread, told))
    found.sort(key=lambda one: -one[0])
    return [sentence for _spread, sentence in found[:_SENTENCES]]


def _largest_difference(maps: Sequence[FusionMap], mapped: Sequence[DomainMaps], index: int) -> tuple[float, str]:
    """By how much the share of a source differs between two domains, the source with the largest difference."""
    shares: list[Mapping[str, float]] = [shares_taken(one, index) for one in maps]

    def extremes(source: str) -> tuple[int, int]:
        by_share = sorted(range(len(maps)), key=lambda place: shares[place].get(source, 0.0))
        return by_share[0], by_share[-1]

    def spread(source: str) -> float:
        least, most = extremes(source)
        return shares[most].get(source, 0.0) - shares[least].get(source, 0.0)

    source = max(dict.fromkeys(name for share in shares for name in share), key=spread)
    least, most = extremes(source)
    high, low = (number.percent(shares[place].get(source, 0.0)) for place in (most, least))
    return spread(source), _(
        "{unit} takes {high} from {source} where {feature} is {most}, and {low} where it is {least}.",
        unit=subject_of(maps[0].units[index]),
        high=high,
        source=source,
        feature=mapped[most].feature,
        most=mapped[most].value,
        low=low,
        least=mapped[least].value,
    )

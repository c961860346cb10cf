"""Gates and experts on the page of a watch: who takes from whom now, and what has changed."""

from typing import Final

from taskfusion.report import number
from taskfusion.report.figure import HeatMap, MapCell
from taskfusion.report.language import _
from taskfusion.report.watch_chart import p_text
from taskfusion.report.watch_words import short
from taskfusion.report.words import listed
from taskfusion.run.record.watch import EdgeReading, WatchRecord

_DEEP: Final = 0.3
"""Change of a share whose cell has the deepest colour."""

_FRAMED: Final = 0.1
"""Change that is worth looking at; that of an alarm."""

_NOTHING: Final = 0.01
"""Of what an expert did in the reference, below which it does nothing; that of an alarm."""


def edge_maps(record: WatchRecord) -> list[HeatMap]:
    """Per model and level, from whom each task takes and how much that has moved; last full windows, or those that
    grow.
    """
    found: dict[tuple[str, int], dict[tuple[str, str], EdgeReading]] = {}
    for one in sorted(record.edges, key=lambda one: (one.is_full, one.end)):
        found.setdefault((one.bundle, one.level), {})[one.task, one.source] = one
    models = {bundle for bundle, _level in found}
    return [
        _map(edges, level, short(bundle) if len(models) > 1 else "") for (bundle, level), edges in sorted(found.items())
    ]


def _map(edges: dict[tuple[str, str], EdgeReading], level: int, model: str) -> HeatMap:
    tasks, sources = (list(dict.fromkeys(key[place] for key in edges)) for place in (0, 1))
    label = (
        _("From whom tasks take at level {level} of model {model}", level=level, model=model)
        if model
        else _("From whom tasks take at level {level}", level=level)
    )
    cells = [[_cell(edges.get((task, source))) for source in sources] for task in tasks]
    return HeatMap(label, tasks, sources, cells, _DEEP, numbered=True)


def _cell(one: EdgeReading | None) -> MapCell:
    if one is None:
        return MapCell("", _("no edge"), None)
    change = one.share - one.reference
    hover = _(
        "{share} of the gate, {reference} in the reference, p {p}, {rows} rows",
        share=number.percent(one.share),
        reference=number.percent(one.reference),
        p=p_text(one.p),
        rows=number.count(one.rows),
    )
    framed = one.is_full and abs(change) >= _FRAMED
    return MapCell(number.percent(one.share), hover, max(-1.0, min(change / _DEEP, 1.0)), framed=framed)


def dead_experts(record: WatchRecord) -> str:
    """Experts that do next to nothing any more, as a sentence; empty: there are none, or nobody knows."""
    names = [
        _("{expert} (level {level})", expert=one.expert, level=one.level)
        for one in record.experts
        if one.is_full and one.part is not None and one.part < _NOTHING
    ]
    return _("These experts do next to nothing any more: {experts}.", experts=listed(names)) if names else ""

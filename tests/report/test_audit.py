"""The page of an audit says first what to do, and ends in the list in order."""

import polars as pl

from audit_log import SCHEMA, tables
from judged import audit_of, segmented, small
from taskfusion.config.kpi import KpiRegistry
from taskfusion.inspect.audit.audit import audit_tables
from taskfusion.report.audit import audit_report
from translations import english_left, in_japanese

KPIS = KpiRegistry.model_validate(
    {
        "kpis": [
            {
                "name": "clicks",
                "meaning": "Share of impressions with a click",
                "task": "click",
                "unit": "%",
                "delay_days": 1,
                "direction": "up",
                "role": "success",
                "least_effect": 0.01,
                "owner": "search",
            }
        ]
    }
)


def test_a_clean_table_can_be_trained_on() -> None:
    page = audit_report(audit_tables("my log", tables(), SCHEMA, None), "my file.yaml")
    assert "<h1>my log</h1>" in page
    assert "Nothing has to be fixed: you can train" in page
    assert "taskfusion train &#39;my file.yaml&#39; --out runs/first" in page
    assert "Fix before you start" not in page


def test_what_to_fix_stands_in_the_box_and_first_in_the_list() -> None:
    late = tables(lambda log: log, lambda log: log.with_columns(pl.col("age") + 15))
    page = audit_report(audit_tables("log", late, SCHEMA, None), "e.yaml")
    box, _, rest = page.partition("</section>")
    assert "Fix 1 thing before you train" in box
    assert "Feature &#39;age&#39;" in box
    places = [rest.index(title) for title in ("<h3>Fix before you start", "<h3>Watch", "<h3>Fine")]
    assert places == sorted(places)
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_the_page_is_whole_in_japanese() -> None:
    late = tables(lambda log: log, lambda log: log.with_columns(pl.col("age") + 15))
    found = audit_tables("log", late, SCHEMA, None, KPIS)
    page = in_japanese(audit_report, found.model_copy(update={"model": audit_of(segmented(), small())}), "e.yaml", "r")
    assert english_left(page, "Share of impressions with a click") == []
    assert '<html lang="ja">' in page
    assert "リリース前に修正すべき点が1件あります" in page

"""What pages and the terminal say of a quarantine."""

from quarantines import record
from report.conftest import run_result
from taskfusion.report.quarantine import advice, quarantine_sentence, quarantine_view
from taskfusion.report.run import run_report
from translations import english_left, in_japanese


def test_a_quarantine_that_is_kept_says_what_it_gains() -> None:
    sentence = quarantine_sentence(record())
    assert "click is in quarantine: no other task takes from its experts" in sentence
    assert "−2.00" in sentence
    assert "click itself still works" in sentence


def test_one_that_does_not_help_says_what_to_do() -> None:
    found = record(mean=0.3, own_loss=1.2)
    assert "Masking click does not help" in quarantine_sentence(found)
    assert "does not work" in quarantine_sentence(found)
    assert all(
        words in advice(found)
        for words in ("retrain", "sharing.quarantine=[click]", "tasks.click.loss_weight=0", "strike it from tasks")
    )
    assert "Correcting the predictions alone" not in advice(found)
    assert "Correcting the predictions alone helps" in advice(record(mean=0.3, recalibrated=-4.0))
    assert "cannot be told" in quarantine_sentence(record(own_loss=None))


def test_the_view_has_every_task() -> None:
    view = quarantine_view(record())
    assert [(row.task, row.note) for row in view.rows] == [("click", "in quarantine"), ("like", "")]
    assert view.chart is not None
    assert [bar.verdict for bar in view.chart.bars] == ["unclear", "better"]
    assert "25" in view.how
    assert "200" in view.how


def test_a_runs_page_shows_it_first() -> None:
    page = run_report(run_result(quarantine=record()))
    assert page.count("click is in quarantine") == 2
    assert page.index("click is in quarantine") < page.index("<h2>Tasks</h2>")
    assert "<h2>Quarantine</h2>" in page
    assert "<h2>Quarantine</h2>" not in run_report(run_result())


def test_it_is_said_whole_in_japanese() -> None:
    for found in (record(), record(mean=0.3, own_loss=1.2), record(own_loss=None)):
        view = in_japanese(lambda one: " ".join([quarantine_view(one).sentence, quarantine_view(one).how]), found)
        assert english_left(view) == []
        assert "検証データ" in view

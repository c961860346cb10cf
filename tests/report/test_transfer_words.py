"""Sentences of a study of transfer, for every verdict and remedy."""

from typing import get_args

from taskfusion.base.record import Record
from taskfusion.config.network import SharingConfig
from taskfusion.config.yaml_text import load_yaml
from taskfusion.report.transfer_words import REMEDIES, remedy_setting, source_sentence
from taskfusion.run.record.transfer import Remedy, SourceRecord
from transfers import RECORD, effect

CLICK, LIKE = RECORD.sources


def with_fields(record: SourceRecord, **fields: object) -> SourceRecord:
    content: dict[str, object] = {name: getattr(record, name) for name in type(record).model_fields}
    found: Record = SourceRecord.model_validate(content | fields)
    assert isinstance(found, SourceRecord)
    return found


def test_a_sentence_says_what_is_given_and_what_is_taken() -> None:
    assert source_sentence(CLICK) == (
        "click harms the other tasks on average: their loss changes by \u22122.00\u202f% [\u22122.10, \u22121.90] "
        "without it, and it is shown that it harms like; the others help it: alone its loss changes by "
        "+1.00\u202f% [+0.90, +1.10]."
    )


def test_what_is_not_shown_is_not_said() -> None:
    nothing = effect(0.01)
    found = source_sentence(with_fields(LIKE, others=nothing, targets={"click": nothing}, alone=nothing))
    assert "like is not shown to help or harm the others on average" in found
    assert "it is shown" not in found
    assert "not trained yet" in source_sentence(with_fields(LIKE, others=None, targets={}, alone=None))


def test_every_remedy_has_a_sentence() -> None:
    assert set(REMEDIES) == set(get_args(Remedy))


def test_a_forbidden_edge_is_what_the_experiment_file_reads() -> None:
    found = load_yaml(remedy_setting(CLICK, RECORD), "the setting")
    rule = SharingConfig.model_validate(found["sharing"]).forbid[0]
    assert (rule.source, rule.target) == ("click", "like")


def test_a_lower_weight_is_an_option() -> None:
    assert remedy_setting(with_fields(CLICK, remedy="weigh less"), RECORD) == "--set tasks.click.loss_weight=0.3"
    assert remedy_setting(with_fields(CLICK, remedy="drop"), RECORD) == "--set tasks.click.loss_weight=0"
    assert remedy_setting(LIKE, RECORD) == ""

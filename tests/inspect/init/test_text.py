from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from taskfusion.config.experiment import parse_experiment
from taskfusion.inspect.init.entry import Entry, Inferred
from taskfusion.inspect.init.text import experiment_text, flow

SCALARS = st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=10)


@example("a\nb: #'c")
@example({"column": "\u2028 \x85\t"})
@given(SCALARS | st.lists(SCALARS, max_size=4) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=4))
def test_a_value_comes_back_and_takes_one_line(value: object) -> None:
    text = flow(value)
    assert yaml.safe_load(text) == value
    assert "\n" not in text


GUESS = Inferred(
    data={"table": "log.csv", "split": {"kind": "random", "validation": 0.1, "test": 0.1}},
    features=(Entry("age", "feature", "90 distinct", {"name": "age", "kind": "numeric", "role": "user"}),),
    questions=(Entry("tapped", "question", "outcome?", {"name": "tapped", "kind": "categorical", "role": "user"}),),
    tasks=(Entry("click", "task", "45.1 % are 1", {"name": "click", "kind": "binary"}),),
    proposals=(Entry("hate", "proposal", "rare", {"name": "hate", "kind": "binary"}),),
    left_out=(Entry("x\ny: z # w", "left out", "always\n0"),),
    group="yes",
    rows=1000,
    is_whole=True,
)


def test_the_file_says_what_was_guessed() -> None:
    text = experiment_text(GUESS, Path("log.csv"))
    experiment = parse_experiment(yaml.safe_load(text))
    assert experiment.table_schema.task_names == ("click",)
    assert experiment.features[0].role == "user"
    assert experiment.group == "yes"
    assert experiment.data is not None
    assert experiment.data.table == "log.csv"
    assert "all 1,000 rows of log.csv" in text
    assert "{name: age, kind: numeric, role: user}  # 90 distinct\n" in text
    assert "{name: click, kind: binary}  # 45.1 % are 1\n" in text
    assert "  #   x y: z # w: always 0\n" in text


def test_a_proposal_becomes_a_task_without_its_mark() -> None:
    text = experiment_text(GUESS, Path("log.csv")).replace("  # - {name: hate", "  - {name: hate")
    assert parse_experiment(yaml.safe_load(text)).table_schema.task_names == ("click", "hate")


def test_a_question_becomes_a_feature_without_its_mark() -> None:
    text = experiment_text(GUESS, Path("log.csv"))
    assert "  # - {name: tapped, kind: categorical, role: user}  # outcome?\n" in text
    assert [f.name for f in parse_experiment(yaml.safe_load(text)).features] == ["age"]
    text = text.replace("  # - {name: tapped", "  - {name: tapped")
    assert [f.name for f in parse_experiment(yaml.safe_load(text)).features] == ["age", "tapped"]


def test_a_part_of_a_table_is_called_so() -> None:
    assert "the first 1,000 rows of" in experiment_text(replace(GUESS, is_whole=False), Path("log.csv"))


def test_teachers_are_on_where_rows_are_few_and_a_task_can_have_one() -> None:
    def share(**changed: Any) -> float:
        text = experiment_text(replace(GUESS, **changed), Path("log.csv"))
        return parse_experiment(yaml.safe_load(text)).distillation.share

    kinds = {"name": "mood", "kind": "multiclass", "classes": ["sad", "glad"]}
    mood = Entry("mood", "task", "2 values", kinds)
    assert share() == share(tasks=(*GUESS.tasks, mood)) == 0.7
    assert share(tasks=(mood,)) == share(is_whole=False) == 0
    assert "\n# distillation: {share: 0.7}\n" in experiment_text(replace(GUESS, is_whole=False), Path("log.csv"))


def test_a_long_note_stands_above_its_line() -> None:
    entry = Entry("age", "feature", "n" * 100, {"name": "age", "kind": "numeric", "role": "user"})
    lines = experiment_text(replace(GUESS, features=(entry,)), Path("log.csv")).splitlines()
    place = lines.index("  - {name: age, kind: numeric, role: user}")
    assert lines[place - 1] == f"  # {'n' * 100}"


def test_small_tables_get_small_batches() -> None:
    sizes = {
        rows: parse_experiment(
            yaml.safe_load(experiment_text(replace(GUESS, rows=rows), Path("x.csv")))
        ).training.batch_size
        for rows in (100, 10_000, 1_000_000)
    }
    assert sizes == {100: 32, 10_000: 64, 1_000_000: 1024}


def test_without_a_group_the_file_says_how_to_have_one() -> None:
    text = experiment_text(replace(GUESS, group=None), Path("log.csv"))
    assert parse_experiment(yaml.safe_load(text)).group is None
    assert "# group: user_id" in text


def test_what_pays_but_costs_is_offered_and_valid_without_its_mark() -> None:
    text = experiment_text(replace(GUESS, is_whole=False), Path("log.csv"))
    offers = {"  # tables: per-task": "  tables: per-task", "# distillation: {share": "distillation: {share"}
    for marked, plain in offers.items():
        assert text.count(marked) == 1
        text = text.replace(marked, plain)
    chosen = parse_experiment(yaml.safe_load(text))
    assert (chosen.embedding.tables, chosen.distillation.share) == ("per-task", 0.7)

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from logs import ads_log
from taskfusion.config.experiment import parse_experiment
from taskfusion.config.override import with_settings
from taskfusion.config.recipe import recipe
from taskfusion.inspect.init.derive import DERIVED
from taskfusion.inspect.init.entry import Entry, Inferred
from taskfusion.inspect.init.experiment import infer_table
from taskfusion.inspect.init.text import advice, experiment_text, flow, grouped, notes, wrap
from taskfusion.study.preset.choice import PRESETS
from taskfusion.study.preset.search import is_named

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
    derived=(Entry("age", "proposal", "derived", {"name": "old", "kind": "binary", "label": "age > 60"}),),
    left_out=(Entry("x\ny: z # w", "left out", "always\n0"),),
    group="yes",
    rows=1000,
    is_whole=True,
    why_split="Nobody knows the time.",
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


def test_a_long_note_stands_above_its_line() -> None:
    entry = Entry("age", "feature", "n" * 100, {"name": "age", "kind": "numeric", "role": "user"})
    lines = experiment_text(replace(GUESS, features=(entry,)), Path("log.csv")).splitlines()
    place = lines.index("  - {name: age, kind: numeric, role: user}")
    assert lines[place - 1] == f"  # {'n' * 100}"


@pytest.mark.parametrize("rows", [100, 10_000, 1_000_000])
def test_settings_are_the_recipe_of_the_table(rows: int) -> None:
    """So that fast, which stands for it, changes nothing, and auto tries what the file does not name."""
    written = parse_experiment(yaml.safe_load(experiment_text(replace(GUESS, rows=rows), Path("x.csv"))))
    assert written.model_dump(exclude_unset=True)["training"] == {
        name.removeprefix("training."): value for name, value in recipe(rows).items() if name.startswith("training.")
    }
    plain = parse_experiment({"features": written.features, "tasks": written.tasks, "group": written.group})
    recipes = parse_experiment(with_settings(plain.model_dump(mode="json"), recipe(rows)))
    assert written.with_settings("data=null") == recipes
    for choice in PRESETS["best"]:
        for name in choice.settings(written, []):
            assert not is_named(written, name), name


def test_a_table_that_is_not_read_whole_is_taken_for_large() -> None:
    text = experiment_text(replace(GUESS, is_whole=False), Path("x.csv"))
    assert parse_experiment(yaml.safe_load(text)).training.batch_size == recipe(10**9)["training.batch_size"]


def test_without_a_group_the_file_says_how_to_have_one() -> None:
    text = experiment_text(replace(GUESS, group=None), Path("log.csv"))
    assert parse_experiment(yaml.safe_load(text)).group is None
    assert "# group: user_id" in text


def test_one_task_is_told_with_what_could_be_added() -> None:
    assert advice(GUESS) == [
        "One task: sharing has nothing to share; add another where you have one: take a proposed one (hate, old)."
    ]
    (told,) = advice(replace(GUESS, proposals=(), derived=()))
    assert "name more columns with --task" in told
    assert advice(replace(GUESS, tasks=GUESS.tasks * 2)) == []
    assert "999 rows are little evidence" in advice(replace(GUESS, rows=999))[1]
    text = experiment_text(GUESS, Path("log.csv"))
    assert "# One task: sharing has nothing to share;" in text
    assert text.index("  # Nobody knows the time.") < text.index("  split: ")


def test_a_derived_task_becomes_one_without_its_mark() -> None:
    text = experiment_text(GUESS, Path("log.csv")).replace("  # - {name: old", "  - {name: old")
    assert parse_experiment(yaml.safe_load(text)).table_schema.task_names == ("click", "old")


def test_what_is_doubtful_says_so() -> None:
    entry = replace(GUESS.features[0], doubt="number or code?")
    assert "# 90 distinct; look: number or code?" in experiment_text(replace(GUESS, features=(entry,)), Path("x.csv"))
    assert replace(GUESS, features=(entry,)).doubts == (entry,)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text("xyz_-", min_size=1, max_size=70)), max_size=30))
def test_notes_are_told_once_per_heading_and_every_column_is_named(columns: list[tuple[str, str]]) -> None:
    entries = [Entry(name, "left out", f"{heading} {name}", heading=heading) for heading, name in columns]
    lines = grouped(entries)
    assert len(lines) == len({heading for heading, _ in columns})
    for heading, name in columns:
        assert any(name in line and (f"{heading}: " in line or f": {heading} {name}" in line) for line in lines)
    for line in lines:
        folded = wrap(line, 80, "  ", "    ")
        assert all(len(part) <= 80 for part in folded)
        assert " ".join(part.strip() for part in folded) == line


def test_derived_tasks_are_called_by_what_they_are() -> None:
    entries = [replace(GUESS.derived[0], heading=DERIVED) for _ in range(2)]
    assert grouped(entries) == [f"2, {DERIVED}: old (age > 60), old (age > 60)"]
    assert grouped(entries[:1]) == ["old (age > 60): derived"]


def test_notes_say_of_every_column_that_is_no_plain_feature_what_became_of_it() -> None:
    found = infer_table(ads_log(1500))
    told = list(notes(found))
    kinds = list(dict.fromkeys(kind for kind, _ in told))
    order = ("task", "proposed", "not used", "left out", "look at", "note")
    assert kinds == [kind for kind in order if kind in kinds]
    for kind, entries in {"task": found.tasks, "left out": found.left_out, "not used": found.questions}.items():
        lines = " ".join(line for one, line in told if one == kind)
        assert [entry.column for entry in entries if entry.column not in lines] == []

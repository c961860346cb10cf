from collections.abc import Sequence

import pytest

from taskfusion.evaluate.comparison import Interval, Verdict
from taskfusion.evaluate.evidence import BETTER_BASELINE, Contrast, Evidence
from taskfusion.evaluate.joint import JointDifference
from taskfusion.evaluate.verdict import choice, deciding_contrasts, evidence_sentences, paying


def change(mean: float, half: float, verdict: Verdict) -> dict[str, JointDifference]:
    around = Interval(mean=mean, low=mean - half, high=mean + half)
    return {"relative_loss": JointDifference(**dict(around), verdict=verdict, rows=around, seeds=around)}


def contrast(variant: str, baseline: str) -> Contrast:
    tasks = {"income": change(-1, 0.5, "better"), "college": change(0.1, 0.5, "no difference shown")}
    return Contrast(variant=variant, baseline=baseline, tasks=tasks, mean=change(-0.45, 0.25, "better"))


def shown(better_baseline: dict[str, str], contrasts: Sequence[Contrast], between: Sequence[Contrast] = ()) -> Evidence:
    return Evidence(
        clusters=9,
        grouped=True,
        resamples=100,
        confidence=0.95,
        better_baseline=better_baseline,
        contrasts=tuple(contrasts),
        between=tuple(between),
    )


SENTENCE = (
    "better on income (+1.00 % [0.50, 1.50]); no difference shown on college (-0.10 % [-0.60, 0.40]); "
    "mean gain +0.45 % [0.20, 0.70]."
)


def test_evidence_is_told_against_the_better_baseline() -> None:
    contrasts = [contrast("adatt", baseline) for baseline in ("single-task", "lightgbm", BETTER_BASELINE)]
    assert evidence_sentences(shown({"income": "lightgbm", "college": "single-task"}, contrasts)) == [
        "The better baseline by the validation rows is lightgbm on income and single-task on college.",
        f"adatt against the better baseline: {SENTENCE}",
    ]


def test_evidence_against_one_baseline_and_none() -> None:
    assert evidence_sentences(shown({}, [contrast("adatt", "lightgbm")])) == [f"adatt against lightgbm: {SENTENCE}"]
    assert evidence_sentences(shown({}, [])) == evidence_sentences(None) == []


def test_the_first_variant_is_told_against_the_others() -> None:
    between = [contrast("adatt", "ple")]
    evidence = shown({}, [contrast("adatt", "lightgbm"), contrast("ple", "lightgbm")], between)
    assert [sentence.partition(":")[0] for sentence in evidence_sentences(evidence)] == [
        "adatt against lightgbm",
        "ple against lightgbm",
        "adatt against ple",
    ]
    assert evidence_sentences(shown({}, [contrast("ple", "adatt")], between)) == [f"ple against adatt: {SENTENCE}"]


def test_baselines_alone_are_held_against_each_other() -> None:
    contrasts = [contrast("single-task", "lightgbm"), contrast("lightgbm", "single-task")]
    found = evidence_sentences(shown({"income": "lightgbm", "college": "lightgbm"}, contrasts))
    assert found == [f"lightgbm against single-task: {SENTENCE}"]


def judged(variant: str, mean: float, verdict: Verdict, *of_tasks: Verdict, baseline: str = "lightgbm") -> Contrast:
    tasks = {f"t{index}": change(0, 1, one) for index, one in enumerate(of_tasks)}
    return Contrast(variant=variant, baseline=baseline, tasks=tasks, mean=change(mean, 0.1, verdict))


UNCLEAR: Verdict = "no difference shown"


@pytest.mark.parametrize(
    ("contrasts", "taken", "is_shown", "worse", "others"),
    [
        ([judged("a", -1, "better"), judged("b", -2, "better")], "b", True, (), ("a",)),
        ([judged("a", -1, "better", UNCLEAR), judged("b", -2, "better", "worse")], "a", True, (), ("b",)),
        ([judged("a", -1, "better", "worse"), judged("b", -2, UNCLEAR)], "a", True, ("t0",), ()),
        ([judged("a", 1, "worse"), judged("b", -0.1, UNCLEAR)], "b", False, (), ()),
    ],
)
def test_the_greatest_mean_gain_that_costs_no_task_is_taken(
    contrasts: list[Contrast], taken: str, is_shown: bool, worse: tuple[str, ...], others: tuple[str, ...]
) -> None:
    found = choice(shown({}, contrasts))
    assert found
    assert (found.contrast.variant, found.is_shown, found.paying, found.others) == (taken, is_shown, worse, others)


def test_a_baseline_is_no_candidate_where_there_is_another_method() -> None:
    contrasts = [judged("single-task", -3, "better"), judged("a", -1, "better")]
    contrasts += [judged(name, 0, UNCLEAR, baseline="single-task") for name in ("lightgbm", "a")]
    both = [judged("a", -0.5, "better", baseline=BETTER_BASELINE)]
    for found, mean in ((shown({}, [*contrasts[2:], *contrasts[:2]]), -1), (shown({}, [*contrasts, *both]), -0.5)):
        chosen = choice(found)
        assert chosen
        assert (chosen.contrast.variant, chosen.contrast.mean["relative_loss"].mean) == ("a", mean)
    alone = choice(shown({}, [judged("single-task", -3, "better")]))
    assert alone
    assert alone.contrast.variant == "single-task"


def test_without_a_loss_there_is_no_choice() -> None:
    without = judged("a", -1, "better").model_copy(update={"mean": {}})
    assert choice(shown({}, [without])) is None
    assert choice(shown({}, [])) is None
    assert deciding_contrasts(shown({}, [])) == []


def test_who_pays() -> None:
    assert paying(judged("a", -1, "better", "worse", UNCLEAR, "worse")) == ("t0", "t2")

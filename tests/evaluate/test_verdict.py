from collections.abc import Sequence

from taskfusion.evaluate.comparison import Cell, Difference, Parameters, Verdict, summarize
from taskfusion.evaluate.evidence import BETTER_BASELINE, Contrast, Evidence
from taskfusion.evaluate.verdict import evidence_sentences, verdict_sentences


def cells_of(variant: str, losses: dict[str, list[float]], metric: str = "ne") -> list[Cell]:
    """One run per seed; losses by task, one per seed, as relative_loss and under another name."""
    seeds = len(next(iter(losses.values())))
    return [
        Cell(
            variant=variant,
            seed=seed,
            parameters=Parameters(network=1, embedding=1, tower=1, total=3),
            flops_per_row=1.0,
            seconds=1.0,
            epochs=1,
            tasks={task: {"relative_loss": loss[seed], metric: loss[seed]} for task, loss in losses.items()},
        )
        for seed in range(seeds)
    ]


SINGLE = cells_of("single-task", {"income": [0.5, 0.5, 0.5], "college": [0.8, 0.8, 0.8]})


def sentence_of(losses: dict[str, list[float]]) -> str:
    (sentence,) = verdict_sentences(summarize([*SINGLE, *cells_of("adatt-sp", losses)]))
    return sentence


def test_a_win_says_where() -> None:
    assert sentence_of({"income": [0.495, 0.496, 0.494], "college": [0.8, 0.796, 0.804]}) == (
        "adatt-sp: better than single-task on income (NE -1.00 % [-1.50, -0.50]); no difference shown on college; "
        "delta-m +0.50 % [0.13, 0.87] (above 0 is better)."
    )


def test_a_seesaw_names_both_sides_and_is_no_win() -> None:
    assert sentence_of({"income": [0.495, 0.496, 0.494], "college": [0.82, 0.821, 0.819]}) == (
        "adatt-sp does not win here: better than single-task on income (NE -1.00 % [-1.50, -0.50]); "
        "worse than single-task on college (NE +2.50 % [2.19, 2.81]); "
        "delta-m -0.75 % [-1.15, -0.35] (above 0 is better)."
    )


def test_noise_is_no_win() -> None:
    sentence = sentence_of({"income": [0.49, 0.51, 0.5], "college": [0.79, 0.79, 0.81]})
    assert sentence.startswith("adatt-sp does not win here: no difference shown on income, college; delta-m +")


def test_equal_runs_print_no_minus_zero() -> None:
    sentence = sentence_of({"income": [0.5, 0.5, 0.5 + 1e-9], "college": [0.8, 0.8, 0.8]})
    assert sentence.endswith("delta-m +0.00 % [0.00, 0.00] (above 0 is better).")


def test_one_seed_is_no_verdict() -> None:
    assert sentence_of({"income": [0.495], "college": [0.8]}) == (
        "adatt-sp: one seed, so no interval and no verdict on income (NE -1.00 %), college (NE +0.00 %); "
        "delta-m +0.50 % (above 0 is better)."
    )


def test_tasks_that_are_not_binary_go_by_the_relative_loss() -> None:
    cells = cells_of("single-task", {"watch": [0.5, 0.5]}, "mse") + cells_of("ple", {"watch": [0.4, 0.4]}, "mse")
    assert verdict_sentences(summarize(cells)) == [
        "ple: better than single-task on watch (relative loss -20.00 % [-20.00, -20.00]); "
        "delta-m +20.00 % [20.00, 20.00] (above 0 is better)."
    ]


def test_every_variant_but_the_reference_has_a_sentence() -> None:
    cells = [*cells_of("ple", {"income": [0.5]}), *SINGLE, *cells_of("adatt", {"income": [0.5]})]
    assert [sentence.split(":")[0] for sentence in verdict_sentences(summarize(cells))] == ["ple", "adatt"]


def test_what_cannot_be_compared_says_so() -> None:
    lonely = summarize(cells_of("ple", {"income": [0.5, 0.5]}))
    assert verdict_sentences(lonely) == ["ple: nothing is compared, since single-task took no part."]
    other_task = summarize([*SINGLE, *cells_of("ple", {"watch": [0.5]})])
    assert verdict_sentences(other_task) == [
        "ple: it has no seed in common with single-task in which a task has a relative loss."
    ]
    assert verdict_sentences(summarize([])) == []


def change(mean: float, half: float, verdict: Verdict) -> dict[str, Difference]:
    return {"relative_loss": Difference(mean=mean, low=mean - half, high=mean + half, verdict=verdict)}


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
    "better on income (-1.00 % [-1.50, -0.50]); no difference shown on college (+0.10 % [-0.40, 0.60]); "
    "mean -0.45 % [-0.70, -0.20] (below 0 is better)."
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
    assert evidence_sentences(shown({}, [], between)) == [f"adatt against ple: {SENTENCE}"]


def test_baselines_alone_are_held_against_each_other() -> None:
    contrasts = [contrast("single-task", "lightgbm"), contrast("lightgbm", "single-task")]
    found = evidence_sentences(shown({"income": "lightgbm", "college": "lightgbm"}, contrasts))
    assert found == [f"lightgbm against single-task: {SENTENCE}"]

from taskfusion.evaluate.comparison import Cell, summarize
from taskfusion.evaluate.verdict import verdict_sentences


def cells_of(variant: str, losses: dict[str, list[float]], metric: str = "ne") -> list[Cell]:
    """One run a seed; losses by task, one a seed, as relative_loss and under another name."""
    seeds = len(next(iter(losses.values())))
    return [
        {
            "variant": variant,
            "seed": seed,
            "parameters": {"network": 1, "embedding": 1, "tower": 1, "total": 3},
            "flops_per_row": 1.0,
            "seconds": 1.0,
            "epochs": 1,
            "tasks": {task: {"relative_loss": loss[seed], metric: loss[seed]} for task, loss in losses.items()},
        }
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
    assert verdict_sentences(lonely) == ["ple: there is no run of single-task to compare with."]
    other_task = summarize([*SINGLE, *cells_of("ple", {"watch": [0.5]})])
    assert verdict_sentences(other_task) == [
        "ple: it has no seed in common with single-task in which a task has a relative loss."
    ]
    assert verdict_sentences(summarize([])) == []

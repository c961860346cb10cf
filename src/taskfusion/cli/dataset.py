"""Commands that make tables: public data sets prepared, and a simulated feed."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from taskfusion.base.errors import ExperimentError
from taskfusion.cli.arguments import AsJson
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, out, print_json
from taskfusion.datasets.public.name import NAMES
from taskfusion.datasets.simulate.settings import FeedSettings

OutFolder = Annotated[Path, typer.Option("--out", help="Folder to make.", show_default=False)]


@command
def data(
    name: Annotated[str, typer.Argument(help=f"Data set: {', '.join(NAMES)}.", show_default=False)],
    out_path: OutFolder,
    source: Annotated[
        Path | None, typer.Option("--from", help="Folder with its files; left out: download them.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prepare a public data set: joined, labelled and split into train, validation and test."""
    with loading():
        from taskfusion.cli.show.dataset import print_splits
        from taskfusion.datasets.public.prepare import DATASETS, prepare_dataset
    summary = prepare_dataset(name, out=out_path, source=source)
    if as_json:
        print_json({"name": name, "out": str(out_path), "rows": summary.rows, "label_means": summary.label_means})
        return
    print_splits(name, summary.rows, summary.label_means)
    out.print(f"{DATASETS[name].title}; licence {DATASETS[name].licence}")


@command
def simulate(
    out_path: OutFolder,
    rows: Annotated[int, typer.Option(metavar="N", help="Impressions in all, 1,000 at least.")] = FeedSettings.rows,
    users: Annotated[int, typer.Option(metavar="N", help="Users, 500 at least.")] = FeedSettings.num_users,
    items: Annotated[int, typer.Option(metavar="N", help="Videos, 500 at least.")] = FeedSettings.num_items,
    transfer: Annotated[
        str, typer.Option(metavar="NAME", help="Who helps whom: kuairand-like, independent or conflict.")
    ] = "kuairand-like",
    known: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TASK=SHARE",
            help="Share of a task's training and validation labels that are known, such as long_view=0.05; of a task "
            "that is not named, all.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another seed gives another feed.")] = FeedSettings.seed,
    as_json: AsJson = False,
) -> None:
    """Simulate a short-video feed whose true probabilities are known, written beside the labels."""
    with loading():
        from taskfusion.cli.show.dataset import print_splits
        from taskfusion.datasets.simulate.feed import simulate_feed
    shares = dict(_known_share(one) for one in known or ())
    settings = FeedSettings(rows=rows, num_users=users, num_items=items, transfer=transfer, known=shares, seed=seed)
    summary = simulate_feed(settings, out_path)
    if as_json:
        print_json({"out": str(out_path), **dataclasses.asdict(summary)})
        return
    print_splits("simulated feed", summary.rows, {})
    for task, mean in summary.label_means.items():
        out.print(f"{task}: mean label {mean:.4f}, mean of the truth {summary.truth_means[task]:.4f}")


def _known_share(text: str) -> tuple[str, float]:
    """A task and its share.

    Raises:
        ExperimentError: it says neither.
    """
    task, _, share = text.partition("=")
    try:
        return task, float(share)
    except ValueError as error:
        raise ExperimentError(f"--known should look like long_view=0.05, found '{text}'") from error

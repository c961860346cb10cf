"""Every block of the README and the tutorial runs; the generated page is that of the schema."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import make_reference
import make_results
import pytest
import result_runs
import yaml

from guide import commands, run_guide
from support import TASKS, experiment, log_table
from taskfusion.base.version import __version__
from taskfusion.config.charter import Charter
from taskfusion.config.experiment import Experiment, parse_experiment, read_experiment
from taskfusion.config.kpi import read_kpis
from taskfusion.config.ramp import read_ramp
from taskfusion.config.roi import read_roi
from taskfusion.config.routes import read_routes
from taskfusion.config.strict_file import read_strict
from taskfusion.config.traffic import read_traffic
from taskfusion.config.watch import WatchSettings
from taskfusion.pipeline.progress import Silent
from taskfusion.study.compare.comparison import compare_variants
from taskfusion.study.method import methods

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/tutorial.md")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"(?:`|^)make ([a-z-]+)", re.MULTILINE)
DOCS = sorted((ROOT / "docs").rglob("*.md"))
FEWER_ROWS = ("simulate --rows 20000", "simulate --rows 6000")
"""The commands of a page are run as they stand there but for this: CI has minutes."""

FEATURES = [{"name": "x", "kind": "numeric"}]


def _blocks(page: str, *languages: str) -> list[tuple[str, str]]:
    return [(kind, text) for kind, text in FENCE.findall((ROOT / page).read_text("utf-8")) if kind in languages]


@pytest.mark.parametrize("page", PAGES)
def test_commands_run_one_after_the_other(
    page: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if page != "README.md" and not request.config.getoption("--full-fuzz"):
        pytest.skip("the tutorial takes four minutes: make test-pages runs it")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    blocks = _blocks(page, "bash", "python")
    assert len(blocks) >= 4
    for kind, text in blocks:
        if text.startswith("make "):
            targets = re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)
            subprocess.run(["make", "--dry-run", *targets], cwd=ROOT, check=True, capture_output=True)
            continue
        text = text.replace(*FEWER_ROWS)
        command = ["bash", "-euo", "pipefail", "-c", text] if kind == "bash" else [sys.executable, "-c", text]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f"{text}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    if page == "README.md":
        run_guide(tmp_path, {line for _, text in blocks for line in commands(text)}, monkeypatch)


@pytest.mark.parametrize("page", [*PAGES, "docs/experiment-file.md"])
def test_parts_of_experiment_files_are_valid(page: str) -> None:
    blocks = _blocks(page, "yaml")
    for _, text in blocks:
        content = yaml.safe_load(text)
        tasks = content.get("tasks", [{"name": name, "kind": "binary"} for name in ("click", "dislike")])
        parse_experiment({"features": FEATURES, **content, "tasks": tasks})


def _part(path: Path) -> Experiment:
    tasks = [{"name": "click", "kind": "binary"}]
    named = [{"name": name, "kind": "categorical"} for name in ("scenario", "country")]
    return parse_experiment(
        {"features": [*FEATURES, *named], "tasks": tasks, **yaml.safe_load(path.read_text("utf-8"))}
    )


def _of(kind: type[Charter | WatchSettings]) -> Callable[[Path], object]:
    """Reads one file alone: not the KPIs that it names as well."""
    return lambda path: read_strict(path, kind, "file", "its page shows one")


FILES: Mapping[str, tuple[Callable[[Path], object], ...]] = {
    "audit.md": (read_kpis,),
    "cost.md": (read_traffic,),
    "domain.md": (_part, _part),
    "guide/en/cost-and-roi.md": (read_traffic,),
    "guide/ja/cost-and-roi.md": (read_traffic,),
    "pilot.md": (_of(Charter), read_roi, read_ramp),
    "serving.md": (read_routes, read_routes),
    "watch.md": (_of(WatchSettings),),
}
"""What reads the files that a page shows, one after the other."""


def test_files_that_pages_show_are_valid(tmp_path: Path) -> None:
    found = {str(path.relative_to(ROOT / "docs")): _blocks(str(path.relative_to(ROOT)), "yaml") for path in DOCS}
    tested_above = {Path(page).name for page in PAGES} | {"experiment-file.md"}
    for page, blocks in found.items():
        if page in tested_above or page.startswith("reference/"):
            continue
        for (_, text), read in zip(blocks, FILES.get(page, ()), strict=True):
            (tmp_path / "shown.yaml").write_text(text, encoding="utf-8")
            read(tmp_path / "shown.yaml")


def test_make_help_lists_every_target_that_pages_name() -> None:
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # not below make test
    run = partial(subprocess.run, cwd=ROOT, env=alone, check=True, capture_output=True, text=True)
    shown = run(["make", "help"]).stdout
    listed = {line.split()[0] for line in shown.splitlines()}
    pages = [(ROOT / page).read_text("utf-8") for page in ("README.md", "CONTRIBUTING.md")]
    named = {target for text in pages for target in MAKE.findall(text)}
    assert {"test", "demo", "fuzz", "test-lowest", "bench", "docs"} <= named
    assert named <= listed
    for target in sorted(listed - {"help"}):
        run(["make", "--dry-run", target])


def test_the_changelog_begins_with_this_version() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions[0] == __version__


@pytest.mark.parametrize("page", make_reference.PAGES)
def test_pages_that_are_made_are_current(page: str) -> None:
    assert (ROOT / "docs" / page).read_text("utf-8") == make_reference.PAGES[page](), "run `make docs`"


def test_the_page_of_results_is_made_of_comparisons(tmp_path: Path) -> None:
    parts = {name: log_table(150, seed).lazy() for seed, name in enumerate(("train", "validation", "test"))}
    variants = ["adatt-sp", "adatt", "single-task", "lightgbm"]
    chosen = experiment(tasks=TASKS[:2], training={"epochs": 1}, lightgbm={"num_rounds": 5})
    compare_variants(chosen, parts, variants, 2, tmp_path / "kuairand" / "main", progress=Silent())
    for folder, some in {"base": 1, "no-residual": 1, "tuned-sharing": 2}.items():
        compare_variants(chosen, parts, variants[:some], 2, tmp_path / "kuairand" / folder, progress=Silent())
    make_results.keep(tmp_path, tmp_path / "kept")
    page = make_results.page(tmp_path / "kept")
    assert page.count("| adatt-sp | lightgbm |") == page.count("| adatt-sp | single-task |") == 1
    assert page.count("| adatt | lightgbm |") == page.count("| adatt | single-task |") == 0
    assert page.count("| adatt | better baseline |") == 1
    assert page.count("| adatt-sp | adatt |") == 2  # beside the baselines, and among ways to share
    assert "nothing is compared" not in page.lower()  # ways to share are held against the first
    assert page.count("| adatt-sp | better baseline |") == 3  # NE, AUC, GAUC
    assert page.count("The better baseline by the validation rows is") == 1
    assert page.count("Not run yet.") == 8
    short = page[: page.index("## How this was made")]
    found = json.loads((tmp_path / "kept" / "kuairand" / "main.json").read_text("utf-8"))["evidence"]
    (baseline,) = (
        one for one in found["contrasts"] if (one["variant"], one["baseline"]) == ("adatt-sp", "better baseline")
    )
    mean = re.escape(f"{baseline['mean']['relative_loss']['mean']:+.2f}")
    assert re.search(rf"\| kuairand \| mean \| {mean} \[.*\| not run \|", short)
    assert re.search(r"\| adatt \| not run \| not run \| [+-]\d+\.\d\d \[.*\| [+-]\d+\.\d\d \[", short)
    assert list(make_results.figures(tmp_path / "kept")) == ["results-kuairand.svg"]
    as_it_is, changed = (
        next(line for line in page.splitlines() if line.startswith(f"| {start}"))
        for start in ("as shipped, without teachers", "no native residual")
    )
    assert "reference" in as_it_is
    assert "+0.00 [+0.00, +0.00]" in changed
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows if line.startswith(("| NE %", "| AUC", "| GAUC", "| metric"))} == {7}


def test_records_of_one_seed_make_a_page_without_intervals_over_seeds(tmp_path: Path) -> None:
    parts = {name: log_table(150, seed).lazy() for seed, name in enumerate(("train", "validation", "test"))}
    chosen = experiment(tasks=TASKS[:2], training={"epochs": 1}, lightgbm={"num_rounds": 5})
    for folder, variants in {"main": ["adatt-sp", "lightgbm"], "base": ["adatt-sp"]}.items():
        compare_variants(chosen, parts, variants, 1, tmp_path / "kuairand" / folder, progress=Silent())
    make_results.keep(tmp_path, tmp_path / "kept")
    lines = make_results.page(tmp_path / "kept").splitlines()
    own = next(line for line in lines if line.startswith("| adatt-sp |"))
    assert "±" not in own
    assert re.search(r"\| [+-]\d+\.\d\d \|", own)
    assert sum("| reference |" in line for line in lines) == 3  # the comparison, the recipe, the parts


def test_every_step_of_a_recipe_changes_what_its_measure_says() -> None:
    """From one line of the table to the next, settings differ that the measure takes out, and no others."""
    for name, measures in result_runs.MEASURES.items():
        path = ROOT / "configs" / f"{name}.yaml"
        steps = [*(run.settings for run in result_runs.recipes(name)), ()]
        made = [read_experiment(path, settings) for settings in steps]
        for measure, before, after in zip(measures, made[:-1], made[1:], strict=True):
            undone = {setting.partition("=")[0] for setting in measure.undone}
            assert _differing(before, after) == undone, measure.title


def _differing(before: Experiment, after: Experiment) -> set[str]:
    """Names of settings, features by theirs, as --set takes them."""
    found = set()
    for section in Experiment.model_fields:
        a, b = (getattr(one, section) for one in (before, after))
        if section == "features":
            named = [{feature.name: feature for feature in features} for features in (a, b)]
            names = {name for name in named[0] | named[1] if named[0].get(name) != named[1].get(name)}
            both = named[0].keys() & named[1].keys()
            found |= {f"features.{name}{'.also_categorical' if name in both else ''}" for name in names}
        elif section == "backbone":
            found |= {section} if a != b else set()
        elif a != b:
            found |= {f"{section}.{key}" for key in type(a).model_fields if getattr(a, key) != getattr(b, key)}
    return found


def test_comparisons_of_one_folder_are_the_same() -> None:
    """A study and a step of the recipe may share one."""
    for name in result_runs.MEASURES:
        path, plain = ROOT / "configs" / f"{name}.yaml", result_runs.LABELS_ALONE[name]
        studies = {run.folder: (*plain, *run.settings) for run in result_runs.STUDIES[name]}
        for run in result_runs.recipes(name):
            if run.folder in studies:
                assert read_experiment(path, run.settings) == read_experiment(path, studies[run.folder]), run.folder


def test_the_page_of_results_is_made_of_the_kept_records() -> None:
    made = make_results.page(ROOT / "docs" / "results")
    assert (ROOT / "docs" / "results.md").read_text("utf-8") == made, "run `python docs/make_results.py`"
    for name, figure in make_results.figures(ROOT / "docs" / "results").items():
        assert (ROOT / "docs" / "images" / name).read_text("utf-8") == figure, "run `python docs/make_results.py`"


def test_every_comparison_of_the_page_has_a_command_that_is_understood() -> None:
    for name, measures in result_runs.MEASURES.items():
        path = ROOT / "configs" / f"{name}.yaml"
        for run in result_runs.runs_of(name):
            assert read_experiment(path, run.settings) != read_experiment(path) or not run.settings
            assert set(run.variants) <= set(methods())
        for measure in measures:
            assert read_experiment(path, measure.undone) != read_experiment(path), measure.title
    lines = list(result_runs.commands())
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize(
    "page",
    [
        *PAGES,
        "docs/architecture.md",
        "docs/results.md",
        "docs/experiment-file.md",
        "docs/scaling.md",
        "docs/reference/python.md",
        "docs/reference/artifacts.md",
    ],
)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        assert target.startswith("https://") or (path.parent / target).exists(), target

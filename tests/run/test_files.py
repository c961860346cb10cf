"""Names of the files of a run."""

from pathlib import Path

from taskfusion.run.files import RunFiles


def test_every_path_is_one_of_the_names_and_has_one_of_its_own() -> None:
    files = RunFiles(Path("run"))
    paths = {name: getattr(files, name) for name, kind in vars(RunFiles).items() if isinstance(kind, property)}
    single = {name: path.name for name, path in paths.items() if isinstance(path, Path)}
    assert len(set(single.values())) == len(single)
    assert {*single.values(), files.ensemble.record.name} == files.names
    assert {path.parent for path in paths.values() if isinstance(path, Path)} == {Path("run")}


def test_what_lasts_is_all_but_manifest_and_resume_point() -> None:
    files = RunFiles(Path("run"))
    assert {path.name for path in files.lasting} == files.names - {"manifest.json", "checkpoint.safetensors"}
    assert set(files.optional) < set(files.lasting)

import subprocess
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest
from peer_suites import NoSuiteError, suite

PEER = "sb3-contrib"


def unpacked_sdist(folder: Path) -> Path:
    root = folder / "sb3_contrib-1.0"
    for name in ("tests/test_a.py", "tests/wrappers/test_b.py", "sb3_contrib/__init__.py", "pyproject.toml"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"# {name}")
    return root


def packed(root: Path) -> Path:
    archive = root.with_suffix(".tar.gz")
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(root, root.name)
    return archive


@pytest.mark.parametrize("form", [unpacked_sdist, lambda folder: packed(unpacked_sdist(folder))], ids=["folder", "archive"])
def test_tests_and_settings_are_copied_and_the_package_is_not(form, tmp_path):
    root = suite(PEER, form(tmp_path), tmp_path / "kept")
    assert root == tmp_path / "kept" / f"sb3-contrib-{version(PEER)}"
    files = {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}
    assert files == {"tests/test_a.py", "tests/wrappers/test_b.py", "pyproject.toml"}


def test_what_is_there_already_is_used(tmp_path):
    first = suite(PEER, unpacked_sdist(tmp_path), tmp_path / "kept")
    assert suite(PEER, tmp_path / "nowhere", tmp_path / "kept") == first


def test_a_folder_without_tests_and_a_machine_without_network_are_said(tmp_path, monkeypatch):
    with pytest.raises(NoSuiteError, match="no tests of sb3-contrib"):
        suite(PEER, tmp_path, tmp_path / "kept")
    asked = []

    def refuse(command, **kwargs):
        asked.append(command[0] if command[0] == "git" else command[2])
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(NoSuiteError, match="give a checkout or an sdist"):
        suite(PEER, None, tmp_path / "other")
    assert asked == ["pip", "git"]


def test_an_sdist_without_tests_leads_to_the_repository(tmp_path, monkeypatch):
    def answer(command, **kwargs):
        if command[0] == "git":
            (Path(command[-1]) / "tests").mkdir(parents=True)
            (Path(command[-1]) / "tests" / "test_c.py").write_text("")
            assert command[command.index("--branch") + 1] == f"v{version(PEER)}"
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", answer)
    assert (suite(PEER, None, tmp_path) / "tests" / "test_c.py").is_file()

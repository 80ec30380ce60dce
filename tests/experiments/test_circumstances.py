"""Where a result came about."""

import subprocess

from saccade.experiments.circumstances import commit, hardware, installed


def test_the_commit_of_another_checkout(tmp_path):
    assert commit(tmp_path) is None

    def git(*words: str) -> str:
        named = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        return subprocess.run(
            ["git", "-C", str(tmp_path), *named, *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    git("init", "-q")
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "-qm", "one")
    assert commit(tmp_path) == git("rev-parse", "HEAD")
    (tmp_path / "file").write_text("2")
    assert commit(tmp_path) == git("rev-parse", "HEAD") + "+dirty"


def test_a_folder_of_another_project_is_not_our_checkout(tmp_path, monkeypatch):
    """As where saccade is installed below a project of the user's."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    installed_there = tmp_path / "site-packages" / "circumstances.py"
    installed_there.parent.mkdir()
    installed_there.write_text("")
    monkeypatch.setattr("saccade.experiments.circumstances.HERE", installed_there)
    assert commit() is None


def test_machine_and_versions():
    assert hardware("cpu")["device"] == "cpu"
    assert hardware("cpu")["cores"] >= 1
    assert installed("torch")
    assert installed("no-such-package-anywhere") is None

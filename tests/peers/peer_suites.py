"""Where the tests of stable-baselines3 and sb3-contrib come from."""

import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

REPOSITORIES = {
    "stable-baselines3": "https://github.com/DLR-RM/stable-baselines3",
    "sb3-contrib": "https://github.com/Stable-Baselines-Team/stable-baselines3-contrib",
}
BESIDE_TESTS = ("pyproject.toml", "setup.cfg")  # pytest's settings; not the package, which would hide the installed one


class NoSuiteError(Exception):
    """The tests of a peer cannot be had."""


def suite(peer: str, given: Path | None, folder: Path) -> Path:
    """
    A folder with a peer's ``tests`` and no package in it.

    :param peer: distribution, such as ``sb3-contrib``; the tests are those of the installed version
    :param given: an unpacked sdist, a checkout or a .tar.gz; None: from the package index, else from the public repository
    :param folder: for the copy
    :raises NoSuiteError: if there are no tests
    """
    target = folder / f"{peer}-{version(peer)}"
    if (target / "tests").is_dir():
        return target
    source = folder / "source" / peer
    source.mkdir(parents=True, exist_ok=True)
    if given is None:
        root = _from_index(peer, source) or _from_repository(peer, source)
    else:
        root = _unpacked(given, source) if given.is_file() else given
    if root is None or not (root / "tests").is_dir():
        raise NoSuiteError(f"no tests of {peer} {version(peer)} were found; give a checkout or an sdist of that version")
    shutil.copytree(root / "tests", target / "tests")
    for name in BESIDE_TESTS:
        if (root / name).is_file():
            shutil.copy(root / name, target / name)
    return target


def _from_index(peer: str, folder: Path) -> Path | None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-binary", ":all:", "--no-deps", "--no-build-isolation"]
    done = subprocess.run([*command, "--dest", folder, f"{peer}=={version(peer)}"], check=False)
    archives = sorted(folder.glob("*.tar.gz"))
    root = _unpacked(archives[0], folder) if done.returncode == 0 and archives else None
    return root if root is not None and (root / "tests").is_dir() else None


def _from_repository(peer: str, folder: Path) -> Path | None:
    root = folder / "checkout"
    command = ["git", "clone", "--quiet", "--depth", "1", "--branch", f"v{version(peer)}", REPOSITORIES[peer], root]
    return root if subprocess.run(command, check=False).returncode == 0 else None


def _unpacked(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
        return folder / tar.getnames()[0].split("/")[0]

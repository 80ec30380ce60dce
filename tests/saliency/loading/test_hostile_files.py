"""Hostile files run nothing, and each ends in one line, soon and with little memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_files import ENTRIES, hostile_archives, hostile_pickles, hostile_sizes, parts_of, pickled, with_entry
from hostile_pickles import CALLS, NO_CALLS
from usual_models import LEFT, VECTOR, on_policy

MOST_SECONDS, MOST_MEGABYTES = 5, 1000
MAY_BE_READ = [f"{entry}-{name}" for entry in ENTRIES for name in NO_CALLS]  # some stand for plain values: None, or a number


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> bytes:
    """A small model, as it was saved."""
    path = tmp_path_factory.mktemp("honest") / "model.zip"
    on_policy("MlpPolicy", VECTOR, LEFT, policy_kwargs={"net_arch": [4]}).save(path)
    return path.read_bytes()


def told_by(folder: Path, mutants: int, seed: int) -> list[dict]:
    """What a process of its own says of the files in a folder, and of mutants of the honest one."""
    program = Path(__file__).with_name("reading_process.py")
    command = [sys.executable, str(program), str(folder), str(mutants), str(seed)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_harmless(told: dict) -> None:
    assert told["events"] == [], told
    assert told["seconds"] < MOST_SECONDS, told
    assert told["megabytes"] < MOST_MEGABYTES, told
    if told["message"] is not None:
        assert told["name"] in told["message"], told
        assert "\n" not in told["message"], told
        assert len(told["message"]) < 500, told


@pytest.mark.integration
def test_hostile_files_run_nothing_and_end_in_one_line(honest, tmp_path):
    parts = parts_of(honest)
    files = hostile_pickles(parts) | hostile_archives(parts) | hostile_sizes(parts)
    unused = {f"unused-{name}": with_entry(parts, "learning_rate", pickled(pickle)) for name, pickle in CALLS.items()}
    for name, content in (files | unused | {"honest": honest}).items():
        (tmp_path / f"{name}.zip").write_bytes(content)
    before = sorted(tmp_path.rglob("*"))
    told = {one["name"]: one for one in told_by(tmp_path, mutants=150, seed=1)}
    mutants = [name for name in told if name.startswith("mutant-")]
    assert (told.keys() - {*mutants}, len(mutants)) == ({"honest", *files, *unused}, 150)
    for one in told.values():
        check_harmless(one)
    assert sorted(tmp_path.rglob("*")) == before
    assert [name for name in files if told[name]["message"] is None and name not in MAY_BE_READ] == []
    assert [name for name in ("honest", *unused) if told[name]["message"] is not None] == []
    assert sum(told[name]["message"] is not None for name in mutants) > 50
    needed = "needs the result of subprocess.Popen as policy_kwargs; pass trust=True (--trust) if you trust the file"
    assert told["policy_kwargs-newobj"]["message"].endswith(needed)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [2, 3])
def test_thousands_of_mutated_files_run_nothing(honest, tmp_path, seed):
    (tmp_path / "honest.zip").write_bytes(honest)
    for one in told_by(tmp_path, 2500, seed):
        check_harmless(one)

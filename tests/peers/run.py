"""
The tests of stable-baselines3 and sb3-contrib with classes of this suite in place of theirs.

    python tests/peers/run.py
    python tests/peers/run.py --substitutions pqn --files test_run.py test_cnn.py

Each substitution runs by itself, in processes of its own, on the tests that can meet it. A test that fails runs again without the
substitution. A test counts as passed only if it used the class that stands in. torch compiles nothing here, because that would take
most of the time. What has run is kept in ``--folder``, so that an interrupted call goes on where it was. Exit status 1: a failure
that ``excused.yml`` does not explain.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from peer_report import Outcome, as_json, as_theirs, excuses, judged, unexplained  # noqa: E402
from peer_suites import REPOSITORIES, NoSuiteError, suite  # noqa: E402
from substitutions import SUBSTITUTIONS  # noqa: E402

from saccade.scripts.tables.peers import passed  # noqa: E402

ROOT = HERE.parents[1]
RESULTS = ROOT / "results" / "peers.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sb3", type=Path, help="sdist or checkout of stable-baselines3; by default it is downloaded")
    parser.add_argument("--contrib", type=Path, help="likewise of sb3-contrib")
    parser.add_argument("--folder", type=Path, default=Path(".peers"), help="for their tests and what has run")
    parser.add_argument("--substitutions", nargs="+", choices=SUBSTITUTIONS, default=list(SUBSTITUTIONS))
    parser.add_argument("--files", nargs="+", help="names of test files; all by default")
    parser.add_argument("--seconds", type=int, default=120, help="limit of a test")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    folder = given.folder.resolve()
    try:
        suites = {peer: suite(peer, path, folder) for peer, path in zip(REPOSITORIES, (given.sb3, given.contrib), strict=True)}
    except NoSuiteError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    files = {root: sorted((root / "tests").glob("**/test_*.py")) for root in suites.values()}
    for name in given.substitutions:
        for root, all_of_it in files.items():
            wanted = [file for file in all_of_it if given.files is None or file.name in given.files]
            run_files(root, [file for file in wanted if is_left(root, file, name, folder)], name, folder, given.seconds)
            run_failures_without(root, name, folder, given.seconds)
    found = {name: judged(name, outcomes(folder, name), outcomes(folder, "none"), excuses()) for name in SUBSTITUTIONS}
    found = {name: sums for name, sums in found.items() if sums.passed or sums.failed}
    results = as_json(found, {peer: version(peer) for peer in REPOSITORIES})
    for name, row in results["substitutions"].items():
        left = [(root, file) for root, all_of_it in files.items() for file in all_of_it if is_left(root, file, name, folder)]
        row["not_run"] = [f"{root.name}/{file.name}" for root, file in left]
    given.results.write_text(json.dumps(results, indent=1) + "\n")
    print("\n".join(passed(results)), "\n\nmake tables writes this into the pages")
    for name, test, why in unexplained(found):
        print(f"ours: {name}: {test}: {why}")
    return 1 if unexplained(found) else 0


def run_files(root: Path, files: list[Path], name: str, folder: Path, seconds: int) -> None:
    """Run test files with one substitution, in one process. Each file that has been run is kept, even if the process ends early."""
    if not files:
        return
    kept = folder / "outcomes" / name
    kept.mkdir(parents=True, exist_ok=True)
    for file in files:
        kept_in(root, file, name, folder).unlink(missing_ok=True)
    print(f"{name}: {root.name}, {len(files)} files", flush=True)
    ended = run_tests(root, [str(file.relative_to(root)) for file in files], kept, seconds, ["--substitute", name])
    if ended in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        for file in files:  # those without a test for this substitution as well
            kept_in(root, file, name, folder).with_suffix(".done").touch()


def run_failures_without(root: Path, name: str, folder: Path, seconds: int) -> None:
    """Run what failed with a substitution as it is, unless that has been done."""
    failed = {as_theirs(outcome.test) for outcome in outcomes(folder, name) if outcome.outcome == "failed"}
    failed -= {outcome.test for outcome in outcomes(folder, "none")}
    peer = root.name.rsplit("-", 1)[0]
    tests = sorted(test.removeprefix(f"{peer}/") for test in failed if test.startswith(f"{peer}/"))
    if tests:
        control = folder / "outcomes" / "none"
        control.mkdir(parents=True, exist_ok=True)
        run_tests(root, tests, control, seconds, [])


def kept_in(root: Path, file: Path, name: str, folder: Path) -> Path:
    """The file with the outcomes of a test file under a substitution."""
    return folder / "outcomes" / name / f"{root.name}--{file.stem}.jsonl"


def is_left(root: Path, file: Path, name: str, folder: Path) -> bool:
    """Whether a test file can meet the substitution, and has not run with it."""
    done = kept_in(root, file, name, folder).with_suffix(".done").exists()
    return not done and re.search(SUBSTITUTIONS[name].mentions, file.read_text(encoding="utf-8")) is not None


def run_tests(root: Path, tests: list[str], kept: Path, seconds: int, options: list[str]) -> int:
    """One process of pytest in the folder of a peer, with the peer's own settings."""
    plugin = ["-p", "substituting", "-p", "no:cacheprovider", "--timeout", str(seconds), "--outcomes", str(kept / root.name)]
    settings = {"CUDA_VISIBLE_DEVICES": "", "WANDB_MODE": "disabled", "TORCHDYNAMO_DISABLE": "1"}
    path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, **settings, "PYTHONPATH": path}
    environment.setdefault("OMP_NUM_THREADS", "1")
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "--continue-on-collection-errors", *plugin, *options, *tests]
    with (kept / f"{root.name}.log").open("a", encoding="utf-8") as log:
        return subprocess.run(command, cwd=root, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False).returncode


def outcomes(folder: Path, name: str) -> list[Outcome]:
    """Of all files of one substitution; the test ids begin with the name of the peer."""
    files = sorted((folder / "outcomes" / name).glob("*.jsonl"))
    if name != "none":
        files = [file for file in files if file.with_suffix(".done").exists()]  # the others are not complete
    return [outcome for file in files for outcome in read(file, file.stem.split("--")[0])]


def read(file: Path, root: str) -> list[Outcome]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [Outcome(**{**entry, "test": f"{root.rsplit('-', 1)[0]}/{entry['test']}"}) for entry in map(json.loads, lines)]


if __name__ == "__main__":
    sys.exit(main())

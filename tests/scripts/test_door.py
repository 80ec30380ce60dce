"""Doors: what they say and how they end. Those that test the process itself call it as one."""

import io
import os
import runpy
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pytest

from saccade.experiments import AGENTS, ConfigError, DivergedError, OutputError, Result, RunFolderError
from saccade.saliency.errors import SavedPolicyError
from saccade.scripts.command import main
from saccade.scripts.door import call_of, open_door

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
DOORS = ["attack", "benchmarks/benchmark", "compare", "evaluate", "explain", "plot_scores", "sweep", "train", "whole_image_cnn"]


def run(*words: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess:
    """Call a script, or another program of Python's."""
    command, variables = [sys.executable, *map(str, words)], {**os.environ, **environment}
    nothing = subprocess.DEVNULL
    return subprocess.run(command, env=variables, cwd=cwd, capture_output=True, text=True, timeout=100, check=False, stdin=nothing)


def saccade(*words: str, **environment: str) -> subprocess.CompletedProcess:
    """Call the console command."""
    return run("-c", "from saccade.scripts.command import main; main()", *words, **environment)


def here(monkeypatch: pytest.MonkeyPatch, *words: str, script: bool = False) -> subprocess.CompletedProcess:
    """Call the console command, or the script of its name, in this process: what it imports has been imported already."""
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")  # otherwise the door would leave its own
    monkeypatch.setattr(sys, "argv", [str(SCRIPTS / f"{words[0]}.py"), *words[1:]] if script else ["saccade", *words])
    out, errors = io.StringIO(), io.StringIO()
    call = partial(runpy.run_path, sys.argv[0], run_name="__main__") if script else main
    with redirect_stdout(out), redirect_stderr(errors), pytest.raises(SystemExit) as ended:
        call()
    return subprocess.CompletedProcess(words, int(ended.value.code or 0), out.getvalue(), errors.getvalue())


@pytest.mark.integration
@pytest.mark.parametrize("door", DOORS)
def test_ctrl_c_among_the_imports_is_one_line(door, tmp_path):
    for library in ("torch", "tyro"):  # all import both; what comes first ends the process soon
        (tmp_path / f"{library}.py").write_text("raise KeyboardInterrupt")
    done = run(SCRIPTS / f"{door}.py", PYTHONPATH=str(tmp_path))
    assert done.stderr == "error: interrupted\n"
    assert done.returncode == 130


@pytest.mark.integration
def test_other_errors_keep_their_traceback(tmp_path):
    (tmp_path / "tyro.py").write_text("raise RuntimeError('broken')")
    done = run(SCRIPTS / "train.py", PYTHONPATH=str(tmp_path))
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("RuntimeError: broken\n")


@pytest.mark.integration
@pytest.mark.parametrize("called", [saccade, lambda *words: run(SCRIPTS / f"{words[0]}.py", *words[1:])], ids=["saccade", "script"])
def test_a_process_ends_with_one_line_and_exit_status_2(called, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = called("train", "--env", "Endurro")
    assert done.returncode == 2
    assert done.stderr.startswith("error: unknown Atari game 'Endurro'")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("script", [False, True], ids=["saccade", "script"])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train", "--env", "Endurro"), "error: unknown Atari game 'Endurro'"),
        (("train", "--n-envs", "0"), "error: --n-envs is 0; it must be at least 1"),
        (("train", "--env", "Catch", "--env-kwargs", "size"), "error: --env-kwargs takes words such as size=100"),
        (("train", "--env", "Catch", "--total-timesteps", "1.5"), "error: --total-timesteps is '1.5'; it must be a whole number"),
        (("train", "--resume", "a", "--threads", "many"), "error: --threads is 'many'; it must be a whole number, such as"),
        (("train", "--env", "Catch", "--saliency-budget", "a"), "error: --saliency-budget is 'a'; it must be a number"),
        (("evaluate", "a", "--games", "1e999"), "error: --games is '1e999'; it must be a whole number"),
        (("attack", "a", "--eps", "0.1", "x"), "error: --eps is 'x'; it must be a number"),
        (("explain", "none.zip", "--env", "Pong"), "error: there is no file none.zip"),
        (("compare", "none"), "error: there is no folder none"),
        (
            ("train", "--env", "Pong", "--gaze", "random"),
            "error: --gaze is for agents with a gaze, and pqn has none; choose one of them",
        ),
    ],
)
def test_a_users_mistake_is_one_line_and_exit_status_2(script, words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = here(monkeypatch, *words, script=script)
    assert done.returncode == 2
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("raised", "status", "line"),
    [
        (DivergedError("the loss is not finite", Path("step_5.zip")), 1, "the loss is not finite. The last good one is step_5.zip"),
        (ConfigError("is 0; it must be at least 1", option="eval_every"), 2, "--eval-every is 0; it must be at least 1"),
        (
            OutputError("force/a exists already; replace it with force", option="force"),
            2,
            "force/a exists already; replace it with --force",
        ),
        (OutputError("force cannot be made"), 2, "force cannot be made"),
        (
            RunFolderError("a/seed has done 7 steps; give a larger seed to go on", option="seed"),
            2,
            "a/seed has done 7 steps; give a larger --seed to go on",
        ),
        (SavedPolicyError("there is no file x"), 2, "there is no file x"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (KeyboardInterrupt("interrupted; the scores are kept"), 130, "interrupted; the scores are kept"),
    ],
)
def test_how_a_door_ends(raised, status, line, capsys, monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")

    def main(words, program):
        raise raised

    with pytest.raises(SystemExit) as ended:
        open_door(main, [])
    assert ended.value.code == status
    assert capsys.readouterr().err == f"error: {line}\n"
    assert os.environ["GOMP_SPINCOUNT"] == "7"  # the user's own setting


def test_a_call_can_be_pasted_into_a_shell(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["saccade"])
    assert call_of("train", "--resume", Path("runs", "a b")) == f"saccade train --resume '{Path('runs', 'a b')}'"
    assert call_of("evaluate", Path("-run")) == f"saccade evaluate .{os.sep}-run"  # -run would be an option


def test_a_bug_of_ours_shows_its_traceback(monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")

    def main(words, program):
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        open_door(main, [])


def test_the_command_lists_its_subcommands_without_loading_torch(tmp_path):
    (tmp_path / "torch.py").write_text("raise RuntimeError('torch was loaded')")
    done = saccade("--help", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    for name in ("train", "evaluate", "explain", "compare", "plot"):
        assert f"  saccade {name}" in done.stdout


def test_the_command_says_its_version():
    assert saccade("--version").stdout == f"saccade-rl {version('saccade-rl')}\n"


def test_python_m_does_what_the_command_does():
    """In the checkout, which has the folder that setup.cfg installs."""
    done = run("-m", "saccade", "--version", cwd=SCRIPTS.parent)
    assert (done.stdout, done.returncode) == (f"saccade-rl {version('saccade-rl')}\n", 0), done.stderr
    assert run("-m", "saccade", "trian", cwd=SCRIPTS.parent).returncode == 2


def test_an_unknown_subcommand_is_one_line():
    done = saccade("trian")
    assert done.returncode == 2
    assert (
        done.stderr
        == "error: there is no command 'trian'; it must be one of: train, sweep, watch, evaluate, explain, attack, compare, plot\n"
    )


def test_options_are_documented(monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    shown = " ".join(here(monkeypatch, "train", "--help").stdout.split())
    for text in (
        "--resume RUN_DIR",
        "--env-kwargs KEY=VALUE",
        "--hyperparameters PATH",
        "--no-progress",
        "played in parallel.",
    ):
        assert text in shown
    for name, spec in AGENTS.items():
        assert f"{name}: {spec.about}." in shown
    assert "--reporter" not in here(monkeypatch, "explain", "--help").stdout


FULL = Path("/dev/full")  # takes nothing, as a full disk


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "words",
    [("--version",), (), pytest.param(("train", "--help"), marks=pytest.mark.integration)],
    ids=["version", "usage", "help"],
)
def test_output_that_cannot_be_written_is_one_line(words, unbuffered):
    done = printed_to(FULL.open("w"), *words, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stderr) == (2, "error: standard output cannot be written: No space left on device\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "words",
    [("--version",), (), pytest.param(("train", "--help"), marks=pytest.mark.integration)],
    ids=["version", "usage", "help"],
)
def test_a_pipe_that_was_closed_is_silent(words, unbuffered):
    reader, writer = os.pipe()
    os.close(reader)
    done = printed_to(os.fdopen(writer, "w"), *words, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_bug_shows_its_traceback_though_the_output_is_full(monkeypatch):
    class Full(io.StringIO):
        def flush(self):
            raise OSError(28, "No space left on device")

    def main(words, program):
        raise ValueError("a bug")

    monkeypatch.setattr(sys, "stdout", Full())
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    with pytest.raises(ValueError, match="a bug"):
        open_door(main, [])


def printed_to(output, *words: str, **environment: str) -> subprocess.CompletedProcess:
    """Call the console command with another standard output."""
    command = [sys.executable, "-c", "from saccade.scripts.command import main; main()", *words]
    with output:
        return subprocess.run(
            command, env={**os.environ, **environment}, stdout=output, stderr=subprocess.PIPE, text=True, timeout=100, check=False
        )


@pytest.mark.parametrize("place", ["run/checkpoints", "elsewhere"])
def test_a_call_of_evaluate_is_offered_only_where_the_last_checkpoint_lies_in_the_run(place, monkeypatch, capsys):
    """A full disk sends it elsewhere, and evaluate would take an earlier one."""
    checkpoint = Path(place, "step_0000000008.zip")
    done = Result(Path("run"), checkpoint, 8, None, stopped=False, pictures=Path("run", "saliency"))
    monkeypatch.setattr("saccade.experiments.train", lambda config, reporter: done)
    monkeypatch.setattr(sys, "argv", ["saccade"])
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    main(["train", "--env", "Quadrant"])
    assert capsys.readouterr().out == ("scores: saccade evaluate run\n" if place.startswith("run") else "")


def test_a_run_without_its_final_score_says_how_to_get_it(monkeypatch, capsys):
    done = Result(Path("run"), Path("run", "step_0000000008.zip"), 8, None, stopped=False, pictures=Path("run"), scored=False)
    monkeypatch.setattr("saccade.experiments.train", lambda config, reporter: done)
    monkeypatch.setattr(sys, "argv", ["saccade"])
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    main(["train", "--env", "Quadrant"])
    assert capsys.readouterr().out == "play the final games with: saccade train --resume run\n"

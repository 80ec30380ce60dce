"""Processes of this machine: their logs, their ends, their GPUs, and that none outlives who started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from saccade.experiments.sweeping.child import NOT_SHARED, STOPPED_FIRST, Task, run_elsewhere, sees, start, stop
from saccade.experiments.sweeping.local_processes import LocalProcesses
from saccade.experiments.sweeping.machines import Machine, Share

PROGRAM = ("-I", "-S", "-c")
SAVES = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print('on', flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"


def task(code: str, name: str = "a", **variables: str | None) -> Task:
    return Task((*PROGRAM, code), variables, str(Path.cwd()), f"{name}.log", f"shown {name}")


def wait_for(condition, seconds: float = 60):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def is_on(name: str = "a") -> bool:
    return Path(f"{name}.log").exists() and "\non" in Path(f"{name}.log").read_text()


@pytest.fixture
def processes():
    made = LocalProcesses(Machine(2))
    yield made
    made.stop([*made._processes], now=True)


def test_what_a_process_prints_follows_its_command_line(processes, monkeypatch):
    monkeypatch.setenv("GONE", "1")
    monkeypatch.setenv("KEPT", "kept")
    code = "import os, sys; print(os.environ.get('GONE'), os.environ['KEPT'], os.environ['NEW'], flush=True); sys.exit('bad')"
    for _ in range(2):
        processes.start("a", task(code, GONE=None, NEW="new"), Share())
        assert wait_for(processes.ended) == [("a", 1)]
    assert Path("a.log").read_text() == "$ shown a\nNone kept new\nbad\n" * 2
    assert processes.ended() == []


def test_a_process_saves_when_it_is_stopped_and_a_deaf_one_is_killed(processes):
    processes.start("a", task(SAVES, "a"), Share())
    processes.start("b", task(DEAF, "b"), Share())
    wait_for(lambda: is_on("a") and is_on("b"))
    processes.stop(["a", "b", "unknown"], now=False)
    assert wait_for(processes.ended) == [("a", 7)]
    processes.stop(["b"], now=True)
    assert processes.ended() == [("b", -signal.SIGKILL)]


def test_ctrl_c_of_the_terminal_does_not_reach_a_process(processes):
    """It is in a session of its own, so only the sweep tells it to stop, once."""
    processes.start("a", task("import os; print(os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid())"), Share())
    wait_for(processes.ended)
    assert "True True" in Path("a.log").read_text()


def test_a_log_that_cannot_be_written(processes):
    with pytest.raises(OSError, match="no-folder"):
        processes.start("a", Task(PROGRAM, {}, ".", "no-folder/a.log"), Share(gpus=0))
    assert processes.ended() == []


def visible(processes: LocalProcesses, name: str, share: Share) -> str:
    """The GPUs that a run sees; it goes on until it is stopped."""
    code = "import os, time; print('on', os.environ['CUDA_VISIBLE_DEVICES'], flush=True); time.sleep(60)"
    processes.start(name, task(code, name), share)
    wait_for(lambda: is_on(name))
    return Path(f"{name}.log").read_text().split()[-1]


def test_gpus_are_shared_out(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    processes = LocalProcesses(Machine(8, 2))
    try:
        assert [visible(processes, name, Share(gpus=0.5)) for name in "abc"] == ["0", "0", "1"]
        processes.stop(["a"], now=True)
        processes.ended()
        assert visible(processes, "d", Share(gpus=0.5)) in ("0", "1")
    finally:
        processes.stop("abcd", now=True)


def test_whole_gpus_and_those_that_the_user_has_chosen(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7,9")
    processes = LocalProcesses(Machine(8, 3))
    try:
        assert visible(processes, "a", Share(gpus=2)) == "5,7"
        assert visible(processes, "b", Share(gpus=1)) == "9"
    finally:
        processes.stop("ab", now=True)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_a_process_saves_when_whoever_started_it_is_killed():
    parent = (
        "import sys, time; from saccade.experiments.sweeping.child import Task, start\n"
        f"process = start(Task({(*PROGRAM, SAVES.replace('sys.exit(7)', 'exec(END)'))!r}, {{}}, '.', 'a.log'))\n"
        "print(process.pid, flush=True); time.sleep(60)"
    ).replace("exec(END)", "(open('saved', 'w').close(), sys.exit())")
    code = f"import importlib.util, sys\n{LOAD}\n{parent.replace('from saccade.experiments.sweeping.child import Task, start', '')}"
    killed = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    child = int(killed.stdout.readline())
    wait_for(is_on)
    killed.kill()
    killed.communicate()
    wait_for(Path("saved").exists)
    wait_for(lambda: not alive(child))
    assert (Path("saved").exists(), alive(child)) == (True, False)


FILE = Path(__file__).resolve().parents[3] / "experiments" / "sweeping" / "child.py"
LOAD = (  # child.py alone, as a worker of Ray has it: it needs the standard library only
    f"spec = importlib.util.spec_from_file_location('child', {str(FILE)!r}); child = importlib.util.module_from_spec(spec)\n"
    "sys.modules['child'] = child; spec.loader.exec_module(child); Task, start = child.Task, child.start"
)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"


def test_elsewhere_a_run_listens_to_a_file():
    Path("mark").write_text("token")
    stop_file = str(Path("stop-it"))
    code = SAVES.replace("print('on'", "open('stop-it', 'w').write('stop'); print('on'")
    assert run_elsewhere(task(code), "mark", "token", stop_file, pause=0.01) == 7
    assert run_elsewhere(task(code), "mark", "token", stop_file, pause=0.01) == STOPPED_FIRST
    Path(stop_file).unlink()
    deaf = DEAF.replace("print('on'", "open('stop-it', 'w').write('now'); print('on'")
    assert run_elsewhere(task(deaf), "mark", "token", stop_file, pause=0.01) == -signal.SIGKILL


def test_elsewhere_a_folder_that_is_not_shared_is_noticed():
    Path("mark").write_text("of another disk")
    assert not sees("mark", "token")
    assert not sees("nowhere/mark", "token")
    assert run_elsewhere(task("print(1)"), "mark", "token", "stop") == NOT_SHARED
    assert not Path("a.log").exists()


def test_stopping_what_has_ended_does_nothing():
    process = start(task("pass"))
    process.wait()
    stop(process, now=False)
    stop(process, now=True)
    assert process.returncode == 0

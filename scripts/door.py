"""
What every door does. It imports nothing heavy: libraries take seconds to load, and Ctrl-C must end in one line then too.

Between two computations GNU OpenMP's threads spin for a while before they sleep, on cores that the games need just then. A shorter
while makes PQN's loop faster on two cores. It must be set before torch is loaded. The user's own setting is kept.
"""

import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn, TextIO

WAITING = "GOMP_SPINCOUNT"  # how long GNU OpenMP's threads wait before they sleep
Main = Callable[[Sequence[str], str], None]  # (words of the command line, name of the program for its help)


def open_door(main: Main, words: Sequence[str] | None = None, program: str | None = None) -> None:
    """
    Run a door's main function. A user's mistake ends in one line and exit status 2, a diverged training in 1, Ctrl-C in 130.

    :param main: imports what it needs when it is called
    :param words: of the command line; default: those of the process
    :param program: name for the help; default: that of the script
    """
    os.environ.setdefault(WAITING, "20000")  # rounds; the default is 300,000
    if sys.stdout is None:  # closed before the start, and tyro asks whether it is a terminal
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # until the process ends
    try:
        _run(main, words, program)
    finally:
        if not isinstance(sys.exc_info()[1], Exception):  # a bug keeps its traceback
            with printing():  # what the buffer still has
                pass


def _run(main: Main, words: Sequence[str] | None, program: str | None) -> None:
    try:
        main(sys.argv[1:] if words is None else words, program or Path(sys.argv[0]).name)
    except KeyboardInterrupt as interruption:
        fail(str(interruption) or "interrupted", status=130)
    except Exception as error:  # our own bugs are raised again; the classes of the others are known only now
        from saccade.experiments.errors import USER_ERRORS, ConfigError, DivergedError, ExperimentError

        if isinstance(error, DivergedError):
            fail(str(error), status=1)
        if not isinstance(error, USER_ERRORS):
            raise
        option = error.option if isinstance(error, ExperimentError) else None
        if option is None:
            fail(str(error), status=2)
        # The first word of a ConfigError, and the last one of that spelling in others, which begin with a path.
        before, _, after = str(error).partition(option) if isinstance(error, ConfigError) else str(error).rpartition(option)
        fail(f"{before}--{option.replace('_', '-')}{after}", status=2)


@contextlib.contextmanager
def printing() -> Iterator[None]:
    """
    A block whose only errors of the system come from what it prints. If a reader such as ``head`` has closed the pipe, the rest is
    dropped in silence; if the output cannot be written, as on a full disk, that is one line and exit status 2.
    """
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:  # it was closed before the start
                sys.stdout.flush()
    except OSError as error:
        _drop_the_rest(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            fail(f"standard output cannot be written: {error.strerror}", status=2)


def fail(message: str, status: int) -> NoReturn:
    """End the program with one line on standard error."""
    try:
        print("error:", " ".join(message.split()), file=sys.stderr, flush=True)
    except OSError:  # nobody can be told
        _drop_the_rest(sys.stderr)
    sys.exit(status)


def _drop_the_rest(stream: TextIO) -> None:
    """What a buffer still has is not written at the end of Python, which would complain once more."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def call_of(command: str, *words: str | Path) -> str:
    """How to call another door as this one was called, to be pasted into a shell. A path that looks like an option becomes none."""
    program, here = Path(sys.argv[0]), Path.cwd()
    script = program.suffix == ".py"
    called = [Path(sys.executable), program.resolve().with_name(f"{command}.py")] if script else [program]
    paths = [str(path.relative_to(here) if path.is_relative_to(here) else path) for path in called]
    plain = [os.path.join(os.curdir, word) if isinstance(word, Path) and str(word).startswith("-") else str(word) for word in words]
    return shlex.join([*paths, *(() if script else (command,)), *plain])

"""
What every door does. It imports nothing heavy: libraries take seconds to load, and Ctrl-C must end in one line then too.

Between two computations GNU OpenMP's threads spin for a while before they sleep, on cores that the games need just then. A shorter
while makes PQN's loop faster on two cores. It must be set before torch is loaded. The user's own setting is kept.
"""

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from saccade.scripts.options.standard_output import fail, whole_output

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
    with whole_output():
        _run(main, words, program)


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


def call_of(command: str, *words: str | Path) -> str:
    """How to call another door as this one was called, to be pasted into a shell. A path that looks like an option becomes none."""
    program, here = Path(sys.argv[0]), Path.cwd()
    script = program.suffix == ".py"
    called = [Path(sys.executable), program.resolve().with_name(f"{command}.py")] if script else [program]
    paths = [str(path.relative_to(here) if path.is_relative_to(here) else path) for path in called]
    plain = [os.path.join(os.curdir, word) if isinstance(word, Path) and str(word).startswith("-") else str(word) for word in words]
    return shlex.join([*paths, *(() if script else (command,)), *plain])

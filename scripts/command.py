"""The console command: saccade train --env Enduro does what python scripts/train.py --env Enduro does."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from saccade.scripts.door import open_door
from saccade.scripts.options.standard_output import fail, printing

COMMANDS = {
    "train": ("train", "train an agent, with saliency maps of its heads on the way, or go on with a run"),
    "sweep": ("sweep", "train many runs: games, agents, seeds and hyperparameters of one file, or go on with them"),
    "watch": ("watch", "a run or a sweep in a browser while it goes on: maps, scores and checks"),
    "evaluate": ("evaluate", "scores of a trained run, and a video with its maps or its gazes"),
    "explain": ("explain", "what any saved stable-baselines3 model looks at, and how far to trust the maps"),
    "attack": ("attack", "adversarial examples against an agent with a gaze and its rivals, with checks that the attack works"),
    "compare": ("compare", "the maps of runs, or of a sweep, side by side, as one HTML page"),
    "plot": ("plot_scores", "learning curves of runs or sweeps, and which agent is better: a picture and tables"),
}


def main(words: Sequence[str] | None = None) -> None:
    """
    Run a subcommand. Each loads its libraries only when it is called.

    :param words: of the command line; default: those of the process
    """
    given = sys.argv[1:] if words is None else words
    if not given or given[0] in ("-h", "--help"):
        with printing():
            print("usage: saccade COMMAND ...\n\nAttention agents on stable-baselines3.\n")
            for name, (_, about) in COMMANDS.items():
                print(f"  saccade {name:<10} {about}")
            print("\nsaccade COMMAND --help shows the options of a command, saccade --version the version.")
        return
    if given[0] == "--version":
        with printing():
            print(f"saccade-rl {version('saccade-rl')}")
        return
    if given[0] not in COMMANDS:
        fail(f"there is no command {given[0]!r}; it must be one of: {', '.join(COMMANDS)}", status=2)
    door, _ = COMMANDS[given[0]]

    def load_and_run(rest: Sequence[str], program: str) -> None:
        import_module(f"saccade.scripts.{door}").main(rest, program)

    open_door(load_and_run, given[1:], f"saccade {given[0]}")

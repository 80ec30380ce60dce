"""A run or a sweep in a browser while it goes on: saccade watch RUN_OR_SWEEP_DIR"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Serve the page until Ctrl-C."""
    from saccade.experiments import Console, watch
    from saccade.scripts.words import read

    watch(**read(watch, words, program, {"run": "RUN_OR_SWEEP_DIR"}), reporter=Console())


if __name__ == "__main__":
    open_door(main)

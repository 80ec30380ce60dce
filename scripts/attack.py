"""Adversarial attacks on an agent with a gaze and on its rivals, and a table of what is left: saccade attack RUN_DIR"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Attack, or go on with an attack that was stopped."""
    from saccade.experiments import Console, attack
    from saccade.scripts.words import read

    files = {"run": "RUN_DIR_OR_CHECKPOINT", "rivals": "RUN_DIR_OR_CHECKPOINT_OR_CNN"}
    attack(**read(attack, words, program, files), reporter=Console())


if __name__ == "__main__":
    open_door(main)

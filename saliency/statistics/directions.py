"""Which direction of a check is good. Reports, pages and comparisons take it from here."""

from typing import Literal

Direction = Literal["higher", "lower", "near 0"]

DIRECTIONS: dict[str, Direction] = {
    "deletion": "higher",
    "insertion": "lower",
    "flips": "higher",
    "random_all": "near 0",
    "random_head": "near 0",
    "similarity_all": "lower",
    "similarity_head": "lower",
    "sensitivity": "lower",
}  # of other figures, such as gini and entropy, neither direction is good


def good(figure: str) -> str:
    """
    In words, such as "lower is good".

    :param figure: its name
    """
    return f"{DIRECTIONS[figure]} is good"


def better(figure: str) -> str:
    """
    In words, where figures are compared, such as "lower is better".

    :param figure: its name
    """
    return f"{DIRECTIONS[figure].replace('near ', 'nearer ')} is better"


def side_of_one(measure: str) -> str:
    """
    Where a ratio to chance is good: above 1 or below 1.

    :param measure: deletion or insertion
    """
    return f"{'above' if DIRECTIONS[measure] == 'higher' else 'below'} 1"

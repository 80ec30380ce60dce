"""
What rliable itself says of some numbers. It writes rliable.json, which the tests read, because it does not run with pandas 3:

    pip install rliable==1.2.0 arch==7.2.0 'pandas<3'
    python tests/experiments/summary/rliable_figures.py
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("rliable.json")
REPETITIONS, SEED = 2000, 0
THRESHOLDS = np.linspace(0, 8, 9)


def numbers() -> dict[str, np.ndarray]:
    """Scores of two agents, (runs, games), and of one in the course of training, (runs, games, moments)."""
    random = np.random.RandomState(7)
    return {
        "first": random.normal(5, 1, (6, 2)).round(3),
        "second": random.normal(4.5, 1, (5, 2)).round(3),
        "in_time": np.sort(random.normal(3, 2, (5, 2, 4)), axis=2).round(3),
        "three_runs": random.normal(1, 1, (3, 1)).round(3),
    }


def figures() -> dict[str, Any]:
    """{figure: [value, lower ends, upper ends]} by rliable."""
    from rliable import library, metrics

    def found(scores: Any, figure: Callable[..., np.ndarray]) -> list[list[float]]:
        np.random.seed(SEED)  # the state from which rliable draws, whatever random_state it is given
        values, ends = library.get_interval_estimates({"": scores}, figure, reps=REPETITIONS)
        return [np.ravel(x).tolist() for x in (values[""], *ends[""])]

    def profile() -> list[list[float]]:
        np.random.seed(SEED)
        values, ends = library.create_performance_profile({"": given["first"]}, THRESHOLDS, reps=REPETITIONS)
        return [np.ravel(x).tolist() for x in (values[""], *ends[""])]

    given = numbers()

    def iqm(scores: np.ndarray) -> np.ndarray:
        return np.array([metrics.aggregate_iqm(scores)])

    def in_time(scores: np.ndarray) -> np.ndarray:
        return np.array([metrics.aggregate_iqm(scores[..., moment]) for moment in range(scores.shape[-1])])

    def chance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return np.array([metrics.probability_of_improvement(first, second)])

    return {
        "iqm": found(given["first"], iqm),
        "iqm_in_time": found(given["in_time"], in_time),
        "iqm_of_three_runs": found(given["three_runs"], iqm),
        "improvement": found((given["first"], given["second"]), chance),
        "profile": profile(),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(figures(), indent=1) + "\n")

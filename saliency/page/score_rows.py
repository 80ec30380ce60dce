"""Learning curves, as the page's script is told of them."""

import math
from collections.abc import Sequence
from typing import Any

EVALUATION = "scores/evaluation"  # the name of the curve
LearningCurve = Sequence[tuple[int, float]]  # (env steps of training, mean score of the evaluation there), in order


def score_rows(scores: LearningCurve) -> list[dict[str, Any]]:
    """
    A row for each evaluation. One whose mean is not finite has no place in a chart, and none.

    :param scores: of a run
    """
    return [{"steps": env_steps, "figures": {EVALUATION: mean}} for env_steps, mean in scores if math.isfinite(mean)]

"""How often an agent answers rightly where every step may ask something."""

from dataclasses import dataclass
from typing import Any

from ..scores import Scores
from .asked import Answers


@dataclass(frozen=True)
class AnswerRate(Scores):
    """
    Share of right answers in one of the suite's tasks of memory.

    :param answers: to all questions of the episodes
    :param split: of the task's data; None for a task without splits
    """

    answers: Answers
    split: str | None

    def found(self) -> dict[str, Any]:
        return {
            "episodes": self.answers.count,
            "questions": len(self.answers.right),
            "right_percent": self.answers.right_percent,
            "standard_error": self.answers.standard_error,
            "faultless_percent": self.answers.faultless_percent,
            "split": self.split,
        }

    def text(self) -> str:
        found, error = self.answers, self.answers.standard_error
        given = "" if error is None else f" +- {error:.2f}"
        about = "" if error is None else "; +- is the standard error, clustered by episode"
        of_split = "" if self.split is None else f" of the {self.split} split"
        return (
            f"{self.env} after {self.env_steps:,} env steps: {found.right_percent:.2f}{given} % right of {len(found.right):,} "
            f"answers in {found.count:,} episodes{of_split} ({found.faultless_percent:.1f} % of the episodes without a mistake"
            f"{about})"
        )

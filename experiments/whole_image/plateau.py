"""When a training has converged: its error on validation digits has stopped falling."""

from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["better", "wait", "fall", "stop"]


@dataclass
class Plateau:
    """
    A training is checked at equal distances. After ``patience`` checks without a new lowest error the learning rate falls. After as
    many again the training stops. Rates that fall on plateaus are as in He et al. (2016, "Deep residual learning", section 3.4).

    :param patience: checks
    :param falls: of the learning rate before the training stops
    :ivar errors: of all checks so far
    :ivar fallen: how often the rate has fallen
    :ivar waited: checks since the lowest error or the last fall
    :ivar converged: whether the training has stopped by this rule
    """

    patience: int = 3
    falls: int = 1

    def __post_init__(self) -> None:
        self.errors: list[float] = []
        self.fallen, self.waited, self.converged = 0, 0, False

    def see(self, error: float) -> Verdict:
        """
        What to do after a check.

        :param error: on the validation digits
        :return: "better": keep these weights; "wait"; "fall": go back to the kept weights with a lower rate; "stop"
        """
        is_better = not self.errors or error < min(self.errors)
        self.errors.append(error)
        if is_better:
            self.waited = 0
            return "better"
        self.waited += 1
        if self.waited < self.patience:
            return "wait"
        if self.fallen < self.falls:
            self.fallen, self.waited = self.fallen + 1, 0
            return "fall"
        self.converged = True
        return "stop"

    def state_dict(self) -> dict[str, Any]:
        """Where it is, as ``torch.save`` takes it."""
        return {name: getattr(self, name) for name in ("errors", "fallen", "waited", "converged")}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """What :meth:`state_dict` gave."""
        for name, value in state.items():
            setattr(self, name, value)

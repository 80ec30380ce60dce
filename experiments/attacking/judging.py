"""How often a victim is right: over fresh gazes, with an interval."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch as th

from ..scoring.clusters import clustered_standard_error
from .victims.victim import Victim

AT_ONCE = 2_000  # canvases times draws in one pass, without a gradient
QUANTILE = 1.959964  # of the normal distribution, for 95 %


@dataclass(frozen=True)
class Judged:
    """
    Answers to N canvases. Those of a random victim are given several times, with gazes that no attack has seen.

    :param shares: (N,) share of right answers to each canvas
    :param majority: (N,) bool, whether the most frequent answer is right
    """

    shares: np.ndarray
    majority: np.ndarray

    def figures(self, items: np.ndarray | None = None) -> dict[str, Any]:
        """
        :param items: (N,) which digit each canvas shows, for the standard error; None if each is another one
        :return: ``accuracy``, the mean share; ``standard_error`` of it, clustered by digit, None for a single digit; ``majority``,
            the share of canvases whose most frequent answer is right; ``interval`` of it, 95 % (Wilson); ``canvases``
        """
        error = clustered_standard_error(self.shares, items)
        right = int(self.majority.sum())
        return {
            "accuracy": float(self.shares.mean()),
            "standard_error": None if math.isnan(error) else error,
            "majority": right / len(self.majority),
            "interval": list(wilson_interval(right, len(self.majority))),
            "canvases": len(self.shares),
        }


@th.no_grad()
def judged(victim: Victim, images: th.Tensor, labels: th.Tensor, draws: int, generator: th.Generator) -> Judged:
    """
    What a victim answers.

    :param victim: the network
    :param images: (N, 1, H, W) from 0 to 1
    :param labels: (N,) right answers
    :param draws: times that a random victim is asked; a deterministic one is asked once
    :param generator: of the gazes, on the CPU
    """
    times = draws if victim.is_random else 1
    shares, majority = [], []
    at_once = max(AT_ONCE // times, 1)
    for some, right in zip(th.split(images, at_once), th.split(labels, at_once), strict=True):
        tiled = some.repeat_interleave(times, dim=0)
        logits = victim.answer(tiled, victim.noise(len(tiled), generator)).logits
        answers = logits.argmax(1).view(-1, times)
        votes = th.zeros(len(some), logits.shape[1], device=logits.device)
        votes.scatter_add_(1, answers, th.ones_like(answers, dtype=votes.dtype))
        shares.append((answers == right[:, None]).double().mean(1))
        majority.append(votes.argmax(1) == right)
    return Judged(th.cat(shares).cpu().numpy(), th.cat(majority).cpu().numpy())


def wilson_interval(right: int, count: int) -> tuple[float, float]:
    """
    The 95 % interval of a share (Wilson 1927). It stays within 0 and 1, and has a width at shares of 0 and 1, too.

    :param right: of ``count``
    :param count: at least 1
    """
    share, square = right / count, QUANTILE**2
    middle = share + square / (2 * count)
    half = QUANTILE * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    return max((middle - half) / (1 + square / count), 0.0), min((middle + half) / (1 + square / count), 1.0)

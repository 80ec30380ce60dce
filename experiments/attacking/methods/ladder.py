"""
The ladder of attacks on a random network that has no derivative where it chooses its gaze. Each rung fits such a network better.

A victim that withstands one rung may fall at the next, so its robustness is that under the worst of all (Carlini et al. 2019).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch as th

from ..victims.victim import Victim
from .gradients import bpda_gradient, expected_gradient, frozen_gradient, plain_gradient, scored_gradient
from .losses import Loss, margin
from .projected_gradient import Gradient, projected_gradient
from .square_attack import square_attack

AT_ONCE, AT_ONCE_ON_GPU = 500, 4_000  # canvases times draws in one pass
SHARED = 0.9  # momentum of the score-function rung
QUERY_DRAWS = 4  # gazes with which the square attack asks a random victim


@dataclass(frozen=True)
class Effort:
    """
    :param steps: of gradient ascent
    :param draws: gazes for each canvas at each step
    :param queries: of the square attack for each canvas
    """

    steps: int = 40
    draws: int = 20
    queries: int = 1000


@dataclass(frozen=True)
class Target:
    """
    What is attacked, and how hard.

    :param victim: the network
    :param images: (N, 1, H, W) from 0 to 1
    :param labels: (N,) right answers
    :param eps: largest change of a pixel
    :param loss: that is to rise
    :param effort: of the attack
    :param source: network whose adversarial examples are handed over; None if there is none
    """

    victim: Victim
    images: th.Tensor
    labels: th.Tensor
    eps: float
    loss: Loss
    effort: Effort
    source: Victim | None = None


Attack = Callable[[Target, th.Generator], th.Tensor]


def once(target: Target) -> int:
    """Each canvas is asked once."""
    return 1


def drawn(target: Target) -> int:
    """With as many gazes as the effort says."""
    return target.effort.draws


def drawn_if_random(target: Target) -> int:
    """With as many gazes as the effort says, if the victim is random; else once."""
    return target.effort.draws if target.victim.is_random else 1


def queried(target: Target) -> int:
    """With the few gazes of the square attack, if the victim is random; else once."""
    return QUERY_DRAWS if target.victim.is_random else 1


@dataclass(frozen=True)
class Rung:
    """
    :param about: what it does, in one line
    :param attack: makes the adversarial examples (N, 1, H, W)
    :param fits: whether it can be used against a victim, given the network to hand examples over from
    :param has_loss: whether it takes any loss; the square attack has its own
    :param draws: how often each canvas is asked at once
    :param has_gradient: whether it uses a gradient of the victim itself
    """

    about: str
    attack: Attack
    fits: Callable[[Victim, Victim | None], bool]
    has_loss: bool = True
    draws: Callable[[Target], int] = once
    has_gradient: bool = True


def plain(target: Target, generator: th.Generator) -> th.Tensor:
    """Gradient ascent against a network without a gaze."""
    return _ascend(target, plain_gradient(target.victim, target.labels, target.loss), generator)


def frozen(target: Target, generator: th.Generator) -> th.Tensor:
    """Gradient ascent with the gazes of the clean canvases."""
    gradient = frozen_gradient(target.victim, target.labels, target.loss, target.images, generator)
    return _ascend(target, gradient, generator)


def eot(target: Target, generator: th.Generator) -> th.Tensor:
    """Gradient ascent by the mean over fresh gazes."""
    return _ascend(target, expected_gradient(target.victim, target.labels, target.loss, target.effort.draws, generator), generator)


def score(target: Target, generator: th.Generator) -> th.Tensor:
    """Gradient ascent by the unbiased gradient of the expected loss, which is noisy, so steps share it."""
    gradient = scored_gradient(target.victim, target.labels, target.loss, target.effort.draws, generator)
    return _ascend(target, gradient, generator, SHARED)


def bpda(target: Target, generator: th.Generator) -> th.Tensor:
    """Gradient ascent with a gradient that flows through the gaze."""
    return _ascend(target, bpda_gradient(target.victim, target.labels, target.loss, target.effort.draws, generator), generator)


def transfer(target: Target, generator: th.Generator) -> th.Tensor:
    """The examples against another network, which are then shown to the victim."""
    assert target.source is not None  # or the rung does not fit
    return plain(replace(target, victim=target.source), generator)


def square(target: Target, generator: th.Generator) -> th.Tensor:
    """Random search. A random victim is asked with the same few gazes each time, so that no canvas is kept for its luck."""
    victim, labels, count, draws = target.victim, target.labels, len(target.images), queried(target)
    noise = victim.noise(count * draws, generator)
    kept = None if noise is None else noise.view(count, draws, *noise.shape[1:])

    @th.no_grad()
    def query(images: th.Tensor, which: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        own = None if kept is None else kept[which].flatten(0, 1)
        logits = victim.answer(images.repeat_interleave(draws, dim=0), own).logits
        margins = margin(logits, labels[which].repeat_interleave(draws)).view(-1, draws)
        return margins.mean(1), (margins > 0).all(1)

    return square_attack(target.images, target.eps, query, target.effort.queries, generator)


def _ascend(target: Target, gradient: Gradient, generator: th.Generator, momentum: float = 0.0) -> th.Tensor:
    return projected_gradient(target.images, target.eps, gradient, target.effort.steps, generator, momentum=momentum)


RUNGS: dict[str, Rung] = {
    "gradient": Rung("PGD against a network without a gaze", plain, lambda victim, _: not victim.has_gaze),
    "frozen": Rung("PGD with the gazes of the clean canvas", frozen, lambda victim, _: victim.has_gaze),
    "eot": Rung(
        "PGD by the mean gradient over fresh gazes", eot, lambda victim, _: victim.chooses_gaze or victim.is_random, draws=drawn
    ),
    "score": Rung("EOT with the score-function term", score, lambda victim, _: victim.chooses_gaze, draws=drawn),
    "bpda": Rung("PGD through the gaze, by a bilinear retina", bpda, lambda victim, _: victim.chooses_gaze, draws=drawn_if_random),
    "transfer": Rung(
        "PGD against a CNN, shown to the victim",
        transfer,
        lambda victim, source: source is not None and source is not victim,
        has_gradient=False,
    ),
    "square": Rung(
        "square attack, without a gradient", square, lambda victim, _: True, has_loss=False, draws=queried, has_gradient=False
    ),
}


def fitting_rungs(victim: Victim, source: Victim | None) -> list[str]:
    """
    The names of the rungs that can be used.

    :param victim: to be attacked
    :param source: network to hand examples over from, or None
    """
    return [name for name, rung in RUNGS.items() if rung.fits(victim, source)]


def examples(rung: Rung, target: Target, generator: th.Generator) -> th.Tensor:
    """
    Adversarial examples, a part of the canvases after the other.

    The parts take their random numbers in turn from one generator. So the same seed gives the same examples on one kind of device,
    but others on a GPU, where the parts are larger.

    :param rung: that makes them
    :param target: with all canvases
    :param generator: on the CPU
    :return: (N, 1, H, W) within the box
    """
    at_once = canvases_at_once(rung, target)
    parts = zip(th.split(target.images, at_once), th.split(target.labels, at_once), strict=True)
    return th.cat([rung.attack(replace(target, images=images, labels=labels), generator) for images, labels in parts])


def canvases_at_once(rung: Rung, target: Target) -> int:
    """
    How many canvases a part has, so that a pass has about as many of them times draws as the device takes.

    :param rung: that is used
    :param target: what is attacked
    """
    most = AT_ONCE_ON_GPU if target.images.is_cuda else AT_ONCE
    return max(most // rung.draws(target), 1)

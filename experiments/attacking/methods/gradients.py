"""Gradients of the loss of a network with a random gaze: the rungs of the ladder that use one."""

import torch as th

from ..victims.victim import Victim
from .losses import Loss
from .projected_gradient import Gradient


def plain_gradient(victim: Victim, labels: th.Tensor, loss: Loss) -> Gradient:
    """
    That of a deterministic network without a gaze.

    :param victim: the network
    :param labels: (N,) right answers
    :param loss: that is to rise
    """

    def gradient(images: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        at = images.detach().requires_grad_()
        losses = loss(victim.answer(at).logits, labels)
        return losses.detach(), _slope(losses.sum(), at)

    return gradient


def frozen_gradient(victim: Victim, labels: th.Tensor, loss: Loss, images: th.Tensor, generator: th.Generator) -> Gradient:
    """
    The first rung: gazes frozen. The eye looks where it looked at the clean canvases, so the network is an ordinary one.

    :param victim: with a gaze
    :param labels: (N,) right answers
    :param loss: that is to rise
    :param images: (N, 1, H, W) the clean canvases
    :param generator: of the gazes, on the CPU
    """
    with th.no_grad():
        gazes = victim.answer(images, victim.noise(len(images), generator)).gazes

    def gradient(changed: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        at = changed.detach().requires_grad_()
        losses = loss(victim.answer(at, gazes=gazes).logits, labels)
        return losses.detach(), _slope(losses.sum(), at)

    return gradient


def expected_gradient(victim: Victim, labels: th.Tensor, loss: Loss, draws: int, generator: th.Generator) -> Gradient:
    """
    The second rung: the mean gradient over fresh gazes at each step (expectation over transformation, EOT, Athalye et al. 2018).

    The gazes count as given. How their distribution changes with the canvas is left out, so the gradient is biased.

    :param victim: with a gaze
    :param labels: (N,) right answers
    :param loss: that is to rise
    :param draws: gazes for each canvas at each step
    :param generator: of the gazes, on the CPU
    """
    return _over_draws(victim, labels, loss, draws, generator, scored=False, through_gaze=False)


def scored_gradient(victim: Victim, labels: th.Tensor, loss: Loss, draws: int, generator: th.Generator) -> Gradient:
    """
    The third rung: EOT with the score-function term, an unbiased gradient of the expected loss.

        d/dx E[L] = E[dL/dx] + E[(L - b) d log pi(gazes | x) / dx]

    The baseline b of a draw is the mean loss of the other draws, which does not depend on it. With one draw it is 0.

    :param victim: whose canvas decides where the eye goes
    :param labels: (N,) right answers
    :param loss: that is to rise
    :param draws: gazes for each canvas at each step
    :param generator: of the gazes, on the CPU
    """
    return _over_draws(victim, labels, loss, draws, generator, scored=True, through_gaze=False)


def bpda_gradient(victim: Victim, labels: th.Tensor, loss: Loss, draws: int, generator: th.Generator) -> Gradient:
    """
    The fourth rung: the gradient flows through the gaze itself, and backwards the retina interpolates between pixels (backward pass
    differentiable approximation, BPDA, Athalye et al. 2018). Where the victim draws its gazes, they are mean plus noise, and the
    gradient is the mean over draws.

    :param victim: whose canvas decides where the eye goes
    :param labels: (N,) right answers
    :param loss: that is to rise
    :param draws: gazes for each canvas at each step, if the victim is random
    :param generator: of the gazes, on the CPU
    """
    return _over_draws(victim, labels, loss, draws if victim.is_random else 1, generator, scored=False, through_gaze=True)


def _over_draws(
    victim: Victim, labels: th.Tensor, loss: Loss, draws: int, generator: th.Generator, scored: bool, through_gaze: bool
) -> Gradient:
    repeated = labels.repeat_interleave(draws)

    def gradient(images: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        at = images.detach().requires_grad_()
        tiled = at.repeat_interleave(draws, dim=0)
        noise = victim.noise(len(tiled), generator, drawn=not through_gaze)
        answer = victim.answer(tiled, noise, through_gaze=through_gaze)
        losses = loss(answer.logits, repeated).view(-1, draws)
        total = losses.sum()
        if scored and answer.log_probs is not None:
            fixed = losses.detach()
            baseline = (fixed.sum(1, keepdim=True) - fixed) / max(draws - 1, 1)
            total = total + ((fixed - baseline) * answer.log_probs.view(-1, draws)).sum()
        return losses.detach().mean(1), _slope(total / draws, at)

    return gradient


def _slope(total: th.Tensor, at: th.Tensor) -> th.Tensor:
    """The gradient of a sum of losses; zeros where nothing depends on the canvases, as when the eye sees none of them."""
    if not total.requires_grad:
        return th.zeros_like(at)
    (slope,) = th.autograd.grad(total, at)
    return slope.detach()

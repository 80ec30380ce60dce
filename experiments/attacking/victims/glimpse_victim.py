"""An agent that sees a canvas through glimpses, as something to attack."""

from typing import cast

import torch as th
from stable_baselines3.common.policies import BasePolicy

from ....envs.gaze import Gaze
from ....saliency.readers.glimpses.eye import GazeDrawer
from ....saliency.readers.head_reader import eye_of
from ....saliency.readers.undisturbed.evaluation_mode import evaluating
from ...errors import ConfigError
from .victim import Answer

EDGE = 1e-6  # noise keeps away from 0 and 1, where a Gaussian's quantiles are infinite


class GlimpseVictim:
    """
    A policy that answers after T looks, in an env whose canvas stays the same.

    The noise is uniform, (N, T, 2). A Gaussian gaze is its quantile there, so that 0.5 is the mean, and the gaze is a
    differentiable function of mean and noise. As in the env, a gaze beyond the edge of the canvas or of ``within`` goes to that
    edge; its log-probability is that of the place before.

    :param name: in tables
    :param policy: with a gaze that is drawn from a Gaussian
    :param gaze: of the env; it says how the eye moves
    :param looks: T, steps of an episode
    :param samples: whether the gaze is drawn from its distribution; otherwise it goes to the mean
    :raises ConfigError: if the gaze is of another kind
    """

    has_gaze = True

    def __init__(self, name: str, policy: BasePolicy, gaze: Gaze, looks: int, samples: bool) -> None:
        eye = eye_of(policy)
        if not eye.draws_gaze:
            raise ConfigError(f"{name} has a {type(policy).__name__}, which draws no gaze; attacks are for GlimpsePolicy")
        if gaze.centers is not None or gaze.frames or gaze.follows or gaze.pixels is not None:
            raise ConfigError(
                f"{name} has a gaze in tiles, in pixels, with a memory, or that follows another agent; attacks are for a "
                "continuous gaze alone, in half images"
            )
        self.eye, self.gaze = cast(GazeDrawer, eye), gaze
        self.name, self.policy, self.looks, self.samples = name, policy, looks, samples
        policy.requires_grad_(False)

    @property
    def chooses_gaze(self) -> bool:
        """Whether the canvas decides where the eye goes: not if the env forces the gaze, and not with one look."""
        return self.gaze.forced is None and self.looks > 1

    @property
    def is_random(self) -> bool:
        """Whether any gaze is random."""
        return (self.gaze.forced or self.gaze.first) == "random" or (self.samples and self.chooses_gaze)

    def noise(self, count: int, generator: th.Generator, drawn: bool = False) -> th.Tensor:
        """(N, T, 2) from 0 to 1."""
        uniform = th.rand(count, self.looks, 2, generator=generator)
        if self.gaze.forced is None and not (self.samples or drawn):
            uniform[:, 1:] = 0.5
        return uniform.to(self.policy.device)

    def answer(
        self, images: th.Tensor, noise: th.Tensor | None = None, gazes: th.Tensor | None = None, through_gaze: bool = False
    ) -> Answer:
        """The answers after the last look. The noise may be left out where gazes are given."""
        count, drawn, seen, beliefs = len(images), [], [], []
        place = self._forced(noise, 0) if gazes is None else gazes[:, 0]
        starts = th.ones(count, device=images.device)
        with evaluating(self.policy):
            memory = self.eye.start(count)
            for t in range(self.looks):
                distribution, memory = self.eye.decide(images, place, memory, starts)
                starts = th.zeros_like(starts)
                seen.append(place.detach())
                beliefs.append(distribution.action.probs.detach())
                if t + 1 == self.looks:
                    break
                if gazes is not None:
                    place = gazes[:, t + 1]
                elif self.gaze.forced is not None:
                    place = self._forced(noise, t + 1)
                else:
                    assert noise is not None  # it was asked for the first gaze
                    target = distribution.gaze.icdf(noise[:, t + 1].clamp(EDGE, 1 - EDGE))
                    drawn.append(distribution.gaze_log_prob(th.cat([target[:, :1], target], dim=1).detach()))
                    place = self._moved(place, target if through_gaze else target.detach())
        log_probs = th.stack(drawn).sum(0) if drawn else None
        return Answer(distribution.action.logits, th.stack(seen, 1), log_probs, th.stack(beliefs, 1))

    @property
    def scales(self) -> int:
        """Of the retina."""
        return self.eye.retina.scales

    def glimpse(self, images: th.Tensor, gazes: th.Tensor) -> th.Tensor:
        """What the policy sees at gazes (N, 2), (N, K, g, g) from 0 to 1."""
        return self.eye.glimpse({"image": images, "gaze": gazes})

    def _moved(self, place: th.Tensor, target: th.Tensor) -> th.Tensor:
        """As :meth:`saccade.envs.gaze.Gaze.move` does it, with a gradient."""
        action, within = target.clamp(-1, 1), self.gaze.within  # SB3 clips actions
        return (place + action if self.gaze.relative else action).clamp(-within, within)

    def _forced(self, noise: th.Tensor | None, t: int) -> th.Tensor:
        """The first gaze of an episode, or any gaze that the env forces."""
        assert noise is not None  # without gazes to look at, there must be noise
        uniform, kind = noise[:, t], self.gaze.forced or self.gaze.first
        if kind == "random":
            return (2 * uniform - 1) * min(self.gaze.reach, self.gaze.within)
        place = (0.0, 0.0) if kind == "center" else kind
        return th.tensor(place, dtype=uniform.dtype, device=uniform.device).expand_as(uniform)

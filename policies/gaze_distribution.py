"""Distributions of actions with two parts: what to do and where to look next."""

from abc import abstractmethod
from typing import Any

import torch as th
from stable_baselines3.common.distributions import Distribution
from torch import nn
from torch.distributions import Categorical, Normal


class GazeDistribution(Distribution):
    """
    An index (what to do) and a gaze (where to look next).

    The two are independent, unless the last index is "not yet": then there are two gazes, one for each decision. Who answers looks
    for the next thing, and who waits looks at this one again.

    :param n_actions: number of indices
    :ivar forced: whether the env chooses the gaze. Then the gaze is not a choice of the policy's: its part of log-probability and
        entropy is 0, and it has no gradient
    :ivar waits: whether the last index is "not yet", which puts the answer off
    """

    action: Categorical
    gaze: Any  # distribution of the gaze, after the likeliest index

    def __init__(self, n_actions: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.n_actions = n_actions
        self.forced = self.waits = False

    def proba_distribution_net(self, latent_dim: int) -> nn.Module:
        """The layer that gives the logits of the action. The gaze has its own head."""
        return nn.Linear(latent_dim, self.n_actions)

    def log_prob(self, actions: th.Tensor) -> th.Tensor:
        """(B,), the sum over both parts; of the index alone if the gaze is forced."""
        of_index = self.action_log_prob(actions)
        return of_index if self.forced else of_index + self.gaze_log_prob(actions)

    def action_log_prob(self, actions: th.Tensor) -> th.Tensor:
        """(B,); indices may be floating-point, because SB3's buffers return them so."""
        return self.action.log_prob(actions[:, 0].round().long())

    def best_index(self) -> th.Tensor:
        """
        The likeliest index, (B,). With "not yet" among them the first question is whether to answer at all, and the second which
        answer it is. Else many doubtful answers together could be likelier than to wait, and each alone less likely.
        """
        logits = self.action.logits
        if not self.waits:
            return logits.argmax(1)
        answers = logits[:, :-1]
        return th.where(logits[:, -1] > answers.logsumexp(1), self.n_actions - 1, answers.argmax(1))

    def of_decision(self, parameters: th.Tensor, index: th.Tensor) -> th.Tensor:
        """
        The parameters of the gaze that goes with an index.

        :param parameters: (B, P) for all indices; with "not yet" (B, 2, P), for who answers and for who waits
        :param index: (B,)
        :return: (B, P)
        """
        if not self.waits:
            return parameters
        return parameters[th.arange(len(index), device=index.device), (index == self.n_actions - 1).long()]

    def entropy(self) -> th.Tensor:
        """(B,), the sum over both parts; of the index alone if the gaze is forced."""
        of_index: th.Tensor = self.action.entropy()
        return of_index if self.forced else of_index + self.gaze_entropy()

    @abstractmethod
    def gaze_entropy(self) -> th.Tensor:
        """(B,)"""

    def is_finite(self) -> bool:
        """Whether it can be sampled. A network with NaN weights gives NaN logits."""
        return bool(self.action.logits.isfinite().all() & self.gaze_parameters().isfinite().all())

    @abstractmethod
    def gaze_parameters(self) -> th.Tensor:
        """Logits of the tiles (B, tiles), or means (B, 2); with "not yet" (B, 2, tiles) or (B, 2, 2), one for each decision."""

    @abstractmethod
    def gaze_log_prob(self, actions: th.Tensor) -> th.Tensor:
        """(B,)"""

    def actions_from_params(self, *parameters: th.Tensor, deterministic: bool = False) -> th.Tensor:
        """Actions, given what :meth:`proba_distribution` takes."""
        return self.proba_distribution(*parameters).get_actions(deterministic)

    def log_prob_from_params(self, *parameters: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """Actions and their log-probabilities."""
        actions = self.actions_from_params(*parameters)
        return actions, self.log_prob(actions)


class CategoricalGaussianDistribution(GazeDistribution):
    """
    An index from a categorical distribution, and a point from an isotropic Gaussian.

    Elements are (B, 3) float: index, x, y, as :class:`saccade.envs.gaze.Gaze` takes them. Samples have no gradient, because
    REINFORCE and PPO differentiate only log-probabilities. x and y are not clipped to the image here; SB3 clips them before the
    env gets them.

    :param n_actions: number of indices
    """

    gaze: Normal

    def proba_distribution(self, logits: th.Tensor, mean: th.Tensor, log_std: th.Tensor) -> "CategoricalGaussianDistribution":
        """
        :param logits: (B, A)
        :param mean: (B, 2), or (B, 2, 2) as :meth:`of_decision` takes it
        :param log_std: logarithm of the standard deviation: one number, or one per axis
        """
        self.action = Categorical(logits=logits, validate_args=False)
        self._mean, self._std = mean, log_std.exp()
        self.gaze = self._gaze_after(self.best_index())
        return self

    def _gaze_after(self, index: th.Tensor) -> Normal:
        return Normal(self.of_decision(self._mean, index), self._std, validate_args=False)

    def gaze_log_prob(self, actions: th.Tensor) -> th.Tensor:
        """(B,)"""
        return self._gaze_after(actions[:, 0].round().long()).log_prob(actions[:, 1:]).sum(1)

    def gaze_entropy(self) -> th.Tensor:
        """(B,)"""
        return self.gaze.entropy().sum(1)

    def gaze_parameters(self) -> th.Tensor:
        """(B, 2), or (B, 2, 2)"""
        return self._mean

    def sample(self) -> th.Tensor:
        index = self.action.sample()
        return self._joined(index, self._gaze_after(index).sample())

    def mode(self) -> th.Tensor:
        return self._joined(self.best_index(), self.gaze.mean)

    def _joined(self, index: th.Tensor, point: th.Tensor) -> th.Tensor:
        return th.cat([index[:, None].to(point.dtype), point], dim=1)


class TilesDistribution(GazeDistribution):
    """
    An index and a tile of the image, both categorical. Elements are (B, 2) whole numbers.

    :param n_actions: number of indices
    :param n_tiles: number of tiles
    """

    gaze: Categorical

    def __init__(self, n_actions: int, n_tiles: int) -> None:
        super().__init__(n_actions)
        self.n_tiles = n_tiles

    def proba_distribution(self, logits: th.Tensor, tile_logits: th.Tensor) -> "TilesDistribution":
        """
        :param logits: (B, A)
        :param tile_logits: (B, tiles), or (B, 2, tiles) as :meth:`of_decision` takes it
        """
        self.action = Categorical(logits=logits, validate_args=False)
        self._tile_logits = tile_logits
        self.gaze = self._gaze_after(self.best_index())
        return self

    def _gaze_after(self, index: th.Tensor) -> Categorical:
        return Categorical(logits=self.of_decision(self._tile_logits, index), validate_args=False)

    def gaze_log_prob(self, actions: th.Tensor) -> th.Tensor:
        """(B,)"""
        return self._gaze_after(actions[:, 0].long()).log_prob(actions[:, 1].long())

    def gaze_entropy(self) -> th.Tensor:
        """(B,); with "not yet" the mean over both decisions, by their probabilities."""
        if not self.waits:
            return self.gaze.entropy()
        each = Categorical(logits=self._tile_logits, validate_args=False).entropy()  # (B, 2)
        waiting = self.action.probs[:, -1]
        return (1 - waiting) * each[:, 0] + waiting * each[:, 1]

    def gaze_parameters(self) -> th.Tensor:
        """(B, tiles), or (B, 2, tiles)"""
        return self._tile_logits

    def sample(self) -> th.Tensor:
        index = self.action.sample()
        return th.stack([index, self._gaze_after(index).sample()], dim=1)

    def mode(self) -> th.Tensor:
        return th.stack([self.best_index(), self.gaze.logits.argmax(1)], dim=1)

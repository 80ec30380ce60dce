"""REINFORCE for recurrent policies without a gaze: episodes are played first, then differentiated in one pass over all steps."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import torch as th
from gymnasium import spaces
from sb3_contrib.common.recurrent.type_aliases import RNNStates
from stable_baselines3.common.vec_env import VecEnv
from torch.nn import functional as F

from ...policies.memory.states_at_start import states_at_start
from ..updates.denormals import without_denormals
from .reinforce_loss import advantages, mean_where, returns_to_go
from .told_answers import ANSWER, NO_ANSWER, nothing_told, told_answers


@dataclass
class PlayedEpisodes:
    """
    One episode of each env, a tensor for each step.

    :ivar seen: (N, ...) observations, or dicts of them
    :ivar actions: (N, ...)
    :ivar rewards: (N,)
    :ivar answers: (N,) int64, the right actions, below 0 where no action is right; None if the env does not say them
    """

    seen: list[Any] = field(default_factory=list)
    actions: list[th.Tensor] = field(default_factory=list)
    rewards: list[th.Tensor] = field(default_factory=list)
    answers: list[th.Tensor | None] = field(default_factory=list)

    def of(self, chosen: th.Tensor) -> "PlayedEpisodes":
        """
        The episodes of some envs.

        :param chosen: (B,) their numbers
        """
        return PlayedEpisodes(
            [{key: x[chosen] for key, x in obs.items()} if isinstance(obs, dict) else obs[chosen] for obs in self.seen],
            [x[chosen] for x in self.actions],
            [x[chosen] for x in self.rewards],
            [None if x is None else x[chosen] for x in self.answers],
        )


class Remembering:
    """
    Episodes and loss of an sb3-contrib policy with an LSTM or a GRU.

    :param model: REINFORCE, whose hyperparameters it reads
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def begin(self, env: VecEnv) -> PlayedEpisodes:
        """Get ready for an episode of every env."""
        if not all(bool(weights.isfinite().all()) for weights in self.model.policy.parameters()):
            self.model._say_not_finite()
        self.model._last_lstm_states = no_memory(self.model.policy, env.num_envs)
        self._starts = th.zeros(env.num_envs, device=self.model.device)  # the memory is that of a start already
        # What an automatic reset said. A resumed run has restored its env without a reset, and its file remembers it.
        said = told_answers(env.unwrapped.reset_infos)
        self._now = self.model._first_answers if said is None else said
        return PlayedEpisodes()

    def act(self, obs: Any, episodes: PlayedEpisodes) -> th.Tensor:
        """Actions (N, ...) at observations, which are added to the episodes."""
        model = self.model
        model.policy.set_training_mode(False)
        with th.no_grad(), model._acceleration.autocast():
            actions, _, _, after = model.policy.forward(obs, model._last_lstm_states, self._starts)
        # Of bfloat16 under autocast, which NumPy does not know, so a run could not save its state.
        pi, vf = (tuple(part.float() for part in pair) for pair in (after.pi, after.vf))
        model._last_lstm_states = RNNStates(pi, vf)
        episodes.seen.append({key: x.clone() for key, x in obs.items()} if isinstance(obs, dict) else obs.clone())
        episodes.actions.append(actions)
        episodes.answers.append(None if self._now is None else th.as_tensor(self._now, device=model.device))
        return actions

    def hear(self, infos: list[dict[str, Any]]) -> None:
        """Read the answers of the next step."""
        self._now = told_answers(infos)

    def end(self, infos: list[dict[str, Any]], episodes: PlayedEpisodes) -> None:
        """
        Check the answers, and remember those of the next episode's first step.

        :raises ValueError: if they are wanted, but cannot be learned from
        """
        self.model._first_answers = told_answers(self.model.env.unwrapped.reset_infos)
        told, supervised = [x for x in episodes.answers if x is not None], self.model.supervised
        space = self.model.action_space
        if supervised and not told:
            raise nothing_told(ANSWER)
        if supervised and not isinstance(space, spaces.Discrete):
            raise ValueError(f"supervised is True, but answers are for Discrete actions, not for {space}")
        if not told or supervised is False or not isinstance(space, spaces.Discrete):
            episodes.answers = [None] * len(episodes.actions)
            return
        unknown = th.full_like(told[0], NO_ANSWER)
        answers = th.stack([unknown if x is None else x for x in episodes.answers])
        if int(answers.max()) >= space.n:
            raise ValueError(
                f"info[{ANSWER!r}] must be an action, from 0 to {space.n - 1}, or below 0 where none is right; here is one of "
                f"{int(answers.max())}"
            )
        episodes.answers = list(answers)

    def batches(self, episodes: PlayedEpisodes) -> Iterator[PlayedEpisodes]:
        """The episodes of each update."""
        model = self.model
        if model.batch_size is None and model.n_epochs == 1:
            yield episodes
            return
        for _ in range(model.n_epochs):
            for chosen in th.split(th.randperm(model.n_envs, device=model.device), model.batch_size or model.n_envs):
                yield episodes.of(chosen)

    def training(self) -> AbstractContextManager[None]:
        """Context of updates. Gradients that vanish on their way back through the steps are denormal before they are 0."""
        return without_denormals(self.model.device)

    def loss(self, episodes: PlayedEpisodes) -> th.Tensor:
        """The loss of an update, ()."""
        model = self.model
        actions, rewards = th.stack(episodes.actions), th.stack(episodes.rewards)
        told = [x for x in episodes.answers if x is not None]
        # Where the right action is known, its log-likelihood is wanted, and not that of the action that was taken.
        answered = th.stack(told) >= 0 if told else th.zeros_like(rewards, dtype=th.bool)
        wanted = th.where(answered, th.stack(told), actions) if told else actions
        log_probs, values, entropies = self._evaluated(episodes, wanted)
        returns = returns_to_go(rewards, model.gamma)
        advantage = advantages(returns, values.detach(), 1, model.normalize_advantage)
        supervised = -mean_where(log_probs, answered)
        weight = model.reinforce_coef if told else 1.0
        reinforce = -mean_where(log_probs * advantage, ~answered)
        baseline = F.mse_loss(values, returns)
        bonus = model.ent_schedule(model._current_progress_remaining)
        return supervised + weight * (reinforce - bonus * mean_where(entropies, ~answered)) + model.vf_coef * baseline

    def _evaluated(self, episodes: PlayedEpisodes, actions: th.Tensor) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """Log-probabilities of actions, values and entropies, (T, N) each, by the policy's own function over all steps."""
        model, (steps, count) = self.model, actions.shape[:2]
        model.policy.set_training_mode(True)
        first, memory = episodes.seen[0], no_memory(model.policy, count)
        if isinstance(first, dict):
            seen: Any = {key: _in_rows([each[key] for each in episodes.seen]) for key in first}
        else:
            seen = _in_rows(episodes.seen)
        starts = th.zeros(steps * count, device=model.device)  # sb3-contrib unrolls the LSTM at once if nothing starts on the way
        with model._acceleration.autocast():
            values, log_probs, entropies = model.policy.evaluate_actions(seen, _in_rows(list(actions)), memory, starts)
        if entropies is None:  # squashed Gaussians have no formula for it, and SB3 takes this estimate
            entropies = -log_probs
        found = [x.float().reshape(count, steps).T for x in (log_probs, values, entropies)]
        return found[0], found[1], found[2]


def no_memory(policy: Any, count: int) -> RNNStates:
    """
    What a recurrent policy remembers before an episode: zeros.

    :param policy: of sb3-contrib
    :param count: N
    :return: hidden and cell states of actor and critic, (layers, N, units) each
    """
    states = states_at_start(policy, count)
    return RNNStates(states, states)


def _in_rows(steps: list[th.Tensor]) -> th.Tensor:
    """T tensors (N, ...) as (N * T, ...), where the steps of an env lie next to each other, as sb3-contrib has them."""
    return th.stack(steps, dim=1).flatten(0, 1)

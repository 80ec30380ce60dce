"""REINFORCE for policies with a gaze: the pass that chose the actions is the one that is differentiated."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.vec_env import VecEnv
from torch.nn import functional as F

from ..forced_gaze import forced_gazes
from .glimpse_episodes import Episodes
from .naming_loss import naming_loss
from .not_yet import not_yet_of
from .reinforce_loss import advantages, answer_loss, information_gains, of_own_gazes, returns_to_go, without_last_gaze
from .told_answers import ANSWER, LABEL, NO_ANSWER, nothing_told, told_answers


class Looking:
    """
    Episodes and loss of :class:`saccade.policies.GlimpsePolicy`.

    The env either tells the label of the whole episode at its end, and the last action is the answer. Or it has an action "not yet"
    and tells the right answer at each step (:mod:`.naming`).

    :param model: REINFORCE, whose hyperparameters it reads
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def begin(self, env: VecEnv) -> Episodes:
        """Get ready for an episode of every env."""
        policy = self.model.policy
        self._check_samples()
        forced = forced_gazes(env, otherwise=policy.forced_gaze)
        policy.forced_gaze = bool(forced.all())  # of an env that leaves the gaze free, a loaded policy learns to look
        self._names = not_yet_of(env, policy.action_dist.n_actions) is not None
        # What an automatic reset said. A resumed run has restored its env without a reset, and its file remembers it.
        said = told_answers(env.unwrapped.reset_infos) if self._names else None
        self._now = self.model._first_answers if said is None else said
        self._states, self._starts = policy.start_states(env.num_envs), th.ones(env.num_envs, device=self.model.device)
        return Episodes(forced=th.as_tensor(forced, device=self.model.device) if forced.any() else None)

    def act(self, obs: Any, episodes: Episodes) -> th.Tensor:
        """Actions (N, ...) at observations, which are added to the episodes."""
        with self.model._acceleration.autocast():
            distribution, values, self._states = self.model.policy.look(obs, self._states, self._starts)
        if not distribution.is_finite():
            self.model._say_not_finite()
        actions: th.Tensor = distribution.sample()
        episodes.add(distribution, actions, values)
        if self._now is not None:
            episodes.asked.append(th.as_tensor(self._now, device=self.model.device))
        self._starts = th.zeros_like(self._starts)
        return actions

    def hear(self, infos: list[dict[str, Any]]) -> None:
        """Read the answers of the next step, where things are named one after the other."""
        self._now = told_answers(infos) if self._names else None

    def end(self, infos: list[dict[str, Any]], episodes: Episodes) -> None:
        """
        Read the labels in the infos of the last step, or check the answers of all steps.

        :raises ValueError: if they are wanted, but cannot be learned from
        """
        if self._names:
            self._end_of_naming(episodes)
            return
        labelled, supervised = LABEL in infos[0], self.model.supervised
        if supervised and not labelled:
            raise nothing_told(LABEL)
        if not labelled or supervised is False:
            return
        labels, count = [int(info[LABEL]) for info in infos], self.model.policy.action_dist.n_actions
        if min(labels) < 0 or max(labels) >= count:
            raise ValueError(
                f"info[{LABEL!r}] must be the index of an action, from 0 to {count - 1}; the labels here go from "
                f"{min(labels)} to {max(labels)}"
            )
        episodes.labels = th.tensor(labels, device=self.model.device)

    def _end_of_naming(self, episodes: Episodes) -> None:
        self.model._first_answers = told_answers(self.model.env.unwrapped.reset_infos)
        whole, supervised = len(episodes.asked) == len(episodes.rewards), self.model.supervised
        if supervised and not whole:
            raise nothing_told(ANSWER)
        if not whole or supervised is False:
            episodes.asked = []
            return
        asked, count = th.stack(episodes.asked), self.model.policy.action_dist.n_actions - 1
        if int(asked.min()) < NO_ANSWER or int(asked.max()) >= count:
            raise ValueError(
                f"info[{ANSWER!r}] must be an answer, from 0 to {count - 1}, or {NO_ANSWER} where nothing is asked; the answers "
                f"here go from {int(asked.min())} to {int(asked.max())}"
            )

    def batches(self, episodes: Episodes) -> list[Episodes]:
        """The episodes of each update: all at once, since their graph is there already."""
        return [episodes]

    def training(self) -> AbstractContextManager[None]:
        """Context of updates: nothing special."""
        return nullcontext()

    def loss(self, episodes: Episodes) -> th.Tensor:
        """The loss of an update, ()."""
        model = self.model
        if episodes.asked:
            return naming_loss(model, episodes)
        rewards, values = th.stack(episodes.rewards), th.stack(episodes.values).float()
        of_gazes = (without_last_gaze(th.stack(x)) for x in (episodes.gaze_log_probs, episodes.gaze_entropies))
        log_probs, entropies = (of_own_gazes(x, episodes.forced) for x in of_gazes)
        hybrid = _answers(episodes)
        if hybrid is None:
            log_probs = log_probs + th.stack(episodes.action_log_probs)
            entropies = entropies + th.stack(episodes.action_entropies)
            supervised, weight = th.zeros((), device=model.device), 1.0
        else:
            supervised, weight = answer_loss(hybrid, model.early_weight), model.reinforce_coef
            gains = of_own_gazes(information_gains(hybrid.detach(), model.gain_limit), episodes.forced)
            rewards = rewards + model.gain_coef * gains
        returns = returns_to_go(rewards, model.gamma)
        advantage = advantages(returns, values.detach(), model.gaze_samples, model.normalize_advantage)
        reinforce = -(log_probs * advantage).mean()
        baseline = F.mse_loss(values, returns)
        bonus = model.ent_schedule(model._current_progress_remaining)
        return supervised + weight * reinforce + model.vf_coef * baseline - bonus * entropies.mean()

    def _check_samples(self) -> None:
        samples, images = self.model.gaze_samples, self.model._last_obs["image"]
        if samples == 1:
            return
        groups: np.ndarray = images.reshape(-1, samples, *images.shape[1:])
        if (groups != groups[:, :1]).any():
            raise ValueError(
                f"gaze_samples is {samples}, but consecutive envs show different images; make the env with copies={samples}"
            )


def _answers(episodes: Episodes) -> th.Tensor | None:
    """Log-likelihoods (T, N) of the right answers, or None without labels."""
    if episodes.labels is None:
        return None
    logits = th.stack(episodes.action_logits).float()
    return logits.log_softmax(2).gather(2, episodes.labels.expand(len(logits), -1)[..., None]).squeeze(2)

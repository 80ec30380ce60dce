"""REINFORCE's loss for an agent that names things one after the other, each when it has seen enough."""

from typing import Any

import torch as th

from .glimpse_episodes import Episodes
from .naming_loss import (
    before_each_step,
    decisions,
    gains_of_things,
    log_likelihoods,
    mean_of_alike,
    naming_cross_entropy,
    scaled,
)
from .reinforce_loss import advantages, mean_where, of_own_gazes, returns_to_go, without_last_gaze
from .told_answers import NO_ANSWER


def naming_loss(model: Any, episodes: Episodes) -> th.Tensor:
    """
    Cross-entropy of the right answers, and REINFORCE for the gaze and for the decision to answer or to wait.

    - Cross-entropy is that of the answer, given that the agent answers. Steps at which it waits count with ``early_weight``.
    - The gaze is rewarded as ever: by the env, and by what it adds to the log-likelihood of the thing that is asked for.
    - The decision is rewarded by the env alone, without a discount, which would make it hasty. A price for looks is the env's.
      Its log-probability is that of answering at all, whatever the answer, because cross-entropy trains the answer. Its baseline
      is the mean return of the episodes that are as far.
    - Steps at which nothing is asked have no part in the loss.

    :param model: REINFORCE, whose hyperparameters it reads
    :param episodes: with ``asked``
    :return: ()
    """
    logits, asked = th.stack(episodes.action_logits).float(), th.stack(episodes.asked)
    rewards, values = th.stack(episodes.rewards), th.stack(episodes.values).float()
    chosen, is_asked = th.stack(episodes.chosen), asked != NO_ANSWER
    answers = is_asked & (chosen < logits.shape[-1] - 1)
    likelihoods = log_likelihoods(logits, asked)
    supervised = naming_cross_entropy(likelihoods, asked, answers, model.early_weight)

    gains = gains_of_things(likelihoods.detach(), asked, answers, logits.shape[-1] - 1, model.gain_limit)
    shaped = rewards + model.gain_coef * of_own_gazes(gains, episodes.forced)
    returns = returns_to_go(shaped, model.gamma)
    excess = advantages(returns, values.detach(), model.gaze_samples, normalize=False)
    looked_for = th.cat([is_asked[1:], th.zeros_like(is_asked[:1])])  # whether the next look is for anything
    of_gazes = (without_last_gaze(th.stack(x)) for x in (episodes.gaze_log_probs, episodes.gaze_entropies))
    gaze_log_probs, gaze_entropies = (of_own_gazes(x, episodes.forced) for x in of_gazes)
    of_gaze = mean_where(gaze_log_probs * scaled(excess, looked_for, model.normalize_advantage), looked_for)

    decided, unsure = decisions(logits, answers)
    later = returns_to_go(rewards)
    alike = mean_of_alike(later, before_each_step(answers), before_each_step(answers & (chosen != asked)) > 0)
    of_decision = mean_where(decided * scaled(later - alike, is_asked, model.normalize_advantage), is_asked)

    baseline = mean_where((values - returns) ** 2, is_asked)
    bonus = model.ent_schedule(model._current_progress_remaining)
    entropies = mean_where(gaze_entropies, looked_for) + mean_where(unsure, is_asked)
    reinforce = -(of_gaze + of_decision)
    return supervised + model.reinforce_coef * reinforce + model.vf_coef * baseline - bonus * entropies

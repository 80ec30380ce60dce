"""
REINFORCE's loss where things are named one after the other, each when the agent has seen enough, and its parts, over T steps of N
episodes. The last action is "not yet".
"""

import math
from typing import Any

import torch as th
from torch.nn import functional as F

from .glimpse_episodes import Episodes
from .reinforce_loss import advantages, mean_where, of_own_gazes, over_spread, returns_to_go, without_last_gaze
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


def log_likelihoods(logits: th.Tensor, asked: th.Tensor) -> th.Tensor:
    """
    Of the right answers, given that the agent answers: the softmax leaves "not yet" out.

    :param logits: (T, N, A + 1) of A answers, then "not yet"
    :param asked: (T, N) right answers; -1 where nothing is asked
    :return: (T, N); 0 where nothing is asked
    """
    given = logits[..., :-1].log_softmax(-1)
    return given.gather(-1, asked.clamp(min=0)[..., None]).squeeze(-1).masked_fill(asked == NO_ANSWER, 0.0)


def decisions(logits: th.Tensor, answers: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
    """
    Log-probabilities of the decision to answer, whatever the answer, or to wait; and the entropies of these decisions.

    With logit z_w of waiting, log P(wait) = log sigmoid(z_w - log sum_a exp z_a) over all answers a.

    :param logits: (T, N, A + 1)
    :param answers: (T, N) bool, whether the agent answered
    :return: (T, N) each
    """
    odds = logits[..., -1] - logits[..., :-1].logsumexp(-1)
    waits, speaks = F.logsigmoid(odds), F.logsigmoid(-odds)
    return th.where(answers, speaks, waits), -(waits.exp() * waits + speaks.exp() * speaks)


def naming_cross_entropy(likelihoods: th.Tensor, asked: th.Tensor, answers: th.Tensor, early_weight: float) -> th.Tensor:
    """
    Mean cross-entropy of the answers that were given, plus the weighted mean of those that the agent would have given at the steps
    at which it waited.

    :param likelihoods: (T, N) as :func:`log_likelihoods` gives them
    :param asked: (T, N) right answers; -1 where nothing is asked
    :param answers: (T, N) bool, whether the agent answered
    :param early_weight: of the steps at which it waited
    """
    is_asked = asked != NO_ANSWER
    return -(mean_where(likelihoods, is_asked & answers) + early_weight * mean_where(likelihoods, is_asked & ~answers))


def gains_of_things(likelihoods: th.Tensor, asked: th.Tensor, answers: th.Tensor, classes: int, limit: float) -> th.Tensor:
    """
    How much each glimpse added to the log-likelihood of the thing that is asked for.

    The gain of a glimpse rewards the step before it, which chose where to look. A gain is of one thing: at the first glimpse after
    an answer the next thing is asked for, and of that thing all answers were equally likely before.

    :param likelihoods: (T, N) of the right answers after each glimpse
    :param asked: (T, N) right answers; -1 where nothing is asked
    :param answers: (T, N) bool, whether the agent answered
    :param classes: number of answers
    :param limit: gains are clipped to plus and minus this
    :return: (T, N); 0 at the last step, and where nothing is asked after it
    """
    gains = th.zeros_like(likelihoods)
    before = likelihoods[:-1].masked_fill(answers[:-1], -math.log(classes))
    gains[:-1] = (likelihoods[1:] - before).clamp(-limit, limit).masked_fill(asked[1:] == NO_ANSWER, 0.0)
    return gains


def mean_of_alike(returns: th.Tensor, named: th.Tensor, failed: th.Tensor) -> th.Tensor:
    """
    A baseline for decisions: the mean return of the episodes that have named as many things at the same step, with a mistake
    among them or without one. It is known before the decision.

    :param returns: (T, N)
    :param named: (T, N) int64, how many things have been named before each step
    :param failed: (T, N) bool, whether one of them was wrong
    :return: (T, N)
    """
    group = 2 * named + failed.long()
    count = int(group.max()) + 1
    sums, sizes = (returns.new_zeros(len(returns), count) for _ in range(2))
    sums.scatter_add_(1, group, returns)
    sizes.scatter_add_(1, group, th.ones_like(returns))
    return (sums / sizes.clamp(min=1)).gather(1, group)


def before_each_step(x: th.Tensor) -> th.Tensor:
    """
    How often something was so at earlier steps.

    :param x: (T, N) bool
    :return: (T, N) int64, 0 at the first step
    """
    counted = x.long().cumsum(0)
    return th.cat([th.zeros_like(counted[:1]), counted[:-1]])


def scaled(excess: th.Tensor, chosen: th.Tensor, normalize: bool) -> th.Tensor:
    """
    Advantages divided by their standard deviation.

    :param excess: (T, N)
    :param chosen: (T, N) bool, the steps that count
    :param normalize: whether to divide
    :return: (T, N); 0 at the other steps
    """
    kept = excess * chosen
    if not normalize:
        return kept
    variance = mean_where((kept - mean_where(kept, chosen)) ** 2, chosen)
    return over_spread(kept, variance.sqrt())

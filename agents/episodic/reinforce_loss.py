"""The parts of REINFORCE's loss, over T steps of N episodes of the same length."""

import torch as th

LEAST_SPREAD = 1e-6  # standard deviation of advantages, as a part of the largest one, below which they are all equal


def returns_to_go(rewards: th.Tensor, gamma: float = 1.0) -> th.Tensor:
    """
    The discounted sum of the rewards from each step on.

    :param rewards: (T, N)
    :param gamma: discount factor
    :return: (T, N)
    """
    returns = th.zeros_like(rewards)
    later = th.zeros_like(rewards[0])
    for t in range(len(rewards) - 1, -1, -1):
        later = rewards[t] + gamma * later
        returns[t] = later
    return returns


def information_gains(log_likelihoods: th.Tensor, limit: float) -> th.Tensor:
    """
    How much each glimpse added to the log-likelihood of the right answer.

    The gain of a glimpse rewards the step before it, which chose where to look.

    :param log_likelihoods: (T, N) after each glimpse
    :param limit: gains are clipped to plus and minus this
    :return: (T, N), the gain of the glimpse after each step; 0 at the last step
    """
    gains = th.zeros_like(log_likelihoods)
    gains[:-1] = log_likelihoods.diff(dim=0).clamp(-limit, limit)
    return gains


def advantages(returns: th.Tensor, baselines: th.Tensor, samples: int = 1, normalize: bool = True) -> th.Tensor:
    """
    Returns minus their baselines.

    With several samples of each episode, the mean advantage of the other samples is subtracted too. The gradient stays unbiased,
    because that mean does not depend on the sample's own actions. Dividing by the standard deviation rescales each batch; Adam
    mostly cancels this.

    :param returns: (T, N)
    :param baselines: (T, N), predicted returns
    :param samples: number of consecutive columns that are samples of one episode
    :param normalize: whether to divide by the standard deviation (:func:`over_spread`)
    :return: (T, N)
    """
    excess = returns - baselines
    if samples > 1:
        groups = excess.view(len(excess), -1, samples)
        others = (groups.sum(2, keepdim=True) - groups) / (samples - 1)
        excess = (groups - others).flatten(1)
    return over_spread(excess, excess.std(unbiased=False)) if normalize else excess


def over_spread(excess: th.Tensor, deviation: th.Tensor) -> th.Tensor:
    """
    Advantages divided by their standard deviation. A single one, or several that are all equal, stay as they are: they have no
    spread, and divided by nearly 0 they would be all of the loss.

    :param excess: (T, N)
    :param deviation: ()
    :return: (T, N)
    """
    return th.where(deviation > LEAST_SPREAD * excess.abs().max(), excess / (deviation + 1e-8), excess)


def without_last_gaze(x: th.Tensor) -> th.Tensor:
    """
    Set the last step to 0: nothing is seen at the last gaze of an episode.

    :param x: (T, N), a quantity of each gaze
    :return: (T, N), 0 at the last step
    """
    return th.cat([x[:-1], x.new_zeros(1, x.shape[1])])


def of_own_gazes(x: th.Tensor, forced: th.Tensor | None) -> th.Tensor:
    """
    Set to 0 what belongs to gazes that the env chose. Such a gaze was never made by the agent, so its log-probability, its
    entropy and what it showed say nothing about the agent's choices.

    :param x: (T, N), a quantity of each gaze
    :param forced: (N,) bool, whether the env chose the gazes; None if it chose none
    :return: (T, N), with no gradient where the gaze was forced
    """
    return x if forced is None else x.masked_fill(forced, 0.0)


def answer_loss(log_likelihoods: th.Tensor, early_weight: float) -> th.Tensor:
    """
    Cross-entropy of the last answer, plus the weighted mean of the cross-entropies of the earlier answers.

    :param log_likelihoods: (T, N) of the right answer
    :param early_weight: weight of the earlier answers; 0 as in RAM
    """
    loss = -log_likelihoods[-1].mean()
    return loss - early_weight * log_likelihoods[:-1].mean() if len(log_likelihoods) > 1 else loss


def mean_where(x: th.Tensor, chosen: th.Tensor) -> th.Tensor:
    """The mean over chosen steps, (); 0 if there are none."""
    return (x * chosen).sum() / chosen.sum().clamp(min=1)

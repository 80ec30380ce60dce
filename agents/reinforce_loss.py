"""The parts of REINFORCE's loss, over T steps of N episodes of the same length."""

import torch as th


def returns_to_go(rewards: th.Tensor, gamma: float = 1.0) -> th.Tensor:
    """
    What is still to come, including the step's own reward.

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
    What each look added to the log-likelihood of the right answer; it rewards the choice of that look, one step before.

    :param log_likelihoods: (T, N) after each look
    :param limit: gains are cut off at plus and minus this
    :return: (T, N), that of the look which follows each step; 0 at the last
    """
    gains = th.zeros_like(log_likelihoods)
    gains[:-1] = log_likelihoods.diff(dim=0).clamp(-limit, limit)
    return gains


def advantages(returns: th.Tensor, baselines: th.Tensor, samples: int = 1, normalize: bool = True) -> th.Tensor:
    """
    Returns above what was expected.

    With several samples of each episode the mean of the others' excess is taken off as well, which leaves the gradient unbiased,
    as any baseline does that does not depend on the sample's own choices. Division by the deviation scales it from batch to
    batch, which Adam mostly undoes.

    :param returns: (T, N)
    :param baselines: (T, N) predicted
    :param samples: consecutive episodes of the same kind
    :param normalize: whether to divide by the deviation
    :return: (T, N)
    """
    excess = returns - baselines
    if samples > 1:
        groups = excess.view(len(excess), -1, samples)
        others = (groups.sum(2, keepdim=True) - groups) / (samples - 1)
        excess = (groups - others).flatten(1)
    return excess / (excess.std(unbiased=False) + 1e-8) if normalize else excess


def without_last(x: th.Tensor) -> th.Tensor:
    """
    Without what belongs to an episode's last gaze, which shows nothing any more.

    :param x: (T, N)
    :return: (T, N), 0 at the last step
    """
    return th.cat([x[:-1], x.new_zeros(1, x.shape[1])])


def answer_loss(log_likelihoods: th.Tensor, early_weight: float) -> th.Tensor:
    """
    Cross-entropy of the last answer, plus a share of the mean of the earlier ones.

    :param log_likelihoods: (T, N) of the right answer
    :param early_weight: of the earlier ones; 0 is RAM's
    """
    loss = -log_likelihoods[-1].mean()
    return loss - early_weight * log_likelihoods[:-1].mean() if len(log_likelihoods) > 1 else loss

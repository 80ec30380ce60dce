"""The named scalars of a policy that can be differentiated."""

from collections.abc import Callable
from functools import partial

import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork

from ..policies import DuelingQNetwork, GlimpsePolicy
from ..policies.gaze_distribution import CategoricalGaussianDistribution, TilesDistribution

Head = Callable[[PyTorchObs], th.Tensor]


def heads(policy: BasePolicy) -> dict[str, Head]:
    """
    What a policy can be asked about, by name.

    ========================  =====================================================================
    dueling DQN               ``value`` V(s); ``advantage`` A(s, a*) with mean 0 over the actions;
                              ``q`` Q(s, a*) = V + A, for the greedy action a*
    DQN                       ``q``
    PPO, A2C (actor-critic)   ``value``; for discrete actions ``action``, the log-probability of the
                              most likely one
    glimpse policy            ``class``, the log-probability of the most likely action; ``gaze_x``
                              and ``gaze_y``, the mean of where to look next, as an action has it
                              (with tiles ``gaze``, the
                              log-probability of the most likely tile); ``value``; all after the
                              first glimpse of an episode
    ========================  =====================================================================

    :param policy: ``model.policy`` of an SB3 model
    :return: {name: function of a batch of observations (B, ...) that returns (B,)}
    :raises TypeError: if the policy has no head known here
    """
    return {name: partial(_one_head, policy, name) for name in head_names(policy)}


def head_names(policy: BasePolicy) -> tuple[str, ...]:
    """
    Names of the heads, in the order in which they are shown.

    :param policy: as for :func:`heads`
    """
    if isinstance(policy, DQNPolicy):
        return ("value", "advantage", "q") if isinstance(policy.q_net, DuelingQNetwork) else ("q",)
    if isinstance(policy, GlimpsePolicy):
        gaze = ("gaze",) if isinstance(policy.action_dist, TilesDistribution) else ("gaze_x", "gaze_y")
        return ("class", *gaze, "value")
    if isinstance(policy, ActorCriticPolicy) and not hasattr(policy, "lstm_actor"):
        # A Gaussian's log-probability is flat at its mode, so the map of a continuous action would be zero.
        return ("value", "action") if not isinstance(policy.action_space, spaces.Box) else ("value",)
    raise TypeError(f"no heads are known for {type(policy).__name__}; saliency works with DQN policies, the dueling ones and "
                    "GlimpsePolicy of saccade.policies, and the feed-forward policies of PPO and A2C")


def head_values(policy: BasePolicy, obs: PyTorchObs) -> dict[str, th.Tensor]:
    """
    All heads of a policy from one forward pass.

    :param policy: as for :func:`heads`
    :param obs: batch of observations (B, ...), as the policy's networks take them
    :return: {name: (B,)}
    """
    if isinstance(policy, DQNPolicy):
        return _q_heads(policy.q_net, obs)
    if isinstance(policy, GlimpsePolicy):
        return _glimpse_heads(policy, obs)
    assert isinstance(policy, ActorCriticPolicy)
    features = policy.extract_features(obs)
    if policy.share_features_extractor:
        latent_pi, latent_vf = policy.mlp_extractor(features)
    else:
        latent_pi = policy.mlp_extractor.forward_actor(features[0])
        latent_vf = policy.mlp_extractor.forward_critic(features[1])
    distribution = policy._get_action_dist_from_latent(latent_pi)
    # Which action is the most likely one is a choice, not a quantity to differentiate.
    likeliest = distribution.mode().detach()
    values = {"value": policy.value_net(latent_vf).squeeze(1), "action": distribution.log_prob(likeliest)}
    return {name: values[name] for name in head_names(policy)}


def _q_heads(q_net: QNetwork, obs: PyTorchObs) -> dict[str, th.Tensor]:
    if not isinstance(q_net, DuelingQNetwork):
        return {"q": q_net(obs).max(dim=1).values}
    value, advantage = q_net.value_advantage(obs)
    greedy = advantage.max(dim=1).values
    value = value.squeeze(1)
    return {"value": value, "advantage": greedy, "q": value + greedy}


def _glimpse_heads(policy: GlimpsePolicy, obs: PyTorchObs) -> dict[str, th.Tensor]:
    assert isinstance(obs, dict)
    count = len(obs["gaze"])
    states, starts = policy.start_states(count), th.ones(count, device=policy.device)
    if policy.shared_lstm:
        distribution, value, _ = policy.look(obs, states, starts)
    else:
        distribution, _ = policy.get_distribution(obs, states, starts)
        value = policy.predict_values(obs, states, starts).squeeze(1)
    likeliest = distribution.mode().detach()
    values = {"class": distribution.action_log_prob(likeliest), "value": value}
    if isinstance(distribution, TilesDistribution):
        values["gaze"] = distribution.gaze_log_prob(likeliest)
    else:
        assert isinstance(distribution, CategoricalGaussianDistribution)
        values["gaze_x"], values["gaze_y"] = distribution.gaze.mean.unbind(1)
    return {name: values[name] for name in head_names(policy)}


def _one_head(policy: BasePolicy, name: str, obs: PyTorchObs) -> th.Tensor:
    return head_values(policy, obs)[name]

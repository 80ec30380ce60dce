"""Maps made of gradients, beyond the plain Jacobian."""

from collections.abc import Callable, Mapping
from functools import update_wrapper

import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs

from ..readers.entries import Entries, Observations
from ..readers.head import Head
from .derivatives import jacobian

Method = Callable[[Head, Observations], PyTorchObs]


class OfJacobian:
    """
    A method whose map follows from the Jacobian and the observation, without another pass through the network. Where the Jacobians
    have been made already, :meth:`follow` takes them. It decorates the rule.

    :param rule: of the entries and their Jacobians by key; it gives maps by key, and no map for the keys that it leaves out
    """

    def __init__(self, rule: Callable[[Entries, Mapping[str, th.Tensor]], Mapping[str, th.Tensor]]) -> None:
        self.rule = rule
        update_wrapper(self, rule)

    def __call__(self, head: Head, obs: Observations) -> PyTorchObs:
        return self.follow(head, obs, jacobian(head, obs))

    def follow(self, head: Head, obs: Observations, jacobians: PyTorchObs) -> PyTorchObs:
        """
        The map.

        :param head: of a policy
        :param obs: batch (B, ...) as the env gives it
        :param jacobians: of the head with respect to them, in the form of ``policy.observation_space``
        :return: signed map of the observations' shape
        """
        entries = Entries.of(head.policy, obs)
        return entries.maps(self.rule(entries, entries.pictures(jacobians)))


@OfJacobian
def gradient_x_input(entries: Entries, jacobians: Mapping[str, th.Tensor]) -> dict[str, th.Tensor]:
    """
    The Jacobian times the observation: for a linear head, the contribution of each input. Black pixels get 0, whatever they mean.
    Called as ``gradient_x_input(head, obs)``; the map is in units of the head.

    :param entries: observations (B, ...) by key
    :param jacobians: of a head with respect to them
    """
    return {key: x * jacobians[key] for key, x in entries.differentiable().items()}


def smoothgrad(method: Method = jacobian, samples: int = 16, noise: float = 0.1, seed: int = 0) -> Method:
    """
    Any method's map, averaged over noisy copies of the observation (Smilkov et al. 2017). The head speaks of the action that the
    policy chooses without noise.

    :param method: to be smoothed
    :param samples: noisy copies
    :param noise: standard deviation, as a share of the range of values in each observation (the paper: 0.1 to 0.2)
    :param seed: of the noise; torch's own random state is left alone
    :return: a method
    :raises ValueError: if there is nothing to average
    """
    if samples < 1 or noise < 0:
        raise ValueError(f"samples is {samples} and noise {noise}; they must be at least 1 and at least 0")

    def smoothed(head: Head, obs: Observations) -> PyTorchObs:
        entries = Entries.of(head.policy, obs)
        tied = head.at(entries.packed())
        generator = th.Generator().manual_seed(seed)
        total: dict[str, th.Tensor] = {}
        for _ in range(samples):
            maps = entries.pictures(method(tied, entries.noisy(noise, generator).packed()))
            total = {key: x / samples + total.get(key, 0.0) for key, x in maps.items()}
        return entries.maps(total)

    return smoothed

"""Does a map depend on what the network has learned? The same map with random weights."""

import copy
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch as th
from stable_baselines3.common.distributions import Distribution
from stable_baselines3.common.policies import BasePolicy

from ..errors import UnknownPolicyError
from ..methods.gradient_methods import Method
from ..methods.map_making import strength_map
from ..readers.entries import Entries, Observations
from ..readers.head import Head
from ..readers.undisturbed.evaluation_mode import differentiating, evaluating
from ..readers.undisturbed.kept_tensors import kept_tensors
from ..statistics.similarity import rank_correlation, structural_similarity
from .functions_of_copies import bind_to_copy
from .verdict import FEWEST


class Randomised(NamedTuple):
    """
    What random weights do to a map.

    :ivar layers: names of the layers with random weights
    :ivar rank_correlation: (B,) of the map's strength before and after
    :ivar similarity: (B,) SSIM of the same; NaN for vectors
    :ivar strength: of the map after, (B, H, W) or (B, 1, D)
    """

    layers: tuple[str, ...]
    rank_correlation: np.ndarray
    similarity: np.ndarray
    strength: np.ndarray


Copies = Mapping[tuple[str, ...], BasePolicy]  # {names of the layers with random weights: a policy with them}
OTHER_WEIGHTS = 1_000_003  # far from the seeds of the randomisation check, which would else compare these weights with themselves


def randomisation(
    head: Head,
    obs: Observations,
    method: Method,
    copies: Copies,
    *,
    strength: np.ndarray | None = None,
    entry: str = "",
) -> list[Randomised]:
    """
    Parameter randomisation (Adebayo et al. 2018, section 3): the layer next to the head gets random weights, then all layers do.
    A map that stays the same explains the observation, not the network.

    Random weights come from a Gaussian with the mean and the standard deviation of the weights that they replace, so signals keep
    their size. (The paper initialises the layers anew.) The head speaks of the same action throughout. The policy stays as it is.

    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :param method: of :data:`saccade.saliency.METHODS`
    :param copies: of :func:`drawn_copies`, one draw
    :param strength: of the map with the policy's own weights, (B, H, W) or (B, 1, D), if it has been made already
    :param entry: of dict observations, whose map counts; empty for the one that is pictured
    :return: one for each of the copies
    """
    entries = Entries.of(head.policy, obs)
    tied = head.at(entries.packed())
    before = strength_map(method, tied, obs, entry) if strength is None else strength
    found = []
    for layers, other in copies.items():
        after = strength_map(method, replace(tied, policy=other), obs, entry)
        alike = structural_similarity(before, after) if min(before.shape[1:]) > 1 else np.full(len(before), np.nan)
        found.append(Randomised(layers, rank_correlation(before, after), alike, after))
    return found


def drawn_copies(head: Head, entries: Entries, draws: int, seed: int = 0) -> Iterator[Copies]:
    """
    Random weights in the layer next to the head, and in all its layers, drawn several times.

    :param head: of a policy
    :param entries: observations for the forward pass that shows its layers
    :param draws: number of them
    :param seed: of the first draw; the next one has the next number
    :return: in each draw the copy with the fewest random layers first
    """
    layers = layers_from_head(head, entries)
    steps = [layers[:depth] for depth in sorted({1, len(layers)})]
    for draw in range(draws):
        yield {tuple(step): with_random_layers(head.policy, step, seed + draw) for step in steps}


def order_kept(draws: Sequence[Randomised]) -> np.ndarray:
    """
    How much of a map's order random weights leave: the size of the rank correlation. An order that they turn round is still there.

    :param draws: K of them
    :return: (K, B) from 0 to 1; NaN for maps with too few places
    """
    places = draws[0].strength[0].size
    return (
        np.abs([one.rank_correlation for one in draws])
        if places >= FEWEST
        else np.full((len(draws), len(draws[0].strength)), np.nan)
    )


def unlearned(policy: BasePolicy, seed: int = 0) -> BasePolicy:
    """
    A network that has learned nothing, as a control: random weights in all layers, which are not a draw of the randomisation check.

    :param policy: stays as it is
    :param seed: of the weights
    """
    return with_random_layers(policy, layers_of(policy), seed + OTHER_WEIGHTS)


def layers_from_head(head: Head, entries: Entries) -> list[str]:
    """
    Names of the layers with weights that a head depends on. The layer next to the head comes first.

    :param head: of a policy
    :param entries: observations for the forward pass that shows it
    """
    policy = with_random_layers(head.policy, []).requires_grad_()  # layers may be frozen
    called: dict[str, None] = {}
    for name, module in policy.named_modules():
        if name and not isinstance(module, th.jit.ScriptModule):  # which takes no hooks
            # A hook that knows its module would keep the copy until the garbage collector comes, which may take many events.
            module.register_forward_hook(partial(_note, called, name))
    leaves = entries.leaves()
    seen = [leaves.tensors[key] for key in leaves.seen()]
    slopes: dict[str, list[th.Tensor]] = {}  # of the parameters of each layer
    cut = True  # whether gradients do not reach all that is seen; layers on the way may run without gradients
    with differentiating(policy):
        parameters = dict(policy.named_parameters())
        value = replace(head, policy=policy)(leaves.packed())
        if value.requires_grad:
            found = th.autograd.grad(value.sum(), [*seen, *parameters.values()], allow_unused=True)
            cut = any(slope is None for slope in found[: len(seen)])
            for name, slope in zip(parameters, found[len(seen) :], strict=True):
                if slope is not None:
                    slopes.setdefault(name.rpartition(".")[0], []).append(slope)

    def matters(name: str) -> bool:
        if name in slopes:
            # A part that cancels out, as V does in the gap between two actions, has a derivative of zero.
            return any(bool(slope.any()) for slope in slopes[name])
        return cut and _changes(head, entries, name)

    # The last one called is next to the head. A layer whose weights another module takes without calling it, as attention takes
    # those of its output, stands where that module does.
    turn = {name: number for number, name in enumerate(called)}
    layers = sorted(layers_of(policy), key=lambda name: turn.get(_nearest(name, turn), -1))
    return [name for name in reversed(layers) if matters(name)]


def _note(called: dict[str, None], name: str, *_: object) -> None:
    called[name] = None


def _nearest(name: str, known: Container[str]) -> str:
    """A module's name if it is known, else that of the smallest known module around it; empty if there is none."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def _changes(head: Head, entries: Entries, layer: str) -> bool:
    """Whether a head changes with the weights of a layer."""
    other = replace(head, policy=with_random_layers(head.policy, [layer]))
    with evaluating(head.policy), th.no_grad():
        return not th.equal(head(entries.packed()), other(entries.packed()))


def layers_of(policy: BasePolicy) -> list[str]:
    """Names of all layers with weights."""
    return [name for name, module in policy.named_modules() if name and next(module.parameters(recurse=False), None) is not None]


def with_random_layers(policy: BasePolicy, layers: Sequence[str], seed: int = 0) -> BasePolicy:
    """
    A copy of a policy whose layers have random weights; torch's random state is left alone.

    :param policy: to be copied, without its optimizer
    :param layers: names of the layers, as ``named_modules`` has them
    :param seed: of the weights
    :raises UnknownPolicyError: if a function in it holds a part of it in a way that cannot be copied
    """
    kept = [x for module in policy.modules() for x in vars(module).values()]
    left_out = {id(x): None for x in kept if isinstance(x, th.optim.Optimizer)}
    # A distribution holds the graph of its last use, which cannot be copied. The copy does not need it. So does a tensor that a
    # policy of one's own keeps.
    distributions = {id(x): copy.copy(x) for x in kept if isinstance(x, Distribution)}
    results = {id(x): x.detach() for module in policy.modules() for x in kept_tensors(module) if not x.is_leaf}
    try:
        other = copy.deepcopy(policy, {**left_out, **distributions, **results})
    except RuntimeError as error:
        if "deepcopy protocol" not in str(error):
            raise
        raise UnknownPolicyError(
            f"{type(policy).__name__} cannot be copied: an object in it keeps a tensor with its graph; detach that"
        ) from error
    bind_to_copy(policy, other)
    generator = th.Generator().manual_seed(seed)
    with th.no_grad():
        for name in layers:
            for weights in other.get_submodule(name).parameters(recurse=False):
                deviation = weights.std(unbiased=False).item()
                drawn = th.randn(weights.shape, generator=generator) * deviation + weights.mean().item()
                weights.copy_(drawn.to(weights))
    return other

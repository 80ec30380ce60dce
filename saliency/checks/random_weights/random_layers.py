"""Networks with random weights: which layers a head depends on, and a copy of a policy with new weights in some of them."""

import copy
from collections.abc import Container, Sequence
from dataclasses import replace
from functools import partial

import torch as th
from stable_baselines3.common.distributions import Distribution
from stable_baselines3.common.policies import BasePolicy

from ...errors import UnknownPolicyError
from ...readers.entries import Entries
from ...readers.head import Head
from ...readers.undisturbed.evaluation_mode import differentiating, evaluating
from ...readers.undisturbed.kept_tensors import kept_tensors
from .functions_of_copies import bind_to_copy

OTHER_WEIGHTS = 1_000_003  # far from the seeds of the randomisation check, which would else compare these weights with themselves


def unlearned(policy: BasePolicy, seed: int = 0) -> BasePolicy:
    """
    A network that has learned nothing, as a control: random weights in all layers, which are no draw of the randomisation check.

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

"""Jacobians through time of recurrent policies on dicts and grids, beside autograd through sb3-contrib's own forward pass."""

import numpy as np
import pytest
import torch as th
from grid_policies import Ordered, box
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy, RecurrentMultiInputActorCriticPolicy

from saccade.saliency import sequential_jacobian, temporal_norms
from saccade.saliency.readers.entries import pictured

STEPS = 5
SCOUT = spaces.Dict({"board": box(4, 3, 2), "direction": spaces.Discrete(4), "speed": box(2)})


def policy_of(space):
    th.manual_seed(0)
    arguments = {"lr_schedule": lambda _: 1e-3, "net_arch": [], "lstm_hidden_size": 4}
    if isinstance(space, spaces.Dict):
        return RecurrentMultiInputActorCriticPolicy(space, spaces.Discrete(2), **arguments)
    return RecurrentActorCriticPolicy(
        space,
        spaces.Discrete(2),
        **arguments,
        features_extractor_class=Ordered,
        features_extractor_kwargs={"order": "HWC"},
    )


def played(space):
    space.seed(0)
    samples = [space.sample() for _ in range(STEPS)]
    if isinstance(space, spaces.Dict):
        return {key: np.stack([one[key] for one in samples]) for key in samples[0]}
    return np.stack(samples)


def by_autograd(policy, obs, starts, key):
    """(T, T, ...) through ``predict_values`` over the whole sequence."""
    whole = obs if isinstance(obs, dict) else {"": obs}
    tensors = {name: th.as_tensor(x) for name, x in whole.items()}
    tensors[key].requires_grad_()
    zeros = th.zeros(1, 1, 4)
    packed = tensors.get("", tensors)
    values = policy.predict_values(packed, (zeros, zeros), th.as_tensor(starts).float())[:, 0]
    return th.stack([th.autograd.grad(value, tensors[key], retain_graph=True)[0] for value in values])


@pytest.mark.parametrize("second", [2, 0])
@pytest.mark.parametrize(
    ("space", "keys"), [(SCOUT, ("board", "speed")), (box(4, 3, 2), ("",)), (spaces.Dict(box=box(3)), ("box",))]
)
def test_as_sb3_contribs_own_forward_pass(space, keys, second):
    policy, obs = policy_of(space), played(space)
    policy.set_training_mode(False)
    starts = np.zeros(STEPS, dtype=bool)
    starts[[0, second]] = True
    found = sequential_jacobian(policy, obs, "value", starts, frames_at_once=2)
    squares = np.zeros((STEPS, STEPS))
    for key in keys:
        expected = by_autograd(policy, obs, starts, key)
        assert th.allclose(found[key] if key or isinstance(obs, dict) else found, expected, atol=1e-6)
        squares += expected.flatten(2).square().sum(2).numpy()
    assert np.allclose(temporal_norms(policy, obs, "value", starts), np.sqrt(squares), atol=1e-6)


def test_entries_without_a_derivative_get_zeros_of_their_own_shape():
    policy, obs = policy_of(SCOUT), played(SCOUT)
    found = sequential_jacobian(policy, obs, "action")
    assert {key: tuple(x.shape) for key, x in found.items()} == {
        "board": (STEPS, STEPS, 4, 3, 2),
        "direction": (STEPS, STEPS),
        "speed": (STEPS, STEPS, 2),
    }
    assert not found["direction"].any()
    assert pictured(policy, found, "board").shape == (STEPS, STEPS, 2, 4, 3)

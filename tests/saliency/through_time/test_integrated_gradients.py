"""Integrated gradients through time: by hand, complete, and beside the plain rule of points."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from hand_set_policies import SHUT, steps_of, summing_policy
from sb3_contrib.common.recurrent.policies import RecurrentMultiInputActorCriticPolicy
from small_policies import observed, small_policy

from saccade.saliency import THROUGH_TIME, NoMapError, integrated_gradients_through_time, sequential_jacobian
from saccade.saliency.errors import UnknownMethodError
from saccade.saliency.readers.entries import Entries
from saccade.saliency.readers.undisturbed.evaluation_mode import evaluating
from saccade.saliency.through_time import through_time_named
from saccade.saliency.through_time.integrated_gradients import gradient_x_input_through_time
from saccade.saliency.through_time.neutral import neutral_steps
from saccade.saliency.through_time.occluded_steps import OccludedSteps
from saccade.saliency.through_time.stretch import Stretch

STEPS = 5
STARTS = np.isin(np.arange(STEPS), [0, 3])


def fall(policy, obs, head, starts, baseline):
    """head(x) - head(baseline) at each step, (T,), of the action that the policy takes at x."""
    stretch = Stretch.of(policy, obs, head, starts, None)
    away = neutral_steps(policy, stretch.entries, baseline)
    away = away.with_({key: stretch.entries.tensors[key] for key in stretch.entries.tensors if key not in stretch.entries.real})
    with evaluating(policy):
        found = []
        for episode, _ in stretch.asked():
            steps = OccludedSteps.of(stretch, away, episode)
            values = steps.values(th.tensor([[False], [True]]).expand(-1, len(steps)))
            found.append(values[0] - values[1])
    return th.cat(found).numpy()


def test_by_hand():
    """The value is the sum of tanh(x0); against a baseline of zeros a step accounts for its own tanh, and x1 for nothing."""
    policy, obs = summing_policy(), steps_of(0.5, -1.0, 2.0)
    found = integrated_gradients_through_time(policy, obs, "value", baseline=steps_of(0.0)[0])
    assert np.allclose(found, np.tril(np.broadcast_to(np.tanh([0.5, -1.0, 2.0]), (3, 3))), atol=5e-3)
    forgetful = integrated_gradients_through_time(summing_policy(SHUT), obs, "value", baseline=steps_of(0.0)[0])
    assert np.allclose(forgetful, np.diag(np.tanh([0.5, -1.0, 2.0])), atol=5e-3)


@pytest.mark.parametrize(("family", "points"), [("recurrent", 32), ("ppo", 32), ("glimpse", 128)])
def test_the_steps_add_up_to_what_the_head_falls(family, points):
    """The glimpse network has kinks, at which points of a line are less exact, so it gets more of them."""
    policy = small_policy(family)
    obs = observed(policy, STEPS)
    reverse = {key: x[::-1].copy() for key, x in obs.items()} if isinstance(obs, dict) else obs[::-1].copy()
    head, baseline = ("value", reverse) if family == "glimpse" else ("action", None)
    found = integrated_gradients_through_time(policy, obs, head, STARTS, baseline=baseline, points=points)
    expected = fall(policy, obs, head, STARTS, baseline)
    assert np.abs(expected).max() > 0
    assert np.allclose(found.sum(axis=1), expected, atol=0.01 * np.abs(expected).max())


def test_the_steps_of_dict_observations_add_up_as_well():
    space = spaces.Dict({"speed": spaces.Box(-1, 1, (2,), np.float32), "direction": spaces.Discrete(3)})
    th.manual_seed(0)
    policy = RecurrentMultiInputActorCriticPolicy(space, spaces.Discrete(2), lambda _: 1e-3, net_arch=[], lstm_hidden_size=4)
    obs = {"speed": np.random.default_rng(0).uniform(-1, 1, (STEPS, 2)).astype(np.float32), "direction": np.array([0, 2, 1, 1, 0])}
    baseline = {"speed": np.zeros(2, np.float32), "direction": np.array(2)}
    found = integrated_gradients_through_time(policy, obs, "action", STARTS, baseline=baseline)
    expected = fall(policy, obs, "action", STARTS, baseline)
    assert np.allclose(found.sum(axis=1), expected, atol=1e-4)


def test_as_the_mean_of_many_jacobians():
    """The slow twin: a midpoint rule over whole Jacobians."""
    policy = small_policy("recurrent")
    obs = observed(policy, 4).astype(np.float32)
    away, points = obs[::-1].copy(), 24
    found = integrated_gradients_through_time(policy, obs, "value", baseline=away, points=16)
    places = (np.arange(points) + 0.5) / points
    slopes = [sequential_jacobian(policy, th.as_tensor(away + a * (obs - away)), "value") for a in places]
    expected = (sum(slopes) / points * th.as_tensor(obs - away)).flatten(2).sum(2).numpy()
    assert np.allclose(found, expected, atol=0.01 * np.abs(expected).max())
    few = integrated_gradients_through_time(policy, obs, "value", outputs=[2], baseline=away, points=16, frames_at_once=3)
    assert np.allclose(few, found[[2]], atol=1e-4 * np.abs(found).max())


def test_against_itself_nothing_is_accounted_for():
    policy = small_policy("recurrent")
    obs = observed(policy, 3)
    assert not integrated_gradients_through_time(policy, obs, "value", baseline=obs, points=2).any()


def test_gradient_times_input_is_the_jacobian_times_the_observation():
    policy = small_policy("shared")
    obs = observed(policy, STEPS)
    found = gradient_x_input_through_time(policy, obs, "action", STARTS, outputs=[1, 4])
    jacobian = sequential_jacobian(policy, obs, "action", STARTS, outputs=[1, 4])
    expected = (jacobian * Entries.of(policy, obs).tensors[""]).flatten(2).sum(2).numpy()
    assert np.allclose(found, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("name", sorted(THROUGH_TIME))
def test_every_method_has_one_form(name):
    policy = small_policy("recurrent")
    found = through_time_named([name])[name](policy, observed(policy, STEPS), "value", STARTS, outputs=[2, 4])
    assert found.shape == (2, STEPS)
    assert (found >= 0).all()
    assert (found[0] > 0).tolist() == [True, True, True, False, False]
    assert (found[1] > 0).tolist() == [False, False, False, True, True]


def test_no_points_strange_methods_and_own_functions_are_refused():
    policy = small_policy("recurrent")
    with pytest.raises(ValueError, match="points is 0; it must be at least 1"):
        integrated_gradients_through_time(policy, observed(policy, 2), points=0)
    with pytest.raises(UnknownMethodError, match="no method through time 'rise'; it must be one of: jacobian"):
        through_time_named(["rise"])
    theirs = policy.predict_values
    policy.predict_values = lambda *arguments: 2 * theirs(*arguments)
    with pytest.raises(NoMapError, match="functions of its own"):
        integrated_gradients_through_time(policy, observed(policy, 2))

"""Occlusion through time by hand, beside one sequence after the other, and on what it must refuse."""

import numpy as np
import pytest
import torch as th
from grid_policies import box
from gymnasium import spaces
from hand_set_policies import SHUT, steps_of, summing_policy
from sb3_contrib.common.recurrent.policies import RecurrentMultiInputActorCriticPolicy
from small_policies import memory_after, observed, small_policy

from saccade.saliency import NoMapError, occlusion_through_time
from saccade.saliency.readers.entries import Entries
from saccade.saliency.readers.head_reader import head_reader
from saccade.saliency.readers.undisturbed.evaluation_mode import evaluating
from saccade.saliency.through_time.neutral import neutral_steps

STEPS = 5
SCOUT = spaces.Dict({"board": box(3, 2), "direction": spaces.Discrete(4), "speed": box(2)})


def scout():
    th.manual_seed(0)
    policy = RecurrentMultiInputActorCriticPolicy(SCOUT, spaces.Discrete(3), lambda _: 1e-3, net_arch=[], lstm_hidden_size=4)
    SCOUT.seed(0)
    samples = [SCOUT.sample() for _ in range(STEPS)]
    return policy, {key: np.stack([one[key] for one in samples]) for key in SCOUT.spaces}


def one_after_the_other(policy, obs, head, starts, neutral):
    """(T, T): every sequence on its own, one step at a time, as the policy plays."""
    reader, entries = head_reader(policy), Entries.of(policy, obs)
    instead = neutral_steps(policy, entries, neutral)

    def walk(hidden, choices):
        values, actions = [], []
        for t in range(len(entries)):
            if reader.recurrent and (t == 0 or starts[t]):
                memory = reader.no_memory(1)
            elif not reader.recurrent:
                memory = None
            now = (instead if t == hidden else entries).rows(slice(t, t + 1)).packed()
            actions.append(reader.choice(now, memory))
            values.append(reader.values(now, (head,), actions[t] if choices is None else choices[t], memory)[head].item())
            memory = reader.remember(now, memory) if reader.recurrent else None
        return np.array(values), actions

    with th.no_grad(), evaluating(policy):
        before, choices = walk(None, None)
        return np.stack([before - walk(hidden, choices)[0] for hidden in range(len(entries))], axis=1)


def test_by_hand():
    """The value is the sum of tanh(x0), so a hidden step takes its own part with it, whenever it was seen."""
    policy, obs = summing_policy(), steps_of(0.5, -1.0, 0.0)
    found = occlusion_through_time(policy, obs, "value", baseline=steps_of(0.0)[0])
    parts = np.tanh([0.5, -1.0, 0.0])
    expected = np.tril(np.broadcast_to(parts, (3, 3)))
    assert np.allclose(found, expected, atol=2e-3)
    assert np.allclose(found[1], [0.462, -0.762, 0], atol=2e-3)
    forgetful = occlusion_through_time(summing_policy(SHUT), obs, "value", baseline=steps_of(0.0)[0])
    assert np.allclose(forgetful, np.diag(parts), atol=2e-3)


def test_by_default_the_mean_of_the_stretch_stands_in_a_hidden_step():
    policy, obs = summing_policy(), steps_of(1.0, 3.0)
    found = occlusion_through_time(policy, obs, "value", outputs=[1])
    assert np.allclose(found, [[np.tanh(1) - np.tanh(2), np.tanh(3) - np.tanh(2)]], atol=2e-3)
    assert np.allclose(found, occlusion_through_time(policy, obs, "value", outputs=[1], baseline=steps_of(2.0)[0]))


@pytest.mark.parametrize("family", ["recurrent", "shared", "memoryless", "ppo", "glimpse", "scout"])
def test_as_one_sequence_after_the_other(family):
    policy, obs = scout() if family == "scout" else (small_policy(family), None)
    obs = observed(policy, STEPS) if obs is None else obs
    starts = np.isin(np.arange(STEPS), [0, 3])
    dict_obs = isinstance(obs, dict)
    one = {key: x[2] for key, x in obs.items()} if dict_obs else obs[2]
    many = {key: x[::-1].copy() for key, x in obs.items()} if dict_obs else obs[::-1].copy()
    for head, neutral in ((head_reader(policy).shown()[0], None), (head_reader(policy).shown()[-1], one), ("value", many)):
        expected = one_after_the_other(policy, obs, head, starts, neutral)
        found = occlusion_through_time(policy, obs, head, starts, baseline=neutral)
        scale = 1e-4 * max(np.abs(expected).max(), 1e-3)
        assert np.abs(expected).max() > 0
        assert np.allclose(found, expected, atol=scale)
        few = occlusion_through_time(policy, obs, head, starts, baseline=neutral, frames_at_once=2, rows_at_once=9)
        assert np.allclose(few, found, atol=scale)
        some = occlusion_through_time(policy, obs, head, starts, baseline=neutral, outputs=[1, 4])
        assert np.allclose(some, found[[1, 4]], atol=scale)


@pytest.mark.parametrize("family", ["recurrent", "ppo"])
def test_nothing_from_the_future_or_from_another_episode(family):
    policy = small_policy(family)
    starts = np.isin(np.arange(6), [0, 2, 3])
    found = occlusion_through_time(policy, observed(policy, 6), "action", starts)
    episode = np.cumsum(starts)
    same = (episode[:, None] == episode) & (np.arange(6)[:, None] >= np.arange(6))
    assert (found[~same] == 0).all()
    assert (found[same] != 0).all() == (family == "recurrent")


def test_the_baseline_may_have_its_old_name():
    """Which occlusion and deletion had for it earlier."""
    policy, obs, dark = summing_policy(), steps_of(1.0, 2.0), steps_of(0.5)[0]
    found = occlusion_through_time(policy, obs, "value", neutral=dark)
    assert np.array_equal(found, occlusion_through_time(policy, obs, "value", baseline=dark))
    assert not np.allclose(found, occlusion_through_time(policy, obs, "value"))
    with pytest.raises(ValueError, match="two names of one thing; give baseline"):
        occlusion_through_time(policy, obs, "value", baseline=dark, neutral=dark)


def test_a_neutral_step_where_there_is_nothing_to_take_away():
    policy = small_policy("recurrent")
    obs = np.repeat(observed(policy, 1), 4, axis=0)
    assert np.allclose(occlusion_through_time(policy, obs, "value"), 0, atol=1e-5)
    assert occlusion_through_time(policy, obs[:1], "value").shape == (1, 1)


def test_the_policy_stays_as_it_was():
    policy, state = small_policy("shared").train(), th.get_rng_state()
    with th.inference_mode():
        occlusion_through_time(policy, observed(policy, 3), "action")
    assert policy.training
    assert th.equal(th.get_rng_state(), state)


def test_usual_values_of_entries_that_are_no_real_numbers_are_the_most_frequent_ones():
    policy, obs = scout()
    obs["direction"] = np.array([3, 1, 3, 0, 3])
    found = neutral_steps(policy, Entries.of(policy, obs)).tensors
    assert found["direction"].flatten().tolist() == [3] * STEPS
    assert np.allclose(found["speed"], obs["speed"].mean(0), atol=1e-6)


def test_the_gaze_of_a_policy_with_a_retina_stays():
    policy = small_policy("glimpse")
    obs = observed(policy, 3)
    found = neutral_steps(policy, Entries.of(policy, obs)).tensors
    assert np.allclose(found["gaze"], obs["gaze"])
    assert th.equal(found["image"][0], found["image"][2])


def test_neutral_observations_that_do_not_fit_are_refused():
    policy = small_policy("recurrent")
    obs = observed(policy, 4)
    with pytest.raises(ValueError, match="there are 3 neutral observations for 4 steps; give one, or one for each step"):
        occlusion_through_time(policy, obs, baseline=obs[:3])
    with pytest.raises(ValueError, match="takes a batch"):
        occlusion_through_time(policy, obs, baseline=obs[0, :, :3])
    with pytest.raises(ValueError, match="rows_at_once is 0; it must be at least 1"):
        occlusion_through_time(policy, obs, rows_at_once=0)
    with pytest.raises(ValueError, match="no head 'q'"):
        occlusion_through_time(policy, obs, "q")
    policy.predict_values = lambda *arguments: None
    with pytest.raises(NoMapError, match=r"functions of its own .* through time"):
        occlusion_through_time(policy, obs)


def test_a_stretch_from_the_middle_of_an_episode_has_the_memory_that_the_policy_had():
    policy = small_policy("recurrent")
    obs, cut = observed(policy, 7), 3
    memory = memory_after(policy, obs[:cut])
    neutral = obs[:1]
    whole = occlusion_through_time(policy, obs, "value", outputs=[4, 6], baseline=neutral[0])
    part = occlusion_through_time(policy, obs[cut:], "value", outputs=[1, 3], memory=memory, baseline=neutral[0])
    assert np.allclose(part, whole[:, cut:], atol=1e-5)
    without = occlusion_through_time(policy, obs[cut:], "value", outputs=[1, 3], baseline=neutral[0])
    assert not np.allclose(without, part, atol=1e-3)

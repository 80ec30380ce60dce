"""Deletion through time on policies whose memory is set by hand: the true map wins, and a blind one does not."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from hand_set_policies import SHUT, steps_of, summing_policy
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.td3.policies import TD3Policy

from saccade.saliency.checks.through_time.deletion import deletion_through_time
from saccade.saliency.checks.through_time.episode import Episode
from saccade.saliency.errors import AlignmentError

LENGTH, EPISODES = 10, 12
NEUTRAL = steps_of(0.0)[0]
LATE = 9


def episodes(count=EPISODES, **known):
    """
    A weak negative sum with one large positive step early in each episode. The sum of tanh is then positive, so the action is 1;
    without the large step it is 0.
    """
    made = []
    for i in range(count):
        firsts = np.full(LENGTH, -0.05)
        firsts[1 + i % 5] = 2.0
        made.append(Episode(steps_of(*firsts), [LATE], **known))
    return made


def test_by_hand():
    """Three steps of x0 = 1, -0.05, -0.05. Without the first the sum is -0.1: another action, and the value moves by tanh(1)."""
    one = Episode(steps_of(1.0, -0.05, -0.05), [2])
    found = deletion_through_time(summing_policy(), [one], "value", "occlusion", baseline=NEUTRAL)
    assert found.change["map"] == pytest.approx(np.tanh(1), abs=3e-3)
    assert found.flips["map"].tolist() == [1]
    assert found.change["recency"] == pytest.approx(np.tanh(0.05), abs=3e-3)
    assert found.flips["recency"].tolist() == [0]


WIDE = spaces.Box(-2, 2, (1,), np.float32)


def squashed(slope: float) -> TD3Policy:
    """Its action is 2 tanh(slope x0)."""
    policy = TD3Policy(spaces.Box(-9, 9, (2,), np.float32), WIDE, lambda _: 1e-3, net_arch=[])
    with th.no_grad():
        policy.actor.mu[0].weight.copy_(th.tensor([[slope, 0.0]]))
        policy.actor.mu[0].bias.zero_()
    return policy


def clipped(slope: float) -> ActorCriticPolicy:
    """Its action is slope x0, between -2 and 2."""
    policy = ActorCriticPolicy(
        spaces.Box(-9, 9, (2,), np.float32), WIDE, lambda _: 1e-3, net_arch=[], features_extractor_class=FlattenExtractor
    )
    with th.no_grad():
        policy.action_net.weight.copy_(th.tensor([[slope, 0.0]]))
        policy.action_net.bias.zero_()
    return policy


@pytest.mark.parametrize(
    ("policy", "with_step", "without", "flips"),
    [
        (squashed(float(np.arctanh(0.15))), 1.0, 0.0, 1),  # 0.30 and 0: 7.5 % of the range
        (squashed(float(np.arctanh(0.08))), 1.0, 0.0, 0),  # 4 %
        (clipped(0.3), 1.0, 0.0, 1),
        (clipped(0.16), 1.0, 0.0, 0),
        (clipped(3.0), 2.0, 1.0, 0),  # 6 and 3, both clipped to 2
    ],
)
def test_continuous_actions_change_by_the_range_of_the_env(policy, with_step, without, flips):
    shown = steps_of(with_step, without)
    taken = policy.predict(shown, deterministic=True)[0]
    assert (abs(taken[0] - taken[1]) > 0.05 * 4).all() == flips
    found = deletion_through_time(
        policy,
        [Episode(steps_of(with_step), [0])],
        "action_0",
        baseline=shown[1],
        strengths=[np.ones((1, 1))],
    )
    assert found.flips["map"].tolist() == [flips]


@pytest.mark.parametrize("method", ["occlusion", "gradient_x_input"])
def test_a_map_that_knows_the_cause_beats_recency(method):
    found = deletion_through_time(summing_policy(), episodes(), "value", method, baseline=NEUTRAL, draws=5)
    assert (found.flips["map"] == 1).all()
    assert not found.flips["recency"].any()
    assert found.lead("flips", "recency").low > 0
    assert "by changed actions it beats recency (the last steps)" in found.verdict()
    lines = found.table().splitlines()
    assert "| steps chosen by | action changed | lead of the map | change of the head | lead of the map |" in lines
    assert [line for line in lines if line.startswith("| the map | 100.0 % [100.0 %, 100.0 %] |")]
    figures = found.figures()
    assert figures["flips_lead_over_recency"] == 1
    assert figures["episodes"] == EPISODES


def test_the_jacobian_misses_a_step_at_which_the_network_is_saturated():
    """tanh is flat at 2 and steep at -0.05, so the derivative is small where most of the value comes from."""
    found = deletion_through_time(summing_policy(), episodes(), "value", "jacobian", baseline=NEUTRAL)
    assert not found.flips["map"].any()
    assert found.flips["random_steps"].any()


def test_what_stands_instead_may_depend_on_the_episode():
    """Every episode is silenced by its own first step, which is weak and differs, so the sum moves by another amount in each."""
    firsts = (-0.1, -0.2)
    several = [Episode(steps_of(first, 2.0, first), [2]) for first in firsts]
    maps = [np.eye(3)[[1]]] * 2  # of the strong step
    found = deletion_through_time(summing_policy(), several, "value", "by hand", baseline=lambda seen: seen[0], strengths=maps)
    expected = [np.tanh(2.0) - np.tanh(first) for first in firsts]
    assert found.change["map"] == pytest.approx(expected, abs=5e-3)
    assert found.flips["map"].tolist() == [1, 1]


def test_segments_of_one_size():
    segments = np.array([-1, 0, 0, 0, 0, 0, 1, 1, 1, 1])
    found = deletion_through_time(
        summing_policy(), episodes(segments=segments), "value", "occlusion", by="segments", baseline=NEUTRAL
    )
    assert set(found.flips) == {"map", "recency", "random_steps", "random_stretch", "other_segment"}
    assert (found.flips["map"] == 1).all()
    assert not found.flips["other_segment"].any()
    assert "one segment deleted" in found.verdict()


def test_a_map_of_noise_is_not_better_than_random_steps_and_the_wrong_map_is_worse():
    """Without a memory only the last step counts, so recency is right, and a map that points elsewhere is worse."""
    policy, several = summing_policy(SHUT), episodes()
    wrong = [np.eye(LENGTH)[[3]] for _ in several]
    found = deletion_through_time(policy, several, "value", "a guess", baseline=NEUTRAL, strengths=wrong)
    assert not found.change["map"].any()
    assert "is worse than recency (the last steps)" in found.verdict().partition("by the change of the head it ")[2]
    assert found.lead("change", "recency").high < 0
    noise = [np.random.default_rng(i).random((1, LENGTH)) for i in range(EPISODES)]
    found = deletion_through_time(summing_policy(), several, "value", "noise", baseline=NEUTRAL, strengths=noise)
    lead = found.lead("flips", "random_steps")
    assert lead.low <= 0 <= lead.high


def test_few_episodes_say_nothing():
    found = deletion_through_time(summing_policy(), episodes(4), "value", "occlusion", baseline=NEUTRAL)
    assert "cannot be compared with rivals: 4 episodes, 5 are needed" in found.verdict()
    assert found.figures()["flips_map_low"] is None


def test_episodes_and_maps_that_do_not_fit_are_refused():
    policy = summing_policy()
    with pytest.raises(AlignmentError, match="episode 0 has no segments; deletion by segments needs them"):
        deletion_through_time(policy, episodes(1), by="segments")
    with pytest.raises(ValueError, match="by is 'words'") as refused:
        deletion_through_time(policy, episodes(1), by="words")
    assert not isinstance(refused.value, AlignmentError)  # the episodes are all right
    with pytest.raises(AlignmentError, match=r"the decision at step 9 of episode 0 has no step before it"):
        deletion_through_time(policy, episodes(1, inputs=np.zeros(LENGTH, bool)))
    with pytest.raises(AlignmentError, match=r"a map has the shape \(2, 10\); it must be \(1, 10\)"):
        deletion_through_time(policy, episodes(1), strengths=[np.zeros((2, LENGTH))])
    with pytest.raises(ValueError, match="no method through time 'rise'"):
        deletion_through_time(policy, episodes(1), method="rise")

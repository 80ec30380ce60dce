import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from small_policies import observed, small_policy
from stable_baselines3.common.policies import ActorCriticPolicy, MultiInputActorCriticPolicy
from stable_baselines3.common.torch_layers import CombinedExtractor, FlattenExtractor
from stable_baselines3.dqn.policies import DQNPolicy
from torch import nn
from torch.distributions import Distribution

from saccade.saliency import MapKey, States, explain, heads
from saccade.saliency.errors import NoMapError
from saccade.saliency.methods import methods_named
from saccade.saliency.methods.derivatives import jacobian
from saccade.saliency.methods.first_map import FIRST_OF_IMAGES
from saccade.saliency.methods.map_making import film_maps, make_maps, signed_map
from saccade.saliency.pictures.event_pictures import trajectory_panels


def test_maps_of_many_heads_by_many_methods():
    policy = small_policy("ppo")
    states, methods = States(observed(policy, 2)), methods_named(["jacobian", "greydanus", "sarfa"])
    maps = make_maps(policy, states, ("value", "action"), methods)
    assert [str(key) for key in maps] == ["value", "action", "value/greydanus", "action/greydanus", "action/sarfa"]
    assert np.allclose(maps[MapKey("action")], jacobian(heads(policy)["action"], states.observations))
    greydanus = signed_map(methods["greydanus"], heads(policy)["value"], states.observations)
    assert np.array_equal(maps[MapKey("value", "greydanus")], greydanus)


def test_a_method_without_any_map_says_why():
    policy = small_policy("ppo")
    with pytest.raises(NoMapError, match="does not speak of one"):
        make_maps(policy, States(observed(policy, 2)), ("value",), methods_named(["sarfa"]))


def test_a_bug_in_a_method_shows_itself_although_another_head_works():
    policy = small_policy("ppo")

    def broken(head, obs):
        return jacobian(head, obs) if head.name == "value" else jacobian(head)  # one argument too few: a TypeError

    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        make_maps(policy, States(observed(policy, 2)), ("value", "action"), {"broken": broken})


class Frozen(FlattenExtractor):
    def forward(self, observations):
        with th.no_grad():
            return 2 * super().forward(observations)


class FrozenDict(CombinedExtractor):
    def forward(self, observations):
        with th.no_grad():
            return 2 * super().forward(observations)


BOX = spaces.Box(-1, 1, (4,))


@pytest.mark.parametrize(
    ("policy_class", "extractor", "space"),
    [(ActorCriticPolicy, Frozen, BOX), (MultiInputActorCriticPolicy, FrozenDict, spaces.Dict(a=BOX, b=BOX))],
    ids=["vector", "dict"],
)
def test_a_video_without_derivatives_shows_the_game_alone(policy_class, extractor, space):
    """Occlusion explains such a policy, so its video must not end the explanation."""
    policy = policy_class(space, spaces.Discrete(2), lambda _: 0.0, net_arch=[4], features_extractor_class=extractor)
    vectors = np.random.default_rng(0).uniform(-1, 1, (3, 4)).astype(np.float32)
    states = States({"a": vectors, "b": vectors[::-1].copy()} if isinstance(space, spaces.Dict) else vectors)
    assert make_maps(policy, states, ("value",), methods_named(["occlusion"]))
    maps, reason = film_maps(policy, states, ("value",))
    assert maps == {}
    assert "its gradient is cut on the way" in reason
    panels = list(trajectory_panels(states, maps))
    assert (len(panels), panels[0].dtype) == (3, np.uint8)


class Logarithms(FlattenExtractor):
    """Takes numbers above 0 only, as an env of prices gives them."""

    def forward(self, observations):
        return th.log(super().forward(observations))


@pytest.mark.parametrize("family", [DQNPolicy, ActorCriticPolicy])
def test_changed_observations_that_a_policy_cannot_take(family, monkeypatch):
    monkeypatch.setattr(Distribution, "_validate_args", True)  # torch.compile leaves it off for the whole process
    space = spaces.Box(1, 10, (18,))
    network = {"net_arch": [8], "activation_fn": nn.ReLU, "features_extractor_class": Logarithms}
    policy = family(space, spaces.Discrete(3), lambda _: 0.0, **network)
    obs = np.random.default_rng(0).uniform(1, 10, (9, 18)).astype(np.float32)
    found = explain(policy, obs)  # its checks put zeros in place of components
    assert found.trust
    assert all("removal by zero does not change the head, or leaves it without a number" in row.verdict for row in found.trust)
    with pytest.raises(NoMapError, match=r"by occlusion is not finite in states 0, 1, 2, 3, 4 \.\.\., because") as refusal:
        explain(policy, obs, methods=("occlusion",))
    assert "\n" not in str(refusal.value)
    assert Distribution._validate_args  # as before


def test_a_map_that_is_not_finite_is_left_out_and_said():
    policy = ActorCriticPolicy(BOX, spaces.Discrete(2), lambda _: 0.0, net_arch=[4])
    states, refusals = States(np.full((3, 4), 0.5, np.float32)), {}

    def spoilt(head, obs):
        found = jacobian(head, obs)
        found[1, 2] = th.nan if head.name == "value" else 0.0
        return found

    maps = make_maps(policy, states, ("value", "action"), {"spoilt": spoilt}, refusals)
    assert list(maps) == [MapKey("action", "spoilt")]
    assert "is not finite in state 1, because" in refusals[MapKey("value", "spoilt")]


def test_a_video_shows_the_jacobians():
    """Beside the maps that are shown first."""
    policy = small_policy("ppo")
    states = States(observed(policy, 2))
    maps, reason = film_maps(policy, states, ("value", "action"))
    first = [f"{head}/{FIRST_OF_IMAGES}" for head in ("value", "action")]
    assert ([str(key) for key in maps], reason) == ([*first, "value", "action"], "")
    assert np.array_equal(maps[MapKey("value")], jacobian(heads(policy)["value"], states.observations))

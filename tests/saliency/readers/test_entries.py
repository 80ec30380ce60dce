import numpy as np
import pytest
import torch as th
from grid_policies import box, flat_policy, grid_policy
from gymnasium import spaces
from small_policies import SIDE, observed, small_policy
from stable_baselines3.common.policies import ActorCriticPolicy, MultiInputActorCriticPolicy
from stable_baselines3.common.torch_layers import FlattenExtractor
from torch import nn

from saccade.saliency import METHODS, Head, head_jacobians, value_advantage_jacobian
from saccade.saliency.errors import ObservationError
from saccade.saliency.methods.map_making import signed_map
from saccade.saliency.readers.entries import Entries, entry_keys, letters_of, pictured, sees_images


def twins():
    """The same network twice: it sees planes first, or planes last; and what both see."""
    first, last = grid_policy(box(3, 8, 6), "CHW"), grid_policy(box(8, 6, 3), "HWC")
    last.load_state_dict(first.state_dict())
    obs = np.random.default_rng(0).random((2, 3, 8, 6), np.float32)
    return first, last, obs, np.ascontiguousarray(obs.transpose(0, 2, 3, 1))


@pytest.mark.parametrize("name", sorted(METHODS.keys() - {"attention"}))
def test_maps_do_not_depend_on_the_order_of_the_axes(name):
    first, last, obs, turned = twins()
    method = METHODS[name]
    head = "action" if name == "sarfa" else "value"
    expected = np.asarray(method(Head(first, head), obs).detach())
    found = np.asarray(method(Head(last, head), turned).detach())
    assert found.shape == turned.shape  # the policy's own form
    assert np.allclose(found.transpose(0, 3, 1, 2), expected, atol=1e-5)
    assert np.allclose(signed_map(method, Head(last, head), turned), expected, atol=1e-5)


def test_grad_cam_of_a_policy_that_turns_the_picture():
    """Its convolution takes columns for rows; the map lies the right way round again."""
    straight, turned = grid_policy(box(8, 6, 3), "HWC"), grid_policy(box(8, 6, 3), "HWC turned")
    with th.no_grad():
        for policy in (straight, turned):
            policy.features_extractor.look.weight.fill_(0.05)
            policy.features_extractor.look.bias.zero_()
    obs = np.zeros((1, 8, 6, 3), np.float32)
    obs[0, 7, 1] = 1.0  # low on the left
    for policy in (straight, turned):
        strength = np.abs(signed_map(METHODS["grad_cam"], Head(policy, "value"), obs)[0]).sum(0)
        assert strength.shape == (8, 6)
        row, column = np.unravel_index(strength.argmax(), strength.shape)
        assert (row >= 6, column <= 2) == (True, True)


@pytest.mark.parametrize("name", ["dqn", "recurrent", "maskable"])
def test_images_are_taken_as_predict_takes_them(name):
    policy = small_policy(name)
    obs = observed(policy, 3)
    turned = obs.transpose(0, 2, 3, 1)  # channels last, as the env gives them
    first, last = head_jacobians(policy, obs), head_jacobians(policy, turned)
    as_tensors = head_jacobians(policy, th.as_tensor(turned.copy()))
    for head, maps in first.items():
        assert maps.shape == (3, 2, SIDE, SIDE)
        assert th.equal(maps, last[head])
        assert th.equal(maps, as_tensors[head])


def test_value_and_advantage_of_images_with_channels_last():
    policy = small_policy("dueling")
    obs = observed(policy, 2)
    for a, b in zip(
        value_advantage_jacobian(policy, obs), value_advantage_jacobian(policy, obs.transpose(0, 2, 3, 1)), strict=True
    ):
        assert th.equal(a, b)


def test_images_in_a_dict_are_taken_with_channels_last_too():
    policy = small_policy("entries")
    obs = observed(policy, 2)
    maps = head_jacobians(policy, {**obs, "image": obs["image"].transpose(0, 2, 3, 1)}, ("value",))["value"]
    expected = head_jacobians(policy, obs, ("value",))["value"]
    assert {key: x.shape for key, x in maps.items()} == {key: x.shape for key, x in obs.items()}
    assert all(th.equal(maps[key], expected[key]) for key in maps)
    assert maps["image"].any()
    assert not maps["kind"].any()


def test_a_policys_own_way_to_tensors_is_used(monkeypatch):
    policy = flat_policy(box(4))
    own = policy.obs_to_tensor
    monkeypatch.setattr(policy, "obs_to_tensor", lambda obs: own(obs / 2))
    assert Entries.of(policy, np.ones((1, 4), np.float32)).packed().tolist() == [[0.5] * 4]


def test_shapes_that_fit_neither_way_are_refused():
    policy = small_policy("dqn")
    for shape in ((3, SIDE, SIDE), (1, SIDE, 2, SIDE), (1, 3, SIDE, SIDE), (2, SIDE)):
        with pytest.raises(ObservationError, match=r"takes a batch \(B, 2, 16, 16\)"):
            Entries.of(policy, np.zeros(shape, np.uint8))


def test_states_that_are_not_finite_are_named():
    """One of them would make every mean NaN, and the checks would blame the network."""
    policy = flat_policy(box(5))
    spoilt = np.zeros((3, 5), np.float32)
    spoilt[1, 2], spoilt[2, 0] = np.nan, np.inf
    with pytest.raises(ObservationError, match="observations are not finite in states 1, 2; leave these states out"):
        Entries.of(policy, spoilt)


def test_a_list_is_no_batch():
    policy = small_policy("dqn")
    with pytest.raises(ObservationError, match=r"numpy\.stack makes one of a list"):
        Entries.of(policy, list(observed(policy, 2)))


def test_entries_of_other_lengths_and_single_numbers_are_refused():
    space = spaces.Dict({"v": spaces.Box(-1, 1, (4,), np.float32), "d": spaces.Discrete(3)})
    policy = MultiInputActorCriticPolicy(space, spaces.Discrete(2), lambda _: 0.0)
    obs = {"v": np.zeros((3, 4), np.float32), "d": np.zeros(2, int)}
    with pytest.raises(ObservationError, match="the entries are not equally many observations: v 3, d 2"):
        head_jacobians(policy, obs)
    with pytest.raises(ObservationError, match="observations are a batch"):
        head_jacobians(policy, {**obs, "d": np.array(1)})


def test_observations_keep_the_precision_of_sb3_whatever_a_layer_computes_in():
    """1,002.74 in bfloat16 is 1,004: the network would be asked about other states."""

    class Rounding(FlattenExtractor):
        def __init__(self, space):
            super().__init__(space)
            self.layer = nn.Linear(4, 4, dtype=th.bfloat16)

        def forward(self, observations):
            assert observations.dtype == th.float32
            return self.layer((observations - 1000).to(th.bfloat16)).float()

    space = spaces.Box(990, 1010, (4,), np.float32)
    policy = ActorCriticPolicy(space, spaces.Discrete(2), lambda _: 0.0, features_extractor_class=Rounding, ortho_init=False)
    obs = np.array([[1002.74, 995.4, 990.82, 990.33]], np.float32)
    assert th.equal(Entries.of(policy, obs).tensors[""], th.tensor(obs))
    head_jacobians(policy, obs)
    assert Entries.of(policy.double(), obs).tensors[""].dtype == th.float64


def test_entries_of_all_kinds():
    space = spaces.Dict(
        {
            "board": box(6, 7, 2, dtype=bool),
            "clock": box(1),
            "kind": spaces.Discrete(3),
            "on": spaces.MultiBinary([2, 4, 4]),
            "table": box(3, 4),
        }
    )
    policy = MultiInputActorCriticPolicy(space, spaces.Discrete(2), lambda _: 1e-3, net_arch=[4])
    obs = {key: np.stack([one.sample() for _ in range(2)]) for key, one in space.spaces.items()}
    entries = Entries.of(policy, obs)
    assert entries.images() == ["board", "table"]
    assert entries.fixed == ("kind", "on")
    assert entries.pictured == "board"
    assert entries.tensors["board"].shape == (2, 2, 6, 7)
    assert entry_keys(policy) == {"board": "board", "clock": "clock", "table": "table"}
    assert letters_of(policy) == {"board": "HWC", "clock": "D", "table": "HW"}
    assert sees_images(policy)
    assert pictured(policy, obs, "table").shape == (2, 1, 3, 4)
    packed = entries.packed()
    assert all((packed[key].numpy() == obs[key]).all() for key in obs)
    with pytest.raises(ObservationError, match="no entry 'kind' with a map"):
        entries.key_of("kind")

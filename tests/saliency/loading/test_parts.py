"""Spaces, classes, weights and sizes, each read by itself."""

import importlib
import io
import pickle

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy

from saccade.saliency.loading.class_names import class_of
from saccade.saliency.loading.inert_pickle import Name, read_pickle
from saccade.saliency.loading.refusal import NeedsTrust, Refusal
from saccade.saliency.loading.size_budget import SizeBudget
from saccade.saliency.loading.spaces_of_models import space_of
from saccade.saliency.loading.weights import read_weights

SPACES = {
    "box": spaces.Box(-np.inf, np.array([1, np.inf], np.float32), (2,), np.float32),
    "unbounded-whole": spaces.Box(-np.inf, np.inf, (2,), np.int64),
    "image": spaces.Box(0, 255, (3, 4, 5), np.uint8),
    "no-axes": spaces.Box(0, 1, (), np.float64),
    "discrete": spaces.Discrete(5, start=-2),
    "multi-discrete": spaces.MultiDiscrete([[2, 3], [4, 5]]),
    "multi-binary": spaces.MultiBinary([2, 3]),
    "binary": spaces.MultiBinary(4),
    "dict": spaces.Dict({"b": spaces.Discrete(2), "a": spaces.Dict({"x": spaces.Box(0, 1, (1,))})}),
}


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("name", SPACES)
def test_spaces_are_those_of_gymnasium(name, protocol):
    read = space_of(read_pickle(pickle.dumps(SPACES[name], protocol)))
    assert read == SPACES[name]
    assert repr(read) == repr(SPACES[name])
    read.seed(1)
    SPACES[name].seed(1)
    np.testing.assert_equal(read.sample(), SPACES[name].sample())


def test_spaces_of_gym_are_read_without_gym():
    pickled = pickle.dumps(SPACES["image"], 2).replace(b"cgymnasium.spaces.box", b"cgym.spaces.box")
    assert space_of(read_pickle(pickled)) == SPACES["image"]


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (spaces.Text(3), r"needs the space gymnasium\.spaces\.text\.Text, which is not one of Box"),
        (spaces.Tuple([spaces.Discrete(2)]), "needs the space .*Tuple"),
        ([1], "has no space where one must be"),
    ],
)
def test_other_spaces_are_refused(space, message):
    with pytest.raises(Refusal, match=message):
        space_of(read_pickle(pickle.dumps(space)))


def test_classes_by_name():
    assert class_of(Name("stable_baselines3.common.policies", "ActorCriticPolicy"), (BasePolicy,)) is ActorCriticPolicy
    assert class_of(Name("torch.nn.modules.activation", "ReLU")) is th.nn.ReLU
    for name in (
        Name("os", "system"),
        Name("stable_baselines3x", "PPO"),
        Name("stable_baselines3.common.policies", "os.system"),
        Name("stable_baselines3..common", "x"),
        Name("torch.hub", "load"),
        Name("saccade.experiments", "train"),
        Name("saccade", "policies"),
        Name("torch.nn", "functional"),
        Name("torch.nn.init", "orthogonal_"),
        Name("torch.nn", "ReLU"),  # no policy
    ):
        with pytest.raises(NeedsTrust):
            class_of(name, (BasePolicy,))
        with pytest.raises(NeedsTrust):
            class_of(name, (BasePolicy,), own="pathlib")
    with pytest.raises(Refusal, match="which the installed version of that package does not have"):
        class_of(Name("stable_baselines3.later", "Policy"), (BasePolicy,))


def test_a_file_has_no_module_of_the_users_package_imported(tmp_path, monkeypatch):
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "grids.py").write_text("from stable_baselines3.dqn.policies import DQNPolicy\nclass Own(DQNPolicy): pass\n")
    (package / "traps.py").write_text("import pathlib; pathlib.Path('it-ran').touch()\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    own = importlib.import_module("my_package.grids").Own
    assert class_of(Name("my_package.grids", "Own"), (BasePolicy,), own="my_package.grids") is own
    with pytest.raises(NeedsTrust, match=r"needs the class my_package\.traps\.Own, which is not of SB3"):
        class_of(Name("my_package.traps", "Own"), (BasePolicy,), own="my_package.grids")
    assert not (tmp_path / "it-ran").exists()


def saved(state: object, **arguments: object) -> bytes:
    file = io.BytesIO()
    th.save(state, file, **arguments)
    return file.getvalue()


def test_weights_are_those_of_torch():
    whole = th.arange(24.0).reshape(4, 6)
    state = {
        **{str(dtype): th.tensor([[0, 1], [1, 0]]).to(dtype) for dtype in (th.float16, th.bfloat16, th.float64, th.bool)},
        **{f"whole-{dtype}": th.tensor([-3, 5]).to(dtype) for dtype in (th.int8, th.int16, th.int32, th.int64)},
        "transposed": whole.T,
        "part": whole[1:3, ::2],
        "whole": whole,
        "number": th.tensor(7),
        "empty": th.zeros(0, 3),
        "parameter": th.nn.Parameter(th.ones(2)),
        "byte": th.tensor([200], dtype=th.uint8),
    }
    read, expected = read_weights(saved(state)), th.load(io.BytesIO(saved(state)), weights_only=True)
    assert list(read) == list(expected)
    for name in state:
        assert th.equal(read[name], expected[name]), name
        assert (read[name].dtype, read[name].stride()) == (expected[name].dtype, expected[name].stride())
    network = th.nn.Sequential(th.nn.Linear(2, 3), th.nn.BatchNorm1d(3))
    assert all(th.equal(one, network.state_dict()[name]) for name, one in read_weights(saved(network.state_dict())).items())


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ([th.ones(1)], "are not a state dict"),
        ({"a": 5}, "is not a plain tensor"),
        ({5: th.ones(1)}, "without a name"),
        ({"a": th.ones(2).to_sparse()}, "is not a plain tensor"),
        ({"a": th.ones(2, dtype=th.complex64)}, "unusual type"),
    ],
)
def test_weights_that_are_no_state_dict(state, message):
    with pytest.raises(Refusal, match=message):
        read_weights(saved(state))


def test_weights_of_old_torch():
    with pytest.raises(Refusal, match=r"is not a \.zip"):
        read_weights(saved({"a": th.ones(1)}, _use_new_zipfile_serialization=False))


def test_a_budget_of_numbers():
    with SizeBudget(100):
        assert th.nn.Linear(9, 9).weight.shape == (9, 9)  # 90 numbers
    for make in (lambda: th.nn.Linear(10, 11), lambda: th.zeros(2**40), lambda: th.arange(10**12), lambda: th.ones(1).expand(101)):
        with SizeBudget(100), pytest.raises(Refusal, match="larger than its weights in the file"):
            make()
    with SizeBudget(100), pytest.raises(Refusal):
        [th.empty(60) for _ in range(2)]
    with SizeBudget(10**6), pytest.raises(Refusal):
        [th.empty(1) for _ in range(30_000)]


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (2, 3, 4, 4)])
def test_layers_keep_their_shape_where_first_weights_are_not_computed(shape):
    with SizeBudget(1000):
        assert th.nn.init.orthogonal_(th.empty(shape)).shape == shape

"""Usual models read without running their code are those that SB3 reads."""

import numpy as np
import pytest
import torch as th
from usual_models import LEFT, MODELS, VECTOR, on_policy

from saccade.saliency import load_policy
from saccade.saliency.errors import SavedPolicyError


def equal_spaces(one, other) -> bool:
    """Also what ``==`` does not look at: the order of entries, and which bounds there are."""
    if hasattr(one, "spaces"):
        return list(one) == list(other) and all(equal_spaces(one[key], other[key]) for key in one)
    same = (one == other, type(one) is type(other), one.dtype == other.dtype, one.shape == other.shape)
    bounded = [np.array_equal(getattr(one, name, 0), getattr(other, name, 0)) for name in ("bounded_below", "bounded_above")]
    return all((*same, *bounded))


@pytest.mark.parametrize("name", MODELS)
def test_usual_models_are_read_as_sb3_reads_them(name, tmp_path):
    model = MODELS[name]()
    model.save(tmp_path / "model.zip")
    read, trusted = load_policy(tmp_path / "model.zip", "cpu"), load_policy(tmp_path / "model.zip", "cpu", trust=True)
    assert type(read) is type(trusted) is type(model.policy)
    assert equal_spaces(read.observation_space, trusted.observation_space)
    assert equal_spaces(read.action_space, trusted.action_space)
    weights, expected = read.state_dict(), trusted.state_dict()
    assert list(weights) == list(expected)
    assert all(th.equal(weights[key], expected[key]) and weights[key].dtype == expected[key].dtype for key in weights)
    assert type(read.optimizer_class) is type(trusted.optimizer_class)
    assert (read.optimizer_kwargs, read.training) == (trusted.optimizer_kwargs, False)
    model.observation_space.seed(1)
    for _ in range(4):
        obs = model.observation_space.sample()
        assert np.array_equal(read.predict(obs, deterministic=True)[0], trusted.predict(obs, deterministic=True)[0])
    assert all(parameter.requires_grad for parameter in trusted.parameters()) == all(one.requires_grad for one in read.parameters())


def test_there_are_many_kinds():
    assert len(MODELS) >= 24


class OwnExtractor(th.nn.Module):
    """Of a user's own module."""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features_extractor_class": OwnExtractor}, r"needs .*OwnExtractor.*trust=True \(--trust\) if you trust the file"),
        ({"activation_fn": th.nn.functional.relu}, r"names torch\.nn\.functional\.relu where a Module of SB3"),
        ({"activation_fn": lambda: th.nn.Tanh()}, "needs a function that was saved with its code"),
        ({"optimizer_class": th.nn.ReLU}, "where a Optimizer of SB3"),
    ],
)
def test_what_needs_trust_is_named(changes, message, tmp_path):
    model = on_policy("MlpPolicy", VECTOR, LEFT)
    model.policy_kwargs = changes
    model.save(tmp_path / "own.zip")
    with pytest.raises(SavedPolicyError, match=message) as raised:
        load_policy(tmp_path / "own.zip")
    assert "\n" not in str(raised.value)


def test_a_class_of_ones_own_is_read_with_trust_or_from_a_named_module(tmp_path, monkeypatch):
    (tmp_path / "own_extractors.py").write_text(
        "import torch as th\n"
        "from stable_baselines3.common.torch_layers import FlattenExtractor\n"
        "class Doubled(FlattenExtractor):\n"
        "    def forward(self, observations):\n"
        "        return 2 * super().forward(observations)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import own_extractors

    model = on_policy("MlpPolicy", VECTOR, LEFT, policy_kwargs={"features_extractor_class": own_extractors.Doubled})
    model.save(tmp_path / "own.zip")
    with pytest.raises(SavedPolicyError, match=r"needs the class own_extractors\.Doubled, which is not of SB3"):
        load_policy(tmp_path / "own.zip")
    obs = np.ones(3, np.float32)
    # The user's own module, or another one of its package, may have the class as well.
    for arguments in ({"trust": True}, {"own_module": "own_extractors"}, {"own_module": "own_extractors.envs"}):
        policy = load_policy(tmp_path / "own.zip", "cpu", **arguments)
        assert np.array_equal(policy.predict(obs, deterministic=True)[0], model.predict(obs, deterministic=True)[0])
    with pytest.raises(SavedPolicyError, match=r"needs the class own_extractors\.Doubled"):
        load_policy(tmp_path / "own.zip", "cpu", own_module="own_extract")

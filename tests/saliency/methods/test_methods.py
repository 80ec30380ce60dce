"""What every method owes its users, on every head of every family of policies."""

import numpy as np
import pytest
import torch as th
from small_policies import POLICIES, corner_policy, observed, small_policy

from saccade.saliency import heads
from saccade.saliency.errors import NoMapError
from saccade.saliency.methods import METHODS, methods_named
from saccade.saliency.readers.entries import Entries

PRESENCE = ("occlusion", "deletion", "greydanus", "sarfa", "jacobian_x_contrast", "jacobian_x_contrast_smooth")  # of what is there
PRESENCE += ("jacobian_x_contrast_summed", "integrated_gradients_blurred", "rise")
OF_ANY_POLICY = [name for name in METHODS if name != "attention"]  # for that one see test_attention_weights.py
OF_NO_ACTION = ("value", "entropy", "gaze", "gaze_x", "gaze_y")


@pytest.fixture(autouse=True)
def few_passes():
    """For networks of 16x16 pixels the maps of RISE and integrated gradients show with few masks and steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("saccade.saliency.methods.captum_methods.STEPS", 8)
        patch.setattr("saccade.saliency.methods.mask_methods.MASKS", 64)
        yield


def has_map(method: str, family: str, head: str) -> bool:
    if method == "sarfa":
        return head not in OF_NO_ACTION and not head.startswith("advantage_gaze") and family not in ("many", "continuous", "sac")
    return not (method == "grad_cam" and family in ("glimpse", "tiles", "branching"))


@pytest.mark.parametrize("family", POLICIES)
@pytest.mark.parametrize("method", OF_ANY_POLICY)
def test_a_map_of_every_head(method, family):
    """Of the observations' shape, finite, not zero, and of each observation what it is for that one alone."""
    policy = small_policy(family)
    obs = observed(policy, 3)
    one = {key: x[1:2] for key, x in obs.items()} if isinstance(obs, dict) else obs[1:2]
    for name, head in heads(policy).items():
        if not has_map(method, family, name):
            with pytest.raises(NoMapError):
                METHODS[method](head, obs)
            continue
        maps = METHODS[method](head, obs)
        whole = Entries.of(policy, maps).tensors
        for key, x in Entries.of(policy, obs).tensors.items():
            assert whole[key].shape == x.shape
            assert whole[key].isfinite().all()
        image = maps["image"] if isinstance(obs, dict) else maps
        assert not image.requires_grad
        assert image.any() or method == "sarfa", name
        assert not any(whole[key].any() for key in ("gaze", "gazes") if key in whole)
        alone = Entries.of(policy, METHODS[method](head, one)).tensors
        for key, x in whole.items():
            assert th.allclose(alone[key], x[1:2], rtol=1e-3, atol=1e-3 * float(x.abs().max()) + 1e-9), name


@pytest.mark.parametrize("inference", [False, True])
@pytest.mark.parametrize("method", OF_ANY_POLICY)
def test_nothing_is_left_changed(method, inference, cudnn_flags):
    """
    Not the parameters' gradients, not the modes of single modules, not the random states, not cuDNN's flags, not the observations;
    whatever surrounds it.
    """
    policy = small_policy("shared").train()
    policy.value_net.eval()
    for p in policy.parameters():
        p.grad = th.full_like(p, 7.0)
    modes = [m.training for m in policy.modules()]
    obs = observed(policy, 2)
    before, state, noise = obs.copy(), th.get_rng_state(), np.random.get_state()[1].copy()
    during = []
    policy.action_net.register_forward_hook(lambda *_: during.append((th.backends.cudnn.enabled, th.backends.cudnn.deterministic)))
    with th.inference_mode(inference), th.no_grad():
        METHODS[method](heads(policy)["action"], obs)
    policy.action_net._forward_hooks.clear()
    assert set(during) == {(False, True)}  # an LSTM without cuDNN, and everything else as the user wants it
    assert [m.training for m in policy.modules()] == modes
    assert all((p.grad == 7).all() for p in policy.parameters())
    assert all(p.requires_grad for p in policy.parameters())
    assert not any(m._forward_hooks or m._backward_hooks for m in policy.modules())
    assert th.equal(th.get_rng_state(), state)
    assert (np.random.get_state()[1] == noise).all()
    assert (obs == before).all()
    assert (th.backends.cudnn.enabled, th.backends.cudnn.benchmark, th.backends.cudnn.deterministic) == (True, True, True)


@pytest.fixture
def cudnn_flags():
    """As a user may have set them."""
    with th.backends.cudnn.flags(enabled=True, benchmark=True, deterministic=True):
        yield


@pytest.mark.parametrize("method", OF_ANY_POLICY)
def test_many_observations_a_few_at_a_time(method, monkeypatch):
    """No forward pass is larger than it may be, and the maps are the same."""
    monkeypatch.setattr("saccade.saliency.methods.chunks.TOGETHER", 2)
    policy = small_policy("dueling")
    obs = observed(policy, 5)
    sizes = []
    hook = policy.q_net.features_extractor.register_forward_hook(lambda module, seen, _: sizes.append(len(seen[0])))
    some = METHODS[method](heads(policy)["gap"], obs)
    hook.remove()
    assert max(sizes) <= 256
    monkeypatch.undo()
    assert th.allclose(METHODS[method](heads(policy)["gap"], obs), some, rtol=1e-3, atol=1e-3 * float(some.abs().max()))


@pytest.mark.parametrize("method", OF_ANY_POLICY)
def test_what_raises_the_head_is_positive(method):
    """
    A policy whose preference for action 1 over 0 is the brightness of one corner: there, and only there, is the map's mass, and it
    is positive. In a dark corner derivatives are negative for action 0, since more light would lower it; what is there raises it.
    """
    policy = corner_policy()
    obs = np.full((1, 1, 40, 40), 10, np.uint8)
    obs[:, :, 4:12, 4:12] = 250
    maps = METHODS[method](heads(policy)["action"], obs)[0, 0]
    near = maps[:20, :20]
    assert maps.sum() > 0
    if method == "grad_cam":  # it weighs channels, not places, and here there is one channel
        assert maps.argmax() // 40 < 20
        assert maps.argmax() % 40 < 20
    elif method == "rise":  # 64 random masks also say a little of every other place
        assert near.abs().mean() > 2 * maps[20:, 20:].abs().mean()
        assert maps.argmax() // 40 < 20
        assert maps.argmax() % 40 < 20
    else:
        assert near.abs().sum() > 0.95 * maps.abs().sum()
    turned = METHODS[method](heads(policy)["action_0"], obs)[0, 0]
    assert turned.sum() < 0 or method == "sarfa"
    dark = METHODS[method](heads(policy)["action_0"], 255 - obs)[0, 0]
    if method in PRESENCE:
        assert dark.sum() > 0
    else:
        assert dark.sum() < 0


def test_a_memory_changes_the_map():
    """What a recurrent policy has seen before is part of what it is asked with."""
    policy = small_policy("recurrent")
    obs = observed(policy, 2)
    head = heads(policy)["action"]
    from dataclasses import replace

    remembering = replace(head, memory=th.full((2, 4, 8), 0.7))
    for method in (METHODS[name] for name in OF_ANY_POLICY):
        assert not th.allclose(method(head, obs), method(remembering, obs), rtol=1e-2, atol=0)


def test_names():
    assert list(methods_named(["greydanus", "jacobian"])) == ["greydanus", "jacobian"]
    with pytest.raises(ValueError, match="no method 'lime'; it must be one of: jacobian, jacobian_x_contrast"):
        methods_named(["jacobian", "lime"])


@pytest.mark.gpu
@pytest.mark.parametrize("method", OF_ANY_POLICY)
def test_on_a_gpu_as_on_the_processor(method):
    for family in ("recurrent", "mixed", "dueling"):
        policy = small_policy(family)
        obs = observed(policy, 2)
        name = "action" if family != "dueling" else "q"
        here = Entries.of(policy, METHODS[method](heads(policy)[name], obs)).tensors
        policy.to("cuda")
        there = Entries.of(policy, METHODS[method](heads(policy)[name], obs)).tensors
        for key, x in here.items():
            assert th.allclose(there[key].cpu(), x, rtol=0.05, atol=0.05 * float(x.abs().max()) + 1e-9)

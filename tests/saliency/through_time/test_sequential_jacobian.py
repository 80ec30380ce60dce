import numpy as np
import pytest
import torch as th
from small_policies import memory_after, observed, small_policy

from saccade.saliency import head_jacobians, sequential_jacobian
from saccade.saliency.readers.entries import Entries
from saccade.saliency.readers.head_reader import head_reader
from saccade.saliency.through_time.sequential_jacobian import temporal_norms

STEPS = 6
STEP = 0.5  # grey levels
RECURRENT = ("recurrent", "shared", "memoryless")


def values(policy, entries: Entries, head: str, starts: list[int]) -> th.Tensor:
    """The head along the steps, episode by episode, one step at a time."""
    reader = head_reader(policy)
    found = []
    with th.no_grad():
        for t in range(len(entries)):
            if t == 0 or t in starts:
                memory = reader.no_memory(1)
            now = entries.rows(slice(t, t + 1)).packed()
            found.append(reader.values(now, (head,), None, memory)[head])
            memory = reader.remember(now, memory)
    return th.cat(found).double()


@pytest.mark.parametrize("family", RECURRENT)
@pytest.mark.parametrize("starts", [[], [3]])
def test_equals_finite_differences(family, starts):
    policy = small_policy(family)
    obs = observed(policy, STEPS)
    marks = np.isin(np.arange(STEPS), starts)
    entries = Entries.of(policy, obs)
    for head in ("value", "action", "entropy", "action_1"):
        jacobian = sequential_jacobian(policy, obs, head, marks)
        assert jacobian.shape == (STEPS, STEPS, *obs.shape[1:])
        for t in range(STEPS):
            direction = th.randn(obs.shape[1:], generator=th.Generator().manual_seed(t))
            slopes = []
            for sign in (1, -1):
                moved = entries.tensors[""].clone()
                moved[t] += sign * STEP * direction
                slopes.append(sign * values(policy, entries.with_({"": moved}), head, starts) / (2 * STEP))
            along = (jacobian[:, t] * direction).flatten(1).sum(1)
            assert th.allclose(along.double(), sum(slopes), rtol=0.03, atol=0.03 * along.abs().max().item() + 2e-6), (head, t)
        norms = jacobian.flatten(2).norm(dim=2)
        episode = np.cumsum(marks)
        for t in range(STEPS):
            for s in range(STEPS):
                has_part = s <= t and episode[s] == episode[t] and (s == t or family != "memoryless" or head != "value")
                assert (norms[t, s] > 0) == has_part, (head, t, s)


@pytest.mark.parametrize("family", [*RECURRENT, "glimpse", "tiles", "ppo", "dueling", "mixed"])
def test_chunks_outputs_and_norms_agree(family):
    policy = small_policy(family)
    obs = observed(policy, 7)
    head = "value"
    marks = np.isin(np.arange(7), [0, 4])
    whole = Entries.of(policy, obs)
    full = sequential_jacobian(policy, obs, head, marks)
    parts = full if isinstance(full, dict) else {"": full}
    small = sequential_jacobian(policy, obs, head, marks, frames_at_once=2, outputs_at_once=3)
    some = sequential_jacobian(policy, obs, head, marks, outputs=[1, 5, 6])
    for key, x in parts.items():
        assert x.shape == (7, *whole.tensors[key].shape)
        scale = 1e-4 * x.abs().max().item()
        assert th.allclose(x, small[key] if key else small, atol=scale)
        assert th.allclose(x[[1, 5, 6]], some[key] if key else some, atol=scale)
    norms = temporal_norms(policy, obs, head, marks)
    expected = sum(x.flatten(2).square().sum(2) for x in parts.values()).sqrt()
    assert np.allclose(norms, expected, rtol=1e-4, atol=1e-7)
    assert np.allclose(temporal_norms(policy, obs, head, marks, outputs=[2], frames_at_once=1), expected[[2]], rtol=1e-3, atol=1e-7)


def test_the_first_step_of_an_episode_is_the_plain_jacobian():
    policy = small_policy("recurrent")
    obs = observed(policy, 3)
    every = sequential_jacobian(policy, obs, "action", np.ones(3, dtype=bool))
    plain = head_jacobians(policy, obs, ["action"])["action"]
    for t in range(3):
        assert th.allclose(every[t, t], plain[t], rtol=1e-4, atol=1e-8)
    assert th.allclose(sequential_jacobian(policy, obs[:1], "action")[0, 0], plain[0], rtol=1e-4, atol=1e-8)


def test_nothing_is_left_changed():
    policy = small_policy("shared").train()
    for p in policy.parameters():
        p.grad = th.full_like(p, 7.0)
    obs, state = observed(policy, 3), th.get_rng_state()
    with th.inference_mode():
        sequential_jacobian(policy, obs)
    assert policy.training
    assert all((p.grad == 7).all() for p in policy.parameters())
    assert th.equal(th.get_rng_state(), state)


def test_strange_heads_marks_and_outputs_are_refused():
    policy = small_policy("recurrent")
    obs = observed(policy, 4)
    with pytest.raises(ValueError, match="no head 'q'; it has: value, action"):
        sequential_jacobian(policy, obs, "q")
    with pytest.raises(ValueError, match="one mark a step"):
        sequential_jacobian(policy, obs, episode_starts=np.ones(3, dtype=bool))
    with pytest.raises(ValueError, match="frames_at_once and outputs_at_once are 0 and 64"):
        sequential_jacobian(policy, obs, frames_at_once=0)
    for outputs in ([4], [-1], [2, 1], [1, 1]):
        with pytest.raises(ValueError, match="rising steps from 0 to 3"):
            sequential_jacobian(policy, obs, outputs=outputs)


@pytest.mark.gpu
def test_on_a_gpu_where_cudnn_differentiates_an_lstm_in_training_mode_only():
    policy = small_policy("recurrent")
    obs = observed(policy, 4)
    here = sequential_jacobian(policy, obs, "action")
    policy.to("cuda")
    there = sequential_jacobian(policy, obs, "action")
    assert there.device.type == "cpu"
    assert th.allclose(there, here, rtol=0.05, atol=0.05 * float(here.abs().max()))


@pytest.mark.parametrize("family", RECURRENT)
def test_a_stretch_from_the_middle_of_an_episode_has_the_memory_that_the_policy_had(family):
    """The last rows of the whole play's square, beside the square of the last steps alone, with the memory before them."""
    policy = small_policy(family)
    obs, cut = observed(policy, 7), 3
    memory = memory_after(policy, obs[:cut])
    whole = temporal_norms(policy, obs, "action", outputs=[4, 6])
    part = temporal_norms(policy, obs[cut:], "action", outputs=[1, 3], memory=memory)
    assert np.allclose(part, whole[:, cut:], rtol=1e-4, atol=1e-8)
    without = temporal_norms(policy, obs[cut:], "action", outputs=[1, 3])
    assert not np.allclose(without, part, rtol=1e-2)
    started = temporal_norms(policy, obs[cut:], "action", np.arange(4) == 0, outputs=[1, 3], memory=memory)
    assert np.array_equal(started, without)  # at the start of an episode there is no memory, whatever is given


def test_frames_at_once_holds_for_a_policy_without_memory_too():
    policy, sizes = small_policy("dqn"), []
    policy.q_net.register_forward_pre_hook(lambda _, given: sizes.append(len(given[0])))
    norms = temporal_norms(policy, observed(policy, 7), "q", frames_at_once=3)
    assert max(sizes) == 3
    assert np.allclose(norms, temporal_norms(policy, observed(policy, 7), "q"))

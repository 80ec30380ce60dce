import cv2
import numpy as np
import pytest
import torch as th
from scipy.special import rel_entr, softmax
from small_policies import linear_policy, observed, small_policy

from saccade.saliency import heads
from saccade.saliency.methods import chunks
from saccade.saliency.methods.blur_methods import action_of, greydanus, profiles, sarfa, sarfa_score
from saccade.saliency.readers.entries import Entries


def one_spot_at_a_time(policy, x: np.ndarray, ask) -> np.ndarray:
    """The scores (P,) of an image (C, H, W), as one would write it down: the grid 0, 5, 10, 15, a mask, a blur, a question each."""
    answers = []
    rows, columns = np.mgrid[:16, :16]
    soft = np.stack([cv2.GaussianBlur(channel, (0, 0), 3, borderType=cv2.BORDER_REPLICATE) for channel in x])
    for top in (0, 5, 10, 15):
        for left in (0, 5, 10, 15):
            mask = np.exp(-((rows - top) ** 2 + (columns - left) ** 2) / 50)
            answers.append(ask(th.as_tensor(x * (1 - mask) + soft * mask).float()[None]))
    return np.array(answers)


@pytest.mark.parametrize("name", ["value", "advantage", "gap", "q_1"])
def test_greydanus_one_spot_at_a_time(name):
    policy = small_policy("dueling")
    obs = observed(policy, 2)
    x = th.as_tensor(obs).float()
    head = heads(policy)[name]
    maps = greydanus(head, obs)
    tied = head.at(x)
    for i in range(2):
        with th.no_grad():
            before = tied(x)[i].item()
            after = one_spot_at_a_time(policy, obs[i].astype(float), lambda y, i=i: tied.rows(th.tensor([i]))(y).item())
        expected = 0.5 * np.sign(before - after) * (before - after) ** 2
        at_spots = maps[i].sum(0)[::5, ::5]
        assert np.allclose(at_spots.flatten(), expected, rtol=0.02, atol=0.02 * np.abs(expected).max())
    assert th.equal(maps[:, 0], maps[:, 1])
    between = maps[0, 0, 0, :6]  # straight from one spot to the next
    assert th.allclose(between, th.lerp(between[0], between[5], th.arange(6) / 5), atol=1e-6)


def test_sarfa_one_spot_at_a_time():
    policy = small_policy("ppo")
    obs = observed(policy, 2)
    maps = sarfa(heads(policy)["action"], obs)
    x = th.as_tensor(obs).float()
    with th.no_grad():
        logits = policy.get_distribution(x).distribution.logits.numpy()
        for i in range(2):
            after = one_spot_at_a_time(
                policy, obs[i].astype(float), lambda y: policy.get_distribution(y).distribution.logits[0].numpy()
            )
            expected = [by_the_paper(logits[i], one) for one in after]
            assert np.allclose(maps[i].sum(0)[::5, ::5].flatten(), expected, rtol=0.02, atol=0.02 * max(expected))
            assert max(expected) > 1e-4


def by_the_paper(before: np.ndarray, after: np.ndarray) -> float:
    """In numpy and scipy; before and after (A,), the action is the best one before."""
    action = before.argmax()
    fall = softmax(before)[action] - softmax(after)[action]
    if fall <= 0:
        return 0.0
    rest = [softmax(np.delete(x, action)) for x in (after, before)]
    kept = 1 / (1 + rel_entr(*rest).sum())
    return 2 * kept * fall / (kept + fall)


def test_sarfa_score_by_hand():
    """p falls from 1/2 to 1/4 while the others keep their shares: K = 1, so 2 * 0.25 / 1.25 = 0.4. A rise gives 0."""
    before = th.tensor([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]).log()
    after = th.tensor([[0.25, 0.375, 0.375], [0.5, 0.25, 0.25]]).log()
    assert th.allclose(sarfa_score(before, after, th.tensor([0, 0])), th.tensor([0.4, 0.0]), atol=1e-6)
    # The same fall, but the others' shares go from (1/2, 1/2) to (0.9, 0.1): KL = 0.9 ln 1.8 + 0.1 ln 0.2 = 0.3681.
    stirred = th.tensor([[0.25, 0.675, 0.075]]).log()
    kept = 1 / 1.3681
    assert sarfa_score(before[:1], stirred, th.tensor([0])).item() == pytest.approx(2 * 0.25 * kept / (0.25 + kept), rel=1e-3)
    one = th.zeros(1, 1)
    assert sarfa_score(one, one, th.tensor([0])).item() == 0


def test_profiles_reach_both_ends_and_peak_at_one():
    down = profiles(84, 5.0, 5)
    assert down.shape == (18, 84)
    assert down.max(1).values.min() > 0.99
    assert (down[0, 0], down[-1, -1]) == (1, 1)
    assert down[0, 5].item() == pytest.approx(np.exp(-0.5))
    assert profiles(1, 5.0, 5).tolist() == [[1.0]]
    with pytest.raises(ValueError, match=r"radius is 5\.0 and stride 0"):
        profiles(4, 5.0, 0)


def test_a_map_does_not_depend_on_how_many_spots_are_blurred_together(monkeypatch):
    policy = small_policy("dqn")
    obs = observed(policy, 2)
    together = greydanus(heads(policy)["q"], obs)
    monkeypatch.setattr(chunks, "NUMBERS_AT_ONCE", 3 * obs[0].size + 1)
    sizes = []
    policy.q_net.register_forward_pre_hook(lambda _, given: sizes.append(len(given[0])))
    assert th.allclose(greydanus(heads(policy)["q"], obs), together, atol=1e-7)
    assert max(sizes) == 3  # so a large image needs no more memory than this


def test_the_action_of_a_head():
    policy = small_policy("dueling", seed=10)
    x = Entries.of(policy, observed(policy, 4)).packed()
    best = policy.q_net(x).argmax(1)
    assert th.equal(action_of(heads(policy)["advantage"].at(x)), best)
    assert th.equal(action_of(heads(policy)["advantage_2"].at(x)), th.full((4,), 2))
    with pytest.raises(TypeError, match=r"the head 'value' does not speak of one; take another of: advantage, q, q_0"):
        sarfa(heads(policy)["value"], observed(policy, 1))


def test_dicts_are_blurred_in_their_images():
    policy = small_policy("mixed")
    maps = greydanus(heads(policy)["value"], observed(policy, 2))
    assert maps["image"].any()
    assert not maps["vector"].any()


def test_blurring_refuses_vectors_continuous_actions_and_no_radius():
    with pytest.raises(TypeError, match="blurring needs images"):
        greydanus(heads(linear_policy())["q"], np.zeros((1, 2), np.float32))
    policy = small_policy("continuous")
    with pytest.raises(TypeError, match="Discrete"):
        sarfa(heads(policy)["action_0"], observed(policy, 1))
    with pytest.raises(ValueError, match="radius is 0"):
        greydanus(heads(small_policy("dqn"))["q"], observed(policy, 1), radius=0)

"""Heads, beliefs and looks of a dueling policy that chooses where to look."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces

from saccade.policies import GlimpseDuelingPolicy, q_of_actions
from saccade.policies.nature_convolutions import NatureConvolutions
from saccade.saliency import UnknownPolicyError, head_jacobians, heads
from saccade.saliency.readers.glimpses.glimpse_dueling_reader import GlimpseDuelingReader
from saccade.saliency.readers.head import shown_heads
from saccade.saliency.readers.head_reader import eye_of, head_reader
from saccade.saliency.states.notes import notes_of
from saccade.saliency.states.states import States

SPACE = spaces.Dict(
    {"image": spaces.Box(0, 255, (2, 24, 24), np.uint8), "gaze": spaces.Box(-1, 1, (2,)), "gazes": spaces.Box(-1, 1, (2, 2))}
)
ACTIONS = spaces.MultiDiscrete([3, 4])
SIZES = (3, 4)


def made(forced: bool = False, **arguments) -> GlimpseDuelingPolicy:
    th.manual_seed(0)
    eye = {"size": 6, "scales": 2, "features_dim": 32}
    return GlimpseDuelingPolicy(
        SPACE, ACTIONS, lambda _: 1e-3, hidden_width=16, forced_gaze=forced, features_extractor_kwargs=eye, **arguments
    )


def observed(count: int = 20) -> dict[str, np.ndarray]:
    SPACE.seed(0)
    return {key: np.stack([SPACE[key].sample() for _ in range(count)]) for key in SPACE.spaces}


def tensors(count: int = 20) -> dict[str, th.Tensor]:
    return {key: th.as_tensor(x) for key, x in observed(count).items()}


def test_heads_have_the_names_of_the_branches():
    known = list(heads(made()))
    assert known[:5] == ["value", "advantage", "advantage_gaze", "q", "gap"]
    assert known[5:] == [*(f"advantage_action_{a}" for a in range(3)), *(f"advantage_gaze_{g}" for g in range(4))]
    assert shown_heads(made()) == ("value", "advantage", "advantage_gaze")


def test_an_idle_branch_has_no_head_and_is_no_second_best():
    policy, obs = made(forced=True), tensors()
    assert list(heads(policy)) == ["value", "advantage", "q", "gap", *(f"advantage_action_{a}" for a in range(3))]
    ranked = head_reader(policy).choice(obs, None)
    assert (ranked[:, 0, 1] == ranked[:, 1, 1]).all()
    ordered = policy.q_net.value_advantage(obs)[1][:, :3].sort(dim=1, descending=True)
    assert th.equal(ranked[:, :, 0], ordered.indices[:, :2])
    assert th.allclose(heads(policy)["gap"](obs), ordered.values[:, 0] - ordered.values[:, 1], atol=1e-6)


@pytest.mark.parametrize("taught", [False, True])
def test_beliefs_are_the_q_of_each_action_with_the_best_gaze(taught):
    policy, obs = made(taught_gaze=taught), tensors()
    actions, beliefs, memory = eye_of(policy).look(obs, None, th.ones(20))
    assert memory is None
    every = policy.q_net(obs)
    assert (actions.numpy() == policy.predict(observed(), deterministic=True)[0]).all()
    for a in range(3):
        joint = th.stack([th.full((20,), a), actions[:, 1]], dim=1)
        assert th.allclose(beliefs[:, a], q_of_actions(every, joint, SIZES, policy.q_net.taught).squeeze(1), atol=1e-6)
    assert th.equal(beliefs.argmax(1), actions[:, 0])


def test_it_does_something_else_only_if_the_action_differs():
    reader = head_reader(made())
    assert isinstance(reader, GlimpseDuelingReader)
    assert reader.differs(np.array([[1, 2], [1, 2], [0, 0]]), np.array([[1, 3], [2, 2], [0, 0]])).tolist() == [False, True, False]
    entries = ("gaze", "gazes", "move", "progress")
    assert (reader.chooses_gaze, reader.sees_whole_image, reader.fixed_entries) == (True, False, entries)


def test_the_glimpse_is_what_the_eye_of_each_frame_saw():
    policy, obs = made(), tensors(3)
    eye = eye_of(policy)
    seen = eye.glimpse(obs)
    assert seen.shape == (3, 4, 6, 6)
    for frame in range(2):
        alone = eye.retina(obs["image"][:, frame : frame + 1].float(), obs["gazes"][:, frame]) / 255
        assert th.allclose(seen[:, [frame, 2 + frame]], alone, atol=1e-6)


def test_a_map_is_zero_where_the_eye_was_not():
    """The derivative of every head: zero outside the patch of each frame's own gaze, and not zero inside."""
    policy, obs = made(), observed(2)
    obs["gazes"] = np.tile(np.float32([[-0.5, -0.5], [0.5, 0.5]]), (2, 1, 1))
    maps = head_jacobians(policy, obs, ("value", "advantage", "advantage_gaze"))
    for of_head in maps.values():
        assert not of_head["image"][:, 0, 12:, :].any()
        assert not of_head["image"][:, 1, :, :12].any()
        assert of_head["image"][:, 0, :12, :12].any()
        assert of_head["image"][:, 1, 12:, 12:].any()


def test_captions_name_the_action_and_not_the_tile():
    notes = notes_of(made(), States(observed(2)))
    assert notes.boxes.shape == (2, 2, 2, 4)  # states, remembered gazes, patches of the retina
    assert all("[" not in caption and "Q " in caption for caption in notes.captions)


def test_a_policy_without_a_retina_is_refused():
    space = spaces.Dict({"image": spaces.Box(0, 255, (2, 40, 40), np.uint8), "gaze": spaces.Box(-1, 1, (2,))})

    class Whole(NatureConvolutions):
        def __init__(self, observation_space):
            super().__init__(observation_space["image"])

        def forward(self, obs):
            return super().forward(obs["image"])

    policy = GlimpseDuelingPolicy(space, ACTIONS, lambda _: 1e-3, features_extractor_class=Whole)
    with pytest.raises(UnknownPolicyError, match="has no retina, because its features extractor is Whole"):
        eye_of(policy)
    with pytest.raises(TypeError, match="has no retina"):
        _ = policy.retina

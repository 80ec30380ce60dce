"""Each frame of a stack is seen at the gaze of its time."""

from functools import partial

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from gymnasium.wrappers import FrameStackObservation

from saccade.envs import GazeWrapper, VectorGazeWrapper, make_atari
from saccade.envs.gaze import Gaze
from saccade.policies import GlimpseExtractor

STACK = spaces.Box(0, 255, (3, 40, 40), np.uint8)
MEMORY = spaces.Dict({"image": STACK, "gaze": spaces.Box(-1, 1, (2,)), "gazes": spaces.Box(-1, 1, (3, 2))})


def remembering(**arguments) -> Gaze:
    made = Gaze(spaces.Discrete(2), STACK, **{"first": (0.5, 0.5), "memory": 1, **arguments})
    made.seed(np.arange(2))
    return made


def test_the_gazes_of_the_last_frames_by_hand():
    gaze = remembering()
    assert gaze.past.tolist() == [[[0.5, 0.5]] * 3] * 2
    gaze.move(np.float32([[0, 0], [1, 1]]))
    gaze.move(np.float32([[-1, 0], [0.25, 1]]))
    assert gaze.past.tolist() == [[[0.5, 0.5], [0, 0], [-1, 0]], [[0.5, 0.5], [1, 1], [0.25, 1]]]
    assert (gaze.past[:, -1] == gaze.points).all()
    gaze.begin(np.array([True, False]))
    assert gaze.past.tolist() == [[[0.5, 0.5]] * 3, [[0.5, 0.5], [1, 1], [0.25, 1]]]


def test_observations_are_copies_that_the_space_contains():
    gaze = remembering(forced="random", tiles=3)
    images = np.zeros((2, *STACK.shape), np.uint8)
    before = gaze.observations(images)
    assert all(gaze.observation_space[key].contains(part[0]) for key, part in before.items())
    kept = before["gazes"].copy()
    gaze.move(np.zeros((2, 2), np.float32))
    assert (before["gazes"] == kept).all()
    assert (gaze.past[:, :2] == kept[:, 1:]).all()
    assert "gazes" not in remembering(memory=False).observations(images)


def test_frames_must_be_channels():
    with pytest.raises(ValueError, match="memory needs a stack of frames"):
        Gaze(spaces.Discrete(2), spaces.Box(0, 255, (40, 40, 3), np.uint8), memory=True)


@pytest.mark.parametrize(
    ("memory", "channels", "message"),
    [
        (True, 3, "3 channels are one RGB frame or three grey frames; say which with memory=3 or memory=1"),
        (3, 4, "memory is 3 channels a frame, but the image has 4"),
        (-1, 4, "memory is -1 channels a frame"),
        (5, 4, "memory is 5 channels a frame"),
    ],
)
def test_channels_of_a_frame_that_cannot_be(memory, channels, message):
    with pytest.raises(ValueError, match=message):
        Gaze(spaces.Discrete(2), spaces.Box(0, 255, (channels, 40, 40), np.uint8), memory=memory)


def test_all_channels_of_an_rgb_frame_are_seen_at_its_gaze():
    """Two frames of three channels. Beside the retina, frame by frame."""
    image = spaces.Box(0, 255, (6, 40, 40), np.uint8)
    gaze = Gaze(spaces.Discrete(2), image, first="center", memory=3)
    gaze.seed(np.arange(1))
    gaze.move(np.float32([[0.5, -0.5]]))
    assert gaze.past.tolist() == [[[0, 0], [0.5, -0.5]]]
    extractor = GlimpseExtractor(gaze.observation_space, size=4, scales=2, features_dim=16)
    shown, gazes = th.randint(0, 256, (1, 6, 40, 40), dtype=th.uint8), th.from_numpy(gaze.past)
    glimpse = extractor.glimpse(shown, gazes)[0].view(2, 2, 3, 4, 4)  # scales, frames, channels
    for frame in range(2):
        alone = extractor.retina(shown[:, 3 * frame : 3 * frame + 3], gazes[:, frame])[0].view(2, 3, 4, 4)
        assert th.allclose(glimpse[:, frame] * 255, alone, atol=1e-3)
    assert extractor({"image": shown, "gaze": gazes[:, -1], "gazes": gazes}).shape == (1, 16)


def test_gazes_that_do_not_fit_the_channels_are_refused():
    space = spaces.Dict({**MEMORY.spaces, "gazes": spaces.Box(-1, 1, (2, 2))})
    with pytest.raises(ValueError, match="2 gazes do not fit an image of 3 channels"):
        GlimpseExtractor(space, size=4)


def test_saved_and_restored():
    gaze, other = remembering(), remembering()
    gaze.move(np.float32([[0, 0], [1, 1]]))
    other.restore_state(gaze.save_state())
    assert (other.past == gaze.past).all()


def test_single_and_vector_wrappers_agree_over_episodes():
    actions = np.random.default_rng(0).integers([2, 4], size=(12, 2))
    single = GazeWrapper(gym.make("saccade/Quadrant-v0"), tiles=2, memory=True)
    batch = VectorGazeWrapper(gym.make_vec("saccade/Quadrant-v0", num_envs=1), tiles=2, memory=True)
    one, many = single.reset(seed=5)[0], batch.reset(seed=5)[0]
    for action in actions:
        assert (one["gazes"] == many["gazes"][0]).all()
        one, _, terminated, truncated, _ = single.step(action)
        many, *_, info = batch.step(action[None])
        if terminated or truncated:
            assert (info["final_obs"]["gazes"][0] == one["gazes"]).all()
            one, _ = single.reset()


def test_what_was_never_looked_at_changes_nothing():
    """Pixels outside the retina's reach at the time of a frame do not reach the network, and those inside do."""
    extractor = GlimpseExtractor(MEMORY, size=4, scales=2, features_dim=16).eval()
    gazes = th.tensor([[[-0.5, -0.5], [0.5, -0.5], [0.0, 0.5]]])  # centres at pixels 10, 10; 30, 10; 20, 30 as (x, y)
    image = th.randint(0, 256, (1, 3, 40, 40), dtype=th.uint8)
    seen = th.zeros(3, 40, 40, dtype=th.bool)
    for frame, (x, y) in enumerate(((10, 10), (30, 10), (20, 30))):
        seen[frame, y - 4 : y + 4, x - 4 : x + 4] = True
    observation = {"image": image, "gaze": gazes[:, -1], "gazes": gazes}
    features, glimpse = extractor(observation), extractor.glimpse(image, gazes)
    outside = {**observation, "image": th.where(seen, image, 255 - image)}
    assert th.equal(extractor(outside), features)
    for frame, y, x in seen.nonzero()[::17].tolist():
        flipped = image.clone()
        flipped[0, frame, y, x] = 255 - flipped[0, frame, y, x]
        assert not th.equal(extractor.glimpse(flipped, gazes), glimpse)


class Film(gym.Env):
    """Shows given pictures, one a step."""

    observation_space = spaces.Box(0, 255, (40, 40), np.uint8)
    action_space = spaces.Discrete(2)

    def __init__(self, pictures: np.ndarray) -> None:
        self.pictures = pictures

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return self.pictures[0], {}

    def step(self, action):
        self.t += 1
        return self.pictures[self.t], 0.0, False, False, {}


def played(pictures: np.ndarray, actions: np.ndarray, memory: bool) -> list[dict[str, np.ndarray]]:
    env = GazeWrapper(FrameStackObservation(Film(pictures), 3), tiles=4, first=(0.25, -0.75), memory=int(memory))
    return [env.reset(seed=0)[0], *(env.step(action)[0] for action in actions)]


def test_in_play_what_was_out_of_reach_at_its_step_changes_nothing():
    """The whole way: env, stack, wrapper, retina. In each frame all that the eye could not reach at that step is changed."""
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (12, 40, 40), np.uint8)
    actions = np.stack([rng.integers(2, size=11), rng.integers(16, size=11)], axis=1)
    rows, columns = np.divmod(actions[:, 1], 4)  # tiles of 10 pixels; the widest patch has 8, 4 to each side of a tile's centre
    centres = [(25, 5), *zip(10 * columns + 5, 10 * rows + 5, strict=True)]
    hidden, inside = 255 - pictures, pictures.copy()
    for t, (x, y) in enumerate(centres):
        hidden[t, y - 4 : y + 4, x - 4 : x + 4] = pictures[t, y - 4 : y + 4, x - 4 : x + 4]
    x, y = centres[5]
    inside[5, y + 3, x - 4] = 255 - inside[5, y + 3, x - 4]  # a corner of the reach, in one frame
    th.manual_seed(0)
    for memory in (True, False):
        seen, unseen, changed = (played(film, actions, memory) for film in (pictures, hidden, inside))
        space = GazeWrapper(FrameStackObservation(Film(pictures), 3), tiles=4, memory=int(memory)).observation_space
        extractor = GlimpseExtractor(space, size=4, scales=2, features_dim=16).eval()

        def features(play: list[dict[str, np.ndarray]], extractor: GlimpseExtractor = extractor) -> th.Tensor:
            return extractor({key: th.as_tensor(np.stack([obs[key] for obs in play])) for key in play[0]})

        before = features(seen)
        same = (features(unseen) == before).all(dim=1)
        if memory:
            assert same.all()
            assert (features(changed) == before).all(dim=1).tolist() == [t not in (5, 6, 7) for t in range(12)]
        else:  # a second look at old frames, where the eye was not then
            assert same[0]
            assert not same[2:].all()


def test_one_gaze_for_all_frames_is_the_same_as_today():
    """With equal gazes the memory sees what a retina at the newest gaze sees, in the same order of channels."""
    extractor = GlimpseExtractor(MEMORY, size=4, scales=3)
    image, gaze = th.rand(5, 3, 40, 40), 2 * th.rand(5, 2) - 1
    assert th.allclose(extractor.glimpse(image, gaze[:, None].expand(5, 3, 2)), extractor.glimpse(image, gaze))


def test_on_atari_the_gazes_follow_the_frames():
    wrapper = partial(VectorGazeWrapper, tiles=5, memory=True)
    env = make_atari("Breakout", n_envs=2, seed=0, wrapper=wrapper)
    assert env.observation_space["gazes"].shape == (4, 2)
    looked = [env.reset()["gaze"]] * 4
    rng = np.random.default_rng(0)
    for _ in range(8):
        observations, _, dones, _ = env.step(np.stack([rng.integers([4, 25]) for _ in range(2)]))
        looked.append(observations["gaze"])
        assert not dones.any()
        assert (observations["gazes"] == np.stack(looked[-4:], axis=1)).all()
    env.close()

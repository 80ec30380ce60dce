"""The gaze callback's files, curves and pictures; training goes on as without it; records against the policy itself."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from sb3_contrib import RecurrentPPO
from stable_baselines3 import PPO
from stable_baselines3.common.logger import configure
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.agents import REINFORCE
from saccade.envs import GazeWrapper, GymnasiumVecEnv, VectorGazeWrapper, make_atari
from saccade.policies import GlimpsePolicy
from saccade.saliency import GazeCallback, head_jacobians, heads, record_gazes
from saccade.saliency.errors import UnknownPolicyError
from saccade.saliency.pictures.gaze_overview import LONGEST_PATH
from saccade.saliency.pictures.gaze_picture import SIDE, eye_view, heat_map, path_picture
from saccade.saliency.pictures.layout import CAPTION


def digits(n_envs=4, seed=None, render_mode=None, tiles=None):
    env = gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=n_envs, dataset="digits", glimpses=3)
    made = GymnasiumVecEnv(RecordEpisodeStatistics(VectorGazeWrapper(env, tiles, first="center")), remake=digits)
    made.seed(seed or 0)
    return made


def test_files_and_curves(tmp_path):
    model = REINFORCE("GlimpsePolicy", digits(), seed=0, device="cpu")
    model.set_logger(configure(str(tmp_path / "log"), ["csv"]))
    callback = GazeCallback(tmp_path / "gaze", every=24, episodes=8, shown=2)
    model.learn(4 * 3 * 4, callback=callback)
    stems = {path.name.split(".")[0] for path in (tmp_path / "gaze").iterdir()}
    assert stems >= {"step_0000000000", "step_0000000024", "step_0000000048_paths", "step_0000000048_heat_map"}
    assert callback.events == 3
    model.logger.close()
    kept = np.load(tmp_path / "gaze" / "step_0000000024.npz")
    assert kept["gazes"].shape == (3, 8, 2)
    assert kept["beliefs"].shape == (3, 8, 10)
    assert kept["labels"].shape == (8,)
    header = (tmp_path / "log" / "progress.csv").read_text().splitlines()[0]
    assert "gaze/belief/glimpse_03" in header
    assert "gaze/spread" in header


def test_training_is_the_same_with_it(tmp_path):
    def weights(callback):
        model = REINFORCE("GlimpsePolicy", digits(), seed=0, device="cpu", autocast=False).learn(4 * 3 * 4, callback=callback)
        return th.cat([p.flatten() for p in model.policy.parameters()])

    assert th.equal(weights(None), weights(GazeCallback(tmp_path / "gaze", every=12, episodes=4, shown=1)))


def test_a_record_is_what_the_policy_does():
    model = REINFORCE("GlimpsePolicy", digits(), seed=0, device="cpu")
    env = digits(5)
    record = record_gazes(model.policy, env, seed=2)
    assert record.images.shape == (3, 5, 1, 60, 60)
    assert (record.images[0] == record.images[2]).all()
    assert not record.gazes[0].any()
    env.seed(2)
    obs, state, starts = env.reset(), None, np.ones(5, dtype=bool)
    for t in range(3):
        actions, state = model.policy.predict(obs, state, starts, deterministic=True)
        assert (obs["gaze"] == record.gazes[t]).all()
        assert (actions[:, 0] == record.beliefs[t].argmax(1)).all()
        obs, _, starts, infos = env.step(actions)
        starts = np.zeros(5, dtype=bool) if t < 2 else starts
    assert [info["label"] for info in infos] == record.labels.tolist()
    assert np.allclose(record.beliefs.sum(2), 1, atol=1e-5)
    curves = record.curves()
    right = np.mean([record.beliefs[1, i, record.labels[i]] for i in range(5)])
    assert curves["belief/glimpse_02"] == pytest.approx(right, rel=1e-5)


def test_pictures():
    model = REINFORCE("GlimpsePolicy", digits(), seed=0, device="cpu")
    record = record_gazes(model.policy, digits(4), seed=0)
    assert path_picture(record, 1, 3).shape == (CAPTION + SIDE, 4 * SIDE + 3 * 6, 3)
    assert heat_map(record).shape == (CAPTION + SIDE, SIDE, 3)
    glimpse = np.zeros((2, 4, 4))
    glimpse[0], glimpse[1, 0, 0] = 1.0, 0.5
    view = eye_view(glimpse, scales=2, side=80)[..., 0]
    assert (view[20:60, 20:60] == 255).all()  # the sharp patch in the middle
    assert (view[:20, :20] == 128).all()  # a pixel of the coarse one
    assert view.sum() == 255 * 1600 + 128 * 400


def test_video_of_long_episodes(tmp_path):
    env = make_atari("Breakout", 2, seed=0, wrapper=VectorGazeWrapper)
    try:
        model = RecurrentPPO(GlimpsePolicy, env, n_steps=8, batch_size=8, n_epochs=1, device="cpu")
        model.learn(16, callback=GazeCallback(tmp_path / "gaze", every=10**6, video_steps=12))
    finally:
        env.close()
    names = {path.name for path in (tmp_path / "gaze").iterdir()}
    assert {"step_0000000000.mp4", "step_0000000016.mp4", "step_0000000016_heat_map.png"} <= names
    assert not [name for name in names if "paths" in name]  # of 12 steps there is nothing to survey


def test_a_picture_of_long_play_beside_its_video(tmp_path):
    model = RecurrentPPO(GlimpsePolicy, colours(), n_steps=8, batch_size=8, n_epochs=1, device="cpu")
    model.learn(8, callback=GazeCallback(tmp_path / "gaze", env=colours(), every=10**6, video_steps=LONGEST_PATH + 1))
    names = {path.name for path in (tmp_path / "gaze").iterdir()}
    assert {"step_0000000008.mp4", "step_0000000008_paths.png", "step_0000000008_heat_map.png"} <= names


def colours(length=4):
    """Native Atari frames, channels last, as gymnasium has them; cut short."""
    return DummyVecEnv([lambda: GazeWrapper(gym.make("ALE/Breakout-v5", max_episode_steps=length))])


def test_an_env_of_ones_own_with_channels_last(tmp_path):
    model = RecurrentPPO(GlimpsePolicy, colours(), n_steps=8, batch_size=8, n_epochs=1, device="cpu")
    model.learn(8, callback=GazeCallback(tmp_path / "gaze", env=colours(), video_steps=6))
    assert (tmp_path / "gaze" / "step_0000000008.mp4").exists()
    with pytest.raises(ValueError, match="but the policy sees"):
        model.learn(8, callback=GazeCallback(tmp_path / "other", env=digits()))


def test_an_env_with_a_game_that_is_not_ours(tmp_path):
    """As VizDoom's envs have. Of such a game nobody knows how long its episodes are, so it is filmed."""
    shown = colours()
    shown.envs[0].unwrapped.game = object()
    model = RecurrentPPO(GlimpsePolicy, colours(), n_steps=8, batch_size=8, n_epochs=1, device="cpu")
    callback = GazeCallback(tmp_path / "gaze", env=shown, every=10**6, video_steps=6)
    model.learn(8, callback=callback)
    assert callback.events == 2
    assert (tmp_path / "gaze" / "step_0000000008.mp4").exists()


def test_what_does_not_fit(tmp_path):
    with pytest.raises(ValueError, match="at least 1"):
        GazeCallback(every=0)
    with pytest.raises(ValueError, match="shown"):
        GazeCallback(episodes=2, shown=3)
    with pytest.raises(ValueError, match="share"):
        GazeCallback(budget=0)
    with pytest.raises(UnknownPolicyError, match="such as GlimpsePolicy or GlimpseDuelingPolicy, not a ActorCriticPolicy"):
        PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8).learn(8, callback=GazeCallback(tmp_path / "gaze"))
    env = gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=2, dataset="digits", glimpses=3)
    model = REINFORCE("GlimpsePolicy", GymnasiumVecEnv(VectorGazeWrapper(env)), device="cpu")
    with pytest.raises(ValueError, match="env="):
        model.learn(6, callback=GazeCallback(tmp_path / "gaze"))
    assert not list(tmp_path.iterdir())


@pytest.mark.gpu
def test_maps_on_a_gpu():
    policy = REINFORCE("GlimpsePolicy", digits(), seed=0, device="cuda").policy
    assert all(maps["image"].any() for maps in head_jacobians(policy, digits().reset()).values())


@pytest.mark.parametrize("tiles", [None, 3])
def test_heads_and_their_maps(tiles):
    env = digits(3, tiles=tiles)
    policy = REINFORCE("GlimpsePolicy", env, seed=0, device="cpu").policy
    obs = env.reset()
    named = heads(policy)
    of_gaze = {"gaze_x", "gaze_y"} if tiles is None else {"gaze"}
    assert named.keys() == {"class", "value"} | of_gaze | {f"class_{a}" for a in range(10)}
    maps = head_jacobians(policy, obs)
    assert maps.keys() == {"class", "value"} | of_gaze
    for name, head in ((name, named[name]) for name in maps):
        assert maps[name]["image"].shape == obs["image"].shape
        assert maps[name]["image"].any(), name
        # A finite difference along the map itself: it rises by the map's squared length.
        step = maps[name]["image"] / maps[name]["image"].norm() * 0.5
        image, gaze = th.as_tensor(obs["image"]).float(), th.as_tensor(obs["gaze"])
        up, down = ({"image": image + sign * step, "gaze": gaze} for sign in (1, -1))
        with th.no_grad():
            slope = (head(up) - head(down)).sum()
        rounding = 1e-6  # of the head's values
        assert slope.item() == pytest.approx(maps[name]["image"].norm().item(), rel=0.05, abs=rounding)
    assert not maps["class"]["image"][:, :, :3].any()  # never looked at: the retina spans 48 of 60 pixels

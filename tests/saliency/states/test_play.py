import numpy as np
import torch as th
from sb3_contrib import MaskablePPO, RecurrentPPO
from sb3_contrib.common.envs import InvalidActionEnvDiscrete
from stable_baselines3 import DQN
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.envs import make_atari
from saccade.saliency.readers.entries import Entries
from saccade.saliency.readers.head import head_reader
from saccade.saliency.states.masks import masks_of
from saccade.saliency.states.play import Player, Recollection, act


def test_a_stretch_is_what_the_model_plays_and_goes_on():
    """The same observations as a plain loop over predict and step, also from one call to the next and over an episode's end."""
    model = DQN("MlpPolicy", "CartPole-v1", seed=0)
    env = model.get_env()
    env.seed(3)
    obs, expected, starts = env.reset(), [], [True]
    for _ in range(25):
        expected.append(obs[0].copy())
        obs, _, dones, _ = env.step(model.predict(obs, deterministic=True)[0])
        starts.append(dones[0])
    env.seed(3)
    player = Player(env)
    parts = [player.record(model, 10), player.record(model.policy, 15)]
    assert np.array_equal(np.concatenate([part.observations for part in parts]), expected)
    assert np.concatenate([part.starts for part in parts]).tolist() == starts[:25]
    assert sum(starts[:25]) > 1
    assert parts[0].games.tolist() == np.cumsum(starts[:10]).tolist()
    assert parts[0].memory is None


def test_the_memory_of_a_recurrent_model_is_its_own():
    """As sb3-contrib's predict has it: the actor's states before every step, zero at an episode's start."""
    model = RecurrentPPO("MlpLstmPolicy", "CartPole-v1", seed=0, policy_kwargs={"lstm_hidden_size": 8})
    env = model.get_env()
    env.seed(3)
    stretch = Player(env).record(model, 30)
    assert stretch.memory.shape == (30, 4, 8)
    states = None
    for t in range(30):
        start = stretch.starts[t : t + 1]
        if start[0]:
            assert not stretch.memory[t].any()
        elif states is not None:
            assert np.allclose(stretch.memory[t, 0], states[0][0, 0], atol=1e-6)
            assert np.allclose(stretch.memory[t, 1], states[1][0, 0], atol=1e-6)
        _, states = model.predict(stretch.observations[t : t + 1], states, start, deterministic=True)
    some = stretch.some(np.array([3, 7]))
    assert np.array_equal(some.observations, stretch.observations[[3, 7]])
    assert th.equal(some.memory, stretch.memory[[3, 7]])


def test_a_model_that_plays_on_has_the_memory_that_its_own_lstm_makes():
    first, second = (
        RecurrentPPO("MlpLstmPolicy", "CartPole-v1", seed=seed, policy_kwargs={"lstm_hidden_size": 8}) for seed in (1, 2)
    )
    env = first.get_env()
    env.seed(3)
    player, reader = Player(env), head_reader(second.policy)
    player.record(first, 3)
    stretch = player.record(second, 6)
    assert stretch.memory[0].any()  # it goes on with the states of the first one, as predict does
    for t in range(5):
        if not stretch.starts[t + 1]:
            with th.no_grad():
                after = reader.remember(
                    Entries.of(second.policy, stretch.observations[t : t + 1]).packed(), stretch.memory[t : t + 1]
                )
            assert th.allclose(after[0], stretch.memory[t + 1], atol=1e-6)
    assert not stretch.starts[1:].all()


def test_recollection_of_several_envs():
    model = RecurrentPPO("MlpLstmPolicy", "CartPole-v1", seed=0, policy_kwargs={"lstm_hidden_size": 8})
    obs = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    recollection, reader = Recollection(model.policy), head_reader(model.policy)
    assert not recollection.before(np.ones(3, dtype=bool)).any()
    recollection.see(obs)
    after = recollection.before(np.array([False, True, False]))
    with th.no_grad():
        expected = reader.remember(Entries.of(model.policy, obs).packed(), reader.no_memory(3))
    assert th.allclose(after[[0, 2]], expected[[0, 2]])
    assert not after[1].any()
    plain = DQN("MlpPolicy", "CartPole-v1").policy
    assert Recollection(plain).before(np.ones(3, dtype=bool)) is None
    Recollection(plain).see(obs)


def test_a_maskable_model_is_given_the_envs_masks():
    """Without them half of what it likes best is not allowed here."""
    env = DummyVecEnv([lambda: InvalidActionEnvDiscrete(dim=8, n_invalid_actions=4)])
    model = MaskablePPO("MlpPolicy", env, seed=0)
    obs, start = env.reset(), np.ones(1, dtype=bool)
    unmasked = 0
    for _ in range(30):
        (mask,) = env.env_method("action_masks")
        actions, _ = act(model.policy, obs, None, start, masks_of(model.policy, env))
        assert mask[actions[0]]
        unmasked += not mask[model.predict(obs, deterministic=True)[0][0]]
        obs, _, start, _ = env.step(actions)
    assert unmasked > 0
    played = Player(env).record(model, 5)
    assert played.observations.shape == (5,)
    assert played.masks.shape == (5, 8)


def test_pictures_of_some_steps_only_are_no_pictures(monkeypatch):
    drawn = iter([[np.zeros((4, 4, 3), np.uint8)], None, [np.zeros((4, 4, 3), np.uint8)]])
    monkeypatch.setattr("saccade.saliency.states.play.game_pictures", lambda env: next(drawn))
    model = DQN("MlpPolicy", "CartPole-v1")
    stretch = Player(model.get_env()).record(model, 3)
    assert stretch.frames is None
    assert len(stretch.some(np.array([2])).observations) == 1


def test_the_games_own_pictures():
    env = make_atari("Pong", render_mode="rgb_array", seed=0)
    stretch = Player(env).record(DQN("CnnPolicy", env, buffer_size=10, seed=0), 3)
    env.close()
    assert stretch.observations.shape == (3, 4, 84, 84)
    assert stretch.frames.shape == (3, 210, 160, 3)
    assert len(stretch.some(slice(2)).frames) == 2

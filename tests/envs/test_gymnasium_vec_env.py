"""``GymnasiumVecEnv`` against stable-baselines3's own ``DummyVecEnv``, and what SB3 asks of a ``VecEnv`` besides."""

from contextlib import closing
from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv, VectorWrapper
from gymnasium.wrappers import TimeLimit
from gymnasium.wrappers.vector import RecordEpisodeStatistics, TransformReward
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.envs import GymnasiumVecEnv

N_ENVS = 3
SAME_STEP = {"autoreset_mode": AutoresetMode.SAME_STEP}
MODES = ("sync", "async")


class Walk(gym.Env):
    """A walk on a line whose episodes end by themselves, by truncation or by both; its infos are of every kind."""

    observation_space = spaces.Dict({
        "place": spaces.Box(-100, 100, (2,), np.float32),
        "picture": spaces.Box(0, 255, (40, 36, 3), np.uint8),
        "steps": spaces.Discrete(100),
    })
    action_space = spaces.Discrete(2)
    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012

    def __init__(self, flat=False, render_mode=None):
        self.flat = flat
        self.render_mode = render_mode
        self.speed = 1.0
        if flat:
            self.observation_space = self.observation_space["place"]

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = np.zeros(2, dtype=np.float32)
        self.steps = 0
        self.length = int(self.np_random.integers(3, 12))
        return self._observation(), {"length": self.length, "start": "home", "options": str(options)}

    def step(self, action):
        self.steps += 1
        self.place = self.place + np.float32(self.speed) * np.array([1, 2 * action - 1], dtype=np.float32)
        info = {"doubled": 2 * self.steps, "place": self.place.astype(np.float64).repeat(2)[:N_ENVS], "_note": "a note"}
        if self.steps % 2 == 0:
            info |= {"even": True, "nested": {"half": self.steps / 2, "name": f"step {self.steps}"}, "listed": [1] * N_ENVS}
        over = self.steps >= self.length
        terminated, truncated = over and self.length % 3 != 0, over and self.length % 3 != 1
        return self._observation(), float(self.place[1]), terminated, truncated, info

    def render(self):
        return self._picture()

    def travelled(self, times, plus=0.0):
        return times * float(self.place[0]) + plus

    def _picture(self):
        return np.full((40, 36, 3), self.steps, dtype=np.uint8)

    def _observation(self):
        return self.place if self.flat else {"place": self.place, "picture": self._picture(), "steps": self.steps}


class BatchedWalk(VectorEnv):
    """Natively batched: counts to its envs' lengths, in one array that it hands out anew at every step."""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012
    render_mode = "rgb_array"

    def __init__(self, lengths=(2, 3, 5), nested=False):
        self.num_envs = len(lengths)
        self.lengths = np.array(lengths)
        self.nested = nested
        self.speed = 1.0
        box = spaces.Box(0, 255, (2,), np.uint8)
        self.single_observation_space = spaces.Dict({"count": box}) if nested else box
        self.single_action_space = spaces.Discrete(2)
        self.observation_space = gym.vector.utils.batch_space(self.single_observation_space, self.num_envs)
        self.action_space = gym.vector.utils.batch_space(self.single_action_space, self.num_envs)

    def reset(self, *, seed=None, options=None):
        self.counts = np.zeros(self.num_envs, dtype=np.int64)
        lucky = np.full(self.num_envs, 7)
        return self._observations(), {"count": self.counts.copy(), "lucky": lucky, "version": "one for all"}

    def step(self, actions):
        self.counts += 1
        rewards = self.speed * actions
        over = self.counts >= self.lengths
        info = {}
        if over.any():
            info = {"final_obs": self._observations(), "_final_obs": over, "won": 10 * self.counts, "_won": over}
            self.counts[over] = 0
        return self._observations(), rewards, over, np.zeros_like(over), info | {"count": self.counts.copy()}

    def render(self):
        return tuple(np.full((4, 4, 3), count, dtype=np.uint8) for count in self.counts)

    def each_count(self):
        return [int(count) for count in self.counts]

    def total(self, plus=0):
        return int(self.counts.sum()) + plus

    def _observations(self):
        observations = np.stack([self.counts, self.counts], axis=1).astype(np.uint8)
        return {"count": observations} if self.nested else observations


def cartpoles(mode, n_envs=N_ENVS, wrapper=None, **kwargs):
    """CartPoles that are cut off after 12 steps, so that random players both fall and run out of time."""
    env = gym.make_vec("CartPole-v1", n_envs, mode, vector_kwargs=SAME_STEP, max_episode_steps=12, **kwargs)
    return GymnasiumVecEnv(env if wrapper is None else wrapper(env))


def one_cartpole():
    return gym.make("CartPole-v1", max_episode_steps=12)


def walks(mode, make_one=Walk, n_envs=N_ENVS):
    return GymnasiumVecEnv({"sync": SyncVectorEnv, "async": AsyncVectorEnv}[mode]([make_one] * n_envs, **SAME_STEP))


def assert_same(ours, theirs, where=""):
    """Equal in every entry of dicts, lists and arrays, and in dtype."""
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs), where
        for key, value in theirs.items():
            assert_same(ours[key], value, f"{where}[{key!r}]")
    elif isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs), where
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            assert_same(a, b, f"{where}[{i}]")
    elif isinstance(theirs, np.ndarray):
        assert ours.dtype == theirs.dtype, where
        np.testing.assert_array_equal(ours, theirs, err_msg=where)
    else:
        assert ours == theirs, where


def assert_plays_as(ours, theirs, steps=150, seed=11):
    """Step by step the same from the same seeds and actions; returns the infos of all ended episodes."""
    assert ours.num_envs == theirs.num_envs
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    assert ours.seed(seed) == theirs.seed(seed)
    assert_same(ours.reset(), theirs.reset(), "first observations")
    assert_same(ours.reset_infos, theirs.reset_infos, "first reset_infos")
    rng = np.random.default_rng(seed)
    ended = []
    for t in range(steps):
        actions = rng.integers(0, 2, ours.num_envs)
        our_step, their_step = ours.step(actions), theirs.step(actions)
        for name, a, b in zip(("observations", "rewards", "dones", "infos"), our_step, their_step, strict=True):
            assert_same(a, b, f"{name} of step {t}")
        assert_same(ours.reset_infos, theirs.reset_infos, f"reset_infos of step {t}")
        ended += [info for info in our_step[3] if "terminal_observation" in info]
    return ended


@pytest.mark.parametrize("mode", MODES)
def test_cartpole_as_in_dummy_vec_env(mode):
    with closing(cartpoles(mode)) as ours:
        ended = assert_plays_as(ours, DummyVecEnv([one_cartpole] * N_ENVS))
    truncated = [info["TimeLimit.truncated"] for info in ended]
    assert truncated.count(True) > 3
    assert truncated.count(False) > 3


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flat", [True, False])
def test_walk_as_in_dummy_vec_env(mode, flat):
    """Dict observations, infos of every kind given now and then, and episodes that end in every way."""
    make_one = partial(Walk, flat=flat)
    with closing(walks(mode, make_one)) as ours:
        ended = assert_plays_as(ours, DummyVecEnv([make_one] * N_ENVS))
    assert len(ended) > 20
    assert {info["TimeLimit.truncated"] for info in ended} == {True, False}
    assert all(isinstance(info["terminal_observation"], np.ndarray if flat else dict) for info in ended)


@pytest.mark.parametrize("mode", MODES)
def test_infos_arrive_only_where_the_env_gave_them(mode):
    with closing(walks(mode)) as env:
        env.seed(3)
        env.reset()
        lengths = [info["length"] for info in env.reset_infos]
        assert len(set(lengths)) > 1
        steps = np.zeros(N_ENVS, dtype=int)
        for _ in range(2 * max(lengths)):
            _, _, dones, infos = env.step(np.ones(N_ENVS, dtype=int))
            steps += 1
            for i, info in enumerate(infos):
                assert info["doubled"] == 2 * steps[i]
                assert ("even" in info) == ("nested" in info) == ("listed" in info) == (steps[i] % 2 == 0)
                if steps[i] % 2 == 0:
                    assert info["nested"] == {"half": steps[i] / 2, "name": f"step {steps[i]}"}
                assert info["_note"] == "a note"
                assert [key for key in info if key.startswith("_")] == ["_note"]
                assert "start" not in info, "that is the next episode's"
            steps[dones] = 0


def test_infos_of_a_batched_env():
    env = GymnasiumVecEnv(BatchedWalk(lengths=(2, 3, 5)))
    env.reset()
    assert env.reset_infos == [{"count": 0, "lucky": 7, "version": "one for all"}] * 3
    expected = [{0: 20}, {1: 30}, {0: 20}, {2: 50}, {0: 20, 1: 30}]  # 10 * length, where an episode ended in steps 2 to 6
    env.step(np.zeros(3, dtype=int))
    for winners in expected:
        _, _, dones, infos = env.step(np.zeros(3, dtype=int))
        assert {i: info["won"] for i, info in enumerate(infos) if "won" in info} == winners
        assert np.flatnonzero(dones).tolist() == list(winners)
        assert [info["TimeLimit.truncated"] for info in infos] == [False] * 3
        assert [i for i, info in enumerate(infos) if "terminal_observation" in info] == list(winners)


class HalfInformedWalk(BatchedWalk):
    """Gives a ``final_info`` for env 0 only."""

    def step(self, actions):
        *step, info = super().step(actions)
        if "won" in info and info["_won"][0]:
            only_first = np.arange(self.num_envs) == 0
            info |= {"final_info": {"how": 3 * self.lengths, "_how": only_first}, "_final_info": only_first}
        return *step, info


def test_an_ended_env_without_final_info_keeps_its_info():
    env = GymnasiumVecEnv(HalfInformedWalk(lengths=(2, 2)))
    env.reset()
    env.step(np.zeros(2, dtype=int))
    _, _, dones, (first, second) = env.step(np.zeros(2, dtype=int))
    assert dones.all()
    np.testing.assert_array_equal(first.pop("terminal_observation"), [2, 2])
    np.testing.assert_array_equal(second.pop("terminal_observation"), [2, 2])
    assert first == {"how": 6, "TimeLimit.truncated": False}
    assert second == {"won": 20, "count": 0, "TimeLimit.truncated": False}


@pytest.mark.parametrize("nested", [False, True])
def test_terminal_observations_of_a_batched_env(nested):
    env = GymnasiumVecEnv(BatchedWalk(lengths=(2, 3), nested=nested))
    env.reset()
    env.step(np.zeros(2, dtype=int))
    observations, _, _, infos = env.step(np.zeros(2, dtype=int))
    terminal = infos[0]["terminal_observation"]
    assert isinstance(terminal, dict) == nested
    np.testing.assert_array_equal(terminal["count"] if nested else terminal, [2, 2])
    np.testing.assert_array_equal(observations["count"] if nested else observations, [[0, 0], [2, 2]])
    assert "terminal_observation" not in infos[1]


@pytest.mark.parametrize("make", [partial(cartpoles, "sync"), partial(cartpoles, "async"), partial(walks, "sync"),
                                  partial(walks, "async")])
def test_what_was_returned_does_not_change_later(make):
    """SB3 keeps the last observations over the next step."""
    with closing(make()) as env:
        env.seed(0)
        kept = [env.reset()]
        copies = [_deep(kept[-1])]
        for _ in range(30):
            observations, rewards, dones, infos = env.step(np.ones(N_ENVS, dtype=int))
            for new in (observations, rewards, dones, infos):
                kept.append(new)
                copies.append(_deep(new))
        assert_same(kept, copies)


def _deep(value):
    if isinstance(value, dict):
        return {key: _deep(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_deep(entry) for entry in value]
    return value.copy() if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("mode", MODES)
def test_episode_statistics_arrive_with_the_end_of_the_episode(mode):
    """Recorded over the batch as SB3's ``Monitor`` records them env by env."""
    with closing(cartpoles(mode, wrapper=RecordEpisodeStatistics)) as ours:
        theirs = DummyVecEnv([lambda: Monitor(one_cartpole())] * N_ENVS)
        assert ours.env_is_wrapped(Monitor) == theirs.env_is_wrapped(Monitor) == [True] * N_ENVS
        ours.seed(2)
        theirs.seed(2)
        ours.reset()
        theirs.reset()
        rng = np.random.default_rng(2)
        n_episodes = 0
        for _ in range(100):
            actions = rng.integers(0, 2, N_ENVS)
            _, _, dones, our_infos = ours.step(actions)
            their_infos = theirs.step(actions)[3]
            for i in range(N_ENVS):
                assert ("episode" in our_infos[i]) == dones[i] == ("episode" in their_infos[i])
                if dones[i]:
                    n_episodes += 1
                    assert our_infos[i]["episode"]["r"] == pytest.approx(their_infos[i]["episode"]["r"])
                    assert our_infos[i]["episode"]["l"] == their_infos[i]["episode"]["l"]
                    assert our_infos[i]["episode"]["t"] >= 0
                    assert "episode" not in ours.reset_infos[i]
        assert n_episodes > 20


@pytest.mark.parametrize("mode", MODES)
def test_monitors_round_the_single_envs(mode):
    """SB3's ``Monitor`` inside speaks through too."""
    with closing(walks(mode, lambda: Monitor(Walk()))) as ours:
        ended = assert_plays_as(_without_times(ours), _without_times(DummyVecEnv([lambda: Monitor(Walk())] * N_ENVS)))
    assert all(set(info["episode"]) == {"r", "l"} for info in ended)


def _without_times(env):
    """Two runs never take the same time, so ``info["episode"]["t"]`` is left out."""
    step_wait = env.step_wait

    def timeless_step_wait():
        observations, rewards, dones, infos = step_wait()
        for info in infos:
            if "episode" in info:
                assert info["episode"].pop("t") >= 0
        return observations, rewards, dones, infos

    env.step_wait = timeless_step_wait
    return env


def test_reset_infos_hold_nothing_of_the_ended_episode():
    """An env without ``final_info`` says everything in one batch; what was recorded of the end is not the reset's."""
    env = GymnasiumVecEnv(RecordEpisodeStatistics(BatchedWalk(lengths=(2, 3))))
    env.reset()
    env.step(np.ones(2, dtype=int))
    infos = env.step(np.ones(2, dtype=int))[3]
    assert (infos[0]["episode"]["r"], infos[0]["episode"]["l"]) == (2, 2)
    assert "episode" not in infos[1]
    assert "episode" not in env.reset_infos[0]


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.DISABLED])
def test_other_autoreset_modes_are_refused(mode):
    with closing(gym.make_vec("CartPole-v1", 2, "sync", vector_kwargs={"autoreset_mode": mode})) as env:
        with pytest.raises(ValueError, match="SAME_STEP"):
            GymnasiumVecEnv(env)
        with pytest.raises(ValueError, match="SAME_STEP"):
            GymnasiumVecEnv(RecordEpisodeStatistics(env))


def test_an_env_that_names_no_autoreset_mode_is_refused():
    env = BatchedWalk()
    env.metadata = {}
    with pytest.raises(ValueError, match="SAME_STEP"):
        GymnasiumVecEnv(env)


@pytest.mark.parametrize("make", [one_cartpole, lambda: DummyVecEnv([one_cartpole]), lambda: "CartPole-v1", lambda: None])
def test_what_is_no_vector_env_is_refused(make):
    with pytest.raises(TypeError, match="VectorEnv"):
        GymnasiumVecEnv(make())


@pytest.mark.parametrize("mode", MODES)
def test_seeds_count_up_and_are_used_once(mode):
    with closing(cartpoles(mode)) as env:
        assert list(env.seed(5)) == [5, 6, 7]
        first = env.reset()
        singles = [one_cartpole().reset(seed=5 + i)[0] for i in range(N_ENVS)]
        np.testing.assert_array_equal(first, singles)
        second = env.reset()
        assert not (second == first).all(axis=1).any(), "a seed is for one reset"
        env.seed(5)
        np.testing.assert_array_equal(env.reset(), first)
        np.testing.assert_array_equal(env.reset(), second)


def test_a_seed_waits_for_the_next_reset():
    seeded, left_alone = cartpoles("sync"), cartpoles("sync")
    for env in (seeded, left_alone):
        env.seed(0)
        env.reset()
    rng = np.random.default_rng(0)
    seeded.seed(123)
    for _ in range(40):  # over the ends of several episodes
        actions = rng.integers(0, 2, N_ENVS)
        np.testing.assert_array_equal(seeded.step(actions)[0], left_alone.step(actions)[0])
    assert not (seeded.reset() == left_alone.reset()).all(axis=1).any()


@pytest.mark.parametrize("seeds", [[9, 2, 5], [None, 4, 4], [3, None, None]])
def test_seeds_that_do_not_count_up(seeds):
    env = cartpoles("sync")
    env._seeds = list(seeds)  # SB3 has no method for it, but its VecEnv promises a seed an env
    observations = env.reset()
    for observation, seed in zip(observations, seeds, strict=True):
        if seed is not None:
            np.testing.assert_array_equal(observation, one_cartpole().reset(seed=seed)[0])


def test_seedless_envs_differ():
    env = cartpoles("sync")
    assert not (env.reset() == env.reset()).all(axis=1).any()


def test_reset_options_are_used_once():
    env = cartpoles("sync")
    env.set_options({"low": 0.02, "high": 0.03})
    assert (env.reset() >= 0.02).all()
    assert (env.reset() < 0.02).any()
    env.set_options([{"low": 0.02, "high": 0.03}, {}, {}])
    with pytest.raises(ValueError, match="same reset options"):
        env.reset()


def test_attributes_of_sync_envs():
    env = walks("sync", lambda: TimeLimit(Walk(), 50))
    assert env.get_attr("speed") == [1.0] * 3
    env.set_attr("speed", 3.0, indices=[0, 2])
    assert env.get_attr("speed") == [3.0, 1.0, 3.0]
    assert env.get_attr("speed", indices=1) == [1.0]
    assert env.get_attr("speed", indices=[2, 1]) == [3.0, 1.0]
    env.set_attr("speed", 5.0, indices=1)
    env.reset()
    env.step(np.ones(3, dtype=int))
    assert [env.unwrapped.get_attr("place", i)[0][0] for i in range(3)] == [3, 5, 3], "the envs themselves have the new speed"
    env.set_attr("speed", 7.0)
    assert env.get_attr("speed") == [7.0] * 3
    assert env.has_attr("speed")
    assert not env.has_attr("no_such_thing")
    with pytest.raises(AttributeError):
        env.get_attr("no_such_thing")


def test_methods_of_sync_envs():
    env = walks("sync")
    env.reset()
    env.step(np.ones(3, dtype=int))
    env.set_attr("speed", 4.0, indices=[1])
    env.step(np.ones(3, dtype=int))
    assert env.env_method("travelled", 10) == [20, 50, 20]
    assert env.env_method("travelled", 10, indices=1, plus=1) == [51]
    assert env.env_method("travelled", times=10, indices=[2, 1]) == [20, 50]


def test_wrappers_of_sync_envs():
    env = GymnasiumVecEnv(SyncVectorEnv([Walk, lambda: TimeLimit(Walk(), 5), lambda: Monitor(Walk())], **SAME_STEP))
    assert env.env_is_wrapped(TimeLimit) == [False, True, False]
    assert env.env_is_wrapped(Monitor) == [False, False, True]
    assert env.env_is_wrapped(Monitor, indices=[2, 0]) == [True, False]
    assert env.env_is_wrapped(TimeLimit, indices=1) == [True]


def test_attributes_and_methods_of_async_envs():
    with closing(walks("async", lambda: TimeLimit(Walk(), 50))) as env:
        assert env.get_attr("speed") == [1.0] * 3
        env.set_attr("speed", 3.0, indices=[0, 2])
        assert env.get_attr("speed") == [3.0, 1.0, 3.0]
        assert env.get_attr("speed", indices=1) == [1.0]
        assert env.get_attr("speed", indices=[2, 1]) == [3.0, 1.0]
        env.reset()
        env.step(np.ones(3, dtype=int))
        assert env.env_method("travelled", 10, plus=1) == [31, 11, 31]
        assert env.env_method("travelled", 10, indices=[0, 1, 2]) == [30, 10, 30]
        with pytest.raises(ValueError, match="travelled"):
            env.env_method("travelled", 10, indices=[1])
        env.set_attr("speed", 7.0)
        assert env.get_attr("speed") == [7.0] * 3
        env.set_attr("speeds", [1, 2, 3])  # one value that is a list, for each env
        assert env.get_attr("speeds") == [[1, 2, 3]] * 3
        assert env.env_is_wrapped(TimeLimit) == [False] * 3  # it cannot look into other processes
        assert env.env_is_wrapped(Monitor, indices=[0]) == [False]


def test_async_envs_survive_a_question_for_an_attribute_they_lack():
    """``has_attr`` is how SB3 and sb3-contrib ask for optional features."""
    with closing(walks("async")) as env:
        env.reset()
        assert not env.has_attr("action_masks")
        assert env.step(np.ones(3, dtype=int))[1].tolist() == [1, 1, 1]


def test_async_envs_survive_a_question_for_a_method():
    """Which needs arguments, so that asking must not mean calling."""
    with closing(walks("async")) as env:
        env.reset()
        assert env.has_attr("travelled")
        assert env.step(np.ones(3, dtype=int))[1].tolist() == [1, 1, 1]


def test_attributes_and_methods_of_a_batched_env():
    layered = TransformReward(RecordEpisodeStatistics(BatchedWalk()), lambda rewards: 2 * rewards)
    env = GymnasiumVecEnv(layered)
    env.reset()
    env.step(np.ones(3, dtype=int))
    assert env.get_attr("speed") == [1.0] * 3
    assert env.get_attr("speed", indices=[1]) == [1.0]
    assert [list(lengths) for lengths in env.get_attr("episode_lengths", indices=0)] == [[1, 1, 1]], "of a wrapper between"
    env.set_attr("speed", 3.0)
    assert layered.unwrapped.speed == 3.0
    assert env.step(np.ones(3, dtype=int))[1].tolist() == [6, 6, 6]
    with pytest.raises(ValueError, match="speed"):
        env.set_attr("speed", 4.0, indices=[0])
    assert env.env_method("each_count") == [0, 2, 2]
    assert env.env_method("total", plus=1) == [5, 5, 5]
    with pytest.raises(ValueError, match="total"):
        env.env_method("total", indices=1)
    assert not env.has_attr("no_such_thing")
    assert env.env_is_wrapped(Monitor) == [True] * 3
    assert env.env_is_wrapped(TimeLimit) == [False] * 3
    assert GymnasiumVecEnv(BatchedWalk()).env_is_wrapped(Monitor) == [False] * 3


@pytest.mark.parametrize("mode", MODES)
def test_pictures(mode):
    make_one = partial(Walk, render_mode="rgb_array")
    with closing(walks(mode, make_one)) as ours:
        theirs = DummyVecEnv([make_one] * N_ENVS)
        assert ours.render_mode == theirs.render_mode == "rgb_array"
        assert ours.metadata["render_modes"] == ["human", "rgb_array"]
        for env in (ours, theirs):
            env.seed(0)
            env.reset()
            for _ in range(7):
                env.step(np.ones(N_ENVS, dtype=int))
        images = ours.get_images()
        assert len({int(image.max()) for image in images}) > 1, "the envs should not all look alike here"
        assert_same(list(images), list(theirs.get_images()))
        tiled = ours.render()
        assert tiled.shape == (80, 72, 3)
        np.testing.assert_array_equal(tiled, theirs.render())


def test_pictures_of_a_batched_env():
    env = GymnasiumVecEnv(BatchedWalk(lengths=(2, 5)))
    env.reset()
    for _ in range(3):
        env.step(np.zeros(2, dtype=int))
    assert [image.shape for image in env.get_images()] == [(4, 4, 3)] * 2
    assert [int(image.max()) for image in env.get_images()] == [1, 3]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(2,), (4,), (3, 1), (1, 3), ()])
def test_actions_of_a_wrong_shape_are_refused(mode, shape):
    with closing(cartpoles(mode)) as env:
        env.seed(0)
        before = env.reset()
        with pytest.raises(ValueError, match="shape"):
            env.step(np.zeros(shape, dtype=int))
        observations = env.step(np.zeros(3, dtype=int))[0]  # the refused step left nothing behind
        assert (observations != before).any()


def test_actions_may_be_a_list():
    env, other = cartpoles("sync"), cartpoles("sync")
    for each in (env, other):
        each.seed(0)
        each.reset()
    np.testing.assert_array_equal(env.step([0, 1, 0])[0], other.step(np.array([0, 1, 0]))[0])


class TwiceTheReward(VectorWrapper):
    def step(self, actions):
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        return observations, 2 * rewards, terminated, truncated, infos | {"seen_by": "wrapper"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("wrapper", [TwiceTheReward, lambda env: TransformReward(env, lambda rewards: 2 * rewards)])
def test_a_wrapper_with_its_own_step_is_not_passed_by(mode, wrapper):
    """The env inside has ``step_async``, which the wrapper hands on unchanged."""
    with closing(cartpoles(mode, wrapper=wrapper)) as env:
        env.reset()
        for _ in range(20):
            _, rewards, _, infos = env.step(np.zeros(N_ENVS, dtype=int))
            assert rewards.tolist() == [2, 2, 2]
            assert [info.get("seen_by", "wrapper") for info in infos] == ["wrapper"] * 3


@pytest.mark.parametrize("make", [partial(cartpoles, "sync"), partial(cartpoles, "async"), partial(walks, "sync"),
                                  partial(walks, "sync", partial(Walk, flat=True)), lambda: GymnasiumVecEnv(BatchedWalk()),
                                  lambda: GymnasiumVecEnv(BatchedWalk(nested=True))])
def test_observations_are_of_their_space(make):
    """What ``check_env`` checks of a single env; it takes no ``VecEnv``."""
    with closing(make()) as env:
        space = env.observation_space
        batches = [env.reset()]
        for _ in range(20):
            observations, rewards, dones, infos = env.step(np.ones(env.num_envs, dtype=int))
            batches.append(observations)
            terminal = [info["terminal_observation"] for info in infos if "terminal_observation" in info]
            assert all(space.contains(observation) for observation in terminal)
            assert len(terminal) == dones.sum()
            assert (rewards.dtype, rewards.shape) == (np.float32, (env.num_envs,))
            assert (dones.dtype, dones.shape) == (np.bool_, (env.num_envs,))
        for batch in batches:
            for key, subspace in space.items() if isinstance(space, spaces.Dict) else ((None, space),):
                values = batch if key is None else batch[key]
                assert (values.dtype, values.shape) == (subspace.dtype, (env.num_envs, *subspace.shape))
                assert all(subspace.contains(value) for value in values)


def test_close_ends_the_other_processes():
    env = walks("async")
    processes = env.env.processes
    assert all(process.is_alive() for process in processes)
    env.close()
    assert not any(process.is_alive() for process in processes)


def test_remake_is_kept_for_whoever_asks():
    env = GymnasiumVecEnv(BatchedWalk(), remake=lambda n_envs, seed=None, render_mode=None: (n_envs, seed, render_mode))
    assert env.remake(n_envs=2, seed=1) == (2, 1, None)
    assert GymnasiumVecEnv(BatchedWalk()).remake is None


@pytest.mark.parametrize("mode", MODES)
def test_ppo_learns_on_it(mode):
    with closing(cartpoles(mode, wrapper=RecordEpisodeStatistics)) as env:
        model = PPO("MlpPolicy", env, n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu").learn(64)
    assert model.num_timesteps >= 64
    assert len(model.ep_info_buffer) > 0, "SB3 found the episodes"
    assert all(1 <= episode["l"] <= 12 for episode in model.ep_info_buffer)


def test_ppo_learns_the_same_as_on_dummy_vec_env():
    envs = [cartpoles("sync"), DummyVecEnv([one_cartpole] * N_ENVS)]
    models = [PPO("MlpPolicy", env, n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu").learn(96) for env in envs]
    ours, theirs = (model.policy.state_dict() for model in models)
    assert all((ours[name] == theirs[name]).all() for name in theirs)


def test_dqn_and_dict_observations():
    dqn = DQN("MlpPolicy", cartpoles("sync"), learning_starts=10, buffer_size=100, seed=0, device="cpu").learn(60)
    assert dqn.num_timesteps >= 60
    ppo = PPO("MultiInputPolicy", walks("sync"), n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu").learn(48)
    assert ppo.num_timesteps >= 48

"""``GymnasiumVecEnv`` step by step beside stable-baselines3's own ``DummyVecEnv``."""

from contextlib import closing
from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecVideoRecorder
from walks import MODES, N_ENVS, BatchedWalk, Walk, assert_plays_as, assert_same, cartpoles, one_cartpole, walks

from saccade.envs import GymnasiumVecEnv
from saccade.envs.gymnasium_vec_env import _split


@pytest.mark.parametrize("mode", MODES)
def test_cartpole_plays_as_in_dummy_vec_env(mode):
    with closing(cartpoles(mode)) as ours:
        ended = assert_plays_as(ours, DummyVecEnv([one_cartpole] * N_ENVS))
    truncated = [info["TimeLimit.truncated"] for info in ended]
    assert truncated.count(True) > 3
    assert truncated.count(False) > 3


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flat", [True, False])
def test_dict_observations_and_infos_are_those_of_dummy_vec_env(mode, flat):
    """Dict observations, infos of every kind at some steps, and episodes that end in every way."""
    make_one = partial(Walk, flat=flat)
    with closing(walks(mode, make_one)) as ours:
        ended = assert_plays_as(ours, DummyVecEnv([make_one] * N_ENVS))
    assert len(ended) > 20
    assert {info["TimeLimit.truncated"] for info in ended} == {True, False}
    assert all(isinstance(info["terminal_observation"], np.ndarray if flat else dict) for info in ended)


@pytest.mark.parametrize("mode", MODES)
def test_infos_appear_only_for_the_envs_that_gave_them(mode):
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


def test_infos_of_a_batched_env_are_split():
    env = GymnasiumVecEnv(BatchedWalk(lengths=(2, 3, 5)))
    env.reset()
    assert env.reset_infos == [{"count": 0, "lucky": 7, "version": "one for all"}] * 3
    expected = [{0: 20}, {1: 30}, {0: 20}, {2: 50}, {0: 20, 1: 30}]  # 10 * length of the episodes that end in steps 2 to 6
    env.step(np.zeros(3, dtype=int))
    for winners in expected:
        _, _, dones, infos = env.step(np.zeros(3, dtype=int))
        assert {i: info["won"] for i, info in enumerate(infos) if "won" in info} == winners
        assert np.flatnonzero(dones).tolist() == list(winners)
        assert [info["TimeLimit.truncated"] for info in infos] == [False] * 3
        assert [i for i, info in enumerate(infos) if "terminal_observation" in info] == list(winners)


def test_an_array_of_another_length_is_one_value_for_all_envs():
    assert _split({"weights": np.zeros(5)}, 2)[1]["weights"].shape == (5,)
    assert _split({"count": np.arange(2), "weights": np.ones(3)}, 2)[1]["count"] == 1


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
def test_a_batched_env_gives_terminal_observations(nested):
    env = GymnasiumVecEnv(BatchedWalk(lengths=(2, 3), nested=nested))
    env.reset()
    env.step(np.zeros(2, dtype=int))
    observations, _, _, infos = env.step(np.zeros(2, dtype=int))
    terminal = infos[0]["terminal_observation"]
    assert isinstance(terminal, dict) == nested
    np.testing.assert_array_equal(terminal["count"] if nested else terminal, [2, 2])
    np.testing.assert_array_equal(observations["count"] if nested else observations, [[0, 0], [2, 2]])
    assert "terminal_observation" not in infos[1]


@pytest.mark.parametrize(
    "make", [partial(cartpoles, "sync"), partial(cartpoles, "async"), partial(walks, "sync"), partial(walks, "async")]
)
def test_returned_arrays_do_not_change_later(make):
    """SB3 still uses the last observations after the next step."""
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
    """Recorded for the batch, they equal those that SB3's ``Monitor`` records for each env."""
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
def test_monitors_of_the_single_envs_report_episodes(mode):
    """Their infos reach SB3."""
    with closing(walks(mode, lambda: Monitor(Walk()))) as ours:
        ended = assert_plays_as(_without_times(ours), _without_times(DummyVecEnv([lambda: Monitor(Walk())] * N_ENVS)))
    assert len(ended) > 20
    assert all(set(info["episode"]) == {"r", "l"} for info in ended)


def _without_times(env):
    """Without ``info["episode"]["t"]``, because two runs never take the same time."""
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
    """An env without ``final_info`` has one info for both. The statistics of the ended episode are not part of the reset info."""
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
        with pytest.raises(ValueError, match=r"vectorization_mode='sync'.*SAME_STEP"):
            GymnasiumVecEnv(env)
        with pytest.raises(ValueError, match="SAME_STEP"):
            GymnasiumVecEnv(RecordEpisodeStatistics(env))


def test_an_env_that_names_no_autoreset_mode_is_refused():
    env = BatchedWalk()
    env.metadata = {}
    with pytest.raises(ValueError, match="SAME_STEP"):
        GymnasiumVecEnv(env)


@pytest.mark.parametrize("make", [one_cartpole, lambda: DummyVecEnv([one_cartpole]), lambda: "CartPole-v1", lambda: None])
def test_only_gymnasium_vector_envs_are_accepted(make):
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
    for _ in range(40):  # several episodes end
        actions = rng.integers(0, 2, N_ENVS)
        np.testing.assert_array_equal(seeded.step(actions)[0], left_alone.step(actions)[0])
    assert not (seeded.reset() == left_alone.reset()).all(axis=1).any()


@pytest.mark.parametrize("seeds", [[9, 2, 5], [None, 4, 4], [3, None, None]])
def test_arbitrary_seeds_reach_their_envs(seeds):
    env = cartpoles("sync")
    env._seeds = list(seeds)  # SB3 has no method for it, but its VecEnv stores one seed per env
    observations = env.reset()
    for observation, seed in zip(observations, seeds, strict=True):
        if seed is not None:
            np.testing.assert_array_equal(observation, one_cartpole().reset(seed=seed)[0])


def test_unseeded_envs_differ():
    env = cartpoles("sync")
    assert not (env.reset() == env.reset()).all(axis=1).any()


def test_reset_options_are_used_once():
    env = cartpoles("sync")
    env.set_options({"low": 0.02, "high": 0.03})
    assert (env.reset() >= 0.02).all()
    assert (env.reset() < 0.02).any()
    env.set_options([{"low": 0.02, "high": 0.03}, {}, {}])
    first, *others = env.reset()
    assert (first >= 0.02).all()
    assert all((observation < 0.02).any() for observation in others)


def test_videos_have_the_speed_of_the_env(tmp_path):
    for vec in (DummyVecEnv([lambda: gym.make("CartPole-v1", render_mode="rgb_array")]), sync_cartpole(), catch()):
        with closing(vec):
            inner = vec.get_attr("metadata")[0]["render_fps"]
            assert VecVideoRecorder(vec, str(tmp_path), lambda step: False).frames_per_sec == inner


def sync_cartpole() -> GymnasiumVecEnv:
    return GymnasiumVecEnv(
        gym.make_vec(
            "CartPole-v1",
            1,
            vectorization_mode="sync",
            vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
            render_mode="rgb_array",
        )
    )


def catch() -> GymnasiumVecEnv:
    return GymnasiumVecEnv(gym.make_vec("saccade/Catch-v0", 1, vectorization_mode="vector_entry_point", render_mode="rgb_array"))

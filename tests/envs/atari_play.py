"""Functions that play Atari envs in tests."""

import numpy as np

NOOP, FIRE, RIGHT = 0, 1, 2
NO_HIDDEN_STEPS = {"noop_max": 0, "fire_reset": False}


def difference(picture, other):
    """Mean absolute difference of two pictures in grey levels."""
    return float(np.abs(picture.astype(np.int64) - other).mean())


def start(env):
    observations = env.reset()
    return observations, [dict(info) for info in env.reset_infos]


def play(env, actions):
    """Observations, rewards, dones and infos of all steps."""
    return [env.step(each) for each in actions]


def random_actions(env, steps, seed=0):
    return np.random.default_rng(seed).integers(0, env.action_space.n, (steps, env.num_envs))


def noops(env, steps):
    return np.zeros((steps, env.num_envs), dtype=np.int64)


def assert_same_play(ours, theirs):
    for t, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        for one, other in zip(a[:3], b[:3], strict=True):
            np.testing.assert_array_equal(one, other, err_msg=f"step {t}")
        for info, other in zip(a[3], b[3], strict=True):
            assert info["lives"] == other["lives"], f"step {t}"
            assert ("episode" in info) == ("episode" in other), f"step {t}"
            if "episode" in info:
                assert info["episode"]["r"] == other["episode"]["r"], f"step {t}"
                assert info["episode"]["l"] == other["episode"]["l"], f"step {t}"


def spy_on_actions(monkeypatch, env):
    """A list that collects the actions that the emulators get."""
    games = env.env.env
    sent, send = [], games.send

    def send_and_note(actions):
        sent.append(actions.copy())
        send(actions)

    monkeypatch.setattr(games, "send", send_and_note)
    return sent

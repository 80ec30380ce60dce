import json

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.experiments import ConfigError
from saccade.scripts.benchmarks.first_map_measuring import Options, figures, states_of_play
from saccade.scripts.benchmarks.first_map_table import first_map_table, unbeaten

IMAGE = spaces.Box(0, 255, (1, 36, 36), np.uint8)


class Clock(gym.Env):
    """The picture shows the steps of the game and whether the last action was 1. Half of the games start at 100."""

    observation_space, action_space = IMAGE, spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 100 * ((seed or 0) % 2)
        return self._see(0), {}

    def step(self, action):
        self.time += 1
        return self._see(action), 0.0, False, False, {}

    def _see(self, action):
        image = np.zeros((1, 36, 36), np.uint8)
        image[0, 8:20, 8:20], image[0, 0, 0] = self.time, 255 * action
        return image


def clocks(count: int = 2) -> DummyVecEnv:
    env = DummyVecEnv([Clock] * count)
    env.seed(0)
    return env


def policy() -> ActorCriticPolicy:
    return ActorCriticPolicy(IMAGE, spaces.Discrete(2), lambda _: 1e-3, net_arch=[4])


def test_states_come_at_even_steps_and_are_distinct():
    states = states_of_play(policy(), clocks(), 6, 5, 0.0, 0)
    assert states.observations[:, 0, 10, 10].tolist() == [5, 105, 10, 110, 15, 115]
    four = states_of_play(policy(), clocks(4), 4, 5, 0.0, 0)  # two games twice: the copies are left out
    assert four.observations[:, 0, 10, 10].tolist() == [5, 105, 10, 110]


def test_random_actions_are_seeded_and_as_many_as_asked():
    plays = policy()
    seen = [states_of_play(plays, clocks(), 40, 1, epsilon, 3).observations for epsilon in (0.0, 0.5, 0.5)]
    assert np.array_equal(seen[1], seen[2])
    assert not np.array_equal(seen[0], seen[1])


def test_play_that_stands_still_is_refused():
    class Still(Clock):
        def step(self, action):
            return self._see(0), 0.0, False, False, {}

    with pytest.raises(ConfigError, match="shows 1 distinct states only"):
        states_of_play(policy(), DummyVecEnv([Still] * 2), 3, 2, 0.0, 0)


def test_figures_are_json_and_a_table():
    """Of every method and blind order, by both measures and both removals; a method without a map of this policy is left out."""
    options = Options((), methods=("jacobian", "jacobian_x_contrast", "grad_cam"), steps=4, draws=1)
    states = states_of_play(policy(), clocks(), 4, 5, 0.0, 0)
    rows, seconds = figures(policy(), states, ["value", "action"], options)
    assert set(seconds) == {"jacobian", "jacobian_x_contrast"}
    blind = {"random_pixels", "random_blocks", "gaussian", "contrast"}
    assert {row["method"] for row in rows} == {"jacobian", "jacobian_x_contrast", *blind}
    assert len(rows) == 2 * 6 * 4
    assert {row["good"] for row in rows if row["measure"] == "insertion"} == {"low"}
    assert set(rows[0]["leads"]) == blind
    model = {"env": "Clock", "agent": "ppo", "seed": 0, "env_steps": 1000, "states": 4, "rows": json.loads(json.dumps(rows))}
    table = first_map_table({"models": [model]})
    assert table.startswith("**Clock, ppo, seed 0, 1,000 env steps, 4 distinct states of play.**")
    assert table.count("| jacobian\\_x\\_contrast | ") == 2
    assert table.count("| (a blind order) |") == 8


def row(method: str, lows: tuple[float | None, float | None], ratio: float = 2.0) -> dict:
    return {
        "head": "value",
        "method": method,
        "measure": "deletion",
        "removal": "blur",
        "good": "high",
        "ratio": ratio,
        "leads": {"gaussian": [0.5, lows[0], 0.9], "random_blocks": [0.1, lows[1], 0.3]},
    }


def test_what_is_bold_beats_all_rivals_for_sure():
    rows = [row("jacobian", (0.2, -0.1)), row("occlusion", (0.2, 0.1), 3.0), row("gaussian", (0.0, 0.1), 1.0)]
    assert [unbeaten(one) for one in rows] == [["random_blocks"], [], ["gaussian"]]
    assert unbeaten(row("rise", (None, 0.0))) == ["gaussian", "random_blocks"]
    model = {"env": "Pong", "agent": "pqn", "seed": 1, "env_steps": None, "states": 64, "rows": rows}
    lines = first_map_table({"models": [model]}).splitlines()
    assert lines[2:] == [
        "| value | deletion, blur (high is good) | does not beat |",
        "|---|---|---|",
        "| jacobian | 2.00 | random blocks (all) |",
        "| occlusion | **3.00** | - |",
        "| gaussian | 1.00 | (a blind order) |",
    ]

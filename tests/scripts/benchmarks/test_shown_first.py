import json
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from single_checks import deletion_insertion
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.experiments import ConfigError, OutputError
from saccade.saliency import Head
from saccade.saliency.checks.blind.orders import random_places
from saccade.saliency.checks.random_weights.random_layers import unlearned
from saccade.saliency.methods.derivatives import jacobian
from saccade.saliency.methods.map_making import strength_map
from saccade.saliency.readers.entries import Entries
from saccade.scripts.benchmarks.shown_first.kept import Kept
from saccade.scripts.benchmarks.shown_first.measuring import Options, figures, heads_of
from saccade.scripts.benchmarks.shown_first.states import states_of_play
from saccade.scripts.benchmarks.shown_first.table import beats_all, first_map_table, said

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


OPTIONS = Options((), methods=("jacobian", "jacobian_x_contrast", "grad_cam"), steps=4, draws=1, weights=2)


def test_states_know_their_games():
    """A game that ends gives way to the next one, which is another game."""

    class Short(Clock):
        def step(self, action):
            obs, *_ = super().step(action)
            return obs, 0.0, self.time % 100 == 7, False, {}

    env = DummyVecEnv([Short] * 2)
    env.seed(0)
    states = states_of_play(policy(), env, 6, 5, 0.3, 1)
    assert len(set(states.games[[0, 2]])) == 2  # steps 5 and 10 of the first env
    assert len(set(states_of_play(policy(), clocks(), 6, 5, 0.0, 0).games)) == 2


def test_figures_are_json_and_a_table():
    """Of every method and blind order, by both measures and all removals; a method without a map of this policy is left out."""
    states = states_of_play(policy(), clocks(), 6, 5, 0.0, 0)
    blind_rows, *of_methods = figures(policy(), states, ["value", "action"], OPTIONS)
    rows = [row for found in (blind_rows, *of_methods) for row in found]
    blind = {"random_pixels", "random_blocks", "gaussian", "contrast"}
    assert {row["method"] for row in blind_rows} == blind
    assert [{row["method"] for row in found} for found in of_methods] == [{"jacobian"}, {"jacobian_x_contrast"}]
    assert {row["removal"] for row in rows} == {"blur", "grey", "other_state"}
    assert len(rows) == 2 * 6 * 6
    assert {row["good"] for row in rows if row["measure"] == "insertion"} == {"low"}
    assert set(rows[0]["leads"]) == blind
    assert all(row["over_random_weights"] is None for row in blind_rows)
    assert all(len(row["over_random_weights"]) == 3 for found in of_methods for row in found)
    for name in ("gaussian", "contrast"):  # an order beside itself
        assert all(row["leads"][name][0] == 0 for row in blind_rows if row["method"] == name)
    about = {"env": "Clock", "agent": "ppo", "seed": 0, "env_steps": 1000, "states": 6, "games": 2, "intervals_over": "states"}
    table = first_map_table({"models": [{**about, "rows": json.loads(json.dumps(rows))}]})
    assert table.startswith("**Clock, ppo, seed 0, 1,000 env steps, 6 distinct states of 2 games.**")
    assert table.count("| jacobian\\_x\\_contrast | ") == 2
    assert table.count("| (a blind order) |") == 8


def test_a_map_of_random_weights_is_that_of_the_same_action():
    """By hand, by blur and deletion."""
    plays = policy()
    states = states_of_play(plays, clocks(), 6, 5, 0.0, 0)
    options = replace(OPTIONS, methods=("jacobian",), weights=1, other_state=False)
    _, rows = figures(plays, states, ["action"], options)
    head = Head(plays, "action").at(Entries.of(plays, states.observations).packed())
    random = replace(head, policy=unlearned(plays, options.seed))
    ours, theirs, unit = (
        deletion_insertion(head, states.observations, strength, 4).deletion
        for strength in (
            strength_map(jacobian, head, states.observations),
            strength_map(jacobian, random, states.observations),
            random_places(Entries.of(plays, states.observations).tensors[""], options.seed),
        )
    )
    (row,) = [row for row in rows if (row["measure"], row["removal"]) == ("deletion", "blur")]
    assert row["over_random_weights"][0] == pytest.approx((ours - theirs).mean() / unit.mean(), abs=1e-4)


def test_what_is_measured_is_kept_and_not_measured_again(tmp_path):
    path, options = tmp_path / "maps.json", {"seed": 1, "methods": ("jacobian",)}
    kept = Kept(path, {"date": "today"}, options)
    assert kept.model_of("run", 10) == {}
    kept.put({"run": "run", "env_steps": 10, "rows": [{"method": "jacobian"}]})
    kept.put({"run": "other", "env_steps": None, "rows": []})
    again = Kept(path, {"date": "tomorrow"}, {**options, "methods": ("rise",)})  # a further method
    assert again.model_of("run", 10)["rows"] == [{"method": "jacobian"}]
    again.put({"run": "run", "env_steps": 10, "rows": [1, 2]})
    told = json.loads(path.read_text())
    assert [(model["run"], model["rows"]) for model in told["models"]] == [("run", [1, 2]), ("other", [])]
    assert (told["date"], told["options"]) == ("tomorrow", {"seed": 1, "methods": ["rise"]})
    with pytest.raises(OutputError, match="run after 10 env steps, and it has gone on since"):
        again.model_of("run", 20)
    with pytest.raises(OutputError, match="was measured with seed 1, not 2"):
        Kept(path, {}, {**options, "seed": 2})
    path.write_text("[]")
    with pytest.raises(OutputError, match="not a file of this measurement"):
        Kept(path, {}, options)
    with pytest.raises(OutputError, match="there is no folder"):
        Kept(tmp_path / "none" / "maps.json", {}, options)


def test_a_file_that_went_on_at_another_commit_says_both(tmp_path):
    path, options = tmp_path / "maps.json", {"seed": 1}
    for number, commit in enumerate(("aaa", "bbb", "bbb")):
        kept = Kept(path, {"commit": commit}, options)
        rows = kept.model_of("run", 10).get("rows", [])
        kept.put({"run": "run", "env_steps": 10, "rows": [*rows, {"method": str(number)}]})
    kept.put({"run": "new", "env_steps": 10, "rows": []})
    models = json.loads(path.read_text())["models"]
    assert [(model["run"], model["commits"]) for model in models] == [("run", ["aaa", "bbb"]), ("new", ["bbb"])]


def test_a_file_from_before_names_of_commits_keeps_its_own(tmp_path):
    path, options = tmp_path / "maps.json", {"seed": 1}
    old = {"commit": "aaa", "options": options, "models": [{"run": "run", "env_steps": 10, "rows": []}]}
    path.write_text(json.dumps(old))
    Kept(path, {"commit": "bbb"}, options).put({"run": "run", "env_steps": 10, "rows": []})
    assert json.loads(path.read_text())["models"][0]["commits"] == ["aaa", "bbb"]


@pytest.mark.parametrize("heads", [("valeu",), ()])
def test_heads_that_a_policy_lacks_are_told(heads):
    states = states_of_play(policy(), clocks(), 4, 5, 0.0, 0)
    with pytest.raises(ConfigError, match=r"has none of the heads asked for; it has .*value"):
        next(figures(policy(), states, heads_of(policy(), heads), OPTIONS))


def test_done_methods_are_left_out():
    states = states_of_play(policy(), clocks(), 4, 5, 0.0, 0)
    options = replace(OPTIONS, weights=0, other_state=False)
    blind = {"random_pixels", "random_blocks", "gaussian", "contrast"}
    (rows,) = figures(policy(), states, ["value"], options, {*blind, "jacobian"})
    assert {row["method"] for row in rows} == {"jacobian_x_contrast"}


def row(method: str, leads: dict, ratio: float = 2.0, random: list | None = None) -> dict:
    known = {"head": "value", "method": method, "measure": "deletion", "removal": "blur", "good": "high", "ratio": ratio}
    return {**known, "leads": leads, "over_random_weights": random}


def test_what_is_bold_beats_all_rivals_for_sure():
    won, unsure, lost = [0.5, 0.2, 0.9], [0.1, -0.1, 0.3], [-0.2, -0.3, -0.1]
    rows = [
        row("jacobian", {"gaussian": won, "random_blocks": unsure}, random=unsure),
        row("occlusion", {"gaussian": won, "random_blocks": won}, 3.0, won),
        row("smoothgrad", {"gaussian": lost, "random_blocks": [0.5, None, None]}, 0.5),
        row("gaussian", {"gaussian": [0.0, 0.0, 0.0], "random_blocks": won}, 1.0),
    ]
    assert said(rows[2]) == {"gaussian": "is worse", "random_blocks": "cannot tell"}
    assert [beats_all(one) for one in rows] == [False, True, False, False]
    about = {"env": "Pong", "agent": "pqn", "seed": 1, "env_steps": None, "states": 64, "games": 16, "intervals_over": "games"}
    lines = first_map_table({"models": [{**about, "rows": rows}]}).splitlines()
    assert "with a 95 % interval over games off zero" in lines[0]
    assert lines[2:] == [
        "| value | deletion, blur (high is good) | cannot be told from | is worse than | random weights |",
        "|---|---|---|---|---|",
        "| jacobian | 2.00 | random blocks (all) | - | 0 of 1 |",
        "| occlusion | **3.00** | - | - | 1 of 1 |",
        "| smoothgrad | 0.50 | random blocks (all) | gaussian (all) |  |",
        "| gaussian | 1.00 | (a blind order) |  |  |",
    ]

"""What explain writes of a recurrent policy: which steps, which decisions, and what the env draws."""

import json
from pathlib import Path
from typing import ClassVar

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from random_observations import RandomObservations
from sb3_contrib import RecurrentPPO

from saccade.experiments import explain
from saccade.experiments.explained.through_time import looking_back, named_decisions, stretch_of
from saccade.saliency.states.states import States

LENGTH = 9
VECTOR = spaces.Box(-1, 1, (3,), np.float32)
COMPASS = spaces.Dict(direction=spaces.Discrete(4), image=spaces.Box(0, 255, (36, 36, 3), np.uint8), speed=VECTOR)


class Strip:
    """An episode as a row of grey cells, as bright as their strengths."""

    def drawn(self, observations, strengths):
        assert len(observations) == len(strengths) == LENGTH
        cells = np.round(255 * strengths).astype(np.uint8).repeat(20)
        return np.broadcast_to(cells[None, :, None], (16, 20 * LENGTH, 3)).copy()


class Walk(RandomObservations):
    """It may draw its episodes, and renders a grey that grows brighter."""

    metadata: ClassVar = {"render_modes": ["rgb_array"], "render_fps": 5}

    def __init__(self, space=VECTOR, draws=True, render_mode=None):
        super().__init__(space, LENGTH)
        self.render_mode = render_mode
        if draws:
            self.game = Strip()

    def render(self):
        return np.full((24, 24, 3), 20 * self.steps, np.uint8)


gym.register("StripWalk-v0", Walk)
gym.register("CompassWalk-v0", lambda **kwargs: Walk(COMPASS, draws=False, **kwargs))


def explained(env: str, policy: str, folder: Path, through_time: int):
    network = {"lstm_hidden_size": 4, "net_arch": []}
    model = RecurrentPPO(policy, env, n_steps=16, batch_size=16, n_epochs=1, policy_kwargs=network, device="cpu", seed=0)
    model.save(folder / "model")
    few = {"states": 2, "steps": 20, "games": 1, "video_steps": 0, "checks": False, "heads": ("value",), "device": "cpu"}
    return explain(folder / "model.zip", env=env, through_time=through_time, output=folder / "maps", **few)


def test_the_episode_is_drawn_and_its_last_decision_is_named(tmp_path):
    """Four decisions are wanted: they are the last ones of the episode of nine steps that is running then."""
    found = explained("StripWalk-v0", "MlpLstmPolicy", tmp_path, 4)
    with np.load(tmp_path / "maps" / "through-time-value.npz") as data:
        norms, outputs, occlusion = data["norms"], data["outputs"], data["occlusion"]
    assert outputs.tolist() == [5, 6, 7, 8]
    assert norms.shape == occlusion.shape == (4, LENGTH)
    assert norms[-1, 0] > 0
    for name in (
        "through-time-value.png",
        "through-time-value.mp4",
        "through-time-value-drawn.png",
        "through-time-value-drawn.mp4",
    ):
        assert (tmp_path / "maps" / name).stat().st_size > 0
    best, rival = int(norms[-1].argmax()), int(occlusion[-1].argmax())
    line = f"value at step 8 rests most on jacobian: step {best}, {8 - best} back; occlusion: step {rival}, {8 - rival} back."
    assert line in found.text()
    lags = 8 - np.arange(LENGTH)
    expected = sum(float((row * (lags - 3 + i)).sum()) for i, row in enumerate(norms)) / norms.sum()
    assert json.loads((tmp_path / "maps" / "report.json").read_text())["mean_lag"]["value"] == pytest.approx(expected, rel=1e-4)


def test_a_dict_with_a_discrete_entry(tmp_path):
    found = explained("CompassWalk-v0", "MultiInputLstmPolicy", tmp_path, 3)
    names = {path.name for path in (tmp_path / "maps").iterdir()}
    assert {"through-time-value.png", "through-time-value.mp4", "through-time-value-2.mp4"} <= names  # a film of each entry
    assert "through-time-value-drawn.png" not in names
    assert "value at step 8 rests most on" in found.text()


@pytest.mark.parametrize(
    ("starts", "wanted", "steps"),
    [
        ([0, 9, 18], 4, 9),  # to the end of the episode
        ([0, 9, 18], 9, 9),  # it ends there
        ([0, 9, 18], 10, 18),
        ([0], 4, 4),  # it does not end
        ([0], 99, 20),
        ([0, 3], 4, 4),
    ],
)
def test_which_steps_are_looked_back_on(starts, wanted, steps):
    assert stretch_of(np.isin(np.arange(20), starts), wanted) == steps


def test_an_end_that_is_far_away_does_not_count():
    assert stretch_of(np.isin(np.arange(900), [0, 512]), 64) == 512
    assert stretch_of(np.isin(np.arange(900), [0, 513]), 64) == 64


def test_the_last_decision_and_the_one_that_rests_most_on_the_past_are_named():
    norms = np.zeros((4, 6))
    norms[1, 0], norms[2, 4], norms[3, 1] = 2, 9, 1  # row 2 rests on the present alone
    outputs = np.array([2, 3, 4, 5])
    assert named_decisions(norms, outputs, np.arange(6) == 0) == [3, 1]
    norms[3, 1] = 5
    assert named_decisions(norms, outputs, np.arange(6) == 0) == [3]


def test_the_film_of_one_decision_lights_step_after_step():
    """Three of nine steps count: the film shows them from the present back, and nothing before the episode."""
    starts = np.isin(np.arange(LENGTH + 2), [0, 2])
    states = States(np.zeros((LENGTH + 2, 3), np.float32), starts=starts)
    norms = np.zeros(LENGTH + 2)
    norms[[2, 6, 10]] = 1, 2, 4

    def drawing(seen, strengths, decision):
        assert decision == LENGTH - 1  # counted from the start of its episode
        return Strip().drawn(seen, strengths)

    film = list(looking_back(drawing, states, "value", norms, LENGTH + 1))
    assert len(film) == LENGTH
    assert len({picture.shape for picture in film}) == 1
    lit = [[int(picture[-1, 20 * k + 10, 0]) for k in (0, 4, 8)] for picture in film]
    assert lit[0] == lit[3] == [0, 0, 255]
    assert lit[4] == lit[7] == [0, 128, 255]
    assert lit[8] == [64, 128, 255]

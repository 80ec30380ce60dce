"""Random gazes, the control of a learned one, can look at every digit: ``reach`` in the settings fits the canvases."""

from pathlib import Path

import pytest
import torch as th
import yaml

from saccade.envs.registration import task_class
from saccade.envs.tasks.digits import SIDE
from saccade.envs.tasks.several_digits.house_number import HouseNumber

ROOT = Path(__file__).parents[3]
TASKS = ("ClutteredMNIST", "TranslatedMNIST", "DigitPair", "DigitSum", "HouseNumber")
FILES = [ROOT / "hyperparams" / "glimpse-reinforce.yml", *sorted((ROOT / "results" / "glimpses").glob("*.yml"))]
SETTINGS = [
    (file.stem, name, entry)
    for file in FILES
    for name, entry in yaml.safe_load(file.read_text(encoding="utf-8")).items()
    if name.removeprefix("saccade/").removesuffix("-v0") in TASKS and not entry["gaze_kwargs"].get("relative")
]


def extremes(draws: int) -> th.Tensor:
    """Random numbers in [0, 1), (N, draws): usual ones, and ones that are all but 0 or 1, which place digits at the edges."""
    generator = th.Generator().manual_seed(0)
    usual = th.rand(300, draws, generator=generator, dtype=th.float64)
    return th.cat([usual, (usual > 0.5).double() * (1 - 1e-9)])


def farthest(name: str, env_kwargs: dict) -> float:
    """The largest distance of a digit's centre from the middle along an axis, in half canvases, as a gaze counts it."""
    own = {key: value for key, value in env_kwargs.items() if key != "spill"}  # which is for training
    game = task_class(name)(**own, dataset="digits")
    uniforms = extremes(game.draws)
    height, width = game.draw(uniforms[:1])[0].shape[2:]
    if isinstance(game, HouseNumber):
        there = game.canvas.chosen(uniforms) >= 0
        centres = game.canvas.places(uniforms)[0][there]
    else:
        centres = (game.canvas.draw(uniforms)[2].double() + SIDE / 2).flatten(0, 1)
    return float((centres / th.tensor([height, width]) * 2 - 1).abs().max())


@pytest.mark.parametrize(("file", "name", "entry"), SETTINGS, ids=[f"{file}-{name}" for file, name, _ in SETTINGS])
def test_no_digit_lies_beyond_the_reach_of_a_random_gaze(file, name, entry):
    reach, needed = entry["gaze_kwargs"]["reach"], farthest(name, entry["env_kwargs"])
    assert needed <= reach + 1e-9
    assert (
        reach <= needed + 0.1 or not needed
    )  # and the control does not look where nothing can be; at 28x28 the digit is everywhere


def test_the_geometry_by_hand():
    """
    28 pixels that touch the edge of 100 have their centre at pixel 14: 14 / 50 - 1 = -0.72. The smallest number of one digit has
    0.55 * 28 = 15.4 pixels, and its centre at 7.7 of 110: 7.7 / 55 - 1 = -0.86.
    """
    assert farthest("saccade/DigitPair-v0", {}) == pytest.approx(0.72)
    assert farthest("saccade/HouseNumber-v0", {}) == pytest.approx(0.86, abs=1e-6)

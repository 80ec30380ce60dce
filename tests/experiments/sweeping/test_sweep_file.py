"""Files of sweeps, and which runs they mean."""

import re
from pathlib import Path

import pytest
import yaml

from saccade.experiments import SweepError
from saccade.experiments.sweeping.cells import cells_of
from saccade.experiments.sweeping.searching.search import corners
from saccade.experiments.sweeping.searching.search_space import Range
from saccade.experiments.sweeping.sweep_file import SweepFile, content_of

WHOLE = """
envs: [Enduro, Breakout]
agents: [pqn, dueling-dqn]
seeds: [0, 1, 2]
grid:
  learning_rate: [1e-4, lin_3e-4]
  policy_kwargs.net_arch: [[64, 64], []]
train:
  total_timesteps: 1e6
  eval-every: 50000
  saliency_budget: 1e-3
  hyperparameters: mine.yml
  set: {gamma: 0.99}
resources: {cpus: 2, gpus: 0.5}
"""


def read(text: str) -> SweepFile:
    Path("sweep.yml").write_text(text, encoding="utf-8")
    return SweepFile.of(*content_of(Path("sweep.yml")))


def test_every_combination_is_a_run_and_seeds_change_fastest():
    found = read(WHOLE).combinations()
    assert len(found) == 2 * 2 * 2 * 2 * 3
    assert [one["seed"] for one in found[:4]] == [0, 1, 2, 0]
    assert found[0] == {
        "env": "Enduro",
        "agent": "pqn",
        "seed": 0,
        "total_timesteps": 1_000_000,
        "eval_every": 50_000,
        "saliency_budget": 0.001,
        "hyperparameters": str(Path.cwd() / "mine.yml"),  # the sweep goes on from any folder
        "set": {"gamma": 0.99, "learning_rate": 1e-4, "policy_kwargs.net_arch": [64, 64]},
    }
    assert type(found[0]["total_timesteps"]) is int
    assert found[-1]["set"] == {"gamma": 0.99, "learning_rate": "lin_3e-4", "policy_kwargs.net_arch": []}
    assert len({repr(one) for one in found}) == len(found)


def test_paths_are_whole_so_that_a_sweep_goes_on_from_any_folder():
    train = {"hyperparameters": "mine.yml", "weights_from": "runs/a", "gaze": "follow-value:runs/b"}
    found = content_of({"envs": ["Catch"], "train": train})[0]["train"]
    here = Path.cwd()
    assert found == {
        "hyperparameters": f"{here}/mine.yml", "weights_from": f"{here}/runs/a", "gaze": f"follow-value:{here}/runs/b"
    }  # fmt: skip
    for gaze in ("random", "at:0,0.5"):
        assert content_of({"train": {"gaze": gaze}})[0]["train"] == {"gaze": gaze}


def test_what_is_left_out_is_the_default():
    (only,) = read("envs: Catch").combinations()
    assert only == {"env": "Catch", "agent": None, "seed": 0}
    assert (read("envs: Catch").share.cpus, read("envs: Catch").share.gpus) == (1, 0)


BAD = [
    ("", "a sweep says at least its envs"),
    ("[Enduro]", "a sweep says at least its envs"),
    ("seeds: [0]", "envs is missing"),
    ("envs: []", r"envs is \[\]; it must be a list of names"),
    ("envs: [3]", "must be a list of names"),
    ("envs: Catch\nsedes: [1]", "unknown key 'sedes'; a sweep has: envs, agents, seeds, grid, train, resources, search"),
    ("envs: [Catch, Catch]", "envs has 'Catch' twice"),
    ("envs: Catch\nseeds: 3", "seeds is 3; it must be a list of whole numbers"),
    ("envs: Catch\nseeds: [0.5]", "must be a list of whole numbers"),
    ("envs: Catch\nseeds: [1, 1]", "seeds has 1 twice"),
    ("envs: Catch\ngrid: [1]", "grid is .*; it must have entries"),
    ("envs: Catch\ngrid: {gamma: 0.9}", "gamma is 0.9; it must be a list of values"),
    ("envs: Catch\ngrid: {gamma: []}", "it must be a list of values"),
    ("envs: Catch\ngrid: {net_arch: [64, 64]}", "net_arch has 64 twice"),
    ("envs: Catch\ngrid: {a-b: [1]}", "'a-b' is not a hyperparameter"),
    ("envs: Catch\ngrid: {gamma: [0.9]}\ntrain: {set: {gamma: 0.8}}", "gamma is in train: set as well"),
    ("envs: Catch\ntrain: {totl: 1}", "saccade train has no option 'totl'"),
    ("envs: Catch\ntrain: {seed: 1}", "seed does not go here: give seeds"),
    ("envs: Catch\ntrain: {output: x}", "output does not go here: the sweep chooses it"),
    ("envs: Catch\ntrain: {set: 3}", "set is 3; it must have entries"),
    ("envs: Catch\ntrain: {hyperparameters: {gamma: 1}}", "it must be the name of a file"),
    ("envs: Catch\nresources: {cores: 1}", "resources: unknown key 'cores'"),
    ("envs: Catch\nresources: {cpus: 0}", "resources: cpus is 0"),
    ("envs: Catch\nenvs: Enduro", "'envs' twice"),
    ("envs: [", "cannot be read"),
]


@pytest.mark.parametrize(("text", "message"), BAD, ids=[message[:30] for _, message in BAD])
def test_what_cannot_be_is_one_line_with_the_name_of_the_file(text, message):
    with pytest.raises(SweepError, match=message) as error:
        read(text)
    assert str(error.value).startswith("sweep.yml")
    assert "\n" not in str(error.value)


def test_too_many_runs():
    grid = {f"h{number}": list(range(10)) for number in range(5)}
    with pytest.raises(SweepError, match="has 100,000 runs; it may have at most 10,000"):
        SweepFile.of({"envs": "Catch", "grid": grid}).combinations()


def test_a_missing_file():
    with pytest.raises(SweepError, match=r"none\.yml cannot be read"):
        content_of(Path("none.yml"))


def test_a_search_has_ranges_and_choices():
    space = "{learning_rate: {low: 1e-5, high: 1e-3, log: true}, n_steps: {low: 8, high: 64, step: 8}, policy: [a, b]}"
    found = read(f"envs: Catch\nsearch: {{trials: 4, space: {space}}}").search
    assert found is not None
    assert (found.trials, found.sampler, found.pruner, found.seed) == (4, "tpe", "median", 0)
    assert found.space["learning_rate"] == Range(1e-5, 1e-3, True)
    assert (found.space["n_steps"].is_whole, found.space["learning_rate"].is_whole) == (True, False)
    assert found.space["policy"] == ["a", "b"]


BAD_SEARCHES = [
    ("search: 3", "search is 3; it must have entries"),
    ("search: {trials: 0, space: {a: [1, 2]}}", "trials is 0; it must be a whole number from 1"),
    ("search: {trials: 2}", "space must have hyperparameters"),
    ("search: {trials: 2, spcae: {}}", "unknown key 'spcae'"),
    ("search: {trials: 2, space: {a: 3}}", "a is 3; it must be a range or a list of choices"),
    ("search: {trials: 2, space: {a: [1]}}", "it must be a range or a list of choices"),
    ("search: {trials: 2, space: {a: [[1], [2]]}}", "not numbers or texts"),
    ("search: {trials: 2, space: {a: {low: 2, high: 1}}}", "low must be smaller"),
    ("search: {trials: 2, space: {a: {low: 0, high: 1, log: true}}}", "with log, low must be above 0"),
    ("search: {trials: 2, space: {a: {low: 1, high: 3, step: 5}}}", "step is 5, more than from 1 to 3; it would always be 1"),
    ("search: {trials: 2, seed: -1, space: {a: [1, 2]}}", "seed is -1; it must be a whole number from 0 to 4294957295"),
    ("search: {trials: 2, seed: 4294967296, space: {a: [1, 2]}}", "seed is 4294967296; it must be a whole number from 0 to"),
    ("search: {trials: 2, space: {a: {low: 0}}}", "high is None; it must be a number"),
    ("search: {trials: 2, space: {a: {low: 0, high: 1, stp: 1}}}", "unknown key 'stp'"),
    ("search: {trials: 2, sampler: best, space: {a: [1, 2]}}", "sampler is 'best'; it must be one of: tpe"),
    ("grid: {b: [1]}\nsearch: {trials: 2, space: {a: [1, 2]}}", "grid and search do not go together"),
]


@pytest.mark.parametrize(("text", "message"), BAD_SEARCHES, ids=[message[:30] for _, message in BAD_SEARCHES])
def test_searches_that_cannot_be(text, message):
    with pytest.raises(SweepError, match=message):
        read(f"envs: Catch\n{text}")


PAGE = Path(__file__).resolve().parents[3] / "docs" / "sweeps.md"
# Runs of each file, and the name of the first; of the search the ends of its ranges.
ON_THE_PAGE = [(12, "Enduro-pqn-0"), (30, "Enduro-pqn-learning_rate=0.0001-hidden_width=256-0"), (5, None)]


@pytest.mark.parametrize("number", range(len(ON_THE_PAGE)))
def test_files_of_the_page_are_sweeps(number):
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) == len(ON_THE_PAGE)
    wanted = SweepFile.of(yaml.safe_load(blocks[number]))
    runs, first = ON_THE_PAGE[number]
    combinations = wanted.combinations() if wanted.search is None else corners(wanted, wanted.search)
    cells = cells_of(combinations, list(wanted.grid) if wanted.search is None else list(wanted.search.space))
    assert len(cells) == runs
    assert first in (None, cells[0].name)

"""
What learning from gazes that were never made costs: python scripts/benchmarks/digits/forced_gaze.py --output FILE.json

Two trainings for each seed, under a random gaze on bundled digits. They differ in one thing: whether the agent hears that its gaze
is forced. An agent that does not hear it has the loss of saccade 0.1, with log-probabilities of gazes that the env did not make.
"""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch as th
import tyro
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper
from stable_baselines3.common.vec_env.base_vec_env import VecEnvObs, VecEnvStepReturn

from saccade.agents.forced_gaze import ATTRIBUTE
from saccade.experiments import read_hyperparameters
from saccade.experiments.circumstances import commit, hardware
from saccade.experiments.learning.learning import EVALUATION_SEED
from saccade.experiments.scoring.error_rate import error_figures
from saccade.experiments.scoring.games import PASSES, play_in_turn
from saccade.experiments.setup.agent_spec import AGENTS
from saccade.experiments.setup.device_and_seed import SEEDS_APART
from saccade.experiments.setup.gazes.gaze_envs import make_gaze_env
from saccade.experiments.setup.hyperparameters import fit_to_run
from saccade.experiments.setup.models import build_model
from saccade.saliency.whole_file import write_text
from saccade.scripts.benchmarks.runs.kept_file import read_kept
from saccade.scripts.door import open_door

TASK, DATA = "ClutteredMNIST", {"dataset": "digits"}
SPEC = AGENTS["glimpse-reinforce"]


class Untold(VecEnvWrapper):
    """An env that does not say that it forces the gaze."""

    def reset(self) -> VecEnvObs:
        return self.venv.reset()

    def step_wait(self) -> VecEnvStepReturn:
        return self.venv.step_wait()

    def has_attr(self, attr_name: str) -> bool:
        """Whether there is an attribute; of a forced gaze nothing is known."""
        return attr_name != ATTRIBUTE and self.venv.has_attr(attr_name)


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    tyro.cli(measure, args=words, prog=program)


def measure(output: Path, updates: int = 400, seeds: int = 3, gaze: str = "random") -> None:
    """
    Train both kinds with every seed, and write their errors on the validation digits.

    :param output: JSON file; what it has already is kept, and the rest is added
    :param updates: of each training, 256 episodes each
    :param seeds: number of seeds, from 0
    :param gaze: random or center
    """
    asked = {"env": TASK, "env_kwargs": DATA, "gaze": gaze, "updates": updates, "split": "validation"}
    about = {**asked, "commit": commit(), "hardware": hardware("cpu"), "threads": th.get_num_threads()}
    runs = _kept(output, asked)
    for seed in range(seeds):
        for told in (False, True):
            if not any(run["seed"] == seed and run["told"] == told for run in runs):
                figures = trained(seed, told, updates, gaze)
                runs.append({"seed": seed, "told": told, **figures, "commit": about["commit"]})
                write_text(output, json.dumps({**about, "runs": runs}, indent=1))
                print(json.dumps(runs[-1]), flush=True)


def _kept(output: Path, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """
    The trainings that a file has, each with its commit.

    :raises OutputError: if they are of another measurement
    """
    if not output.exists():
        return []
    known = read_kept(output, lambda found: {name: found[name] for name in asked}, asked, "commit", "runs")
    return [{"commit": known["commit"], **run} for run in known["runs"]]


def trained(seed: int, told: bool, updates: int, gaze: str) -> dict[str, Any]:
    """Errors of one training on the validation digits, in percent."""
    read = read_hyperparameters(SPEC.name, None, TASK)
    n_envs = read["n_envs"]
    read["env_kwargs"] |= DATA
    read["gaze_kwargs"] |= {"forced": gaze}
    hyperparameters = fit_to_run(read, n_envs, updates * n_envs * 8)
    made = make_gaze_env(TASK, n_envs, seed * SEEDS_APART, hyperparameters["env_kwargs"], hyperparameters["gaze_kwargs"])
    env: VecEnv = made if told else Untold(made)
    model = build_model(SPEC, hyperparameters, env, seed * SEEDS_APART, "cpu")
    start = time.perf_counter()
    model.learn(hyperparameters["n_timesteps"])
    seconds = time.perf_counter() - start
    tested = make_gaze_env(
        TASK,
        359,
        EVALUATION_SEED,
        hyperparameters["env_kwargs"],
        hyperparameters["gaze_kwargs"],
        evaluation=True,
        split="validation",
    )
    tested.seed(EVALUATION_SEED)
    rewards, digits = play_in_turn(model, tested, PASSES * tested.get_attr("n_items")[0])
    return {**error_figures(rewards, digits), "images": updates * n_envs, "seconds": round(seconds, 1)}


if __name__ == "__main__":
    open_door(main)

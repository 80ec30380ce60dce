"""Run outside the repository: every module of the installed wheel imports, the command trains, explains and compares, and a saved
agent loads."""

import importlib
import pkgutil
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

import numpy as np

from saccade.agents import DoubleDQN
from saccade.experiments import AGENTS
from saccade.policies import DuelingMlpPolicy

PACKAGES = ("agents", "envs", "experiments", "hyperparams", "policies", "saliency")

modules = []
for name in PACKAGES:
    package = importlib.import_module(f"saccade.{name}")
    folder = Path(package.__path__[0])
    assert "site-packages" in folder.parts, f"{folder} is not the installed wheel"
    assert (folder / "py.typed").exists(), f"saccade.{name} comes without py.typed"
    modules += [module.name for module in pkgutil.walk_packages(package.__path__, f"saccade.{name}.")]
for module in modules:
    importlib.import_module(module)
COMPARISON = ("page.html", "page.css", "maps.js", "curves.js", "page.js", "start.js")
FILES_OF = {  # package: files that are not Python
    "saliency.page": ["head.html", *(f"comparison_{name}" for name in COMPARISON)],
    "saliency.page.live": ["live.js"],
    "experiments.watching": ["sweep_page.html", "sweep_page.css", "sweep_page.js"],
}
for package, names in FILES_OF.items():
    for name in names:
        assert files(f"saccade.{package}").joinpath(name).is_file(), f"{name} is not in the wheel"

for agent in AGENTS:
    assert files("saccade.hyperparams").joinpath(f"{agent}.yml").is_file(), f"{agent}.yml is not in the wheel"
saccade = Path(sys.executable).with_name("saccade")
for words in (["--help"], ["train", "--help"]):
    assert "usage: saccade" in subprocess.run([saccade, *words], capture_output=True, text=True, check=True).stdout
named = subprocess.run([sys.executable, "-m", "saccade", "--version"], capture_output=True, text=True, check=True).stdout
assert named.startswith("saccade-rl "), named
assert subprocess.run([saccade, "trian"], capture_output=True, check=False).returncode == 2
trained = ["train", "--total-timesteps", "64", "--n-envs", "2", "--eval-games", "0", "--wandb", "disabled", "--output", "run"]
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([saccade, *trained, "--env", "Enduro", "--agent", "dueling-dqn", "--eager"], cwd=folder, check=True)
    assert Path(folder, "run", "checkpoints", "step_0000000064.zip").exists()
    explained = ["explain", "run", "--states", "2", "--steps", "8", "--video-steps", "2", "--output", "maps"]
    subprocess.run([saccade, *explained], cwd=folder, check=True)
    assert "value" in Path(folder, "maps", "report.md").read_text()
    subprocess.run([saccade, "compare", "run", "run", "--names", "one", "other", "--output", "page.html"], cwd=folder, check=True)
    assert "<title>Saliency maps: one, other</title>" in Path(folder, "page.html").read_text()

model = DoubleDQN(DuelingMlpPolicy, "CartPole-v1", buffer_size=200, learning_starts=20, seed=0)
model.learn(40)
with tempfile.TemporaryDirectory() as folder:
    model.save(Path(folder, "agent.zip"))
    loaded = DoubleDQN.load(Path(folder, "agent.zip"))
observation = np.array([0.1, -0.2, 0.03, 0.4], dtype=np.float32)
assert model.predict(observation, deterministic=True)[0] == loaded.predict(observation, deterministic=True)[0]
print(f"wheel: {len(modules)} modules import, and a saved agent loads")

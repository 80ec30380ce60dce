"""Run outside the repository: every module of the installed wheel imports, and an agent saved by one process loads in it."""

import importlib
import pkgutil
import tempfile
from pathlib import Path

import numpy as np

from saccade.agents import DoubleDQN
from saccade.policies import DuelingMlpPolicy

PACKAGES = ("agents", "envs", "policies", "saliency")

modules = []
for name in PACKAGES:
    package = importlib.import_module(f"saccade.{name}")
    folder = Path(package.__path__[0])
    assert "site-packages" in folder.parts, f"{folder} is not the installed wheel"
    assert (folder / "py.typed").exists(), f"saccade.{name} comes without py.typed"
    modules += [module.name for module in pkgutil.walk_packages(package.__path__, f"saccade.{name}.")]
for module in modules:
    importlib.import_module(module)
for name in ("comparison_page.html", "comparison_page.css", "comparison_maps.js", "comparison_curves.js", "comparison_page.js"):
    assert Path(importlib.import_module("saccade.saliency.page").__path__[0], name).exists(), f"{name} is not in the wheel"


model = DoubleDQN(DuelingMlpPolicy, "CartPole-v1", buffer_size=200, learning_starts=20, seed=0)
model.learn(40)
with tempfile.TemporaryDirectory() as folder:
    model.save(Path(folder, "agent.zip"))
    loaded = DoubleDQN.load(Path(folder, "agent.zip"))
observation = np.array([0.1, -0.2, 0.03, 0.4], dtype=np.float32)
assert model.predict(observation, deterministic=True)[0] == loaded.predict(observation, deterministic=True)[0]
print(f"wheel: {len(modules)} modules import, and a saved agent loads")

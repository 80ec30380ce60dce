"""
A program in place of ``saccade train``: it counts env steps into a run folder, one by one, as a training that is not eager does it.

It is run as text by ``python -c`` and imports the standard library only. Each env step is a line of ``steps.txt``, so
a step that is counted twice shows.
"""

import json
import signal
import sys
import time
import zipfile
from pathlib import Path

words = sys.argv[1:]
given = {name: words[place + 1] for place, name in enumerate(words[:-1]) if name.startswith("--")}
run = Path(given.get("--output") or given["--resume"])
config = run / "config.yml"
if "--output" in given:
    run.mkdir(parents=True)
    (run / "checkpoints").mkdir()
    total = int(given["--total-timesteps"])
    options = {"env": given["--env"], "agent": given["--agent"], "seed": int(given["--seed"]), "eval_games": 0}
    hyperparameters = {"n_timesteps": total, "n_envs": 1}
    config.write_text(json.dumps({"options": options, "hyperparameters": hyperparameters, "wandb_id": "x"}))
content = json.loads(config.read_text())
total = content["hyperparameters"]["n_timesteps"]
kept = sorted((run / "checkpoints").glob("step_*.zip"))
first = int(kept[-1].stem[5:]) if kept else 0
stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))


def save(step: int) -> None:
    path = run / "checkpoints" / f"step_{step:010d}.zip"
    with zipfile.ZipFile(path.with_suffix(".part"), "w") as archive:
        archive.writestr("data", "{}")
        archive.writestr("policy.pth", "")
    path.with_suffix(".part").replace(path)
    with (run / "progress.csv").open("w") as log:
        score = content["options"]["seed"] + step / 1000
        log.write(f"time/total_timesteps,time/time_elapsed,eval/score_mean,eval/score_std\n{step},{step / 100},{score},0\n")


print("env steps", first, "to", total, flush=True)
if content["options"]["seed"] == 13:
    sys.exit("error: 13 brings bad luck")
for step in range(first, total):
    if stopped:
        save(step)
        sys.exit(0)
    with (run / "steps.txt").open("a") as steps:
        steps.write(f"{step}\n")
    time.sleep(0.004)
save(total)

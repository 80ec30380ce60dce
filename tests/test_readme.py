"""The README's code runs, and its links lead somewhere."""

import importlib
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def test_the_six_lines_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    (script,) = [code for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "SaliencyCallback" in code]
    assert "1_000_000" in script
    short = script.replace("total_timesteps=1_000_000", "total_timesteps=64").replace("buffer_size=100_000", "buffer_size=500")
    exec(short, {})
    assert list(tmp_path.glob("saliency*/*.png"))


def test_the_gaze_lines_run():
    (script,) = [code for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "GazeWrapper" in code]
    assert "100_000" in script
    exec(script.replace("total_timesteps=100_000", "total_timesteps=128"), {})


def test_links_and_pictures_exist():
    targets = re.findall(r"\]\(([^)]+?)\)", README) + re.findall(r'src="([^"]+)"', README)
    local = [target.split("#")[0] for target in targets if not target.startswith(("http", "#"))]
    assert local
    for target in local:
        assert (ROOT / target).exists(), target
    for path, anchor in re.findall(r"\]\(([^)#]*)#([^)]+)\)", README):
        if not path.startswith("http"):
            headings = re.findall(r"^#+ (.*)$", (ROOT / (path or "README.md")).read_text(), re.MULTILINE)
            assert anchor in [re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings], anchor


def test_options_named_in_the_readme_are_there():
    scripts = [importlib.import_module(name) for name in ("train", "evaluate", "explain", "compare", "plot_scores", "benchmark")]
    known = {name.replace("_", "-") for script in scripts for name in script.Options.__dataclass_fields__}
    named = set(re.findall(r"--([a-z][a-z-]+)", README)) - {"algo", "conf-file", "hyperparams", "help"}  # of RL Zoo, and of all
    assert named <= known, named - known

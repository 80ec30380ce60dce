"""The code in README and docs runs, links lead somewhere, commands are understood, and figures are those of results/."""

import io
import re
import runpy
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from functools import lru_cache, partial, wraps
from pathlib import Path
from unittest.mock import patch

import gymnasium as gym
import pytest
from stable_baselines3 import DQN

import saccade.experiments
from saccade.envs import make_atari
from saccade.saliency import METHODS
from saccade.scripts.command import COMMANDS, main

ROOT = Path(__file__).resolve().parents[1]
GUIDES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "examples/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PAGES = [*GUIDES, ROOT / "CHANGELOG.md", *sorted((ROOT / "results").glob("*.md"))]
FENCE = re.compile(r"```python\n(.*?)```", re.DOTALL)
FILE = re.compile(r"```\w+\n# ([\w-]+\.(?:py|yml))\b[^\n]*\n(.*?)```", re.DOTALL)  # a block that begins with its file's name
SHORTER = {  # as a page has it: as a test can wait for it
    "total_timesteps=1_000_000": "total_timesteps=64",
    "total_timesteps=400_000": "total_timesteps=4_000",
    "total_timesteps=200_000": "total_timesteps=2_000",
    "total_timesteps=100_000": "total_timesteps=128",
    "total_timesteps=50_000": "total_timesteps=64",
    "total_timesteps=10_000": "total_timesteps=64",
    "buffer_size=100_000": "buffer_size=500",
    "catch(64)": "catch(4)",
    'make_atari("Enduro", n_envs=8)': 'make_atari("Enduro", n_envs=2, max_frames=400)',
    "SaliencyCallback()": "SaliencyCallback(probe_count=2, video_steps=8)",
    'make_atari("Pong"), size=8)': 'make_atari("Pong"), size=1)',
    'env="Pong")': 'env="Pong", states=2, steps=16)',
    'PPO("MlpPolicy", env).learn(total_timesteps=50_000)': 'PPO("MlpPolicy", env, n_steps=8).learn(total_timesteps=50_000)',
    'PPO("MlpPolicy", "CartPole-v1")': 'PPO("MlpPolicy", "CartPole-v1", n_steps=64)',
    "reporter=Console()": "reporter=Console(progress=False)",
}
SCRIPTS = {  # subcommand of saccade, or target of make: its script
    "train": "train.py",
    "sweep": "sweep.py",
    "watch": "watch.py",
    "evaluate": "evaluate.py",
    "explain": "explain.py",
    "attack": "attack.py",
    "compare": "compare.py",
    "plot": "plot_scores.py",
    "bench": "benchmark.py",
}
NOT_OURS = {"help", "extra-index-url"}  # of every command, and of pip
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*)")
OTHER_AGENT = re.compile(r"(?:--gaze (?:follow|taught)[\w-]*:|--weights-from )(\S+)")  # that a page has trained
NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w.]*\d)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks() -> list:
    """(page, code), one for each block of Python."""
    return [
        pytest.param(page, code, id=f"{name_of(page)}-{number}")
        for page in GUIDES
        for number, code in enumerate(FENCE.findall(page.read_text()), 1)
    ]


def commands(page: Path) -> list[tuple[str, str]]:
    """(subcommand or target, the whole line) of the suite's own commands in a page's indented blocks."""
    lines = re.findall(r"^    (\S.*)$", page.read_text().replace("\\\n", " "), re.MULTILINE)
    found = [(re.match(r"(?:\w+=\S+ )*(?:saccade|make) (\w+)", line), line) for line in lines]
    return [(match[1], line) for match, line in found if match and match[1] in SCRIPTS]


def words(line: str) -> list[str]:
    """What the command gets from a line, as a shell would give it. ``make train`` gives its variables to ``saccade train``."""
    split = shlex.split(line.rstrip("& "), comments=True)
    while "=" in split[0]:
        del split[0]
    program, command, *rest = split
    if program == "make":
        variables = dict(word.split("=", 1) for word in rest)
        return [command, "--env", variables["ENV"], *shlex.split(variables.get("ARGS", ""))]
    return [command, *rest]


@contextmanager
def files_of(page: Path, folder: Path, monkeypatch) -> Iterator[None]:
    """
    Stand in a folder with the files that a page shows, and forget afterwards what they have registered. ``my-pqn.yml`` is a changed
    copy of ``pqn.yml`` where it is not shown.
    """
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    shown = dict(FILE.findall(page.read_text()))
    copies = {f"my-{path.name}": path.read_text() for path in (ROOT / "hyperparams").glob("*.yml")}
    for name, text in {**copies, **shown}.items():
        (folder / name).write_text(text)
    with patch.dict(gym.registry), patch.dict(METHODS):
        yield
    for name in shown:
        sys.modules.pop(Path(name).stem, None)


@lru_cache
def options() -> dict[str, set[str]]:
    """{subcommand or target: names of its options}, as --help prints them."""
    return {command: set(OPTION.findall(help_of(command, file))) for command, file in SCRIPTS.items()}


def help_of(command: str, file: str) -> str:
    """In this process, which is ten times faster than one of its own."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.setenv("GOMP_SPINCOUNT", "7")  # otherwise the door would leave its own
        if command in COMMANDS:
            call = partial(main, [command, "--help"])
        else:  # a script that is not installed
            (script,) = (ROOT / "scripts").rglob(file)
            patch.setattr(sys, "argv", [str(script), "--help"])
            call = partial(runpy.run_path, str(script), run_name="__main__")
        with pytest.raises(SystemExit):
            call()
    return printed.getvalue()


def anchors(page: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    """Those that do not lead to the internet, pictures as well."""
    text = FENCE.sub("", page.read_text())
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    return [target for target in targets if not target.startswith("http")]


@pytest.mark.parametrize(("page", "code"), blocks())
def test_code_runs(page, code, tmp_path, monkeypatch, one_torch_thread):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("WANDB_MODE", "disabled")
    with files_of(page, tmp_path, monkeypatch):
        run_block(page, code)
    if "SaliencyCallback" in code or "GazeCallback" in code:
        assert list(tmp_path.rglob("step_*.png"))


def run_block(page: Path, code: str) -> None:
    """As a script, in the working directory."""
    if "dqn.zip" in code:
        DQN("CnnPolicy", make_atari("Pong"), buffer_size=1).save("dqn.zip")
    for long, short in SHORTER.items():
        code = code.replace(long, short)
    exec(compile(code, f"<{name_of(page)}>", "exec"), {"__name__": "__main__"})


def test_every_shortening_is_used():
    text = "".join(page.read_text() for page in GUIDES)
    assert [long for long in SHORTER if long not in text] == []


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 130


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_anchors_and_pictures_exist(page):
    for target in links(page):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_readme_leads_to_every_page_of_the_docs():
    linked = {(ROOT / target.partition("#")[0]).resolve() for target in links(ROOT / "README.md")}
    assert set((ROOT / "docs").glob("*.md")) <= linked


def test_commands_have_the_options_that_pages_give_them():
    given = [(command, line) for page in GUIDES for command, line in commands(page)]
    assert {command for command, _ in given} == set(SCRIPTS)
    for command, line in given:
        assert set(OPTION.findall(line)) <= options()[command], line


class Understood(Exception):
    """A command has read its words and would begin now."""


@pytest.mark.parametrize("page", [page for page in GUIDES if commands(page)], ids=name_of)
def test_commands_are_understood(page, tmp_path, monkeypatch):
    """Each is read by its own door, up to where the work would begin."""

    def instead_of(name: str) -> None:
        @wraps(getattr(saccade.experiments, name))
        def begin(*_, **__):
            raise Understood

        monkeypatch.setattr(saccade.experiments, name, begin)

    for name in ("train", "resume", "sweep", "evaluate", "explain", "attack", "compare", "plot", "watch"):
        instead_of(name)
    monkeypatch.setattr("saccade.scripts.options.train_options.TrainOptions.check_resumed", lambda *_: None)  # the run is not there
    with files_of(page, tmp_path, monkeypatch):
        for command, line in commands(page):
            if command in COMMANDS:
                for followed in re.findall(
                    r"(?:--gaze (?:follow|taught)[\w-]*:|--weights-from )(\S+)", line
                ):  # an agent that the page has trained
                    Path(followed).parent.mkdir(parents=True, exist_ok=True)
                    Path(followed).touch()
                with pytest.raises(Understood):
                    main(words(line))


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_scripts_in_commands_exist(page):
    lines = re.findall(r"^    (?:\w+=\S+ )*(?:python|bash) ((?:\.?\w+/)+\w+(?:\.py)?)", page.read_text(), re.MULTILINE)
    assert [script for script in lines if not (ROOT / script).is_file()] == []


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_options_in_sentences_exist(page):
    named = {name for span in re.findall(r"`([^`\n]*)`", page.read_text()) for name in OPTION.findall(span)}
    assert named - NOT_OURS <= set().union(*options().values())


def test_files_named_in_contributing_exist():
    named = re.findall(r"`((?:\.?\w+/)*[\w-]+\.(?:py|yml|cfg))`", (ROOT / "CONTRIBUTING.md").read_text())
    assert named
    assert [path for path in named if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("page", ["README.md", "docs/measurements.md"])
def test_measured_figures_are_those_of_results(page):
    results = "".join(path.read_text() for path in sorted((ROOT / "results").glob("*.md")))
    known = set(NUMBER.findall(results))
    text = (ROOT / page).read_text()
    rows = re.findall(r"^\|.*\|$", text[text.index("# Measure") :], re.MULTILINE)
    cells = [cell for row in rows for cell in row.strip("|").split("|")[1:]]
    figures = {figure for cell in cells for figure in NUMBER.findall(re.sub(r"\]\([^)]*\)", "", cell))}
    assert len(figures) >= 10
    assert figures <= known, figures - known

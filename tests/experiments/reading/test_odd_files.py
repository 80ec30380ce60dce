"""Files of settings as people leave them: one line that names the file and the entry, and nothing is written."""

import math
from pathlib import Path

import pytest
import yaml

from saccade.experiments import ConfigError, RunConfig, RunFolderError, read_hyperparameters, resume
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.run_record import RunRecord

LAUGHS = "a0: &a0 [x, x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
MERGED = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 30))


def one_line(raised: pytest.ExceptionInfo) -> str:
    text = str(raised.value)
    assert "\n" not in text
    return text


@pytest.fixture
def run() -> Path:
    """The folder of a run that has not begun."""
    RunFolder(Path("run")).make(RunRecord.new(RunConfig("Catch", n_envs=8)))
    return Path("run")


def left_behind() -> list[Path]:
    return sorted(Path().rglob("*"))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("n_timesteps", math.inf, "n_timesteps is inf"),
        ("n_timesteps", "1e6", "n_timesteps is '1e6'; it must be a whole number"),
        ("n_timesteps", 10**30, "n_timesteps is 1000000000000000000000000000000; .* at most 1e\\+12"),
        ("n_envs", 1_000_000_000, "n_envs is 1000000000; .* at most 1024"),
        ("n_envs", True, "n_envs is True"),
        ("n_envs", [4], r"n_envs is \[4\]"),
        ("n_envs", None, "n_envs is None"),
        ("gamma", 7, "gamma is 7; it must be a number, at least 0 and at most 1"),
        ("gamma", math.nan, "gamma is nan"),
        ("gamma", "high", "gamma is 'high'"),
        ("learning_rate", -0.1, "learning_rate is -0.1"),
        ("learning_rate", "lin_nan", "learning_rate is 'lin_nan'"),
        ("learning_rate", "lin_0_nan", "learning_rate is 'lin_0_nan'"),
        ("learning_rate", math.inf, "learning_rate is inf"),
        ("vf_coef", math.nan, "vf_coef is nan; it must be a finite number"),
        ("max_grad_norm", {"a": 1}, "max_grad_norm is {'a': 1}"),
        ("policy", 5, "policy is 5; it must be a name"),
        ("policy", ["a"], r"policy is \['a'\]; it must be a name"),
        ("policy", "os.system", "the policy 'os.system' is not a class"),
        ("policy", "subprocess.Popen", "the policy 'subprocess.Popen' is not a BasePolicy"),
        ("policy", "os.system('touch it')", "is not a dotted name"),
        ("policy", "..os.system", "is not a dotted name"),
        ("policy_kwargs", {"activation_fn": "os.system"}, "the activation_fn 'os.system' is not a class"),
        ("policy_kwargs", {"activation_fn": "torch.optim.Adam"}, "the activation_fn 'torch.optim.Adam' is not a Module"),
        ("policy_kwargs", {"optimizer_class": "Adam"}, "optimizer_class is 'Adam'; it must be the dotted name of a class"),
        ("policy_kwargs", "dict(net_arch=[64])", "policy_kwargs must be keyword arguments"),
        ("colour", "red", "no hyperparameter 'colour'"),
        (5, 5, "the name of a hyperparameter must be a text, not 5"),
    ],
)
def test_hyperparameters_that_cannot_be(name, value, message):
    entry = {**read_hyperparameters("glimpse-reinforce", env="Catch"), name: value}
    Path("odd.yml").write_text(yaml.safe_dump({"saccade/Catch-v0": entry}))
    before = left_behind()
    with pytest.raises(ConfigError, match=message) as raised:
        RunConfig("Catch", hyperparameters="odd.yml")
    one_line(raised)
    assert left_behind() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no entry"),
        (b"just words", "has no entry"),
        (b"- a\n- b\n", "has no entry"),
        (b"saccade/Catch-v0: 5", r"saccade/Catch-v0 is 5; it must have hyperparameters"),
        (b"a: [1", "cannot be read"),
        (b"a: 1\na: 2", "cannot be read: it has 'a' twice in one place"),
        (bytes(range(256)), "cannot be read: it is not a text in UTF-8"),
        ("größe: 1".encode("latin1"), "cannot be read: it is not a text in UTF-8"),
        (b"a\0b: 1", "cannot be read"),
        (b"a: 2001-13-45", "cannot be read"),
        (b"a: !!python/object/apply:os.system ['touch it']", "cannot be read"),
        (b"a: &a [*a]", "cannot be read: a value contains itself"),
        (b"[" * 50_000, "cannot be read: it is nested too deeply"),
        (b"- " * 5_000, "cannot be read: it is nested too deeply"),
        (b"[" * 40 + b"]" * 40, "cannot be read: it is nested too deeply"),
        (LAUGHS.encode(), "cannot be read: it has more than 20,000 values"),
        (MERGED.encode(), "cannot be read: it has more than 20,000 values"),
        (b"a: 1\n" * 300_000, "has more than 1,048,576 bytes"),
    ],
)
def test_files_that_are_no_settings(content, message, run):
    Path("odd.yml").write_bytes(content)
    with pytest.raises(ConfigError, match=rf"odd\.yml:? {message}") as raised:
        RunConfig("Catch", hyperparameters=Path("odd.yml"))
    one_line(raised)
    (run / "config.yml").write_bytes(content)
    before = left_behind()
    with pytest.raises(RunFolderError, match=r"run/config\.yml (cannot be read|is damaged|has more than)") as raised:
        RunFolder(run).read()
    one_line(raised)
    assert left_behind() == before


@pytest.mark.parametrize(
    ("entry", "value", "message"),
    [
        ("options.env", 5, "env is 5; it must be text"),
        ("options.env", "", "env"),
        ("options.agent", ["pqn"], r"unknown agent \['pqn'\]"),
        ("options.n_envs", 10**9, "n_envs is 1000000000; it must be at most 1024"),
        ("options.seed", True, "seed is True; it must be a whole number"),
        ("options.seed", -1, "seed is -1"),
        ("options.total_timesteps", math.inf, "total_timesteps is inf; it must be a whole number"),
        ("options.eval_every", 1.5, "eval_every is 1.5; it must be a whole number"),
        ("options.saliency_budget", math.nan, "saliency_budget is nan"),
        ("options.env_kwargs", ["size"], "takes words such as size=100"),
        ("options.env_kwargs", "size=1", "env_kwargs is 'size=1'; it must be a dict"),
        ("options.hyperparameters", [1], "options.hyperparameters is"),
        ("options.wandb", "sometimes", "wandb is 'sometimes'; it must be"),
        ("options.device", 5, "device is 5; it must be text"),
        ("options", 5, "is damaged: it has no options.env"),
        ("hyperparameters", [1], "is damaged: it has no hyperparameters.n_timesteps"),
        ("hyperparameters.n_timesteps", math.inf, "n_timesteps is not a whole number"),
        ("hyperparameters.n_envs", True, "n_envs is not a whole number"),
        ("hyperparameters.n_envs", -3, "n_envs is -3"),
        ("hyperparameters.gamma", 7, "gamma is 7"),
        ("hyperparameters.policy_kwargs", 5, "policy_kwargs must be keyword arguments"),
        ("hyperparameters.learning_rate", "lin_fast", "learning_rate is 'lin_fast'"),
        ("versions", [1], r"versions is \[1\]"),
        ("wandb_id", ["a"], r"wandb_id is \['a'\]"),
    ],
)
def test_a_config_that_was_edited_by_hand(run, entry, value, message):
    file = run / "config.yml"
    content = yaml.safe_load(file.read_text())
    *parts, last = entry.split(".")
    inner = content
    for part in parts:
        inner = inner[part]
    inner[last] = value
    file.write_text(yaml.safe_dump(content))
    before = left_behind()
    with pytest.raises(RunFolderError, match=message) as raised:
        RunFolder(run).read()
    assert "run/config.yml" in one_line(raised)
    assert left_behind() == before


def test_a_run_with_an_odd_config_does_not_go_on(run):
    (run / "config.yml").write_text("options: {env: Catch")
    with pytest.raises(RunFolderError, match=r"config\.yml cannot be read"):
        resume(run)


def test_a_class_by_its_dotted_name_is_built():
    from saccade.agents import REINFORCE
    from saccade.experiments.setup.models import build_model
    from saccade.experiments.setup.run_envs import run_env

    entry = read_hyperparameters("glimpse-reinforce", env="Catch")
    entry["policy_kwargs"] = {**entry["policy_kwargs"], "optimizer_class": "torch.optim.SGD"}
    config = RunConfig("Catch", hyperparameters=entry, n_envs=2)
    env = run_env(config.env, config.spec, config.fitted, 2, 0)
    try:
        model = build_model(config.spec, config.fitted, env, 0, "cpu")
    finally:
        env.close()
    assert isinstance(model, REINFORCE)
    assert type(model.policy.optimizer).__name__ == "SGD"

"""What gazes are called: apart in scores, and together over seeds."""

from pathlib import Path

import pytest
import yaml

from saccade.experiments import RunConfig
from saccade.experiments.curves.curve import Curve, Score
from saccade.experiments.curves.groups import groups_of
from saccade.experiments.run_record import RunRecord
from saccade.experiments.setup.gazes.gaze_names import gaze_name, name_in_scores, name_over_seeds
from saccade.experiments.setup.run_settings import settings_of


def followed(name: str, content: bytes = b"weights", **options) -> Path:
    """A run folder with a checkpoint, as far as its name is asked for."""
    model = Path(name).absolute() / "checkpoints" / "step_0000000100.zip"
    model.parent.mkdir(parents=True)
    model.write_bytes(content)
    config = RunConfig(**{"env": "Enduro", "agent": "pqn", **options})
    (Path(name) / "config.yml").write_text(RunRecord.new(config).text())
    return model


def test_kinds():
    for name in (gaze_name, name_in_scores, name_over_seeds):
        kinds = [name(forced) for forced in (None, "random", "center", [0.0, 0.5], "at:-0.25,1")]
        assert kinds == ["learned", "random", "center", "at_0_0.5", "at_-0.25_1"]
    assert gaze_name("follow-value:/a:b.zip") == "follow-value"


def test_in_scores_each_agent_that_is_followed_is_another_gaze():
    one, other = followed("one"), followed("there/one", b"other weights")
    names = [name_in_scores(f"follow:{one}"), name_in_scores(f"follow:{other}"), name_in_scores(f"follow-value:{one}")]
    assert len(set(names)) == 3
    assert names[0] == "follow-one-9a129038"  # the first digits that sha256sum prints
    one.write_bytes(b"trained on")
    assert name_in_scores(f"follow:{one}") not in names
    alone = Path("model.zip").absolute()
    alone.write_bytes(b"weights")
    assert name_in_scores(f"follow:{alone}") == "follow-model-9a129038"
    alone.unlink()
    assert name_in_scores(f"follow:{alone}").startswith("follow-model-")


def test_over_seeds_only_env_and_agent_of_the_followed_run_count():
    seeds = [followed(f"place{seed}/run", seed=seed) for seed in range(3)]
    assert {name_over_seeds(f"follow:{model}") for model in seeds} == {"follow-Enduro-pqn"}
    others = [followed("a", env="Breakout"), followed("b", agent="double-dqn")]
    assert [name_over_seeds(f"follow:{model}") for model in others] == ["follow-Breakout-pqn", "follow-Enduro-double-dqn"]
    assert name_over_seeds(f"follow-value:{seeds[0]}") == "follow-value-Enduro-pqn"
    assert name_over_seeds(f"taught:{seeds[1]}") == "taught-Enduro-pqn"
    assert name_over_seeds(f"taught-value:{seeds[1]}") == "taught-value-Enduro-pqn"


@pytest.mark.parametrize("config", [None, "", "[1]", "options: {env: Enduro}", "a: [", "options: {env: {}, agent: pqn}"])
def test_what_cannot_be_read_is_called_follow(config):
    model = followed("run")
    (Path("run") / "config.yml").unlink()
    if config is not None:
        (Path("run") / "config.yml").write_text(config)
    assert name_over_seeds(f"follow:{model}") == "follow"
    assert name_over_seeds(f"follow:{Path('model.zip').absolute()}") == "follow"


def test_seeds_that_follow_seeds_are_one_group_and_another_followed_agent_is_another():
    models = [followed(f"run{seed}", seed=seed) for seed in range(5)] + [followed("other", agent="double-dqn")]
    curves, labels = [], []
    for seed, model in enumerate(models):
        record = RunRecord.new(RunConfig(env="Enduro", agent="glimpse-pqn", gaze=f"follow:{model}", seed=seed))
        content = yaml.safe_load(record.text())
        curves.append(Curve("Enduro", "glimpse-pqn", seed, f"{seed}", [Score(10, None, float(seed), 0.0, 5)], settings_of(content)))
        labels.append(record.wandb_group)
    first, second = groups_of(curves)
    assert [len(first.curves), len(second.curves)] == [5, 1]
    assert first.label == "glimpse-pqn (gaze_kwargs.forced follow-Enduro-pqn)"
    assert len(set(labels[:5])) == 1
    assert labels[5] != labels[0]

"""A whole attack: its rows, its files, that it goes on where it was stopped, and what it refuses."""

import json

import numpy as np
import pytest
import torch as th

from saccade.experiments import USER_ERRORS, AttackResult, RunConfig, attack, train, train_on_whole_images
from saccade.experiments.attacking import campaign as one_campaign
from saccade.experiments.attacking.victims.loaded_victims import loaded_victim, some_canvases
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.run_record import RunRecord
from saccade.experiments.whole_image.canvases import answered

FAST = {"eps": (0.1, 0.5), "losses": "cross-entropy", "canvases": 6, "split": "validation", "steps": 2, "draws": 2, "queries": 3}
FAST |= {"judged_draws": 3, "pictures": 2, "device": "cpu"}


OF_CNN = {"dataset": "digits", "size": 28, "distractors": 0}


def shorter(result: AttackResult) -> list[dict]:
    """Rows without what differs from time to time."""
    return [{name: value for name, value in row.items() if name not in ("seconds", "commit")} for row in result.rows]


def test_every_row_of_both_networks(networks, tmp_path):
    agent, cnn = networks
    result = attack(agent, rivals=cnn, output=tmp_path / "result", **FAST)
    content = json.loads((tmp_path / "result" / "attack.json").read_text())
    assert content["rows"] == result.rows
    assert content["checks"] == json.loads(json.dumps(result.checks))
    assert {"commit", "hardware", "versions", "date", "settings"} <= content.keys()
    assert [one["kind"] for one in content["settings"]["networks"].values()] == ["learned gaze", "cnn"]
    clean = {row["victim"]: row["accuracy"] for row in result.rows if row["attack"] == "clean"}
    (compared,) = content["clean"]
    assert compared["victim"] == "cnn/learning-rate-0.002"
    assert compared["difference"] == pytest.approx(clean["cnn/learning-rate-0.002"] - clean["agent, gaze drawn"])
    rows = {
        name: [row for row in result.rows if row["victim"] == name] for name in ("agent, gaze drawn", "cnn/learning-rate-0.002")
    }
    assert sum(map(len, rows.values())) == len(result.rows)
    common = ["clean", "occlusion", "uniform", "gaussian", "square", "worst"]
    assert [{row["attack"] for row in own} for own in rows.values()] == [
        {*common, "frozen", "eot", "score", "bpda", "transfer"},
        {*common, "gradient"},
    ]
    assert all(0 <= row["accuracy"] <= 1 and row["interval"][0] <= row["majority"] <= row["interval"][1] for row in result.rows)
    assert {row["canvases"] for row in result.rows} == {6}
    (doubled,) = (row for row in rows["cnn/learning-rate-0.002"] if row["steps"] == 4)
    assert doubled["attack"] == "gradient"
    names = sorted(path.name for path in (tmp_path / "result" / "examples").iterdir())
    drawn, of_cnn = "agent-gaze-drawn-eps", "cnn-learning-rate-0.002-eps"
    assert names == [f"{drawn}-0.1.npz", f"{drawn}-0.1.png", f"{drawn}-0.5.npz", f"{of_cnn}-0.1.npz", f"{of_cnn}-0.5.npz"]
    clean = some_canvases(loaded_victim(agent, "sampled", "validation", "cpu", False).game, 6).images.double().numpy()
    for name in names:
        if name.endswith(".npz"):
            with np.load(tmp_path / "result" / "examples" / name) as kept:
                away = np.abs(kept["images"].astype(np.float64) - clean)
            assert away.max() <= float(name.rpartition("-")[2].removesuffix(".npz"))
            assert away.max() > 0.09


def test_a_stopped_attack_goes_on_to_the_same_rows(networks, tmp_path, monkeypatch):
    agent, _ = networks
    arguments = {**FAST, "attacks": ("frozen", "square"), "eps": (0.2,), "pictures": 0}
    whole = attack(agent, output=tmp_path / "whole", **arguments)
    judged, calls = one_campaign.judged, []

    def stops(*given):
        calls.append(given)
        if len(calls) == 8:  # the first attack is done then, the second is not
            raise KeyboardInterrupt
        return judged(*given)

    monkeypatch.setattr(one_campaign, "judged", stops)
    with pytest.raises(KeyboardInterrupt):
        attack(agent, output=tmp_path / "stopped", **arguments)
    assert len(json.loads((tmp_path / "stopped" / "attack.json").read_text())["rows"]) == 7
    later = attack(agent, output=tmp_path / "stopped", **arguments)
    assert shorter(later) == shorter(whole)
    assert len(calls) == 8 + len(whole.rows) - 7  # no finished row was run again
    again = len(calls)
    assert shorter(attack(agent, output=tmp_path / "stopped", **arguments)) == shorter(whole)
    assert len(calls) == again
    for file in (tmp_path / "stopped" / "examples").iterdir():
        file.unlink()
    assert shorter(attack(agent, output=tmp_path / "stopped", **arguments)) == shorter(whole)
    for file in (tmp_path / "whole" / "examples").iterdir():
        with np.load(file) as ours, np.load(tmp_path / "stopped" / "examples" / file.name) as theirs:
            assert (ours["images"] == theirs["images"]).all()
    for changed, message in (({"seed": 1}, "seed 0, not 1"), ({"steps": 3}, "steps 2, not 3"), ({"gaze": "mean"}, "gaze sampled")):
        with pytest.raises(USER_ERRORS, match=message):
            attack(agent, output=tmp_path / "stopped", **{**arguments, **changed})
    (tmp_path / "stopped" / "attack.json").write_text('{"rows": []}')
    with pytest.raises(USER_ERRORS, match="is damaged"):
        attack(agent, output=tmp_path / "stopped", **arguments)


def test_an_attack_on_other_weights_does_not_go_on(networks, tmp_path):
    """Also where the file has the same name. A file that was written again with the same weights goes on."""
    agent, cnn = networks
    own = tmp_path / "cnn" / cnn.name
    own.parent.mkdir()
    own.write_bytes(cnn.read_bytes())
    arguments = {**FAST, "rivals": own, "attacks": ("frozen",), "eps": (0.2,), "pictures": 0, "output": tmp_path / "result"}
    first = attack(agent, **arguments)
    content = json.loads((tmp_path / "result" / "attack.json").read_text())
    noted = content["settings"]["networks"]
    assert {name: one["file"] for name, one in noted.items()} == {
        "agent, gaze drawn": "step_0000000192.zip",
        "cnn/learning-rate-0.002": "learning-rate-0.002.pt",
    }
    kept = th.load(own, weights_only=True)
    th.save({**kept, "seconds": 1.0}, own)
    assert attack(agent, **arguments).rows == first.rows
    th.save({**kept, "network": {name: value + 1e-3 for name, value in kept["network"].items()}}, own)
    with pytest.raises(USER_ERRORS, match=r"has an attack on cnn/learning-rate-0\.002 with other weights") as refused:
        attack(agent, **arguments)
    assert "\n" not in str(refused.value)
    older = {**content["settings"], "networks": {name: one["file"] for name, one in noted.items()}}
    file = tmp_path / "result" / "attack.json"
    file.write_text(json.dumps({**content, "settings": older}))  # it does not say which weights they were
    assert attack(agent, **arguments).rows == first.rows
    file.write_text(json.dumps({**content, "settings": {**older, "networks": {**older["networks"], "agent, gaze drawn": "x.zip"}}}))
    with pytest.raises(USER_ERRORS, match=r"has an attack on agent, gaze drawn with other weights than step_0000000192\.zip has"):
        attack(agent, **arguments)
    file.write_text(json.dumps({**content, "settings": {**older, "networks": ["cnn"]}}))
    with pytest.raises(USER_ERRORS, match="has an attack with networks"):
        attack(agent, **arguments)


def test_an_earlier_checkpoint_and_soft_attention(networks, tmp_path):
    """A network that is not a CNN hands nothing over, also where it is the first rival."""
    agent, cnn = networks
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    (run / "config.yml").write_bytes((agent / "config.yml").read_bytes())
    newest = agent / "checkpoints" / "step_0000000192.zip"
    for name in (newest.name, "step_0000000064.zip"):
        (run / "checkpoints" / name).write_bytes(newest.read_bytes())
    earlier = run / "checkpoints" / "step_0000000064.zip"
    soft = {"network": "soft", "images": 64, "batch_size": 16, "device": "cpu", "checkpoints": tmp_path / "soft"}
    train_on_whole_images("ClutteredMNIST", env_kwargs=OF_CNN, **soft)
    rivals = (tmp_path / "soft" / "learning-rate-0.002.pt", run, cnn)
    result = attack(earlier, rivals=rivals, **{**FAST, "attacks": ("gradient", "transfer"), "eps": (0.2,)})
    assert result.folder == run / "attack-sampled-step_0000000064"
    settings = json.loads((result.folder / "attack.json").read_text())["settings"]
    assert [(name, one["file"], one["kind"]) for name, one in settings["networks"].items()] == [
        ("run at 64 env steps, gaze drawn", "step_0000000064.zip", "learned gaze"),
        ("soft/learning-rate-0.002", "learning-rate-0.002.pt", "soft"),
        ("run, gaze drawn", "step_0000000192.zip", "learned gaze"),
        ("cnn/learning-rate-0.002", "learning-rate-0.002.pt", "cnn"),
    ]
    attacked = {name: {row["attack"] for row in result.rows if row["victim"] == name} for name in settings["networks"]}
    assert {"gradient", "transfer"} <= attacked["soft/learning-rate-0.002"]
    assert "transfer" not in attacked["cnn/learning-rate-0.002"]
    away = tmp_path / "away.zip"
    away.write_bytes(newest.read_bytes())
    for path, message in (
        (away, r"away\.zip is not the checkpoint of a run; give RUN_DIR/checkpoints/step_"),
        (earlier.with_name("step_0000000065.zip"), r"has kept these checkpoints: step_0000000064\.zip, step_0000000192\.zip"),
        (tmp_path / "no" / "checkpoints" / "step_0000000065.zip", "is not a run folder"),
    ):
        with pytest.raises(USER_ERRORS, match=message):
            attack(path, **FAST)
    earlier.write_bytes(newest.read_bytes()[:500])
    with pytest.raises(USER_ERRORS, match=r"step_0000000064\.zip"):
        attack(earlier, **{**FAST, "output": tmp_path / "other"})


def test_the_canvases_are_those_of_the_test(networks):
    agent, cnn = networks
    of_agent, of_cnn = (loaded_victim(path, "mean", "test", "cpu", False) for path in (agent, cnn))
    shown = some_canvases(of_cnn.game, 359)
    assert shown.items.tolist() == list(range(359))
    right = of_cnn.victim.answer(shown.images).logits.argmax(1) == shown.labels
    assert (right.double().numpy() == answered(of_cnn.victim.network, of_cnn.game, 359)[0]).all()
    few = some_canvases(of_agent.game, 3)
    assert few.items.tolist() == [0, 119, 239]
    assert th.equal(few.labels, shown.labels[[0, 119, 239]])
    assert ((few.images > 0).any(2).any(1).sum(1) > 3).all()


def test_the_folder_is_in_the_run_by_default(networks, tmp_path):
    agent, _ = networks
    copy = tmp_path / "copy"
    for file in (agent / "config.yml", *(agent / "checkpoints").glob("*.zip")):
        (copy / file.relative_to(agent)).parent.mkdir(parents=True, exist_ok=True)
        (copy / file.relative_to(agent)).write_bytes(file.read_bytes())
    result = attack(str(copy), **{**FAST, "attacks": "frozen", "gaze": "mean", "eps": [0.2], "pictures": 0})
    assert result.folder == copy / "attack-mean"
    assert [row["victim"] for row in result.rows] == ["copy, mean gaze"] * len(result.rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"eps": (-0.1,)}, r"^eps is -0.1; it must be different numbers above 0, at most 1$"),
        ({"eps": (0.1, 1.5)}, "at most 1"),
        ({"eps": (0.1, 0.1)}, "different numbers"),
        ({"eps": ()}, "eps is empty"),
        ({"attacks": "pgd"}, "^attacks names 'pgd'; it must be one of: gradient, frozen, eot, score, bpda, transfer, square$"),
        ({"attacks": "transfer"}, "transfer, which needs a CNN among rivals"),
        ({"attacks": "gradient"}, "gradient, which fits none"),
        ({"attacks": ("eot", "eot")}, "name each once"),
        ({"losses": "hinge"}, "losses names 'hinge'"),
        ({"losses": ()}, "losses must be one"),
        ({"gaze": "random"}, "gaze is 'random'"),
        ({"split": "train"}, "split is 'train'"),
        ({"steps": 0}, "steps is 0"),
        ({"draws": 0}, "draws is 0"),
        ({"judged_draws": 0}, "judged_draws is 0; it must be at least 1"),
        ({"pictures": -1}, "pictures is -1"),
        ({"canvases": 400}, "from 1 to 359, the digits of the split"),
        ({"canvases": 0}, "canvases is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"device": "gpu"}, "no device 'gpu'"),
        ({"run": "nowhere"}, "nowhere is not a run folder"),
        ({"rivals": "none.pt"}, "none.pt is not the file of a CNN"),
        ({"output": "config.yml/x"}, "cannot be made"),
    ],
)
def test_bad_input_writes_nothing(networks, tmp_path, arguments, message):
    agent, _ = networks
    (tmp_path / "config.yml").write_text("")
    given = {**FAST, "run": agent, "output": tmp_path / "result", **arguments}
    with pytest.raises(USER_ERRORS, match=message) as refused:
        attack(**given)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "result").exists()


def test_networks_that_cannot_be_attacked_together(networks, tmp_path):
    agent, cnn = networks
    with pytest.raises(USER_ERRORS, match=r"is a CNN; give the run folder of an agent first"):
        attack(cnn, **FAST)
    with pytest.raises(USER_ERRORS, match="names agent, gaze drawn twice"):
        attack(agent, rivals=(agent,), **FAST)
    kept = th.load(cnn, weights_only=True)
    for name, changes, message in (
        ("larger", {"size": 31}, "size 31, but those of agent, gaze drawn have 28"),
        ("fuller", {"distractors": 2}, "distractors 2"),
    ):
        file = tmp_path / f"{name}.pt"
        about = {**kept["about"], "env_kwargs": {**kept["about"]["env_kwargs"], **changes}}
        th.save({**kept, "about": about}, file)
        with pytest.raises(USER_ERRORS, match=message):
            attack(agent, rivals=(file,), **FAST)
    assert not (agent / "attack-sampled").exists()


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ("Catch", "Catch has no digits"),
        ("Quadrant", "pqn, which has no gaze"),
        ("Enduro", "pqn, which has no gaze"),
        ("ClutteredMNIST", "has no checkpoint yet"),
    ],
)
def test_runs_without_canvases_a_gaze_or_a_checkpoint(env, message, tmp_path):
    """Run folders whose training has only begun."""
    kwargs = {"env_kwargs": OF_CNN} if env == "ClutteredMNIST" else {}
    RunFolder(tmp_path / "run").make(RunRecord.new(RunConfig(env=env, device="cpu", wandb="disabled", **kwargs)))
    with pytest.raises(USER_ERRORS, match=message):
        attack(tmp_path / "run", **FAST)
    assert not (tmp_path / "run" / "attack-sampled").exists()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_trained_cnn_falls_and_the_checks_say_so(tmp_path):
    train_on_whole_images(
        "ClutteredMNIST", env_kwargs=OF_CNN, images=30_000, batch_size=64, device="cpu", checkpoints=tmp_path / "cnn"
    )
    config = {"env": "ClutteredMNIST", "env_kwargs": {**OF_CNN, "glimpses": 4}, "n_envs": 64, "total_timesteps": 4 * 40_000}
    train(RunConfig(**config, eval_games=0, wandb="disabled", progress=False, device="cpu", output=tmp_path / "agent"))
    arguments = {"eps": (0.1, 0.3, 0.5), "losses": "cross-entropy", "canvases": 40, "split": "validation", "steps": 15, "draws": 6}
    arguments |= {"attacks": ("gradient", "frozen", "eot", "transfer", "square"), "queries": 60, "device": "cpu", "pictures": 2}
    result = attack(tmp_path / "agent", rivals=tmp_path / "cnn" / "learning-rate-0.002.pt", **arguments)
    at = {(row["victim"], row["attack"], row["eps"]): row["accuracy"] for row in result.rows}
    agent, cnn = "agent, gaze drawn", "cnn/learning-rate-0.002"
    assert at[cnn, "clean", 0.0] > 0.8
    assert at[agent, "clean", 0.0] > 0.5
    for victim in (agent, cnn):
        assert at[victim, "worst", 0.1] < at[victim, "uniform", 0.1]
        assert at[victim, "worst", 0.5] < 0.05
    verdicts = {(each["victim"], each["check"]): each["passed"] for each in result.checks}
    assert verdicts[cnn, "an undefended CNN falls"]
    assert all(verdicts[victim, check] for victim in (agent, cnn) for check in ("monotone in eps", "success goes to 100 %"))

import csv
from pathlib import Path

import pytest
import yaml
from told import Told

from saccade.experiments import USER_ERRORS, Console, RunFolderError, plot
from saccade.experiments.curves.curve import Curve, read_scores
from saccade.experiments.curves.groups import groups_of
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.summary.compared import compared
from saccade.experiments.summary.picture import picture_of

FIELDS = "time/total_timesteps,time/time_elapsed,eval/score_mean,eval/score_std\n"


def run(path: Path, seed: int, *parts: str, env: str = "Enduro", agent: str = "pqn") -> Path:
    """A run folder with progress.csv, progress-2.csv and so on."""
    path.mkdir()
    config = {
        "options": {"env": env, "agent": agent, "seed": seed},
        "wandb_id": "x",
        "hyperparameters": {"n_timesteps": 1000, "n_envs": 2},
    }
    (path / "config.yml").write_text(yaml.safe_dump(config))
    for i, part in enumerate(parts):
        (path / ("progress.csv" if i == 0 else f"progress-{i + 1}.csv")).write_text(FIELDS + part)
    return path


def test_parts_of_a_resumed_run_are_put_together(tmp_path):
    folder = run(tmp_path / "a", 0, "100,10,,\n100,,5.5,1\n200,20,,\n", "300,7,,\n300,,9,2\n")
    scores = read_scores(RunFolder(folder))
    assert [(s.env_steps, s.seconds, s.mean, s.std) for s in scores] == [(100, 10, 5.5, 1), (300, 27, 9, 2)]


def test_a_picture_and_a_table(tmp_path):
    folders = (run(tmp_path / "a", 0, "100,10,,\n100,,5.5,1\n"), run(tmp_path / "b", 1, "100,11,,\n100,,6,2\n200,,7,0\n"))
    plot(folders, output=tmp_path / "scores.png")
    assert (tmp_path / "scores.png").read_bytes()[:4] == b"\x89PNG"
    with (tmp_path / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    shown = [(r["seed"], r["frames"], r["score_mean"]) for r in rows]
    assert shown == [("0", "400", "5.5"), ("1", "400", "6.0"), ("1", "800", "7.0")]
    with pytest.raises(USER_ERRORS, match="exists already"):
        plot(folders, output=tmp_path / "scores.png")


def test_one_run_and_paths_as_texts(tmp_path):
    folder = run(tmp_path / "a", 0, "100,10,,\n100,,5.5,1\n")
    for number, runs in enumerate((folder, str(folder), [str(folder)])):
        assert plot(runs, output=str(tmp_path / f"{number}.png")) == tmp_path / f"{number}.png"


def test_only_an_atari_game_has_frames(tmp_path):
    plot((run(tmp_path / "a", 0, "100,10,,\n100,,5.5,1\n", env="CarRacing-v3"),), output=tmp_path / "scores.png")
    with (tmp_path / "scores.csv").open() as file:
        assert [(row["env_steps"], row["frames"]) for row in csv.DictReader(file)] == [("100", "")]


def test_scores_of_two_games_are_not_mixed_and_spellings_of_one_are_one_game(tmp_path):
    """A panel for each game has the curves of this game alone."""
    scores = {"Enduro": 0.5, "Pong": 1.5, "Catch": 0.75, "CartPole-v1": 3.5}
    folders = [run(tmp_path / env, 0, f"100,10,,\n100,,{score},1\n", env=env) for env, score in scores.items()]
    folders.append(run(tmp_path / "again", 1, "100,10,,\n100,,0.25,1\n", env="ALE/Enduro-v5"))
    curves = [Curve.of(folder) for folder in folders]
    groups = groups_of(curves)
    comparison, _ = compared([group.together() for group in groups], 5)
    figure = picture_of(curves, groups, comparison)
    drawn = {axes.get_title(): sorted(float(line.get_ydata()[-1]) for line in axes.lines) for axes in figure.axes}
    assert drawn["ALE/Enduro-v5, Enduro"] == [0.25, 0.375, 0.5]  # with the mean of both
    assert (drawn["Pong"], drawn["Catch"], drawn["CartPole-v1"]) == ([1.5], [25.0], [3.5])
    assert "Interquartile mean over 2 games" in drawn  # of Enduro and Pong, whose scores can be normalised
    plot(folders, output=tmp_path / "s.png")
    assert (tmp_path / "s.png").is_file()


def test_a_run_without_scores_is_left_out_and_the_others_are_drawn(tmp_path, capsys):
    scored, without = run(tmp_path / "a", 0, "100,10,,\n100,,3,1\n"), run(tmp_path / "b", 1, "100,10,,\n")
    plot((scored, without), output=tmp_path / "s.png", reporter=Console())
    assert "b has no scores yet and is left out" in capsys.readouterr().out
    with (tmp_path / "s.csv").open() as file:
        assert [row["seed"] for row in csv.DictReader(file)] == ["0"]


def test_says_what_is_missing(tmp_path):
    with pytest.raises(USER_ERRORS, match="no scores yet"):
        plot((run(tmp_path / "a", 0, "100,10,,\n"),), output=tmp_path / "s.png")
    with pytest.raises(USER_ERRORS, match="not a run folder"):
        plot((tmp_path,), output=tmp_path / "s.png")
    with pytest.raises(USER_ERRORS, match=r"must end in \.png"):
        plot((tmp_path / "a",), output=tmp_path / "s.gif")
    assert not list(tmp_path.glob("s.*"))


def test_a_file_that_cannot_be_written_is_a_plain_line(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("saccade.experiments.score_curves.write_table", full)
    with pytest.raises(USER_ERRORS, match=r"scores.png cannot be written: No space left"):
        plot((run(tmp_path / "a", 0, "100,10,5.0,1.0\n"),), output=tmp_path / "scores.png")


def test_of_the_suites_own_envs_the_failures_are_drawn(tmp_path):
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        config = {
            "options": {"env": "Catch", "agent": "glimpse-reinforce", "seed": 0},
            "wandb_id": "x",
            "hyperparameters": {"n_timesteps": 10, "n_envs": 1},
        }
        (folder / "config.yml").write_text(yaml.safe_dump(config))
        (folder / "progress.csv").write_text("time/total_timesteps,eval/score_mean,eval/score_std\n10,0.5,0.5\n20,0.875,0.33\n")
    plot((tmp_path / "first", tmp_path / "second"), output=tmp_path / "scores.png")
    rows = (tmp_path / "scores.csv").read_text().splitlines()
    assert rows[2].startswith("Catch,glimpse-reinforce,0,20,,")
    assert "0.875" in rows[2]


def test_half_a_row_of_a_run_that_is_writing_is_no_score(tmp_path):
    header = "time/total_timesteps,eval/score_mean,eval/score_std\n"
    (tmp_path / "progress.csv").write_text(f"{header}10,1.5,0.5\n20,12")  # of 12.5
    assert [(score.env_steps, score.mean) for score in read_scores(RunFolder(tmp_path))] == [(10, 1.5)]


@pytest.mark.parametrize("row", ["10,much,0.5", "soon,1,1", "inf,1,1", "10,1.5,"])
def test_a_damaged_row_is_said_in_a_line(tmp_path, row):
    (tmp_path / "progress.csv").write_text(f"time/total_timesteps,eval/score_mean,eval/score_std\n{row}\n")
    with pytest.raises(RunFolderError, match=r"progress\.csv is damaged"):
        read_scores(RunFolder(tmp_path))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x01\n\xff\xfe\n", "it is not text"),
        (b"", "it has no whole row"),
        (b"time/total_ti", "it has no whole row"),
        (FIELDS.encode(), "it has no whole row"),
        (f"{FIELDS}100,10".encode(), "it has no whole row"),
        (f"{FIELDS}100,10,\n200,20,5,1\n".encode(), "line 2 has 3 values for 4 columns"),
        (b"one,two\n1,2\n", "it has no column time/total_timesteps"),
    ],
)
def test_a_damaged_log_is_no_log_without_scores(tmp_path, content, why):
    told, good, damaged = Told(), run(tmp_path / "good", 0, "100,10,3,1\n"), run(tmp_path / "damaged", 1)
    (damaged / "progress.csv").write_bytes(content)
    with pytest.raises(RunFolderError, match=rf"damaged.progress\.csv is damaged \({why}\)"):
        plot(damaged, output=tmp_path / "s.png")
    plot([good, damaged], output=tmp_path / "s.png", reporter=told)
    assert told.lines[0] == f"left out: {damaged / 'progress.csv'} is damaged ({why})"


@pytest.mark.parametrize("name", ["", ".", "/"])
def test_a_picture_without_a_name_is_a_plain_line(tmp_path, name):
    with pytest.raises(USER_ERRORS, match=r"must end in \.png"):
        plot(run(tmp_path / "a", 0, "100,10,5,1\n"), output=name)


def test_a_log_that_cannot_be_read_is_a_plain_line(tmp_path):
    (run(tmp_path / "a", 0) / "progress.csv").mkdir()
    with pytest.raises(RunFolderError, match=r"progress\.csv cannot be read: .*[Dd]irectory"):
        plot(tmp_path / "a", output=tmp_path / "s.png")


def test_seeds_of_an_agent_are_drawn_together_and_agents_are_compared(tmp_path):
    told = Told()
    rows = ("100,,1,1\n200,,{},1\n", "100,,3,1\n200,,{},1\n")
    ours = [run(tmp_path / f"a{seed}", seed, row.format(8 + seed)) for seed, row in enumerate(rows)]
    theirs = [run(tmp_path / f"b{seed}", seed, row.format(2 + seed), agent="dueling-dqn") for seed, row in enumerate(rows)]
    alone = run(tmp_path / "c", 0, "100,,1,1\n200,,8.5,1\n", agent="double-dqn", env="ALE/Enduro-v5")
    plot([*ours, *theirs, alone], output=tmp_path / "scores.png", reporter=told)
    text = "\n".join(told.lines)
    assert "Enduro, pqn, 2 runs, 200 env steps: 8.5" in text
    assert "Enduro, double-dqn, 1 run, 200 env steps: 8.5" in text
    assert "from 5 runs on (of fewer it would be far too narrow)" in text
    at = "at 200 env steps, the last that both have"
    assert f"probability that pqn scores higher than dueling-dqn {at}: 1.00 (2 and 2 runs)" in text
    assert f"probability that pqn scores higher than double-dqn {at}: 0.50 (2 and 1 runs)" in text
    with (tmp_path / "scores-seeds.csv").open() as file:
        table = list(csv.DictReader(file))
    assert [(row["agent"], row["runs"], row["env_steps"], row["interquartile_mean"]) for row in table[:2]] == [
        ("pqn", "2", "100", "2.0"),
        ("pqn", "2", "200", "8.5"),
    ]
    assert not any(row["low"] or row["high"] for row in table)  # of so few runs
    with pytest.raises(USER_ERRORS, match="exists already"):
        plot(alone, output=tmp_path / "scores.png")
    plot(alone, output=tmp_path / "scores.png", force=True)


def test_seeds_of_a_task_are_drawn_as_failures(tmp_path):
    folders = [run(tmp_path / str(seed), seed, f"100,,0.5,1\n200,,0.{8 + seed},1\n", env="Catch") for seed in range(2)]
    assert plot(folders, output=tmp_path / "s.svg").is_file()


def test_five_runs_have_an_interval_in_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr("saccade.experiments.scoring.over_seeds.REPETITIONS", 50)
    folders = [run(tmp_path / str(seed), seed, f"100,,{seed},1\n200,,{2 * seed},1\n") for seed in range(5)]
    plot(folders, output=tmp_path / "s.png")
    with (tmp_path / "s-seeds.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["interquartile_mean"]) for row in rows] == [2.0, 4.0]
    assert all(0 <= float(row["low"]) < float(row["interquartile_mean"]) < float(row["high"]) <= 8 for row in rows)


def test_a_seed_that_is_there_twice_counts_once_and_is_named(tmp_path):
    told = Told()
    short = run(tmp_path / "short", 0, "100,,1,1\n")
    long, other = run(tmp_path / "long", 0, "100,,1,1\n200,,3,1\n"), run(tmp_path / "other", 1, "100,,5,1\n200,,5,1\n")
    plot([short, long, other], output=tmp_path / "s.png", reporter=told)
    assert "warning: long and short have the same settings and the same seed 0, so they count as one run, long" in told.lines
    assert any("Enduro, pqn, 2 runs, 200 env steps: 4" in line for line in told.lines)
    assert len((tmp_path / "s.csv").read_text().splitlines()) == 1 + 5  # each run's own scores stay in the table

import os
from pathlib import Path

import pytest

from saccade.experiments.resuming.progress_csv import write_rows
from saccade.experiments.watching.progress import FINEST, GrowingProgress

STEPS, SCORE, RETURN = "time/total_timesteps", "eval/score_mean", "rollout/ep_rew_mean"


def points(progress: GrowingProgress) -> list[tuple[int, dict[str, float]]]:
    return [(point.env_steps, point.figures) for point in progress.points]


def append(file: Path, text: str) -> None:
    with file.open("a") as opened:
        opened.write(text)


def test_rows_are_read_once_and_half_a_row_is_left(tmp_path):
    file = tmp_path / "progress.csv"
    progress = GrowingProgress(file)
    progress.look(None)
    assert (progress.env_steps, progress.score, progress.points) == (0, None, [])
    write_rows(file, [STEPS, SCORE], [{STEPS: 10, SCORE: 1.5}, {STEPS: 20}])
    progress.look(None)
    assert (progress.env_steps, progress.score, progress.scored_at) == (20, 1.5, 10)
    append(file, "30,2.")
    progress.look(None)
    assert progress.env_steps == 20
    append(file, "25\n40,\n")
    progress.look(None)
    assert (progress.env_steps, progress.score, progress.scored_at) == (40, 2.25, 30)
    assert points(progress) == [(10, {"scores/evaluation": 1.5}), (30, {"scores/evaluation": 2.25})]
    assert progress.generation == 0


def test_a_log_that_is_written_anew_is_read_anew(tmp_path):
    """As when a column is new, or when a run goes on from a checkpoint before its end."""
    file = tmp_path / "progress.csv"
    progress = GrowingProgress(file)
    write_rows(file, [STEPS, SCORE], [{STEPS: 10, SCORE: 1}, {STEPS: 20, SCORE: 2}])
    progress.look(None)
    write_rows(file, [STEPS, SCORE, RETURN], [{STEPS: 10, SCORE: 1, RETURN: 7}])
    progress.look(None)
    assert points(progress) == [(10, {"scores/evaluation": 1.0, "scores/training_return": 7.0})]
    assert (progress.env_steps, progress.generation) == (10, 1)


@pytest.mark.parametrize("columns", [[STEPS, SCORE], [STEPS, SCORE, RETURN]])
def test_a_log_that_is_written_anew_under_the_same_number_is_read_anew(tmp_path, columns):
    """A file system gives the number of a file that is gone to the next one, as when a log is written anew twice in a second."""
    file = tmp_path / "progress.csv"
    progress = GrowingProgress(file)
    write_rows(file, [STEPS, SCORE], [{STEPS: 10, SCORE: 1}, {STEPS: 20, SCORE: 2}])
    progress.look(None)
    with file.open("w") as same:  # keeps its number
        same.write(",".join(columns) + "\n")
        same.writelines(",".join([str(steps), "3", "4"][: len(columns)]) + "\n" for steps in (10, 15, 20, 25))
    progress.look(None)
    assert [steps for steps, _ in points(progress)] == [10, 15, 20, 25]
    assert (progress.score, progress.env_steps, progress.generation) == (3, 25, 1)


def test_returns_are_thinned_and_scores_are_not(tmp_path):
    file = tmp_path / "progress.csv"
    rows = [{STEPS: steps, RETURN: 1, SCORE: 3 if steps == 7 else ""} for steps in range(5 * FINEST)]
    write_rows(file, [STEPS, RETURN, SCORE], rows)
    progress = GrowingProgress(file)
    progress.look(total=5 * FINEST)
    assert [steps for steps, figures in points(progress) if "scores/training_return" in figures] == list(range(0, 5 * FINEST, 5))
    assert [steps for steps, figures in points(progress) if "scores/evaluation" in figures] == [7]


@pytest.mark.parametrize("odd", ["10,nan,inf\n", "10,<b>,\n", "10\n", "ten,,\n", "10,1e999,\n", '"10\n'])
def test_what_is_no_number_is_no_point(tmp_path, odd):
    file = tmp_path / "progress.csv"
    file.write_text(f"{STEPS},{SCORE},{RETURN}\n{odd}")
    progress = GrowingProgress(file)
    progress.look(None)
    assert (progress.points, progress.score) == ([], None)


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_a_link_is_not_followed(tmp_path):
    write_rows(tmp_path / "secret.csv", [STEPS], [{STEPS: 10}])
    (tmp_path / "progress.csv").symlink_to(tmp_path / "secret.csv")
    progress = GrowingProgress(tmp_path / "progress.csv")
    progress.look(None)
    assert progress.env_steps == 0

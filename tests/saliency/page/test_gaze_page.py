import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest

from saccade.saliency.errors import RecordedEventsError
from saccade.saliency.page.gaze_page import MOST_EVENTS, GazeRun, write_gaze_page
from saccade.saliency.pictures.layout import write_png
from saccade.saliency.records.recorded_gazes import gaze_events, gaze_folder
from saccade.saliency.whole_file import write_npz

GAZES = np.array([[[0.0, 0.0]], [[0.6, 0.8]]], np.float32)  # a step of length 1
BELIEFS = np.array([[[0.5, 0.5]], [[0.1, 0.9]]], np.float32)


def write_gazes(folder: Path, steps: tuple[int, ...], labels: bool = True, film: bool = False) -> Path:
    folder.mkdir(parents=True)
    for step in steps:
        right = {"labels": np.array([1])} if labels else {}
        write_npz(folder / f"step_{step:010d}.npz", {"env_steps": np.array(step), "gazes": GAZES, "beliefs": BELIEFS, **right})
        write_png(folder / f"step_{step:010d}_heat_map.png", np.full((4, 4, 3), 90, np.uint8))
        if film:
            (folder / f"step_{step:010d}.mp4").write_bytes(b"film")
    return folder


def page_of(name: str, folder: Path) -> str:
    file = io.StringIO()
    write_gaze_page(file, [GazeRun(name, gaze_events(folder))])
    return file.getvalue()


def test_events_in_order_with_their_figures(tmp_path):
    folder = write_gazes(tmp_path / "run" / "gaze", (0, 50))
    assert gaze_folder(tmp_path / "run") == folder == gaze_folder(folder)
    first, second = gaze_events(folder)
    assert (first.env_steps, second.env_steps) == (0, 50)
    assert first.figures["step_length"] == pytest.approx(1.0)
    assert first.figures["belief/glimpse_02"] == pytest.approx(0.9)
    assert (first.paths, first.film) == (None, None)


def test_folders_without_gazes_are_told_apart(tmp_path):
    write_npz(tmp_path / "step_0000000000.npz", {"value": np.zeros((1, 4))})
    assert gaze_folder(tmp_path) is None
    assert gaze_folder(tmp_path / "missing") is None
    (tmp_path / "step_0000000000.npz").write_bytes(b"damaged")
    with pytest.raises(RecordedEventsError, match="is damaged"):
        gaze_folder(tmp_path)


def test_the_page_holds_pictures_films_and_figures_and_runs_no_script(tmp_path):
    page = page_of("</bdi><script>alert(1)", write_gazes(tmp_path / "gaze", (0, 1_000), film=True))
    assert page.count("<img ") == page.count("<video ") == 2
    assert "1,000<small><br>spread 0.35<br>step length 1.00<br>belief 0.90</small>" in page
    assert base64.b64encode(b"film").decode() in page
    assert "<script" not in page
    assert "script-src" not in page  # so the policy's default-src 'none' holds
    assert not re.search(r"https?:|url\(", page)


def test_of_many_events_the_first_the_last_and_some_between_are_shown(tmp_path):
    page = page_of("run", write_gazes(tmp_path / "gaze", tuple(range(0, 300, 10)), labels=False))
    assert page.count("<img ") == MOST_EVENTS
    assert f"{MOST_EVENTS} of 30 events are shown" in page
    assert "at 0 env steps" in page
    assert "at 290 env steps" in page
    assert "belief 0" not in page

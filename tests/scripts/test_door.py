"""Ctrl-C while a script loads its libraries."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.mark.parametrize("script", ["benchmark", "compare", "evaluate", "explain", "plot_scores", "train", "whole_image_cnn"])
def test_ctrl_c_among_the_imports_is_one_line(script, tmp_path):
    (tmp_path / "tyro.py").write_text("raise KeyboardInterrupt")  # all import it
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / f"{script}.py")],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stderr == "error: interrupted\n"
    assert done.returncode == -signal.SIGINT


def test_other_errors_keep_their_traceback(tmp_path):
    (tmp_path / "tyro.py").write_text("raise RuntimeError('broken')")
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "train.py")],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("RuntimeError: broken\n")

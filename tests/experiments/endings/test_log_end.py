"""What a log says at its end."""

from saccade.experiments.endings.log_end import last_line, latest_part, why_failed


def test_why_a_run_failed_is_what_its_latest_part_says(tmp_path):
    log = tmp_path / "run.log"
    assert why_failed(log) is None
    log.write_text("$ saccade train\nerror: no disk\n$ saccade train --resume\n10 env steps: score 3\n")
    assert why_failed(log) is None
    log.write_text("\n" * 9000 + "$ saccade train\nerror: no disk\nmore\n")
    assert why_failed(log) == "error: no disk"
    log.write_text("$ saccade train\nTraceback (most recent call last):\n  File x\nValueError: no\n")
    assert why_failed(log) == "ValueError: no"


def test_the_last_line_is_of_the_latest_part_and_no_command(tmp_path):
    log = tmp_path / "run.log"
    assert last_line(log) is None
    log.write_text("$ saccade train\n10 env steps: score 3\n\n")
    assert last_line(log) == "10 env steps: score 3"
    log.write_text("$ saccade train\n10 env steps: score 3\n$ saccade train --resume\n")
    assert last_line(log) is None


def test_blank_lines_are_left_out_and_no_others(tmp_path):
    log = tmp_path / "run.log"
    log.write_text("$ saccade train\n\n12 3\n \t\n---\n")
    assert latest_part(log) == ["$ saccade train", "12 3", "---"]

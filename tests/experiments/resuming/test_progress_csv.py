"""One progress.csv: new columns, a full disk, half a row, and the parts of a run that was stopped."""

import pytest

from saccade.experiments.resuming.progress_csv import ENV_STEPS, SECONDS, ProgressCsv, continued, read_rows


class Told(list):
    shows_progress = False

    def say(self, line: str) -> None:
        self.append(line)


@pytest.fixture
def log(tmp_path):
    return ProgressCsv(tmp_path / "progress.csv", Told())


def test_new_columns_are_added_to_the_rows_before(log):
    log.write({"a": 1}, {"a": ()})
    log.write({"a": 2, "b": "x, y", "hidden": 5}, {"a": (), "b": (), "hidden": ("csv",)})
    log.write({"b": 3}, {"b": ()})
    assert read_rows(log.file) == (["a", "b"], [{"a": "1", "b": ""}, {"a": "2", "b": "x, y"}, {"a": "", "b": "3"}])
    again = ProgressCsv(log.file, Told())
    again.write({"a": 4}, {"a": ()})
    assert read_rows(log.file)[1][-1] == {"a": "4", "b": ""}


def test_rows_wait_while_the_disk_is_full(log, monkeypatch):
    log.write({"a": 1}, {"a": ()})
    log.file.chmod(0o644)
    real = ProgressCsv._write_waiting

    def full(self):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ProgressCsv, "_write_waiting", full)
    log.write({"a": 2}, {"a": ()})
    log.write({"a": 3}, {"a": ()})
    assert [line for line in log.reporter if "No space left" in line] == log.reporter[:1] == log.reporter
    monkeypatch.setattr(ProgressCsv, "_write_waiting", real)
    log.write({"a": 4}, {"a": ()})
    assert [row["a"] for row in read_rows(log.file)[1]] == ["1", "2", "3", "4"]


def test_half_a_row_of_a_killed_process_is_not_one(log):
    log.write({"a": 1, "b": 2}, {"a": (), "b": ()})
    with log.file.open("a") as file:
        file.write("3,")
    assert read_rows(log.file) == (["a", "b"], [{"a": "1", "b": "2"}])


@pytest.mark.parametrize("half", ["3,", "3,4", '3,"x', "3" * 50_000])
def test_half_a_row_is_not_the_beginning_of_the_next_one(log, half):
    log.write({"a": 1, "b": 2}, {"a": (), "b": ()})
    with log.file.open("a") as file:
        file.write(half)
    assert continued(log.file, [], 100) == 0.0
    again = ProgressCsv(log.file, Told())
    again.write({"a": 5, "b": 6}, {"a": (), "b": ()})
    again.write({"a": 7, "b": 8}, {"a": (), "b": ()})
    assert log.file.read_text() == "a,b\n1,2\n5,6\n7,8\n"


def test_the_parts_become_one_file_up_to_where_the_run_goes_on(tmp_path):
    first, second = tmp_path / "progress.csv", tmp_path / "progress-2.csv"
    first.write_text(f"{ENV_STEPS},{SECONDS},a\n10,1,x\n20,2,y\n")
    second.write_text(f"b,{ENV_STEPS},{SECONDS}\nz,30,1\n,40,5\n")
    assert continued(first, [second], 30) == 3.0  # 2 seconds of the first part, 1 of the second
    columns, rows = read_rows(first)
    assert columns == [ENV_STEPS, SECONDS, "a", "b"]
    assert [(row[ENV_STEPS], row[SECONDS], row["a"], row["b"]) for row in rows] == [
        ("10", "1", "x", ""),
        ("20", "2", "y", ""),
        ("30", "3", "", "z"),
    ]
    assert not second.exists()
    before = first.stat().st_mtime_ns
    assert continued(first, [], 100) == 3.0
    assert first.stat().st_mtime_ns == before  # nothing to change
    assert continued(tmp_path / "none.csv", [], 5) == 0.0


def test_a_run_that_goes_on_from_before_its_first_row_begins_a_new_log(tmp_path):
    file = tmp_path / "progress.csv"
    file.write_text(f"{ENV_STEPS},a\n10,x\n")
    assert continued(file, [], 5) == 0.0
    assert not file.exists()


def test_half_a_row_on_a_full_disk_is_taken_back(log):
    resource = pytest.importorskip("resource")
    log.write({"a": "x" * 10}, {"a": ()})
    whole = log.file.read_text()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 5, before[1]))  # the disk has room for half a row
    try:
        log.write({"a": "y" * 10}, {"a": ()})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(log.reporter) == 1
    assert log.file.read_text() == whole
    log.write({"a": "z" * 10}, {"a": ()})
    assert [row["a"][0] for row in read_rows(log.file)[1]] == ["x", "y", "z"]

import pytest

from saccade.saliency.records.event_name import event_files, event_name, has_events, parse_event_name


@pytest.mark.parametrize("env_steps", [0, 1_200, 12_345_678_901])
@pytest.mark.parametrize("end", [".npz", ".mp4", "_heat_map.png"])
def test_a_name_is_read_as_it_was_written(env_steps, end):
    assert parse_event_name(event_name(env_steps, end)) == (env_steps, end)


def test_names_of_saved_runs_stay():
    assert event_name(1_200, "_paths.png") == "step_0000001200_paths.png"
    assert event_name(12_345_678_901) == "step_12345678901"


@pytest.mark.parametrize(
    "name", ["probes.npz", "step_.npz", "step_5", "step_best.npz", "step_-5.npz", "step_٣.npz", "my_step_5.npz"]
)
def test_other_names_are_none(name):
    assert parse_event_name(name) is None


def test_records_of_a_folder(tmp_path):
    assert event_files(tmp_path / "missing") == []
    assert not has_events(tmp_path)
    for name in ("step_0000000010.npz", "step_0000000002.npz", "step_0000000002.png", "probes.npz"):
        (tmp_path / name).touch()
    assert [file.name for file in event_files(tmp_path)] == ["step_0000000002.npz", "step_0000000010.npz"]
    assert has_events(tmp_path)

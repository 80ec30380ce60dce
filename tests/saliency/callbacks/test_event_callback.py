import random
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch as th
from stable_baselines3 import PPO
from stable_baselines3.common.logger import HumanOutputFormat, KVWriter, Logger, TensorBoardOutputFormat
from stable_baselines3.common.utils import set_random_seed
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from saccade.saliency.errors import NoMapError
from saccade.saliency.event_callback import Drawn, Event, EventCallback


class Counter(EventCallback):
    """Events that hold a number; the second one cannot be drawn."""

    def __init__(self, **arguments) -> None:
        super().__init__("counts", budget=1.0, **arguments)
        self.opened = self.released = 0

    def _open(self) -> None:
        self.opened += 1

    def _release(self) -> None:
        self.released += 1

    def _ready(self, patient: bool) -> bool:
        return self.num_timesteps >= 8 or not patient

    def _make_event(self) -> Event:
        number = self.events

        def draw(folder: Path, with_pictures: bool) -> Drawn:
            if number == 1:
                raise OSError("no space left on device")
            folder.mkdir(exist_ok=True)
            (folder / f"{number}.txt").write_text(str(self.num_timesteps))
            return Drawn()

        return Event({"number": float(number)}, draw)


class Drawing(Counter):
    """Its events draw from all random generators that a process shares, as envs of users do."""

    def _init_callback(self) -> None:
        random.random(), np.random.rand(), th.rand(1)

    def _ready(self, patient: bool) -> bool:
        self._init_callback()
        return super()._ready(patient)

    def _make_event(self) -> Event:
        self._init_callback()
        return super()._make_event()


def test_training_draws_the_same_numbers_as_without(tmp_path):
    def drawn(callback: Counter | None) -> list[object]:
        set_random_seed(0)
        model = PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8, n_epochs=1, seed=0).learn(32, callback)
        return [th.cat([x.flatten() for x in model.policy.parameters()]).tolist(), random.random(), np.random.rand()]

    assert drawn(Drawing(folder=tmp_path / "counts", every=8)) == drawn(None)


def learned(callback: Counter, steps: int = 32) -> Counter:
    PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8, n_epochs=1).learn(steps, callback)
    return callback


def test_events_begin_when_there_is_something_to_show_and_end_with_training(tmp_path, caplog):
    callback = learned(Counter(folder=tmp_path / "counts", every=8))
    assert callback.events == 4  # after 8, 16, 24, 32 steps
    assert sorted(path.name for path in (tmp_path / "counts").iterdir()) == ["0.txt", "2.txt", "3.txt"]
    assert "counts event not written: no space left on device" in caplog.text
    assert (callback.opened, callback.released) == (1, 1)


def test_a_run_without_any_step_to_show_has_its_last_event(tmp_path):
    callback = Counter(folder=tmp_path / "counts", every=1000)
    callback._ready = lambda patient: not patient
    assert learned(callback, 8).events == 1


def test_a_drawing_that_throws_is_said_once_with_its_place_and_the_next_ones_are_tried(tmp_path, caplog):
    callback = Counter(folder=tmp_path / "counts", every=8)
    drawn = []

    def draw(folder: Path, with_pictures: bool) -> Drawn:
        drawn.append(folder)
        return 1 / 0

    callback._make_event = lambda: Event({}, draw)
    learned(callback)
    assert len(drawn) == callback.events == 4
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert line.startswith("counts event not written: ZeroDivisionError: division by zero (test_event_callback.py, line")


def test_an_event_that_cannot_be_computed_ends_no_training(tmp_path, caplog):
    callback = Counter(folder=tmp_path / "counts", every=8)
    made, number = callback._make_event, iter(range(9))
    callback._make_event = lambda: 1 / 0 if next(number) == 1 else made()
    learned(callback)
    assert callback.events == 3
    assert caplog.text.count("training goes on") == 2  # this one, and the drawing without room


@pytest.mark.parametrize("part", ["_ready", "_make_event"])
def test_a_first_event_that_fails_is_not_tried_again_at_every_step(tmp_path, part):
    callback = Counter(folder=tmp_path / "counts", every=1000)
    tries = []

    def fail(*patient: bool) -> bool:
        tries.append(callback.num_timesteps)
        raise RuntimeError("out of memory")

    setattr(callback, part, fail)
    learned(callback)
    assert tries == [0 if part == "_ready" else 8, 32]  # at its first turn, and at the end


def test_what_the_first_event_refuses_is_raised(tmp_path):
    callback = Counter(folder=tmp_path / "counts", every=8)

    def refuse() -> Event:
        raise NoMapError("there is no map of this")

    callback._make_event = refuse
    with pytest.raises(NoMapError, match="no map of this"):
        learned(callback)
    callback.close()


def test_pictures_go_to_the_tensorboard_output_alone(tmp_path):
    class Numbers(KVWriter):
        """An output of a user's, which knows numbers only."""

        def write(self, key_values, key_excluded, step=0):
            assert all(isinstance(value, int | float | str | np.number) for value in key_values.values())

        def close(self):
            pass

    callback = Counter(folder=tmp_path / "counts", every=8)
    picture, flags = np.full((20, 30, 3), 90, np.uint8), []
    callback._make_event = lambda: Event({}, lambda folder, wanted: flags.append(wanted) or Drawn({"value/probe_00": picture}))
    model = PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8, n_epochs=1)
    board = TensorBoardOutputFormat(str(tmp_path))
    model.set_logger(Logger(str(tmp_path), [board, HumanOutputFormat(str(tmp_path / "log.txt")), Numbers()]))
    model.learn(16, callback)
    model.logger.close()
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    shown = events.Images("counts/value/probe_00")
    assert [event.step for event in shown] == [8, 16]
    decoded = cv2.imdecode(np.frombuffer(shown[0].encoded_image_string, np.uint8), cv2.IMREAD_COLOR)
    assert (decoded == picture).all()
    assert flags == [True, True]


def test_a_second_training_opens_anew(tmp_path):
    callback = Counter(folder=tmp_path / "counts", every=8)
    learned(callback, 16)
    learned(callback, 16)
    assert (callback.opened, callback.released) == (2, 2)


def steps_of(folder: Path) -> list[int]:
    return sorted(int(path.stem.removeprefix("step_")) for path in folder.glob("*.npz"))


def test_a_run_that_was_stopped_has_the_events_of_one_that_was_not(tmp_path):
    """They come at multiples of `every`, and one more where it was stopped. Where it goes on there is no second one."""

    class Kept(Counter):
        def _make_event(self) -> Event:
            def draw(folder: Path, with_pictures: bool) -> Drawn:
                folder.mkdir(exist_ok=True)
                (folder / f"step_{steps:010d}.npz").touch()
                return Drawn()

            steps = self.num_timesteps
            return Event({}, draw)

    def model() -> PPO:
        return PPO("MlpPolicy", "CartPole-v1", n_steps=4, batch_size=4, n_epochs=1)

    model().learn(48, Kept(folder=tmp_path / "whole", every=16))
    stopped = model().learn(28, Kept(folder=tmp_path / "parts", every=16))
    assert steps_of(tmp_path / "parts") == [8, 16, 28]
    later = Kept(folder=tmp_path / "parts", every=16)
    stopped.learn(20, later, reset_num_timesteps=False)
    assert later.events == 2
    assert steps_of(tmp_path / "whole") == [8, 16, 32, 48]
    assert steps_of(tmp_path / "parts") == [8, 16, 28, 32, 48]


def test_a_run_that_goes_on_is_not_ended_by_a_late_refusal(tmp_path):
    (tmp_path / "counts").mkdir()
    (tmp_path / "counts" / "step_0000000008.npz").touch()
    model = PPO("MlpPolicy", "CartPole-v1", n_steps=4, batch_size=4, n_epochs=1).learn(12)
    callback = Counter(folder=tmp_path / "counts", every=16)

    def refuse() -> Event:
        raise NoMapError("there is no map of this")

    callback._make_event = refuse
    model.learn(8, callback, reset_num_timesteps=False)
    assert model.num_timesteps == 20


def test_what_others_log_can_be_read_after_training(tmp_path):
    """As without the callback, so that code that reads SB3's logger after ``learn`` finds what it looks for."""
    counter = Counter(folder=tmp_path / "counts", every=8)
    plain, watched = (
        PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16, seed=0, device="cpu").learn(32, callback)
        for callback in (None, counter)
    )
    assert watched.logger.name_to_value.keys() == plain.logger.name_to_value.keys() >= {"train/loss", "train/n_updates"}
    assert watched.logger.name_to_value["train/loss"] == plain.logger.name_to_value["train/loss"]
    assert watched.logger.name_to_excluded == plain.logger.name_to_excluded

"""One short training of an agent, and one of a CNN, for all tests here."""

from pathlib import Path

import pytest

from saccade.experiments import RunConfig, train, train_on_whole_images

EASY = {"dataset": "digits", "size": 28, "distractors": 0, "glimpses": 3}
OF_CNN = {name: value for name, value in EASY.items() if name != "glimpses"}


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The run folder of an agent that has hardly learned anything, and the file of a CNN that has learned a little."""
    folder = tmp_path_factory.mktemp("networks")
    config = {"env": "ClutteredMNIST", "env_kwargs": EASY, "n_envs": 16, "total_timesteps": 3 * 16 * 4, "eval_games": 0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("saccade.experiments.whole_image.canvases.PASSES", 1)  # its error is of no interest here
        cnn = {"images": 640, "batch_size": 16, "device": "cpu", "checkpoints": folder / "cnn"}
        train_on_whole_images("ClutteredMNIST", env_kwargs=OF_CNN, **cnn)
    train(RunConfig(**config, wandb="disabled", progress=False, device="cpu", output=folder / "agent"))
    return folder / "agent", folder / "cnn" / "learning-rate-0.002.pt"

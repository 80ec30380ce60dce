"""What a callback shows in TensorBoard."""

import numpy as np
from stable_baselines3.common.logger import Image, Logger, TensorBoardOutputFormat

from ..extras import Extras


class TensorBoardLog:
    """
    Pictures for the TensorBoard outputs of SB3's logger. Curves go there by the logger itself. If a picture cannot be written, this
    says so once.

    Pictures go to these outputs alone: SB3's other outputs, and those of users, take numbers and text.

    :param section: of the names, such as ``"saliency"``
    :param logger: of a model in training
    """

    def __init__(self, section: str, logger: Logger) -> None:
        self.section = section
        self.outputs = [output for output in logger.output_formats if isinstance(output, TensorBoardOutputFormat)]
        self._extras = Extras("TensorBoard pictures", "training goes on")

    @property
    def active(self) -> bool:
        """Whether there is an output that takes pictures."""
        return bool(self.outputs)

    def write(self, env_steps: int, pictures: dict[str, np.ndarray]) -> None:
        """
        Pictures of one event.

        :param env_steps: of training
        :param pictures: (H, W, 3) uint8 by name in the section
        """
        if not (self.outputs and pictures):
            return
        shown = {f"{self.section}/{name}": Image(picture, "HWC") for name, picture in pictures.items()}
        for output in self.outputs:
            self._extras.tried(lambda output=output: output.write(shown, dict.fromkeys(shown, ()), env_steps))  # type: ignore[misc]

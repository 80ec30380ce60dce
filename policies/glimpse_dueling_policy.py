"""A dueling policy that sees only glimpses, with a branch for what to do and one for where to look next."""

from typing import Any

from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import Schedule

from .dueling_policies import DuelingMlpPolicy
from .glimpse_extractor import GlimpseExtractor
from .retina import Retina

GAZE = 1  # the branch that moves the gaze


class GlimpseDuelingPolicy(DuelingMlpPolicy):
    """
    V(s), A(s, action) and A(s, gaze) over one network that sees the image only through a retina.

    The env must be in a :class:`saccade.envs.GazeWrapper` with ``tiles``. With ``memory=True`` the network sees each frame of the
    stack where the eye was then. It goes into :class:`saccade.agents.PQN` and :class:`saccade.agents.DoubleDQN`.

    :param observation_space: Dict with an ``"image"`` and a ``"gaze"``, perhaps ``"gazes"``
    :param action_space: ``MultiDiscrete`` of the action and the tile
    :param lr_schedule: learning rate as a function of the remaining progress (1 to 0)
    :param forced_gaze: whether the env forces the gaze (``GazeWrapper(forced=...)``). Then the branch of the gaze is 0 and learns
        nothing. Our algorithms ask the env themselves
    :param taught_gaze: whether the env says where to look (``GazeWrapper(taught=...)``). Then the branch of the gaze learns from
        that and not from rewards: its outputs are logits of the tiles, and Q is V(s) + A(s, action). ``PQN`` asks the env itself
    :param net_arch: widths of the shared layers after the glimpse network; none by default
    :param hidden_width: units of the one hidden layer in each stream
    :param features_extractor_class: reads the observations
    :param features_extractor_kwargs: for :class:`GlimpseExtractor`: size, scales, network and so on
    :param kwargs: as in :class:`DuelingMlpPolicy`
    :raises ValueError: if the action space is not that of a ``GazeWrapper`` with tiles
    """

    branch_names = ("action", "gaze")

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.MultiDiscrete,
        lr_schedule: Schedule,
        net_arch: list[int] | None = None,
        hidden_width: int = 512,
        *,
        forced_gaze: bool = False,
        taught_gaze: bool = False,
        features_extractor_class: type[BaseFeaturesExtractor] = GlimpseExtractor,
        features_extractor_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(action_space, spaces.MultiDiscrete) or len(action_space.nvec) != 2:
            raise ValueError(f"{type(self).__name__} takes the actions of saccade.envs.GazeWrapper with tiles, not {action_space}")
        super().__init__(
            observation_space,
            action_space,
            lr_schedule,
            net_arch=net_arch or [],
            hidden_width=hidden_width,
            features_extractor_class=features_extractor_class,
            features_extractor_kwargs=features_extractor_kwargs,
            **kwargs,
        )
        self.forced_gaze, self.taught_gaze = forced_gaze, taught_gaze

    @property
    def forced_gaze(self) -> bool:
        """Whether the branch of the gaze is idle."""
        return GAZE in self.q_net.idle

    @forced_gaze.setter
    def forced_gaze(self, forced: bool) -> None:
        self.q_net.idle = self.q_net_target.idle = (GAZE,) if forced else ()

    @property
    def taught_gaze(self) -> bool:
        """Whether the branch of the gaze has logits, which no reward changes."""
        return GAZE in self.q_net.taught

    @taught_gaze.setter
    def taught_gaze(self, taught: bool) -> None:
        self.q_net.taught = self.q_net_target.taught = (GAZE,) if taught else ()

    @property
    def retina(self) -> Retina:
        """
        The eye.

        :raises TypeError: if the features extractor is not a :class:`GlimpseExtractor`
        """
        extractor = self.q_net.features_extractor
        if not isinstance(extractor, GlimpseExtractor):
            raise TypeError(f"{type(extractor).__name__} has no retina; use GlimpseExtractor")
        return extractor.retina

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), "forced_gaze": self.forced_gaze, "taught_gaze": self.taught_gaze}

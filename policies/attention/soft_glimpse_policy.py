"""One network, both attentions: it must choose where to look, and weighs what it has seen."""

from typing import Any

from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import Schedule

from ..glimpse_dueling_policy import GlimpseDuelingPolicy
from .glimpse_map_extractor import GlimpseMapExtractor
from .soft_attention_policy import SoftAttentionDuelingPolicy


class SoftGlimpseDuelingPolicy(GlimpseDuelingPolicy, SoftAttentionDuelingPolicy):
    """
    V(s), A(s, action) and A(s, gaze) of an eye (:class:`saccade.policies.GlimpseDuelingPolicy`), where each stream weighs what the
    eye has seen by queries of its own (:class:`saccade.policies.SoftAttentionDuelingPolicy`). So one network has two explicit
    attentions, the gaze and the weights. Its derivatives are an implicit one, of the same heads in the same state.

    :param observation_space: Dict with a square ``"image"`` and a ``"gaze"``, perhaps ``"gazes"``
    :param action_space: ``MultiDiscrete`` of the action and the tile
    :param lr_schedule: learning rate as a function of the remaining progress (1 to 0)
    :param features_extractor_class: a :class:`saccade.policies.GlimpseExtractor` with a ``map_shape``
    :param kwargs: as in both policies; ``net_arch`` must be empty, since the streams read the map itself
    :raises ValueError: if the actions are not those of a ``GazeWrapper`` with tiles, or there is no map, or a ``net_arch``
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.MultiDiscrete,
        lr_schedule: Schedule,
        *,
        features_extractor_class: type[BaseFeaturesExtractor] = GlimpseMapExtractor,
        **kwargs: Any,
    ) -> None:
        super().__init__(observation_space, action_space, lr_schedule, features_extractor_class=features_extractor_class, **kwargs)

"""Policies for SB3: sensors, networks and heads."""

from .action_branches import branch_sizes, greedy_actions, q_of_actions
from .attention.glimpse_map_extractor import GlimpseMapExtractor
from .attention.soft_attention_extractor import SoftAttentionExtractor
from .attention.soft_attention_lstm_policy import SoftAttentionLstmPolicy
from .attention.soft_attention_policy import SoftAttentionDuelingNetwork, SoftAttentionDuelingPolicy
from .attention.soft_glimpse_policy import SoftGlimpseDuelingPolicy
from .dueling_network import DuelingQNetwork
from .dueling_policies import DuelingCnnPolicy, DuelingMlpPolicy, DuelingMultiInputPolicy
from .glimpse_dueling_policy import GlimpseDuelingPolicy
from .glimpse_extractor import GlimpseExtractor
from .glimpse_policy import GlimpsePolicy
from .hadamax_convolutions import HadamaxConvolutions
from .layers.gradient_scale import GradientScale
from .looks.any_size import set_image_size
from .memory.gru_policies import CnnGruPolicy, MlpGruPolicy, MultiInputGruPolicy
from .memory.long_lstm_policy import MlpLongLstmPolicy
from .nature_convolutions import NatureConvolutions
from .retina import Retina

__all__ = [
    "CnnGruPolicy",
    "DuelingCnnPolicy",
    "DuelingMlpPolicy",
    "DuelingMultiInputPolicy",
    "DuelingQNetwork",
    "GlimpseDuelingPolicy",
    "GlimpseExtractor",
    "GlimpseMapExtractor",
    "GlimpsePolicy",
    "GradientScale",
    "HadamaxConvolutions",
    "MlpGruPolicy",
    "MlpLongLstmPolicy",
    "MultiInputGruPolicy",
    "NatureConvolutions",
    "Retina",
    "SoftAttentionDuelingNetwork",
    "SoftAttentionDuelingPolicy",
    "SoftAttentionExtractor",
    "SoftAttentionLstmPolicy",
    "SoftGlimpseDuelingPolicy",
    "branch_sizes",
    "greedy_actions",
    "q_of_actions",
    "set_image_size",
]

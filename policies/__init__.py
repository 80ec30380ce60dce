"""The eye and the mind: sensor, body, heads; torch and SB3's policy classes only."""

from .dueling_network import DuelingQNetwork
from .dueling_policies import DuelingCnnPolicy, DuelingMlpPolicy, DuelingMultiInputPolicy
from .gradient_scale import GradientScale
from .nature_convolutions import NatureConvolutions

__all__ = [
    "DuelingCnnPolicy",
    "DuelingMlpPolicy",
    "DuelingMultiInputPolicy",
    "DuelingQNetwork",
    "GradientScale",
    "NatureConvolutions",
]

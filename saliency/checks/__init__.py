"""Whether to believe a map. Every figure stands beside what an order that has seen nothing reaches."""

from .causal_check import CausalCheck
from .trust import Trust

__all__ = ["CausalCheck", "Trust"]

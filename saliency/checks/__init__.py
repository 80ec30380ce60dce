"""Whether to believe a map. Every figure stands beside what an order that has seen nothing reaches."""

from .trust import Trust

__all__ = ["Trust"]

"""A stand-in for Exact Online that behaves like the real one, from published facts."""

from .app import Sandbox
from .clock import Clock
from .errors import AnswerLost
from .switches import Switches

__all__ = ["AnswerLost", "Clock", "Sandbox", "Switches"]

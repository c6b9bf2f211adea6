"""Markdown to blocks and styled lines, incrementally, for any screen that can measure text.

Importing this package loads neither the parser nor the highlighter; the first parse and the first
highlighted fence do.
"""

from .block import Block
from .document import Document
from .model import Line, Measure, Span
from .pieces import estimate_height, split_source
from .roles import ROLES

__all__ = ["ROLES", "Block", "Document", "Line", "Measure", "Span", "estimate_height", "split_source"]

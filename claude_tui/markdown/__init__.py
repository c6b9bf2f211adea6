"""Markdown to blocks and styled lines, incrementally, for any screen that can measure text.

Importing this package loads neither the parser nor the highlighter; the first parse and the first
highlighted fence do.
"""

from .block import Block
from .document import Document
from .layout import COPY_MARK
from .logical import Logical, logical_lines
from .model import Line, Measure, Span
from .pieces import count_codes, estimate_height, split_source
from .roles import ROLES

__all__ = [
    "COPY_MARK",
    "ROLES",
    "Block",
    "Document",
    "Line",
    "Logical",
    "Measure",
    "Span",
    "count_codes",
    "estimate_height",
    "logical_lines",
    "split_source",
]

"""Ids that sort by the time they were made, and are not made twice."""

from __future__ import annotations

import os
import time


def new_id() -> str:
    """Twelve hexadecimal digits of milliseconds since 1970, then twelve random ones."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(6).hex()}"

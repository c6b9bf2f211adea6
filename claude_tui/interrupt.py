"""A Ctrl+C that comes while the program is still being loaded.

C code in the middle of an import may swallow the exception it becomes: that it came is remembered, and looked at by
whoever takes over the signals.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # what it is made of: loading ``signal`` makes classes, in which a Ctrl+C may get lost

_came = False


def watch() -> None:
    """Remember it from now on, where nobody else has a say in it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _note)


def _note(number: int, frame: object) -> None:
    global _came
    _came = True
    raise KeyboardInterrupt


def came() -> bool:
    """Whether it came; what a class being made raises in its place counts too."""
    return _came


def check() -> None:
    """Raises ``KeyboardInterrupt`` if it came."""
    if _came:
        raise KeyboardInterrupt

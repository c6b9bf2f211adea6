"""A text in the person's own editor, and what came of it. Whatever it does, nothing that was written is lost."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ...files import cause

USUAL = ("sensible-editor", "nano", "vi", "vim", "emacs")
"""Tried in this order where neither ``VISUAL`` nor ``EDITOR`` says which."""
LONGEST = 4_000_000
"""Characters that the prompt takes."""
_KEPT = "your text is as it was"


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it."""

    text: str
    said: str = ""
    """Why it is the text there was before, in a sentence."""


def editor() -> tuple[str, ...] | None:
    """The program and its arguments; empty if there is none, None if what is set cannot be read."""
    for name in ("VISUAL", "EDITOR"):
        if os.environ.get(name, "").strip():
            try:
                return tuple(shlex.split(os.environ[name]))
            except ValueError:
                return None
    found = next(filter(None, map(shutil.which, USUAL)), None)
    return (found,) if found else ()


def write_outside(text: str, command: tuple[str, ...]) -> Written:
    """Have the text edited; the terminal must be free for it, and this returns when the editor has ended.

    The file is one's own, in a folder of one's own, and gone afterwards, unless it holds what could not be taken.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="claude-tui-"))
    except OSError as error:
        return Written(text, f"There is no place for a file to edit ({cause(error)}): {_KEPT}.")
    path = folder / "message.md"
    keep = False
    try:
        path.touch(0o600, exist_ok=False)
        before = text.encode("utf-8", "surrogatepass")
        path.write_bytes(before)
        why = _run((*command, str(path)))
        after = path.read_bytes() if path.is_file() else None
        if why:
            keep = bool(after) and after != before
        elif after is None:
            why = f"The editor left no file: {_KEPT}."
        elif not after.strip():
            why = f"The editor left nothing: {_KEPT}." if text.strip() else ""
        elif after != before:
            try:
                came = after.decode("utf-8-sig")
            except UnicodeDecodeError:
                why, keep = f"What the editor left is no UTF-8: {_KEPT}.", True
            else:
                came = came.replace("\r\n", "\n")
                if len(came) <= LONGEST:
                    return Written(came if text.endswith("\n") else came.removesuffix("\n"))
                why, keep = f"What the editor left is too long for the prompt: {_KEPT}.", True
        return Written(text, f"{why[:-1]}; what was saved is in {path}." if keep else why)
    except OSError as error:
        return Written(text, f"The editor's file cannot be used ({cause(error)}): {_KEPT}.")
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _run(command: tuple[str, ...]) -> str:
    """Why it failed, in a sentence; empty if it did not."""
    name = Path(command[0]).name
    try:
        with _undisturbed():
            code = subprocess.run(command, check=False).returncode
    except FileNotFoundError:
        return f"There is no program called {name}: {_KEPT}."
    except (OSError, ValueError) as error:
        why = cause(error) if isinstance(error, OSError) else "its name cannot be read"
        return f"{name} cannot be started ({why}): {_KEPT}."
    if code < 0:
        return f"{name} was ended by {_signal(-code)}: {_KEPT}."
    return f"{name} ended with {code}: {_KEPT}." if code else ""


def _signal(number: int) -> str:
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


@contextmanager
def _undisturbed() -> Generator[None]:
    """Ctrl+C and Ctrl+\\ are the editor's: a terminal sends them to this program too. They are caught, for what is
    ignored here would be ignored there."""
    were = {number: signal.signal(number, _nothing) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in were.items():
            signal.signal(number, handler)


def _nothing(number: int, frame: object) -> None:
    pass

"""An image from the clipboard, by whichever program of the platform gives one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from .reading import LARGEST, Refusal

SECONDS = 5.0
"""How long a program may take."""
_MAC = (
    'set out to open for access POSIX file (system attribute "CLAUDE_TUI_OUT") with write permission\n'
    "write (the clipboard as «class PNGf») to out\nclose access out"
)
_WINDOWS = (
    "Add-Type -AssemblyName System.Windows.Forms,System.Drawing;"
    "$i=[System.Windows.Forms.Clipboard]::GetImage();if($i -eq $null){exit 1};"
    "$m=New-Object System.IO.MemoryStream;$i.Save($m,[System.Drawing.Imaging.ImageFormat]::Png);"
    "[Console]::Out.Write([Convert]::ToBase64String($m.ToArray()))"
)


def image_from_clipboard(environ: Mapping[str, str] = os.environ, seconds: float = SECONDS) -> bytes:
    """The image in the clipboard, as PNG or whatever it is there. Takes up to ``seconds`` for each program there is.
    Raises ``Refusal``."""
    tried = False
    for command in _commands(environ):
        if shutil.which(command[0], path=environ.get("PATH")) is None:
            continue
        tried = True
        if found := _run(command, environ, seconds):
            return found
    if tried:
        raise Refusal("There is no image in the clipboard: copy one, or attach a file with /attach.")
    raise Refusal(
        "No program here gives images from the clipboard: install wl-clipboard, xclip or pngpaste, or use /attach."
    )


def _commands(environ: Mapping[str, str]) -> list[Sequence[str]]:
    found: list[Sequence[str]] = []
    if environ.get("WAYLAND_DISPLAY"):
        found += [("wl-paste", "--no-newline", "--type", kind) for kind in ("image/png", "image/jpeg")]
    if environ.get("DISPLAY"):
        found += [("xclip", "-selection", "clipboard", "-t", kind, "-o") for kind in ("image/png", "image/jpeg")]
    found += [("pngpaste", "-"), ("osascript", "-e", _MAC)]
    found.append(("powershell.exe", "-NoProfile", "-STA", "-Command", _WINDOWS))
    return found


def _run(command: Sequence[str], environ: Mapping[str, str], seconds: float) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        out, aside = Path(folder) / "out", Path(folder) / "image"
        try:
            # Into a file: a program that writes without end is stopped by the clock, and little of it is read.
            with out.open("wb") as written:
                ended = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=written,
                    stderr=subprocess.DEVNULL,
                    timeout=seconds,
                    env={**environ, "CLAUDE_TUI_OUT": str(aside)},
                    check=False,
                    start_new_session=True,
                )
            source = aside if aside.exists() else out
            with source.open("rb") as given:
                data = given.read(LARGEST + 1)
        except (OSError, subprocess.TimeoutExpired):
            return b""
    if ended.returncode or len(data) > LARGEST:
        return b""
    if command[0] == "powershell.exe":
        import base64

        try:
            return base64.b64decode(data, validate=True)
        except ValueError:
            return b""
    return data

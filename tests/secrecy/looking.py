"""Looking for a key and for words in everything that a run left behind, or let others see."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self
from urllib.parse import quote

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)")
_BLANK = re.compile(rb"[\s\x00-\x1f]+")


def shapes(secret: str) -> dict[str, bytes]:
    """How a secret may read: as it is, encoded, escaped, and inside something longer in base64."""
    raw = secret.encode()
    found = {
        "plain": raw,
        "quoted": quote(secret, safe="").encode(),
        "json": json.dumps(secret)[1:-1].encode(),
        "repr": repr(secret)[1:-1].encode(),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "utf-16": secret.encode("utf-16-le"),
        "reversed": raw[::-1],
    }
    for shift in range(3):
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            letters = encode(b"\0" * shift + raw)
            found[f"{name}+{shift}"] = letters[(shift * 8 + 5) // 6 : (shift + len(raw)) * 8 // 6]
    return found


def hits(data: bytes, secret: str) -> list[str]:
    """In which shapes the secret is in the bytes, also when lines or a terminal's sequences divide it."""
    joined = _BLANK.sub(b"", _ESCAPES.sub(b"", data))
    return [name for name, shape in shapes(secret).items() if shape in data or _BLANK.sub(b"", shape) in joined]


def files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below a folder, and what is in it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path, path.read_bytes()


class Onlooker:
    """Anybody on the machine, who looks at every process's command line and at its title all the time."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self.seen: set[bytes] = set()
        self.looks = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(5)

    def _look(self) -> None:
        while not self._over.wait(0.05):
            self.looks += 1
            for name in ("cmdline", "comm"):
                for path in Path("/proc").glob(f"[0-9]*/{name}"):
                    try:
                        line = path.read_bytes()
                    except OSError:
                        continue
                    self.seen.update(secret for secret in self._secrets if secret in line)

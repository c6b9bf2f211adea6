"""The system's keyring, where the optional package ``keyring`` is installed and has one to offer.

It is asked on a thread of its own: a keyring may wait for somebody to unlock it, and the start may not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar

from .errors import ConfigError

SERVICE = "claude-tui"
ACCOUNT = "anthropic-api-key"
SECONDS = 10.0
"""How long the keyring may take, a person at its prompt included."""

_T = TypeVar("_T")


def installed() -> bool:
    """Whether the package is there; it is not imported for that."""
    return find_spec("keyring") is not None


def read() -> str | None:
    """The key in the keyring; None if there is no keyring or no key in it. Raises ``ConfigError``."""
    return _ask(lambda ring: ring.get_password(SERVICE, ACCOUNT)) if installed() else None


def write(value: str) -> bool:
    """Keep the key in the keyring; False if there is none to keep it in. Raises ``ConfigError``."""

    def work(ring: Any) -> bool:
        ring.set_password(SERVICE, ACCOUNT, value)
        # Some backends take everything and keep nothing.
        return ring.get_password(SERVICE, ACCOUNT) == value

    return installed() and _ask(work) is True


def remove() -> bool:
    """Take the key out of the keyring; whether there was one. Raises ``ConfigError``."""

    def work(ring: Any) -> bool:
        if ring.get_password(SERVICE, ACCOUNT) is None:
            return False
        ring.delete_password(SERVICE, ACCOUNT)
        return True

    return installed() and _ask(work) is True


def _ask(work: Callable[[Any], _T]) -> _T | None:
    """What ``work`` makes of the keyring; None if this system offers none worth the name."""
    answers: list[_T | None] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            import keyring  # pyright: ignore[reportMissingImports, reportUnknownVariableType]

            ring: Any = keyring
            # Below 1 are those that fail, keep nothing, or keep it in the open: our own file is better.
            answers.append(work(ring) if ring.get_keyring().priority >= 1 else None)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(SECONDS)
    if failures:
        # Its own words may be anything; the kind says enough: KeyringLocked, InitError.
        raise ConfigError(f"The keyring cannot be used ({type(failures[0]).__name__})") from failures[0]
    if not answers:
        raise ConfigError(f"The keyring did not answer within {SECONDS:g} seconds; is it locked?")
    return answers[0]

"""The API key: where it is found, how it is kept, and how it stays out of everything else.

There is no flag for it, for a command line can be read by everyone on the machine.
"""

from __future__ import annotations

import base64
import errno
import os
import re
import selectors
import signal
import stat
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, Protocol
from urllib.parse import quote

from claude_tui.errors import ConfigError
from claude_tui.files import cause, printable, read_descriptor, write_private
from claude_tui.paths import Paths, make_private

COMMAND_SECONDS = 10.0
"""How long a key command may take."""

KEY_LIMIT = 16_000
"""More than any key or token is long, in bytes."""

_SHORTEST = 20
_REDACTED = "[redacted]"
_PATTERNS = (
    re.compile(r"()sk-ant-[A-Za-z0-9_\-]{6,}"),
    # A digit, so that prose about bearers and headers stays as it is.
    re.compile(r"(?i)(\bbearer )(?=\S{0,200}\d)[A-Za-z0-9._~+/=\-]{16,}"),
    re.compile(r"""(?i)(x-api-key["']?\s{0,4}[:=,]\s{0,4}b?["']?)(?=\S{0,200}\d)[^\s"',;]{12,}"""),
)


class Key:
    """A secret that only shows itself when asked by name."""

    __slots__ = ("_value", "bearer", "source")

    def __init__(self, value: str, source: str, bearer: bool = False) -> None:
        self._value = value
        self.source = source
        """Where it comes from, as a phrase: "the environment (ANTHROPIC_API_KEY)"."""
        self.bearer = bearer
        """Whether it is sent as a bearer token instead of an API key."""

    def reveal(self) -> str:
        """The secret itself."""
        return self._value

    def __repr__(self) -> str:
        return f"<Key from {self.source}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        # A copy on a disk or in another process would be out of our hands.
        raise TypeError("a key is not to be copied")


class KeySettings(Protocol):
    """What the configuration says about the key."""

    @property
    def api_key_command(self) -> Sequence[str]:
        """A program and its arguments, or nothing."""
        ...


def find_key(env: Mapping[str, str], config: KeySettings, paths: Paths) -> Key | None:
    """The key, from the first place that has one; None if none has.

    A place that has one which cannot be used is a `ConfigError`, and the later places are not asked:
    whose key is spent should never depend on a mistake.
    """
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        if value := env.get(name, "").strip():
            return _usable(value, f"the environment ({name})", bearer=name.endswith("TOKEN"))
    if config.api_key_command:
        program = printable(Path(config.api_key_command[0]).name, 40)
        return _usable(_ask(config.api_key_command, env), f"the key command ({program})")
    return _stored(paths.key_file)


def store_key(value: str, paths: Paths) -> Key:
    """Keep a key in a file that only the user can read."""
    value = value.strip()
    if problem := looks_like_key(value):
        raise ConfigError(problem)
    make_private(paths.key_file.parent)
    try:
        write_private(paths.key_file, value.encode() + b"\n")
    except OSError as error:
        raise ConfigError(f"The key cannot be kept in {paths.key_file}: {cause(error)}") from error
    return Key(value, _file_phrase(paths.key_file))


def forget_key(paths: Paths) -> bool:
    """Remove the stored key; whether there was one."""
    try:
        paths.key_file.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise ConfigError(f"The key in {paths.key_file} cannot be removed: {cause(error)}") from error
    return True


def looks_like_key(text: str) -> str | None:
    """Why ``text`` cannot be a key, in a sentence that does not repeat it; None if it can."""
    if problem := _unsendable(text):
        return f"That is not a key: {problem}"
    if len(text) < _SHORTEST:
        return "That is not a key: it is too short; paste it whole"
    return None


def redact(text: str, *secrets: Key | str) -> str:
    """``text`` without ``secrets`` in any of their usual spellings, and without what looks like a key."""
    for secret in secrets:
        value = secret.reveal() if isinstance(secret, Key) else secret
        # Anything shorter would black out half of an innocent text.
        if len(value) >= 6:
            for spelling in sorted(_spellings(value), key=len, reverse=True):
                text = text.replace(spelling, _REDACTED)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{_REDACTED}", text)
    return text


def _spellings(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogatepass")
    coded = {base64.b64encode(raw), base64.urlsafe_b64encode(raw)}
    return {value, quote(value, safe="", errors="replace"), raw.hex(), *(code.decode().rstrip("=") for code in coded)}


def _unsendable(value: str) -> str | None:
    if not value:
        return "it is empty"
    if any(character.isspace() for character in value):
        return "it has white space inside"
    if not value.isascii() or not value.isprintable():
        return "it has characters that no key has"
    return None


def _usable(value: str, source: str, bearer: bool = False) -> Key:
    if problem := _unsendable(value):
        raise ConfigError(f"The API key from {source} cannot be used: {problem}")
    return Key(value, source, bearer)


def _stored(path: Path) -> Key | None:
    source = _file_phrase(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = "it is a symbolic link" if error.errno == errno.ELOOP else cause(error)
        raise ConfigError(f"The API key from {source} is not used: {reason}") from error
    try:
        there = os.fstat(descriptor)
        if there.st_uid != os.geteuid():
            raise ConfigError(f"The API key from {source} is not used: the file belongs to another user")
        if stat.S_ISREG(there.st_mode) and stat.S_IMODE(there.st_mode) & 0o077:
            raise ConfigError(
                f"The API key from {source} is not used: others can read the file; "
                f"run chmod 600 on it, and think about a new key"
            )
        value = read_descriptor(descriptor, KEY_LIMIT).decode("ascii", "replace").strip()
    except OSError as error:
        raise ConfigError(f"The API key from {source} is not used: {cause(error)}") from error
    finally:
        os.close(descriptor)
    return _usable(value, source)


def _file_phrase(path: Path) -> str:
    return f"the key file ({printable(path, 200)})"


def _ask(command: Sequence[str], env: Mapping[str, str]) -> str:
    """The last line a key command prints."""
    program, *arguments = command
    if program.startswith("~"):
        program = os.path.expanduser(program)  # noqa: PTH111 - a Path would drop a leading "./", which must be seen
    name = printable(program, 80)
    # What lies in the folder the app is started in is not to be trusted.
    if os.sep in program and not program.startswith(os.sep):
        raise ConfigError(f"The key command {name} must be named by its full path, or be found on the PATH")
    try:
        process = subprocess.Popen(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.sep,
            env=dict(env),
            # Can be ended with everything it started, and can neither draw on our terminal nor read from it.
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise ConfigError(f"The key command {name} cannot be run: {cause(error)}") from error
    try:
        printed = _printed(process, name)
    finally:
        # What a command that ended well leaves behind is its own affair: an agent, perhaps.
        if process.poll() is None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout:
            process.stdout.close()
    lines = [line.strip() for line in printed.decode("utf-8", "replace").splitlines() if line.strip()]
    if not lines:
        raise ConfigError(f"The key command {name} printed nothing")
    return lines[-1]


def _printed(process: subprocess.Popen[bytes], name: str) -> bytes:
    """What a command prints until it ends.

    Not until its output is closed: an agent it leaves behind may hold that open for ever.
    """
    assert process.stdout
    descriptor = process.stdout.fileno()
    os.set_blocking(descriptor, False)
    printed = bytearray()
    deadline = time.monotonic() + COMMAND_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            # Asked before reading, so that what a command prints last is read too.
            ended = process.poll() is not None
            if selector.select(0.02):
                piece = os.read(descriptor, 65_536)
                printed += piece
                if len(printed) > KEY_LIMIT:
                    raise ConfigError(f"The key command {name} printed far more than a key")
                if not piece:
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(max(0, deadline - time.monotonic()))
                    break
            elif ended:
                break
    if process.poll() is None:
        raise ConfigError(f"The key command {name} took longer than {COMMAND_SECONDS:g} seconds")
    if process.returncode:
        raise ConfigError(f"The key command {name} failed with status {process.returncode}; try it in a shell")
    return bytes(printed)

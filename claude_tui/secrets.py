"""The API key: where it is found, how it is kept, and how it stays out of everything else.

There is no flag for it, for a command line can be read by everyone on the machine.
"""

from __future__ import annotations

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

from claude_tui import key_ring
from claude_tui.errors import ConfigError
from claude_tui.files import cause, printable, read_descriptor, write_private
from claude_tui.paths import Paths, make_private
from claude_tui.redaction import conceal

VARIABLES = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
"""Where the environment may hold one; the second is sent as a bearer token."""

COMMAND_SECONDS = 10.0
"""How long a key command may take."""

KEY_LIMIT = 16_000
"""More than any key or token is long, in bytes."""

_SHORTEST = 20
_TELLING = re.compile("auth|key|token|secret|cookie|password", re.IGNORECASE)
"""Headers whose value is nobody's business."""
KEYRING = "the keyring"


class Key:
    """A secret that only shows itself when asked by name."""

    __slots__ = ("_value", "bearer", "source")

    def __init__(self, value: str, source: str, bearer: bool = False) -> None:
        self._value = conceal(value)
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
    _conceal_headers(env)
    for name in VARIABLES:
        if value := env.get(name, "").strip():
            return _usable(value, _variable_phrase(name), bearer=name.endswith("TOKEN"))
    if config.api_key_command:
        program = printable(Path(config.api_key_command[0]).name, 40)
        return _usable(_ask(config.api_key_command, env), f"the key command ({program})")
    return _kept(paths)


def asked_first(env: Mapping[str, str], config: KeySettings) -> tuple[str, ...]:
    """The places that have a key, or say they have, and are asked before the stored one."""
    places = [_variable_phrase(name) for name in VARIABLES if env.get(name, "").strip()]
    return (*places, "the key command") if config.api_key_command else tuple(places)


def passed_over(env: Mapping[str, str], config: KeySettings, paths: Paths) -> tuple[str, ...]:
    """The places with a key that is not used, because an earlier one has one. Opens no file and asks no keyring."""
    places = asked_first(env, config)
    stored = (_file_phrase(paths.key_file),) if paths.key_file.is_file() else ()
    return (*places, *stored)[1:]


def conceal_known(env: Mapping[str, str], paths: Paths) -> None:
    """Make `redact` know the keys of the environment and the key file, for whoever gives texts out without them."""
    _conceal_headers(env)
    for name in VARIABLES:
        conceal(env.get(name, "").strip())
    with suppress(ConfigError):
        _stored(paths.key_file)  # a `Key` conceals itself


def _conceal_headers(env: Mapping[str, str]) -> None:
    for line in env.get("ANTHROPIC_CUSTOM_HEADERS", "").split("\n"):
        name, _, value = line.partition(":")
        if _TELLING.search(name):
            conceal(value.strip())


def store_key(value: str, paths: Paths) -> Key:
    """Keep a key in the system's keyring if there is one, else in a file that only the user can read.

    There is one stored key: what the other place had is removed.
    """
    value = value.strip()
    if problem := looks_like_key(value):
        raise ConfigError(problem)
    try:
        in_ring = key_ring.write(value)
    except ConfigError:
        in_ring = False
    if in_ring:
        _remove_file(paths)
        return Key(value, KEYRING)
    make_private(paths.key_file.parent)
    try:
        write_private(paths.key_file, value.encode() + b"\n")
    except OSError as error:
        raise ConfigError(f"The key cannot be kept in {paths.key_file}: {cause(error)}") from error
    # A keyring that keeps nothing new may still have the old one, which would be found before the file.
    with suppress(ConfigError):
        key_ring.remove()
    return Key(value, _file_phrase(paths.key_file))


def forget_key(paths: Paths) -> tuple[str, ...]:
    """Remove the stored key; where it was. Raises ``ConfigError`` if it cannot be removed."""
    where = (_file_phrase(paths.key_file),) if _remove_file(paths) else ()
    return (KEYRING, *where) if key_ring.remove() else where


def _remove_file(paths: Paths) -> bool:
    try:
        paths.key_file.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise ConfigError(f"The key in {paths.key_file} cannot be removed: {cause(error)}") from error
    return True


def _kept(paths: Paths) -> Key | None:
    """The key that was stored. A keyring that cannot be used hides the file only if there is none."""
    try:
        value = key_ring.read()
    except ConfigError as error:
        found = _stored(paths.key_file)
        if found is None:
            raise ConfigError(f"{error}; set ANTHROPIC_API_KEY, or unlock it") from error
        return found
    return _usable(value.strip(), KEYRING) if value else _stored(paths.key_file)


def looks_like_key(text: str) -> str | None:
    """Why ``text`` cannot be a key, in a sentence that does not repeat it; None if it can."""
    if problem := _unsendable(text):
        return f"That is not a key: {problem}"
    if len(text) < _SHORTEST:
        return "That is not a key: it is too short; paste it whole"
    return None


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


def _variable_phrase(name: str) -> str:
    return f"the environment ({name})"


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

"""Where everything is kept, decided once.

Asking for a path creates nothing. Folders come to be when something is written, and then they are
the user's alone.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from claude_tui.errors import ClaudeTuiError, ConfigError

APP = "claude-tui"


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders and files of one installation; nothing in it needs to exist."""

    config_dir: Path
    """What the user writes: the configuration, themes, personas, and the stored key."""

    data_dir: Path
    """What must never be lost: the conversations."""

    state_dir: Path
    """What the app remembers for itself: its choices, logs and crash reports."""

    @classmethod
    def default(cls, demo: bool = False) -> Paths:
        """The usual folders of this system, or all of them under ``CLAUDE_TUI_HOME``.

        The demo shares the configuration and themes, and keeps its data and state to itself.
        """
        if home := os.environ.get("CLAUDE_TUI_HOME"):
            return cls.under(Path(home), demo=demo)
        # 8 ms, which `--version` need not pay.
        import platformdirs

        return cls._of(
            platformdirs.user_config_path(APP, appauthor=False),
            platformdirs.user_data_path(APP, appauthor=False),
            platformdirs.user_state_path(APP, appauthor=False),
            demo,
        )

    @classmethod
    def under(cls, home: Path, demo: bool = False) -> Paths:
        """Everything in one folder."""
        if home.parts[:1] and home.parts[0].startswith("~"):
            try:
                home = home.expanduser()
            except RuntimeError as error:
                raise ConfigError(f"CLAUDE_TUI_HOME names a home that cannot be found: {home}") from error
        return cls._of(home, home / "data", home / "state", demo)

    @classmethod
    def _of(cls, config: Path, data: Path, state: Path, demo: bool) -> Paths:
        for folder in (config, data, state):
            # A relative folder would put, and find, files wherever the app happens to be started.
            if not folder.is_absolute():
                raise ConfigError(
                    f"The folder {str(folder)!r} is not an absolute path; "
                    "set CLAUDE_TUI_HOME (or HOME) to one that begins with /"
                )
        if demo:
            data, state = data / "demo", state / "demo"
        return cls(config, data, state)

    @property
    def config_file(self) -> Path:
        """The user's settings; the app only reads it."""
        return self.config_dir / "config.toml"

    @property
    def themes_dir(self) -> Path:
        """The user's own themes."""
        return self.config_dir / "themes"

    @property
    def personas_dir(self) -> Path:
        """The user's personas."""
        return self.config_dir / "personas"

    @property
    def key_file(self) -> Path:
        """The API key, if the user asked to keep it in a file."""
        return self.config_dir / "api-key"

    @property
    def database(self) -> Path:
        """The conversations."""
        return self.data_dir / "conversations.db"

    @property
    def attachments_dir(self) -> Path:
        """The contents of files that went with a question."""
        return self.data_dir / "attachments"

    @property
    def state_file(self) -> Path:
        """What was chosen inside the app: theme, model, effort."""
        return self.state_dir / "state.toml"

    @property
    def models_file(self) -> Path:
        """What the Models API last said."""
        return self.state_dir / "models.json"

    @property
    def crash_dir(self) -> Path:
        """Crash reports."""
        return self.state_dir / "crashes"

    def theme_folders(self) -> tuple[Path, ...]:
        """Where themes are looked for, the later ones winning: ours, then the user's."""
        return (shipped_themes(), self.themes_dir)


def shipped_themes() -> Path:
    """The themes that come with the app: inside an installed package, at the top of a checkout."""
    package = Path(__file__).resolve().parent
    packaged = package / "themes"
    return packaged if packaged.is_dir() else package.parent / "themes"


def make_private(folder: Path, refuse: type[ClaudeTuiError] = ConfigError) -> None:
    """Make ``folder`` and what is missing above it, for the user alone (0700).

    A folder that is there already and is the user's is closed to others; one that belongs to
    somebody else is refused, for whoever owns a folder can replace what is in it.
    """
    if "\0" in str(folder):
        raise refuse("A path of the settings holds a NUL character, so no folder can be made there")
    try:
        _make(folder)
        there = folder.stat()
    except OSError as error:
        raise refuse(f"The folder {folder} cannot be made: {_cause(error)}") from error
    if not stat.S_ISDIR(there.st_mode):
        raise refuse(f"{folder} should be a folder, but it is a file; move it away")
    if there.st_uid != os.geteuid():
        raise refuse(f"The folder {folder} belongs to another user; choose another with CLAUDE_TUI_HOME")
    if stat.S_IMODE(there.st_mode) & 0o077:
        try:
            folder.chmod(stat.S_IMODE(there.st_mode) & 0o700)
        except OSError as error:
            # On a read-only disk nothing new can leak, and reading must stay possible.
            if error.errno != errno.EROFS:
                raise refuse(f"The folder {folder} cannot be made private: {_cause(error)}") from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(0o700)
    except FileExistsError:
        return
    except FileNotFoundError:
        if folder.parent == folder:
            raise
        _make(folder.parent)
        folder.mkdir(0o700, exist_ok=True)
    # A strange umask may have taken our own rights away.
    folder.chmod(0o700)


def _cause(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()

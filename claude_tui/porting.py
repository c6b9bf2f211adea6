"""Export and import on the command line."""

from __future__ import annotations

import os
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from .attachments.keeping import Contents
from .core.conversation import Conversation
from .core.text import clean
from .errors import ClaudeTuiError, StoreError
from .exchange import file_name, told
from .exchange.files_along import beside, write_beside
from .exchange.intake import Progress, Report, take_in
from .exchange.rendering import Wanted, counterpart, rendered
from .files import as_json, cause, private_file
from .paths import Paths
from .store import Store
from .theme_files import DEFAULT_THEME, load_themes
from .theme_values import ThemeSpec

TOLD_SECONDS = 0.1
"""Between two lines of progress."""


# Export


def export(options: Namespace, store: Store, find: Callable[[Store, str], Conversation]) -> int:
    """Write one conversation or all of them; 0."""
    from .secrets import conceal_known

    paths = Paths.default(demo=options.demo)
    terminal = options.output in (None, "-") and sys.stdout.isatty()
    wanted = Wanted(
        options.format,
        options.thinking,
        options.tools,
        options.keep_secrets,
        terminal,
        _themes(paths) if options.format == "html" else None,
        Contents(paths.attachments_dir).read,
        options.with_files,
    )
    if wanted.with_files and wanted.format == "md" and options.output in (None, "-"):
        raise StoreError("With the files, Markdown needs a file to stand beside: -o FILE.")
    if not wanted.keep_secrets:
        conceal_known(os.environ, Paths.default())
    if options.all:
        if options.id is not None:
            raise StoreError("Either one conversation or --all.")
        count = _all(store, wanted, options.output)
    else:
        conversation = find(store, options.id or "last")
        wanted = _beside(conversation, wanted, Path(options.output or "-"))
        text, count = _rendered(store, conversation, wanted)
        with _target(options.output) as write:
            write(text)
        if wanted.beside:
            _write_files(wanted, Path(str(options.output)).expanduser())
    if count:
        print(f"claude-tui: {told(count)} --keep-secrets leaves them.", file=sys.stderr)
    return 0


def _all(store: Store, wanted: Wanted, output: str | None) -> int:
    """All conversations: as one JSON array, or as a file each in a folder; how many secrets were masked."""
    masked = 0
    if wanted.format == "json":
        with _target(output) as write:
            before = "["
            for conversation in _everything(store):
                text, count = _rendered(store, conversation, wanted)
                write(f"{before}\n{text.rstrip()}")
                before = ","
                masked += count
            write("\n]\n" if before == "," else "[]\n")
        return masked
    if output in (None, "-"):
        raise StoreError("With --all, Markdown and HTML need a folder: -o FOLDER.")
    folder = Path(output).expanduser()
    try:
        folder.mkdir(exist_ok=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise StoreError(f"{output} is no folder to write to: {cause(error)}.") from error
    for conversation in _everything(store):
        # With its id, so that two of the same title, and a second export, have a name of their own.
        name = Path(file_name(conversation.title, wanted.format))
        target = folder / f"{name.stem[:60]}-{conversation.id}{name.suffix}"
        own = _beside(conversation, wanted, target)
        text, count = rendered(conversation, own)
        with _target(str(target)) as write:
            write(text)
        _write_files(own, target)
        masked += count
    return masked


def _beside(conversation: Conversation, wanted: Wanted, target: Path) -> Wanted:
    """With a folder for the attached files, where they are wanted and stand beside. Raises ``StoreError``."""
    if not wanted.with_files or wanted.format != "md":
        return wanted
    places = beside(conversation, target.name)
    try:
        folder = target.expanduser().parent / Path(next(iter(places.values()), "-")).parent
        if places and folder.exists():
            raise StoreError(f"{folder} is there already; it is not overwritten.")
    except (OSError, RuntimeError, ValueError):
        return wanted  # the text cannot be written there, which is said then
    return replace(wanted, beside=places)


def _write_files(wanted: Wanted, target: Path) -> None:
    """The attached files, beside what was written. Raises ``StoreError``."""
    assert wanted.files is not None
    try:
        lost = write_beside(wanted.beside, target.resolve().parent, wanted.files)
    except OSError as error:
        raise StoreError(f"The files beside {target} cannot be written: {cause(error)}.") from error
    if lost:
        print(f"claude-tui: lost, and so not written: {', '.join(lost)}", file=sys.stderr)


def _rendered(store: Store, conversation: Conversation, wanted: Wanted) -> tuple[str, int]:
    draft, marks = store.draft(conversation.id), store.marks(conversation.id)
    return rendered(conversation, wanted, draft.result(), marks.result())


def _everything(store: Store) -> Iterator[Conversation]:
    """Each conversation outside the trash, the archived among them, the last used first."""
    for id in store.all_ids().result():
        conversation = store.load(id).result()
        if conversation is not None:
            yield conversation


@contextmanager
def _target(output: str | None) -> Generator[Callable[[str], Any]]:
    """Where a text is written to: stdout, cleaned for a terminal, or a new file, whole or not at all."""
    if output in (None, "-"):
        terminal = sys.stdout.isatty()
        yield lambda text: sys.stdout.write(clean(text) if terminal else text)
        sys.stdout.flush()
        return
    try:
        target = Path(output).expanduser()
        if target.exists():
            raise StoreError(f"{target} is there already; it is not overwritten.")
        with private_file(target) as file:
            yield lambda text: file.write(text.encode("utf-8", "replace"))
    except (OSError, RuntimeError, ValueError) as error:
        raise StoreError(f"{output} cannot be written: {cause(error)}.") from error


def _themes(paths: Paths) -> tuple[ThemeSpec, ThemeSpec | None]:
    from .config import load_config, load_state

    themes, _ = load_themes(*paths.theme_folders())
    state, _ = load_state(paths.state_file)
    config, _ = load_config(paths.config_file)
    wanted = (state.theme, config.theme, config.theme_dark, DEFAULT_THEME)
    names = [name for name in wanted if name is not None and name in themes]
    theme = themes[names[0]] if names else next(iter(themes.values()))
    return theme, counterpart(theme, themes)


# Import


def take(options: Namespace, store: Store) -> int:
    """Import files; 0, 1 when one of them could not be, 130 when it was stopped."""
    reports: list[Report] = []
    failed = False
    keep = Contents(Paths.default(demo=options.demo).attachments_dir).keep
    with ExitStack() as stack:
        stopped = stack.enter_context(_stopped_by_key())
        for name in options.file:
            line = _Line()
            try:
                report = take_in(store, Path(name).expanduser(), keep=keep, told=line.show, stopped=stopped.is_set)
            except (ClaudeTuiError, RuntimeError) as error:
                line.clear()
                nobodys = f"{name} cannot be read: there is no such home folder."
                said = str(error) if isinstance(error, ClaudeTuiError) else nobodys
                print(f"claude-tui: {clean(said)}", file=sys.stderr)
                failed = True
                continue
            line.clear()
            reports.append(report)
            if not options.json:
                print("\n".join(map(clean, report.sentences)))
            if stopped.is_set():
                break
    if options.json:
        print(as_json([_fields(report) for report in reports], sys.stdout, indent=2))
    if stopped.is_set():
        return 130
    return 1 if failed else 0


def _fields(report: Report) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(report, name) for name in report.__dataclass_fields__}
    return {**found, "sources": dict(report.sources), "lost": dict(report.lost)}


@contextmanager
def _stopped_by_key() -> Generator[Event]:
    """Ctrl+C ends the import at the next conversation; once more ends the program."""
    stopped = Event()

    def stop(number: int, frame: object) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()

    before = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, stop)
    except ValueError:  # not the main thread
        yield stopped
        return
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


class _Line:
    """One line of progress, where a person looks at it."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._at = 0.0
        self._shown = False

    def show(self, progress: Progress) -> None:
        """Say how far it has come, not too often."""
        now = time.monotonic()
        if self._terminal and now - self._at >= TOLD_SECONDS:
            self._at = now
            self._shown = True
            sys.stderr.write(f"\r\x1b[K{progress} · Ctrl+C stops")
            sys.stderr.flush()

    def clear(self) -> None:
        """Nothing of it stays."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

"""Conversations of a file, taken into the store: each whole or not at all, and none when the file is damaged.

The file is read twice. The first time nothing is written: what is wrong with it is found before any of it is
here. The second time each conversation is one transaction, behind whatever else is to be written. An import that
is stopped in between, or killed, leaves those that were written, whole; the same import again brings the rest,
for what is here already is known by its ids.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

from claude_tui.errors import ConfigError, StoreError
from claude_tui.exchange import from_ours
from claude_tui.exchange.carried import Carried
from claude_tui.exchange.file_reader import Found, Left, Stopped, Unread, Watch, conversations
from claude_tui.exchange.json_export import ExchangeError
from claude_tui.files import cause, printable
from claude_tui.store import Store, Taken, parcel

AHEAD = 3
"""Conversations that are made ready while one is written."""
LOOK_SECONDS = 0.2

T = TypeVar("T")
Keep: TypeAlias = Callable[[bytes], object]
"""Puts a content on the disk. Raises ``OSError`` or ``ConfigError``."""
Phase: TypeAlias = Literal["checking", "importing"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come."""

    phase: Phase
    read: int
    size: int
    """Bytes; both 0 while that is not known."""
    conversations: int
    of: int
    """How many there are; 0 while that is not known."""

    def __str__(self) -> str:
        if self.phase == "checking":
            share = f" {100 * self.read // self.size} %" if self.size and self.read else ""
            return f"Reading{share} · {self.conversations:,} conversations"
        return f"Importing {self.conversations:,} of {self.of:,} conversations"


@dataclass(slots=True)
class Report:
    """What became of a file."""

    file: str
    sources: Counter[str] = field(default_factory=Counter[str])
    """Conversations by whose format they were in."""
    new: int = 0
    more: int = 0
    """Conversations that were here and now have messages that were not."""
    messages: int = 0
    """Messages that were not here before."""
    same: int = 0
    """Conversations that are here already."""
    trashed: int = 0
    """Those of them that are in the trash."""
    copies: int = 0
    """Conversations put beside one with the same ids that says something else."""
    unread: int = 0
    why: str = ""
    """Of the first item that was no conversation: a sentence that goes after a colon."""
    lost: Counter[str] = field(default_factory=Counter[str])
    """What could not be carried, and how often."""
    cancelled: bool = False
    of: int = 0
    """Conversations in the file."""
    newest_id: str = ""
    """Of those that are here now, the one that was used last."""
    newest_at: int = 0

    @property
    def sentences(self) -> list[str]:
        """What to tell of it."""
        whose = ", ".join(sorted(self.sources))
        said: list[str] = []
        if self.cancelled:
            done = self.new + self.more + self.same + self.copies
            said.append(f"Stopped: {done:,} of {self.of:,} are here, each whole; importing again brings the rest.")
        taken = self.new + self.copies
        if taken or not (self.same or self.more or self.cancelled):
            said.append(f"Imported {_count(taken, 'conversation')} from {whose}: {_count(self.messages, 'message')}.")
        elif self.more:
            said.append(f"{_count(self.messages, 'message')} from {whose} that were not here.")
        if self.more:
            said.append(f"{_count(self.more, 'conversation')} that {_were(self.more)} here went on.")
        if self.same:
            where = f" ({self.trashed:,} in the trash)" if self.trashed else ""
            said.append(f"{_count(self.same, 'conversation')} {_were(self.same)} here already{where}.")
        if self.copies:
            said.append(f"{_count(self.copies, 'conversation')} stands beside one that says something else.")
        if self.unread:
            said.append(f"{_count(self.unread, 'item')} of the file could not be taken: {self.why}")
        if lost := [f"{what} ({number:,})" for what, number in sorted(self.lost.items()) if number]:
            said.append(f"Not carried: {'; '.join(lost)}.")
        return said


def _is_empty(found: Found) -> bool:
    """Services export conversations that were never begun; our own are theirs who kept them."""
    return not found.carried.conversation.nodes and found.source != from_ours.SOURCE


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def take_in(
    store: Store,
    path: Path,
    *,
    keep: Keep | None = None,
    told: Callable[[Progress], None] = lambda progress: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Report:
    """Import the file. Raises ``ExchangeError`` with one sentence, nothing then being changed.

    ``keep`` puts the content of an attached file on the disk, before the conversation that names it is here;
    without it they are not carried.
    ``told`` and ``stopped`` are called on this thread, often.
    """
    if store.read_only:
        raise ExchangeError("The conversations can only be read here, so nothing can be imported.")
    return _Intake(store, path, keep, told, stopped).run()


class _Intake:
    def __init__(
        self,
        store: Store,
        path: Path,
        keep: Keep | None,
        told: Callable[[Progress], None],
        stopped: Callable[[], bool],
    ) -> None:
        self._store = store
        self._path = path
        self._keep = keep
        self._told = told
        self._stopped = stopped
        self._phase: Phase = "checking"
        self._seen = 0
        self._read = (0, 0)
        self._waiting: deque[tuple[Carried, bool, Future[Taken]]] = deque()
        self.report = Report(printable(path.name, 80))

    def run(self) -> Report:
        report = self.report
        watch = Watch(self._reading, self._stopped)
        try:
            for one in conversations(self._path, watch):
                self._survey(one)
            if not report.of:
                raise ExchangeError(f"{report.file} cannot be imported: {report.why}")
            self._phase, self._seen = "importing", 0
            for one in conversations(self._path, watch):
                if isinstance(one, Found) and not _is_empty(one):
                    self._send(one.carried, copy=False)
                    if len(self._waiting) > AHEAD:
                        self._settle()
            while self._waiting:
                self._settle()
        except Stopped:
            self._stop()
        return report

    def _reading(self, at: int, size: int) -> None:
        self._read = (at, size)
        self._tell()

    def _tell(self) -> None:
        self._told(Progress(self._phase, *self._read, self._seen, self.report.of if self._phase == "importing" else 0))

    def _survey(self, one: Found | Unread | Left) -> None:
        report = self.report
        if isinstance(one, Left):
            report.lost["other files of the archive"] += one.files
            return
        if isinstance(one, Unread):
            report.unread += 1
            report.why = report.why or one.why
            return
        if _is_empty(one):
            report.lost["conversations without a message"] += 1
            report.why = report.why or "no conversation in it has a message."
            return
        self._seen += 1
        report.of += 1
        report.sources[one.source] += 1
        report.lost.update(one.carried.lost)

    def _send(self, carried: Carried, *, copy: bool) -> None:
        self._keep_files(carried)
        given = parcel(carried.conversation, carried.draft, carried.marks)
        self._waiting.append((carried, copy, self._store.take_in(given)))

    def _keep_files(self, carried: Carried) -> None:
        if self._keep is None:
            self.report.lost["contents of attached files"] += len(carried.files)
            return
        try:
            for content in carried.files.values():
                self._keep(content)
        except (OSError, ConfigError) as error:
            reason = cause(error) if isinstance(error, OSError) else str(error)
            raise ExchangeError(f"The files attached in {self.report.file} cannot be kept: {reason}.") from error

    def _settle(self) -> None:
        """Wait for the oldest that was handed over."""
        carried, copy, future = self._waiting[0]
        taken = self._wait(future)
        self._waiting.popleft()
        report = self.report
        while taken.owed and self._wait(self._store.make_findable()):
            pass
        match taken.fate:
            case "clash" if not copy:
                self._send(from_ours.with_other_ids(carried), copy=True)
                return
            case "clash":
                report.unread += 1
                report.why = report.why or "its ids are those of other messages here."
            case "new" if copy:
                report.copies += 1
            case "new":
                report.new += 1
            case "more":
                report.more += 1
            case "same":
                report.same += 1
                report.trashed += taken.trashed
        report.messages += taken.added
        if taken.fate != "clash" and carried.conversation.updated_at >= report.newest_at:
            report.newest_id, report.newest_at = carried.conversation.id, carried.conversation.updated_at
        self._seen += 1
        self._tell()
        if self._stopped():
            raise Stopped

    def _wait(self, future: Future[T]) -> T:
        while True:
            try:
                return future.result(LOOK_SECONDS)
            except LateError:
                if self._stopped():
                    raise Stopped from None

    def _stop(self) -> None:
        """What was handed over is still written, if the disk takes it."""
        self.report.cancelled = True
        if self._phase == "checking":
            self.report.of = self._seen
            self.report.lost.clear()
            return
        self._stopped = lambda: False
        while self._waiting:
            try:
                self._waiting[0][2].result(LOOK_SECONDS)
            except (LateError, StoreError):
                self._waiting.clear()
            else:
                self._settle()

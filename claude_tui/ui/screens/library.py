"""The conversations kept here: found by title as one types, and by what was said in them; kept in order.

The first rows are there when it opens, the others come while one looks. What was said is looked through
behind the typing, and what is found is shown as it is found.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.worker import Worker

from claude_tui.core.text import clean_line
from claude_tui.errors import ClaudeTuiError
from claude_tui.ui import format
from claude_tui.ui.commands import LIBRARY_KEYS, label
from claude_tui.ui.screens.choose import MOVES
from claude_tui.ui.screens.library_rows import hit_row, spelled, summary_row
from claude_tui.ui.widgets.line_input import LineInput
from claude_tui.ui.widgets.line_list import LineList, Piece
from claude_tui.ui.widgets.preview import Preview

if TYPE_CHECKING:
    from claude_tui.core.conversation import Node
    from claude_tui.store.values import Hit, HitKind, Shelf, Summary

SEARCH_DELAY = 0.12
"""Seconds of quiet before what was typed is looked for in what was said."""
PREVIEW_DELAY = 0.06
"""Seconds that one stays on a row before it is previewed."""
FIRST_PAGE = 60
PAGE = 400
WIDE = 100
"""Cells from which on there is a preview."""

_SHELVES: tuple[Shelf, ...] = ("open", "archived", "trash")
_HEADINGS: Mapping[Shelf, str] = {"open": "Conversations", "archived": "Archive", "trash": "Trash"}
_KINDS: tuple[HitKind, ...] = ("text", "thinking", "tool")


class Keeper(Protocol):
    """Who keeps the conversations."""

    async def page(self, shelf: Shelf, limit: int, offset: int) -> Sequence[Summary]:
        """Some rows of a shelf, in their order."""
        ...

    async def look(self, query: str, kinds: Collection[HitKind], tell: Callable[[Sequence[Hit]], object]) -> bool:
        """Tell what is found, in this thread, as it is found; whether that is all. Cancelled, it stops."""
        ...

    async def peek(self, conversation_id: str, node_id: str | None) -> Sequence[Node]:
        """The last messages, or those up to one."""
        ...

    async def rename(self, conversation: Summary, title: str) -> None:
        """Give it another title."""
        ...

    async def pin(self, conversation: Summary, pinned: bool) -> None:
        """Before the others, or among them."""
        ...

    async def archive(self, conversation: Summary, archived: bool) -> None:
        """Out of the list, or into it."""
        ...

    async def trash(self, conversation: Summary, trashed: bool) -> None:
        """Into the trash, or out of it."""
        ...

    async def purge(self, conversation: Summary | None) -> int:
        """Delete for good what is in the trash, one or all; how many it were."""
        ...

    def ask_title(self, title: str, answer: Callable[[str | None], None]) -> None:
        """Have a title typed."""
        ...

    def ask_purge(self, question: str, answer: Callable[[bool], None]) -> None:
        """Have it said whether something is to be deleted for good."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go: a conversation, and a message in it with words when they were found."""

    conversation_id: str
    node_id: str | None = None
    words: str = ""


class LibraryScreen(ModalScreen[Place | None]):
    """A list of conversations, a preview beside it; it returns a `Place`, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *MOVES,
        *(Binding(key.keys, key.action, key.help, show=False, priority=True) for key in LIBRARY_KEYS),
    ]
    DEFAULT_CSS = """
    LibraryScreen {
        background: $background;
        & #head { height: 1; margin: 1 1 0 1; padding: 0 3; color: $text-muted; }
        & #filter { margin: 0 1 1 1; padding: 0 3; }
        & #shelf { height: 1fr; }
        & LineList { margin: 0 1; width: 1fr; }
        & Preview { display: none; width: 4fr; margin: 0 1 0 0; }
        & #rows { width: 5fr; }
        & #foot { height: 1; margin: 1 1 0 1; padding: 0 3; color: $text-muted; }
        &.wide Preview { display: block; }
    }
    """

    def __init__(
        self,
        keeper: Keeper,
        first: Sequence[Summary],
        *,
        shelf: Shelf = "open",
        query: str = "",
        marks: Mapping[str, Piece] = MappingProxyType({}),
        current: str | None = None,
    ) -> None:
        """``first`` are the first rows of the shelf; the keeper is asked for the others."""
        super().__init__()
        self._keeper = keeper
        self._shelf: Shelf = shelf
        self._query = query
        self._marks = marks
        self._current = current
        self._kinds: set[HitKind] = set(_KINDS)
        self._rows: list[Summary] = []
        self._titles: list[str] = []
        self._known: set[str] = set()
        self._whole = len(first) < FIRST_PAGE
        self._found: list[Summary] = []
        self._hits: list[Hit] = []  # shown after what was found by title
        self._looking = self._more = False
        self._done: list[tuple[str, Callable[[], Awaitable[None]]]] = []
        """What can be undone, the last at the end."""
        self._search: Worker[None] | None = None
        self._timer: Timer | None = None
        self._preview_timer: Timer | None = None
        self._now = time.time_ns() // 1_000_000
        self._add(first)

    def compose(self) -> ComposeResult:
        """How many there are, a line to type in, the list and a preview, the keys."""
        yield Static(Content(""), id="head")
        yield LineInput("type to filter and search", id="filter")
        with Horizontal(id="shelf"):
            yield LineList(self._paint, id="rows")
            yield Preview(id="preview")
        yield Static(Content(""), id="foot")

    def on_mount(self) -> None:
        line = self.query_one(LineInput)
        line.value = clean_line(self._query)
        line.focus()
        self._arrange()
        self._tell_keys()
        self.call_after_refresh(self._load_rest)

    def on_resize(self) -> None:
        """A preview where there is room for one."""
        self.set_class(self.size.width >= WIDE, "wide")
        self._tell_keys()
        self._preview_soon()

    # What it is told

    def mark(self, marks: Mapping[str, Piece]) -> None:
        """Put these words behind the titles, by id: what a reply is doing, or how it ended unseen."""
        if marks != self._marks:
            self._marks = marks
            self.query(LineList).refresh()

    def _add(self, rows: Sequence[Summary]) -> None:
        fresh = [row for row in rows if row.id not in self._known]
        self._known.update(row.id for row in fresh)
        self._rows += fresh
        self._titles += [row.title.casefold() for row in fresh]

    # Rows

    def _load_rest(self) -> None:
        if not self._whole:
            self.run_worker(self._pages(self._shelf, len(self._rows)), group="pages", exclusive=True)

    async def _pages(self, shelf: Shelf, offset: int) -> None:
        """The rows that are not here yet, some at a time."""
        try:
            while not self._whole and shelf == self._shelf:
                page = await self._keeper.page(shelf, PAGE, offset)
                if shelf != self._shelf or not self.is_attached:
                    return
                offset += len(page)
                self._whole = len(page) < PAGE
                self._add(page)
                self._arrange(keep=True)
        except ClaudeTuiError as error:
            self._say(str(error))

    def _begin_shelf(self) -> None:
        """Another shelf, or this one as it is now."""
        self._rows, self._titles, self._known, self._whole = [], [], set(), False
        self._arrange()
        self._tell_keys()
        self.run_worker(self._pages(self._shelf, 0), group="pages", exclusive=True)

    def _arrange(self, keep: bool = False) -> None:
        """The rows for what is typed; ``keep`` stays at the row one had gone to."""
        words = self._typed.casefold().split()
        before = self._chosen_id if keep else None
        self._found = [
            row for row, title in zip(self._rows, self._titles, strict=True) if all(word in title for word in words)
        ]
        at = next((at for at, row in enumerate(self._found) if row.id == (before or self._current)), None)
        if keep and at is None:
            at = self._list.chosen
        self._list.show(len(self._found) + len(self._hits), 0 if at is None or (words and not keep) else at)
        self._tell_head(bool(words))
        self._preview_soon()

    def _tell_head(self, filtered: bool) -> None:
        text, total = _HEADINGS[self._shelf], len(self._rows)
        some = "" if self._whole else "+"
        if filtered:
            text += f"  {len(self._found):,} of {total:,}{some} titles"
            if self._shelf != "trash":
                text += f" · {len(self._hits):,}{'+' if self._more else ''} by what was said"
                text += " …" if self._looking else ""
                left_out = [kind for kind in _KINDS if kind not in self._kinds]
                text += f" · without {' and '.join(left_out)}" if left_out else ""
        elif total:
            text += f"  {total:,}{some}"
        elif self._whole:
            text = {"open": "No conversations yet", "archived": "Nothing is archived", "trash": "The trash is empty"}[
                self._shelf
            ]
        self.query_one("#head", Static).update(Content(text))

    def _tell_keys(self) -> None:
        """As many keys as there is room for, those that matter here first."""
        said = ["Enter restores" if self._shelf == "trash" else "Enter opens"]
        said += [
            f"{label(key.keys)} {key.short[_SHELVES.index(self._shelf)]}"
            for key in LIBRARY_KEYS
            if key.short[_SHELVES.index(self._shelf)]
        ]
        said.append("Esc closes")
        room = self.size.width - 8
        while len(said) > 2 and len(" · ".join(said)) > room:
            said.pop(-2)
        self._say(" · ".join(said))

    def _say(self, text: str) -> None:
        self.query_one("#foot", Static).update(Content(clean_line(text, 300)))

    # Searching

    def on_input_changed(self, event: Input.Changed) -> None:
        """The titles at once; what was said when the typing rests."""
        event.stop()
        self._look_anew()

    def _look_anew(self) -> None:
        if self._search is not None:
            self._search.cancel()
            self._search = None
        self._hits, self._looking, self._more = [], False, False
        self._arrange()
        if self._timer is not None:
            self._timer.stop()
        if self._typed and self._kinds and self._shelf != "trash":
            self._timer = self.set_timer(SEARCH_DELAY, self._start_search)

    def _start_search(self) -> None:
        self._looking = True
        self._tell_head(True)
        self._search = self.run_worker(self._look_for(self._typed, frozenset(self._kinds)), group="look")

    async def _look_for(self, query: str, kinds: Collection[HitKind]) -> None:
        def tell(hits: Sequence[Hit]) -> None:
            if query == self._typed and kinds == self._kinds and self.is_attached:
                self._hits += hits
                self._arrange(keep=True)

        try:
            self._more = not await self._keeper.look(query, kinds, tell)
        except ClaudeTuiError as error:
            self._say(str(error))
        if query == self._typed and self.is_attached:
            self._looking = False
            self._tell_head(True)

    def action_kind(self, kind: HitKind) -> None:
        """With text, thinking or tools, or without."""
        if self._shelf != "trash":
            self._kinds.symmetric_difference_update((kind,))
            self._look_anew()

    # Choosing

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._open(self._list.chosen)

    def on_line_list_picked(self, event: LineList.Picked) -> None:
        event.stop()
        self._open(event.index)

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        event.stop()
        self._preview_soon()

    def action_move(self, by: int) -> None:
        """Another row."""
        self._list.move(by)

    def action_page(self, by: int) -> None:
        """Another page."""
        self._list.page(by)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss(None)

    def action_shelf(self, by: int) -> None:
        """The conversations, the archive, the trash."""
        self._shelf = _SHELVES[(_SHELVES.index(self._shelf) + by) % len(_SHELVES)]
        self._hits = []
        self._begin_shelf()
        self._look_anew()

    def _open(self, index: int | None) -> None:
        if index is None:
            return
        if self._shelf == "trash":
            self.action_trash(restore=True)
        elif index < len(self._found):
            self.dismiss(Place(self._found[index].id))
        elif index < len(self._found) + len(self._hits):
            hit = self._hits[index - len(self._found)]
            words = spelled(hit, self._typed)
            self.dismiss(Place(hit.conversation_id, hit.node_id or None, words[0] if words else ""))

    @property
    def _chosen(self) -> Summary | None:
        """The conversation on whose row one stands."""
        index = self._list.chosen
        if index is None:
            return None
        if index < len(self._found):
            return self._found[index]
        wanted = self._hits[index - len(self._found)].conversation_id
        return next((row for row in self._rows if row.id == wanted), None)

    @property
    def _chosen_id(self) -> str | None:
        index = self._list.chosen
        return self._found[index].id if index is not None and index < len(self._found) else None

    # Keeping in order

    def action_rename(self) -> None:
        """Another title."""
        chosen = self._chosen
        if chosen is None or self._shelf == "trash":
            return

        def answered(title: str | None) -> None:
            if title is not None and title != chosen.title:
                self._change(
                    f"Renamed to “{title}”",
                    lambda: self._keeper.rename(chosen, title),
                    lambda: self._keeper.rename(replace(chosen, title=title), chosen.title),
                    replace(chosen, title=title),
                )

        self._keeper.ask_title(chosen.title, answered)

    def action_pin(self) -> None:
        """Before the others, or among them again."""
        chosen = self._chosen
        if chosen is not None and self._shelf != "trash":
            pinned = not chosen.pinned
            self._change(
                f"“{chosen.title}” is {'pinned' if pinned else 'pinned no more'}",
                lambda: self._keeper.pin(chosen, pinned),
                lambda: self._keeper.pin(chosen, not pinned),
                replace(chosen, pinned=pinned),
            )

    def action_archive(self) -> None:
        """Into the archive, or out of it."""
        chosen = self._chosen
        if chosen is not None and self._shelf != "trash":
            archived = not chosen.archived
            self._change(
                f"“{chosen.title}” is {'in the archive' if archived else 'out of the archive'}",
                lambda: self._keeper.archive(chosen, archived),
                lambda: self._keeper.archive(chosen, not archived),
                replace(chosen, archived=archived) if archived == (self._shelf == "archived") else None,
            )

    def action_trash(self, restore: bool = False) -> None:
        """To the trash; there it is deleted for good when that is said again, or restored."""
        chosen = self._chosen
        if chosen is None:
            return
        if self._shelf == "trash" and not restore:
            self._purge(chosen)
            return
        self._change(
            f"“{chosen.title}” is {'back' if restore else 'in the trash'}",
            lambda: self._keeper.trash(chosen, not restore),
            lambda: self._keeper.trash(chosen, restore),
            None,
        )

    def action_empty(self) -> None:
        """Delete for good all that is in the trash, when that is said again."""
        if self._shelf == "trash" and self._rows:
            self._purge(None)

    def _purge(self, one: Summary | None) -> None:
        what = f"“{format.fit(clean_line(one.title) or 'Untitled', 30)}”" if one else "all that is in the trash"

        async def purge() -> None:
            count = await self._keeper.purge(one)
            gone = {one.id} if one else set(self._known)
            self._done = []  # an undo of what is gone would bring nothing back
            self._drop(gone)
            self._say(f"{count:,} {'is' if count == 1 else 'are'} deleted for good")

        def answered(yes: bool) -> None:
            if yes:
                self.run_worker(self._try(purge), group="change")

        self._keeper.ask_purge(f"Delete {what} for good?", answered)

    def action_undo(self) -> None:
        """Take back what was done here last."""
        if not self._done:
            self._say("There is nothing to undo here")
            return
        said, undo = self._done.pop()

        async def work() -> None:
            await undo()
            self._begin_shelf()
            self._say(f"Undone: {said}")

        self.run_worker(self._try(work), group="change")

    def _change(
        self, said: str, do: Callable[[], Awaitable[None]], undo: Callable[[], Awaitable[None]], row: Summary | None
    ) -> None:
        """Do something with a conversation, whose row is then another, or gone from this shelf."""
        chosen = self._chosen
        assert chosen is not None

        async def work() -> None:
            await do()
            self._done.append((said, undo))
            if row is None:
                self._drop({chosen.id})
            else:
                self._put(row)
            self._say(f"{said} · {label(_UNDO)} takes it back")

        self.run_worker(self._try(work), group="change")

    async def _try(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except ClaudeTuiError as error:
            self._say(str(error))

    def _put(self, row: Summary) -> None:
        at = next(at for at, old in enumerate(self._rows) if old.id == row.id)
        self._rows[at], self._titles[at] = row, row.title.casefold()
        self._arrange(keep=True)

    def _drop(self, ids: set[str]) -> None:
        kept = [(row, title) for row, title in zip(self._rows, self._titles, strict=True) if row.id not in ids]
        self._rows, self._titles = [row for row, _ in kept], [title for _, title in kept]
        self._known -= ids
        self._hits = [hit for hit in self._hits if hit.conversation_id not in ids]
        self._arrange(keep=True)

    # The preview

    def _preview_soon(self) -> None:
        if self._preview_timer is not None:
            self._preview_timer.stop()
        if self.has_class("wide"):
            self._preview_timer = self.set_timer(PREVIEW_DELAY, self._start_preview)

    def _start_preview(self) -> None:
        index = self._list.chosen
        if index is None:
            self.query_one(Preview).tell(())
            return
        hit = self._hits[index - len(self._found)] if index >= len(self._found) else None
        wanted = hit.conversation_id if hit is not None else self._found[index].id
        node_id = hit.node_id or None if hit is not None else None
        words = spelled(hit, self._typed) if hit is not None else []
        title = (hit.title if hit is not None else self._found[index].title) or "Untitled"
        self.run_worker(self._preview(wanted, node_id, words, title), group="preview", exclusive=True)

    async def _preview(self, conversation_id: str, node_id: str | None, words: Sequence[str], title: str) -> None:
        try:
            nodes = await self._keeper.peek(conversation_id, node_id)
        except ClaudeTuiError:
            return
        if self.is_attached:
            self.query_one(Preview).tell(nodes, words, title)

    # Looks

    @property
    def _list(self) -> LineList:
        return self.query_one("#rows", LineList)

    @property
    def _typed(self) -> str:
        return self.query_one(LineInput).value.strip()

    def _paint(self, index: int, width: int, chosen: bool) -> list[Piece]:
        if index < len(self._found):
            summary = self._found[index]
            age = format.age(summary.updated_at, self._now)
            return summary_row(summary, width, chosen, self._marks.get(summary.id), age)
        hit = self._hits[index - len(self._found)]
        return hit_row(hit, width, format.age(hit.updated_at, self._now))


_UNDO = next(key.keys for key in LIBRARY_KEYS if key.action == "undo")

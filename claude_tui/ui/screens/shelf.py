"""The rows of a shelf, and what is done to keep them in order: each change is written down to be taken back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from textual.content import Content
from textual.worker import Worker

from claude_tui.core.text import clean_line
from claude_tui.errors import ClaudeTuiError
from claude_tui.store.words import composed, fold
from claude_tui.ui.keys.commands import LIBRARY_KEYS
from claude_tui.ui.keys.names import label
from claude_tui.ui.screens.closing import ModalScreen, failed
from claude_tui.ui.widgets.fitted import Said
from claude_tui.ui.widgets.line_list import LineList
from claude_tui.ui.words import format

if TYPE_CHECKING:
    from claude_tui.core.conversation import Node
    from claude_tui.store.values import Hit, HitKind, Shelf, Summary

FIRST_PAGE = 60
PAGE = 400

_UNDO = next(key.keys for key in LIBRARY_KEYS if key.action == "undo")


def folded(text: str) -> str:
    """As the search folds it: without accents, in small letters."""
    return fold(composed(text))


class Keeper(Protocol):
    """Who keeps the conversations."""

    async def page(self, shelf: Shelf, limit: int, offset: int) -> Sequence[Summary]:
        """Some rows of a shelf, in their order."""
        ...

    async def look(
        self, query: str, kinds: Collection[HitKind], tell: Callable[[Sequence[Hit]], object], trashed: bool
    ) -> bool:
        """Tell what is found, in the trash or outside it, in this thread, as it is found; whether that is all.

        Cancelled, it stops.
        """
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

    def mishap(self, error: BaseException) -> str:
        """Keep a report of what nobody expected; the sentence that says where it is."""
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


class ShelfScreen(ModalScreen[Place | None]):
    """The rows, and what is done with them."""

    def __init__(self, keeper: Keeper, first: Sequence[Summary], shelf: Shelf) -> None:
        super().__init__()
        self._keeper = keeper
        self._shelf: Shelf = shelf
        self._rows: list[Summary] = []
        self._titles: list[str] = []
        self._known: set[str] = set()
        self._whole = len(first) < FIRST_PAGE
        self._found: list[Summary] = []
        self._hits: list[Hit] = []  # shown after what was found by title
        self._done: list[tuple[str, Callable[[], Awaitable[None]]]] = []
        """What can be undone, the last at the end."""
        self._add(first)

    # What the whole screen does

    def _arrange(self, keep: bool = False) -> None:
        """Show the rows."""
        raise NotImplementedError

    def _tell_keys(self) -> None:
        """Show the keys."""
        raise NotImplementedError

    @property
    def _list(self) -> LineList:
        return self.query_one("#rows", LineList)

    @property
    def _stands(self) -> bool:
        """Whether there is anything to show something in: a screen's parts are gone before what it began has ended."""
        return self.is_attached and bool(self.query("#foot"))

    def _say(self, text: str) -> None:
        if self._stands:
            self.query_one("#foot", Said).update(Content(clean_line(text, 300)), layout=False)

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

    # Rows

    def _add(self, rows: Sequence[Summary]) -> None:
        fresh = [row for row in rows if row.id not in self._known]
        self._known.update(row.id for row in fresh)
        self._rows += fresh
        self._titles += [folded(row.title) for row in fresh]

    def _load_rest(self) -> None:
        if not self._whole:
            rest = partial(self._pages, self._shelf, max(0, len(self._rows) - 1))
            self.run_worker(rest, group="pages", exclusive=True, exit_on_error=False)

    async def _pages(self, shelf: Shelf, offset: int) -> None:
        """The rows that are not here yet, some at a time.

        A page begins with the last row of the one before; if not, rows went from the shelf, and others moved up.
        """
        try:
            while not self._whole and shelf == self._shelf:
                page = await self._keeper.page(shelf, PAGE, offset)
                if shelf != self._shelf or not self._stands:
                    return
                if offset and not (page and page[0].id in self._known):
                    offset = max(0, offset - PAGE // 2)
                    continue
                offset += max(len(page) - 1, 0)
                self._whole = len(page) < PAGE
                self._add(page)
                self._arrange(keep=True)
        except ClaudeTuiError as error:
            self._say(str(error))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What nobody expected while the list was read is reported; a program in which one writes goes on."""
        error = failed(event)
        if error is not None:
            self._say(self._keeper.mishap(error))

    def _begin_shelf(self) -> None:
        """Another shelf, or this one as it is now."""
        self._rows, self._titles, self._known, self._whole = [], [], set(), False
        self._arrange()
        self._tell_keys()
        self.run_worker(partial(self._pages, self._shelf, 0), group="pages", exclusive=True, exit_on_error=False)

    # Keeping in order

    def action_rename(self) -> None:
        """Another title."""
        chosen = self._chosen
        if chosen is None or self._shelf == "trash":
            return

        def answered(title: str | None) -> None:
            if title is not None and title != chosen.title:
                self._change(
                    chosen,
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
                chosen,
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
                chosen,
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
            chosen,
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
            if not self._stands:
                return
            self._done = []  # an undo of what is gone would bring nothing back
            if one is None:
                self._begin_shelf()  # what a window has open stays
            else:
                self._drop({one.id})
            self._say(f"{count:,} {'is' if count == 1 else 'are'} deleted for good")

        def answered(yes: bool) -> None:
            if yes:
                self.run_worker(partial(self._try, purge), group="change", exit_on_error=False)

        self._keeper.ask_purge(f"Delete {what} for good?", answered)

    def action_undo(self) -> None:
        """Take back what was done here last."""
        if not self._done:
            self._say("There is nothing to undo here")
            return
        said, undo = self._done.pop()

        async def work() -> None:
            await undo()
            if not self._stands:
                return
            self._begin_shelf()
            self._say(f"Undone: {said}")

        self.run_worker(partial(self._try, work), group="change", exit_on_error=False)

    def _change(
        self,
        chosen: Summary,
        said: str,
        do: Callable[[], Awaitable[None]],
        undo: Callable[[], Awaitable[None]],
        row: Summary | None,
    ) -> None:
        """Do something with a conversation, whose row is then another, or gone from this shelf."""
        shelf = self._shelf

        async def work() -> None:
            await do()
            if not self._stands:
                return
            self._done.append((said, undo))
            if shelf != self._shelf or chosen.id not in self._known:
                self._begin_shelf()  # the shelf was changed meanwhile; this one may have read what was before
            elif row is None:
                self._drop({chosen.id})
            else:
                self._put(row)
            self._say(f"{said} · {label(_UNDO)} takes it back")

        self.run_worker(partial(self._try, work), group="change", exit_on_error=False)

    async def _try(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except ClaudeTuiError as error:
            self._say(str(error))

    def _put(self, row: Summary) -> None:
        at = next(at for at, old in enumerate(self._rows) if old.id == row.id)
        self._rows[at], self._titles[at] = row, folded(row.title)
        self._arrange(keep=True)

    def _drop(self, ids: set[str]) -> None:
        kept = [(row, title) for row, title in zip(self._rows, self._titles, strict=True) if row.id not in ids]
        self._rows, self._titles = [row for row, _ in kept], [title for _, title in kept]
        self._known -= ids
        self._hits = [hit for hit in self._hits if hit.conversation_id not in ids]
        self._arrange(keep=True)

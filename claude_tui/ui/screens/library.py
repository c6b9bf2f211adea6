"""The conversations kept here: found by title as one types, and by what was said in them; kept in order.

The first rows are there when it opens, the others come while one looks. What was said is looked through
behind the typing, and what is found is shown as it is found.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input
from textual.worker import Worker

from claude_tui.core.text import clean_line
from claude_tui.errors import ClaudeTuiError
from claude_tui.ui.keys.commands import LIBRARY_KEYS
from claude_tui.ui.keys.names import label
from claude_tui.ui.screens.choose import MOVES
from claude_tui.ui.screens.library_rows import hit_row, spelled, summary_row
from claude_tui.ui.screens.shelf import FIRST_PAGE, Keeper, Place, ShelfScreen, folded
from claude_tui.ui.widgets.fitted import Said
from claude_tui.ui.widgets.line_input import LineInput
from claude_tui.ui.widgets.line_list import LineList, Piece
from claude_tui.ui.widgets.preview import Preview
from claude_tui.ui.words import format

if TYPE_CHECKING:
    from claude_tui.store.values import Hit, HitKind, Shelf, Summary

SEARCH_DELAY = 0.12
"""Seconds of quiet before what was typed is looked for in what was said."""
PREVIEW_DELAY = 0.06
"""Seconds that one stays on a row before it is previewed."""
WIDE = 100
"""Cells from which on there is a preview."""

_SHELVES: tuple[Shelf, ...] = ("open", "archived", "trash")
_HEADINGS: Mapping[Shelf, str] = {"open": "Conversations", "archived": "Archive", "trash": "Trash"}
_KINDS: tuple[HitKind, ...] = ("text", "thinking", "tool")


class LibraryScreen(ShelfScreen):
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
        &.-low #head, &.-low #filter, &.-low #foot { margin: 0 1; }
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
        super().__init__(keeper, first, shelf)
        self._query = query
        self._marks = marks
        self._current = current
        self._kinds: set[HitKind] = set(_KINDS)
        self._looking = self._more = False
        self._search: Worker[None] | None = None
        self._timer: Timer | None = None
        self._preview_timer: Timer | None = None
        self._previewed: tuple[str, str | None, list[str]] | None = None
        self._now = time.time_ns() // 1_000_000

    def compose(self) -> ComposeResult:
        """How many there are, a line to type in, the list and a preview, the keys."""
        yield Said(Content(""), id="head")
        yield LineInput("type to filter and search", id="filter")
        with Horizontal(id="shelf"):
            yield LineList(self._paint, id="rows")
            yield Preview(id="preview")
        yield Said(Content(""), id="foot")

    def on_mount(self) -> None:
        if not self.query("#rows"):
            return  # it was closed as it opened
        line = self.query_one(LineInput)
        line.value = clean_line(self._query)
        line.focus()
        self._arrange()
        self._tell_keys()
        self.call_after_refresh(self._load_rest)

    def on_resize(self) -> None:
        """A preview where there is room for one."""
        if not self.query("#rows"):
            return
        self.set_class(self.size.width >= WIDE, "wide")
        self._tell_keys()
        self._preview_soon()

    # What it is told

    def mark(self, marks: Mapping[str, Piece]) -> None:
        """Put these words behind the titles, by id: what a reply is doing, or how it ended unseen."""
        if marks != self._marks:
            self._marks = marks
            self.query(LineList).refresh()

    # Rows

    def _arrange(self, keep: bool = False) -> None:
        """The rows for what is typed; ``keep`` stays at the row one had gone to."""
        words = folded(self._typed).split()
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
        self.query_one("#head", Said).update(Content(text), layout=False)

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
        if self._typed and self._kinds:
            self._timer = self.set_timer(SEARCH_DELAY, self._start_search)

    def _start_search(self) -> None:
        if not self._stands:
            return
        self._looking = True
        self._tell_head(True)
        self._search = self.run_worker(
            partial(self._look_for, self._typed, frozenset(self._kinds)), group="look", exit_on_error=False
        )

    async def _look_for(self, query: str, kinds: Collection[HitKind]) -> None:
        shelf = self._shelf

        def tell(hits: Sequence[Hit]) -> None:
            if self._stands and (query, kinds, shelf) == (self._typed, self._kinds, self._shelf):
                self._hits += hits
                self._list.grow(len(self._found) + len(self._hits))
                self._tell_head(True)

        try:
            self._more = not await self._keeper.look(query, kinds, tell, shelf == "trash")
        except ClaudeTuiError as error:
            self._say(str(error))
        if self._stands and query == self._typed:
            self._looking = False
            self._tell_head(True)

    def action_kind(self, kind: HitKind) -> None:
        """With text, thinking or tools, or without."""
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
    def _chosen_id(self) -> str | None:
        index = self._list.chosen
        return self._found[index].id if index is not None and index < len(self._found) else None

    # The preview

    def _preview_soon(self) -> None:
        if self._preview_timer is not None:
            self._preview_timer.stop()
        if self.has_class("wide"):
            self._preview_timer = self.set_timer(PREVIEW_DELAY, self._start_preview)

    def _start_preview(self) -> None:
        if not self._stands:
            return
        index = self._list.chosen
        if index is None:
            self._previewed = None
            self.query_one(Preview).tell(())
            return
        hit = self._hits[index - len(self._found)] if index >= len(self._found) else None
        wanted = hit.conversation_id if hit is not None else self._found[index].id
        node_id = hit.node_id or None if hit is not None else None
        words = spelled(hit, self._typed) if hit is not None else []
        if (wanted, node_id, words) == self._previewed:
            return
        self._previewed = (wanted, node_id, words)
        title = (hit.title if hit is not None else self._found[index].title) or "Untitled"
        reading = partial(self._preview, wanted, node_id, words, title)
        self.run_worker(reading, group="preview", exclusive=True, exit_on_error=False)

    async def _preview(self, conversation_id: str, node_id: str | None, words: Sequence[str], title: str) -> None:
        try:
            nodes = await self._keeper.peek(conversation_id, node_id)
        except ClaudeTuiError:
            return
        if self._stands:
            self.query_one(Preview).tell(nodes, words, title)

    # Looks

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


__all__ = ["FIRST_PAGE", "Keeper", "LibraryScreen", "Place"]

"""The conversations kept here, to reopen one: filtered by title as one types, then by what was said in them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, Static

from claude_tui.core.models import Model
from claude_tui.core.pricing import Cost
from claude_tui.core.text import clean, clean_line
from claude_tui.errors import ClaudeTuiError
from claude_tui.ui import format
from claude_tui.ui.screens.choose import MOVES
from claude_tui.ui.widgets.line_input import LineInput
from claude_tui.ui.widgets.line_list import LineList, Piece, row

if TYPE_CHECKING:
    from claude_tui.store.values import Hit, Summary

Search: TypeAlias = "Callable[[str], Awaitable[Sequence[Hit]]]"

SEARCH_DELAY = 0.15
"""Seconds of quiet before what was typed is looked for in what was said."""
SHORTEST = 2
"""Characters that are worth a search."""
MOST_HITS = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go: a conversation, and a message in it when one was found."""

    conversation_id: str
    node_id: str | None = None


class LibraryScreen(ModalScreen[Place | None]):
    """A plain list of conversations, the newest first; it returns a `Place`, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [*MOVES]
    DEFAULT_CSS = """
    LibraryScreen {
        background: $background;
        & #head { height: 1; margin: 1 1 0 1; padding: 0 3; color: $text-muted; }
        & #filter { margin: 0 1 1 1; padding: 0 3; }
        & LineList { margin: 0 1; }
        & #foot { height: 1; margin: 1 1 0 1; padding: 0 3; color: $text-muted; }
    }
    """

    def __init__(
        self,
        conversations: Sequence[Summary],
        search: Search | None = None,
        *,
        query: str = "",
        marks: Mapping[str, Piece] = MappingProxyType({}),
        current: str | None = None,
    ) -> None:
        super().__init__()
        self._search = search
        self._query = query
        self._marks = marks
        self._current = current
        self._found: list[Summary] = []
        self._hits: list[Hit] = []  # shown after what was found by title
        self._timer: Timer | None = None
        self._now = time.time_ns() // 1_000_000
        self._conversations: list[Summary] = []
        self._titles: list[str] = []
        self._keep(conversations)

    def compose(self) -> ComposeResult:
        """How many there are, a line to type in, the list, the keys."""
        yield Static(Content(""), id="head")
        yield LineInput("type to filter and search", id="filter")
        yield LineList(self._paint)
        yield Static(Content("Enter opens · Esc closes"), id="foot")

    def on_mount(self) -> None:
        line = self.query_one(LineInput)
        line.value = clean_line(self._query)
        line.focus()
        if not line.value:
            self._arrange()

    # What it is told

    def show(self, conversations: Sequence[Summary]) -> None:
        """Another list, as when it was read anew."""
        self._keep(conversations)
        self._arrange()

    def mark(self, marks: Mapping[str, Piece]) -> None:
        """Put these words behind the titles, by id: what a reply is doing, or how it ended unseen."""
        if marks != self._marks:
            self._marks = marks
            self.query(LineList).refresh()

    def _keep(self, conversations: Sequence[Summary]) -> None:
        self._conversations = list(conversations)
        self._titles = [summary.title.casefold() for summary in self._conversations]

    # What it does

    def on_input_changed(self, event: Input.Changed) -> None:
        """The titles at once; what was said when the typing rests."""
        event.stop()
        self._hits = []
        self._arrange()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(SEARCH_DELAY, self._start_search)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._open(self._list.chosen)

    def on_line_list_picked(self, event: LineList.Picked) -> None:
        event.stop()
        self._open(event.index)

    def action_move(self, by: int) -> None:
        """Another row."""
        self._list.move(by)

    def action_page(self, by: int) -> None:
        """Another page."""
        self._list.page(by)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss(None)

    def _open(self, index: int | None) -> None:
        if index is None:
            return
        if index < len(self._found):
            self.dismiss(Place(self._found[index].id))
        elif index < len(self._found) + len(self._hits):
            hit = self._hits[index - len(self._found)]
            self.dismiss(Place(hit.conversation_id, hit.node_id or None))

    def _start_search(self) -> None:
        query = self._typed
        if self._search is not None and len(query) >= SHORTEST:
            self.run_worker(self._look_for(self._search, query), exclusive=True)

    async def _look_for(self, search: Search, query: str) -> None:
        try:
            hits = await search(query)
        except ClaudeTuiError as error:
            self._tell_foot(clean_line(str(error)))
            return
        if query == self._typed and self.is_attached:
            self._hits = [hit for hit in hits if hit.kind != "title"][:MOST_HITS]
            self._arrange(keep=True)

    def _arrange(self, keep: bool = False) -> None:
        """The rows for what is typed; ``keep`` stays at the row one had gone to."""
        words = self._typed.casefold().split()
        self._found = [
            summary
            for summary, title in zip(self._conversations, self._titles, strict=True)
            if all(word in title for word in words)
        ]
        here = next((place for place, summary in enumerate(self._found) if summary.id == self._current), 0)
        rows = len(self._found) + len(self._hits)
        self._list.show(rows, (self._list.chosen or 0) if keep else 0 if words else here)
        self._tell_head(len(self._found), bool(words))

    def _tell_head(self, found: int, filtered: bool) -> None:
        total = len(self._conversations)
        text = "Conversations"
        if filtered:
            text += f"  {found:,} of {total:,} titles"
            text += f" · {len(self._hits):,} places in the text" if self._hits else ""
        elif total:
            text += f"  {total:,}"
        else:
            text = "No conversations yet"
        self.query_one("#head", Static).update(Content(text))

    def _tell_foot(self, text: str) -> None:
        self.query_one("#foot", Static).update(Content(text))

    @property
    def _list(self) -> LineList:
        return self.query_one(LineList)

    @property
    def _typed(self) -> str:
        return self.query_one(LineInput).value.strip()

    # Looks

    def _paint(self, index: int, width: int, chosen: bool) -> list[Piece]:
        if index < len(self._found):
            summary = self._found[index]
            age = format.age(summary.updated_at, self._now)
            return _summary_row(summary, width, chosen, self._marks.get(summary.id), age)
        hit = self._hits[index - len(self._found)]
        return _hit_row(hit, width, format.age(hit.updated_at, self._now))


def _summary_row(summary: Summary, width: int, chosen: bool, mark: Piece | None, age: str) -> list[Piece]:
    """Title and marks on the left; model, messages, cost and age on the right, as many as there is room for."""
    marks: list[Piece] = []
    if mark is not None:
        marks.append((f"  {mark[0]}", mark[1]))
    elif summary.interrupted:
        marks.append(("  cut", "warn"))
    if summary.draft:
        marks.append(("  draft", "warn"))
    right: list[Piece] = [(f"{age:>11}" if width >= 48 else f"  {age}", "dim")]
    if width >= 56:
        right.insert(0, (f"{_cost(summary.cost_usd):>9}", "dim"))
    if width >= 68:
        right.insert(0, (f"{summary.messages:>5}", "dim"))
    if width >= 88:
        right.insert(0, (f"  {format.fit(clean_line(Model(summary.model).label, 40), 14):>14}", "dim"))
    room = width - sum(len(text) for text, _ in [*marks, *right]) - 1
    title = format.fit(clean_line(summary.title) or "Untitled", room)
    return row([(title, "accent" if chosen else "plain"), *marks], right, width)


def _hit_row(hit: Hit, width: int, age: str) -> list[Piece]:
    """What was found, with the words in it, and where."""
    right: list[Piece] = [(f"{age:>11}" if width >= 48 else f"  {age}", "dim")]
    if width >= 64:
        right.insert(0, (f"  {format.fit(clean_line(hit.title) or 'Untitled', 22)}", "plain"))
    pieces: list[Piece] = [("↳ ", "dim")]
    at = 0
    for start, end in sorted(hit.spans):
        if at <= start < end <= len(hit.snippet):
            pieces.append((_one_line(hit.snippet[at:start]), "dim"))
            pieces.append((_one_line(hit.snippet[start:end]), "accent"))
            at = end
    pieces.append((_one_line(hit.snippet[at:]), "dim"))
    return row(pieces, right, width)


def _one_line(text: str) -> str:
    return clean(text[:1_000]).replace("\n", " ").replace("\t", " ")


def _cost(value: str | None) -> str:
    if value is None:
        return ""
    try:
        return format.dollars(Cost(Decimal(value)))
    except InvalidOperation:
        return "—"

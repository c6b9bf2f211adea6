"""A question aside, and its answer, over the conversation that it is no part of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Input

from claude_tui.core.pricing import NOTHING
from claude_tui.core.retry import FailureKind
from claude_tui.core.text import clean_line
from claude_tui.core.view import exchanges
from claude_tui.ui.looks.theme import Styles
from claude_tui.ui.screens.closing import ModalScreen
from claude_tui.ui.widgets.fitted import Said
from claude_tui.ui.widgets.line_input import LineInput
from claude_tui.ui.widgets.reading import Facts
from claude_tui.ui.widgets.transcript import Transcript
from claude_tui.ui.words import format

if TYPE_CHECKING:
    from claude_tui.core.conversation import Node
    from claude_tui.turn.aside import Aside
    from claude_tui.ui.chat.aside import Talk

LONGEST = 4_000
"""Characters of a question aside."""
_OVER: dict[FailureKind, str] = {
    "budget": "raises it and asks",
    "unbounded": "asks all the same",
    "misread": "asks without",
}
"""What a key does where money stands in the way."""
DRAFT_DELAY = 0.2
"""Seconds within which what is typed is kept."""


class AsideScreen(ModalScreen[None]):
    """What was asked aside and answered, to be read as a conversation is, and a line to ask on in."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Stop and close", show=False)]
    DEFAULT_CSS = """
    AsideScreen {
        align: center middle;
        background: transparent;
        & > Vertical { width: 92%; max-width: 104; height: 80%; padding: 1 1; background: $surface; }
        &.-low > Vertical { height: 100%; padding: 0 1; }
        & #aside-title { height: 1; padding: 0 1; color: $foreground; text-style: bold; }
        & #aside-line { margin: 1 0 0 0; padding: 0 1; }
        & #aside-foot { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
        & LineInput, & LineInput:focus { background: $surface; }
    }
    """

    def __init__(
        self,
        styles: Styles,
        talk: Talk,
        *,
        keep: Callable[[str, bool], object],
        copy: Callable[[str, str], object],
        links: Callable[[tuple[tuple[str, str], ...]], object],
        say: Callable[[str], object],
        typed: str,
        at_once: bool,
        keys: Sequence[str],
        copies: str,
        on_keys: Sequence[str],
        goes_on: str,
    ) -> None:
        """``keep`` is given what is typed, and whether what was there before was asked; ``keys`` copy, which is told
        as ``copies``, ``on_keys`` go on over a budget, which is told as ``goes_on``; ``typed`` is asked ``at_once`` or
        stands in the line."""
        super().__init__()
        self._styles = styles
        self._talk = talk
        self._keep, self._copy, self._links, self._say = keep, copy, links, say
        self._typed, self._at_once, self._copies = typed, at_once, copies
        self._shown: list[Node] = []
        self._asked = ""
        """The question that is being answered: it is kept as a draft until it is."""
        self._cost, self._end = NOTHING, ""
        self._goes_on = goes_on
        self._over: FailureKind | None = None
        """What stood in the way of the question in the line, where a key goes on over it."""
        self._cached = ""
        self._timer: Timer | None = None
        for key in keys:
            if " " not in key:
                self._bindings.bind(key, "copy", "Copy the answer", show=False)
        for key in on_keys:
            if " " not in key:
                self._bindings.bind(key, "go_on", "Ask over the budget", show=False)

    def compose(self) -> ComposeResult:
        """A title, what was said, a line, what it cost and the keys."""
        with Vertical():
            yield Said("Aside: it leaves no trace", id="aside-title", markup=False)
            yield Transcript(self._styles, id="aside-transcript")
            yield LineInput("ask on", longest=LONGEST, id="aside-line")
            yield Said("", id="aside-foot", markup=False)

    def on_mount(self) -> None:
        if not self.query(LineInput):
            return  # it was closed as it opened
        line = self.query_one(LineInput)
        line.focus()
        if self._at_once:
            self._ask(self._typed)
        else:
            line.value = clean_line(self._typed, LONGEST)
            line.cursor_position = len(line.value)
            self._tell()

    # -- asking

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer is None:
            self._timer = self.set_timer(DRAFT_DELAY, self._keep_typed)

    def _keep_typed(self) -> None:
        self._timer = None
        if self.query(LineInput):
            self._keep("\n".join(filter(None, (self._asked, self.query_one(LineInput).value))), False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        if text and not self._asked:
            self.query_one(LineInput).value = ""
            self._ask(text)

    def action_go_on(self) -> None:
        """Ask what a budget stood in the way of all the same."""
        line = self.query_one(LineInput)
        if self._over is not None and (text := line.value.strip()) and not self._asked:
            line.value = ""
            self._ask(text, self._over)

    def _ask(self, text: str, over: FailureKind | None = None) -> None:
        self._asked, self._end, self._over = text, "", None
        try:
            self._shown.append(self._talk.ask(text, self._came, over))
        except Exception as error:
            self._asked, self._end = "", clean_line(str(error))
            self.query_one(LineInput).value = clean_line(text, LONGEST)
        self._tell()

    def _came(self, aside: Aside) -> None:
        """More of the answer."""
        if not self.is_attached or not self.query(Transcript):
            return
        for note in aside.notes:
            self._say(note)
        if self._shown[-1].role == "assistant":
            self._shown.pop()
        self._shown.append(aside.node)
        if aside.done:
            self._ended(aside)
        self._tell()

    def _ended(self, aside: Aside) -> None:
        self._cost, self._end = self._cost + aside.cost, aside.sentence
        self._over = aside.kind if aside.kind in _OVER else None
        counts = aside.node.usage.counts
        read = int(counts.get("cache_read_input_tokens") or 0)
        whole = read + int(counts.get("input_tokens") or 0) + int(counts.get("cache_creation_input_tokens") or 0)
        self._cached = f"{read * 100 // whole} % from the cache" if read and whole else ""
        line, asked, self._asked = self.query_one(LineInput), self._asked, ""
        if aside.node.content:
            self._talk.answered(aside.node)
            self._keep(line.value, True)
        else:  # nothing came: the question is to be asked again, or left
            self._talk.answered(None)
            del self._shown[-2:]
            if not line.value:
                line.value = clean_line(asked, LONGEST)
                line.cursor_position = len(line.value)

    # -- looks

    def _tell(self) -> None:
        shown = exchanges(self._shown)
        live = bool(self._asked)
        self.query_one(Transcript).show(shown, live=live, keys={}, facts=Facts())
        does = ["Esc stops and closes" if live else "Esc closes"]
        if not live:
            does.insert(0, "Enter asks on" if self._shown else "Enter asks")
        if self._over is not None and self._goes_on:
            does[0] = f"{self._goes_on} {_OVER[self._over]}"  # Enter would be told the same
        if any(node.role == "assistant" and node.content for node in self._shown):
            does.insert(1, f"{self._copies} copies")
        cost = format.dollars(self._cost) if self._cost is not NOTHING else ""
        said = [self._end, "asking" if live and not self._has_begun else "", cost, self._cached, *does]
        self.query_one("#aside-foot", Said).update(clean_line(" · ".join(part for part in said if part), 400))

    @property
    def _has_begun(self) -> bool:
        """Whether anything of the answer came."""
        last = self._shown[-1] if self._shown else None
        return last is not None and last.role == "assistant" and bool(last.content)

    # -- reading

    def action_copy(self) -> None:
        """The last answer."""
        found = [each.text for each in exchanges(self._shown) if each.text]
        if found:
            self._copy(found[-1], "the answer")

    def on_transcript_copy_chosen(self, event: Transcript.CopyChosen) -> None:
        """A reading key: the block or the message at hand."""
        event.stop()
        shown = self.query_one(Transcript)
        found = (event.text, f"code {event.number}") if event.number else shown.at_hand(event.what)
        if found is not None and found[0]:
            self._copy(*found)

    def on_transcript_link_chosen(self, event: Transcript.LinkChosen) -> None:
        """A link is opened only after it was shown where it goes."""
        event.stop()
        self._links(event.links)

    def action_close(self) -> None:
        """Back to the conversation; what was typed is kept, an answer under way is given up."""
        self._talk.stop()
        if self._timer is not None:
            self._timer.stop()
        self._keep_typed()
        self.dismiss(None)

    def on_unmount(self) -> None:
        """Whatever ended it."""
        self._talk.stop()

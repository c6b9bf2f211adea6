"""Parts of a reply become groups of units; a growing part only adds to its group.

A group is told a newer part and answers with its units, the unchanged ones being the same objects as
before, so that the transcript can see where a change begins.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

from ...core.message import RedactedThinkingBlock, ToolUseBlock
from ...core.pricing import CHARACTERS_A_TOKEN
from ...core.text import clean, clean_line
from ...core.view import Part, SeamMark
from ...markdown import Document, Line, Span, split_source
from ..words import format
from .block_units import BlockUnit, Pieces, PieceUnit
from .growing import Growing
from .reading import Reading
from .sources import result_units, search_results
from .tool_words import failed, other_text, tool_input, tool_result, tool_title
from .units import LinesUnit, PlainUnit, Unit

RESULT_LINES = 40
"""Lines of a tool's input or result shown in an open card."""
ENOUGH = 8_192
"""Characters that fill so many lines: of an input that is still growing, no more are laid out."""

STEP = 16_384
"""Characters of a growing text that one frame takes up: the rest of a giant delta is for the frames after it."""
LONG = 32_768
"""Characters from which a text that ended is parsed as a whole in a thread beside the frames."""

VAST = 1_000_000
"""Characters from which it stays as it grew: the collector's pauses over so many tokens would hold frames up."""


def card_text(part: Part, text: str, role: str, gap: int, what: str, reading: Reading, more: int = 0) -> Unit:
    """A text in an unfolded card, cut short unless its whole was asked for."""
    cap = None if part.key in reading.whole else RESULT_LINES
    side, id, key = Span("  ", "tool"), part.node_id, f"{part.key}:{what}"
    return PlainUnit(text, role, gap, side=side, cap=cap, more=more, node_id=id, standing="with", text_key=key)


class Group:
    """The units of one part."""

    behind = False
    """Whether it has more to show than it was given time for: it is to be told the same again, soon."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.units: list[Unit] = []
        self._shown: object = None
        self._card: tuple[Line, LinesUnit] | None = None

    def update(self, part: Part, *, ended: bool) -> list[Unit]:
        """Its units for this newer snapshot; ``ended`` when the reply no longer grows."""
        state = self._state(part, ended)
        if state != self._shown:
            self._rebuild(part, ended)
            self._shown = state
        return self.units

    def _titled(self, title: Line, part: Part, unfolded: bool) -> Unit:
        """The one line that a card is while it is folded: the same object while it reads the same."""
        if self._card is None or self._card[0] != title:
            unit = LinesUnit([title], 1, fold_key=part.key, node_id=part.node_id, text_key=part.key)
            self._card = title, unit
        self._card[1].unfolded = unfolded
        return self._card[1]

    def _state(self, part: Part, ended: bool) -> object:
        """What decides how it looks: while it is equal, nothing is made anew."""
        raise NotImplementedError

    def _rebuild(self, part: Part, ended: bool) -> None:
        raise NotImplementedError


class TextGroup(Group):
    """A text: pieces parsed lazily when it was never seen growing, else a document that grows."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self._document: Document | None = None
        self._consumed = 0
        """Characters of the flow already given to the document."""
        self._given = 0
        """The same, after cleaning: the document's own length."""
        self._seams: list[tuple[int, SeamMark]] = []
        self._stands = 0, 0
        """How many of the units stay as they are while the text grows, and with how many seams that was so."""
        self._finished = False
        self._finishing: threading.Thread | None = None
        """It parses the whole; the document is its own meanwhile."""
        self._pieces: Pieces | None = None
        self.after: TextGroup | None = None
        """The text before it in the same reply, whose codes are numbered before its own."""

    def codes(self) -> int:
        """How many codes there are in the reply up to its end."""
        if self._document is not None:
            return self._document.codes
        return self._pieces.codes_before(len(self._pieces.places)) if self._pieces is not None else self._before()

    def _before(self) -> int:
        return self.after.codes() if self.after is not None else 0

    def _state(self, part: Part, ended: bool) -> object:
        parsed = self._finishing is not None and not self._finishing.is_alive()
        return (len(part.flow), part.open, ended, len(part.seams), self._consumed, parsed)

    def _rebuild(self, part: Part, ended: bool) -> None:
        if self._document is None and ended and not part.seams:
            source = clean(str(part.flow))
            self._pieces = Pieces(source, split_source(source), self._before)
            self.units = [
                PieceUnit(self._pieces, place, 1, node_id=part.node_id, text_key=part.key)
                for place, (start, end) in enumerate(self._pieces.places)
                if not source[start:end].isspace()
            ]
            return
        room = len(part.flow) if self._document is None and ended else STEP
        if self._finished and len(part.flow) > self._consumed:
            # It goes on after all, perhaps in the middle of a table or a fence that was drawn as ended: once more.
            self._document, self._finished = None, False
            self._finishing, room = None, len(part.flow)
            self._consumed, self._given, self._seams, self._stands = 0, 0, [], (0, 0)
        if self._finishing is not None:
            if self._finishing.is_alive():
                return
            self._finishing, self.behind, self._stands = None, False, (0, 0)
        document = self._document = self._document or Document(codes_before=self._before())
        for mark in part.seams[len(self._seams) :]:
            room -= self._feed(part, mark.offset, room)
            if self._consumed < mark.offset:
                break
            self._seams.append((self._given, mark))
        else:
            self._feed(part, len(part.flow), room)
        self.behind = len(part.flow) - self._consumed > (1 if part.open else 0)
        finishes = ended and not self._finished and not self.behind
        if finishes and self._given <= LONG:
            document.finish()
            self._stands = 0, 0
        self._place(part, document)
        self._finished = self._finished or finishes
        if finishes and LONG < self._given <= VAST:
            self.behind = True
            self._finishing = threading.Thread(target=document.finish, name="markdown", daemon=True)
            self._finishing.start()

    def _feed(self, part: Part, until: int, room: int) -> int:
        """Give the document the flow up to ``until``, or so many characters of it; how many it was. A line end
        split by two deltas is still one."""
        text = part.flow.since(self._consumed)[: min(until - self._consumed, room)]
        last = self._consumed + len(text) == until
        if text.endswith("\r") and (part.open if last and until == len(part.flow) else not last):
            text = text[:-1]
        self._consumed += len(text)
        fed = len(text)
        text = clean(text)
        self._given += len(text)
        if self._document is not None:
            self._document.append(text)
        return fed

    def _place(self, part: Part, document: Document) -> None:
        """Units of the blocks: those of the frozen ones are there already."""
        blocks = document.blocks
        stands, seamed = self._stands
        start = stands if seamed == len(self._seams) else 0
        known = {id(unit.block): unit for unit in self.units[start:] if isinstance(unit, BlockUnit)}
        seams = [seam for seam in self._seams if not start or seam[0] > blocks[start - 1].end]
        del self.units[start:]
        for place in range(start, len(blocks)):
            block = blocks[place]
            after: list[Line] = []
            while seams and seams[0][0] <= block.end:
                after.append(self._seam_line(seams.pop(0)[1]))
            gap = 1 if place == 0 else block.gap
            held = known.get(id(block))
            if held is None or held.block is not block or held.gap != gap or after:
                held = BlockUnit(
                    block, gap, tuple(after), node_id=part.node_id, text_key=part.key, source=lambda: document.source
                )
            self.units.append(held)
        self._stands = document.frozen, len(self._seams)

    def _seam_line(self, mark: SeamMark) -> Line:
        why, when = self.reading.facts.seam_notes.get(mark.after_id, ("cut", "continued"))
        return Line((Span(f"╌╌╌╌ {mark.note(why, when)} ╌╌╌╌", "seam"),))


class ThinkingGroup(Group):
    """Thinking: a title, and its lines while it is unfolded."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self._lines: list[Unit] = []
        self._last: Growing | None = None
        """The line that still grows."""
        self._begins = 0
        """Where it begins."""
        self._consumed = 0

    def _state(self, part: Part, ended: bool) -> object:
        key = part.key
        open_ = self.reading.is_open(key, part.open)
        spent = self.reading.facts.timings.get(key, 0) // 1000
        return (len(part.flow) if open_ or not part.open else len(part.flow) // 400, part.open, open_, spent)

    def _rebuild(self, part: Part, ended: bool) -> None:
        open_ = self.reading.is_open(part.key, part.open)
        title = self._titled(self._title(part, open_), part, open_)
        self.units = [title]
        if not open_:
            return
        grown, *others = part.flow.since(self._consumed).split("\n")
        self._consumed = len(part.flow)
        if others:
            *lines, grown = (part.flow.since(self._begins)).split("\n")
            self._last = None
            for line in lines:
                self._lines.append(self._line(part, line, self._begins))
                self._begins += len(line) + 1
        self._last = self._last or Growing(partial(self._line, part), self._begins)
        self._last.grow(grown)
        self.units = [title, *self._lines, *self._last.units]

    def _line(self, part: Part, text: str, at: int, joint: str | None = None) -> PlainUnit:
        side, id = Span("  ", "thinking"), part.node_id
        return PlainUnit(
            text, "thinking", side=side, joint=joint, node_id=id, standing="with", text_key=part.key, start=at
        )

    def _title(self, part: Part, open_: bool) -> Line:
        mark = "▾" if open_ else "▸"
        if isinstance(part.block, RedactedThinkingBlock):
            return Line((Span(f"{mark} Thought, in a form only the API can read", "thinking.title"),))
        spent = self.reading.facts.timings.get(part.key, 0)
        if part.open:
            words = f"{mark} Thinking … {format.duration(spent)}" if spent >= 1000 else f"{mark} Thinking …"
            return Line((Span(words, "thinking.title"),))
        words = f"{mark} Thought" + (f" for {format.duration(spent)}" if spent >= 1000 else "")
        if len(part.flow):
            words += f" · ≈{format.tokens(max(len(part.flow) // CHARACTERS_A_TOKEN, 1))} tokens"
        else:
            words += " · nothing of it is shown"
        return Line((Span(words, "thinking.title"),))


class ToolGroup(Group):
    """A tool's call and what it gave: one line while it is folded."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self._input: Growing | None = None
        """Its input, while that grows and is shown as a whole."""
        self._consumed = 0

    def _state(self, part: Part, ended: bool) -> object:
        open_ = self.reading.is_open(part.key, False)
        whole = part.key in self.reading.whole
        return (len(part.flow), part.block, part.result is None, part.open, open_, ended, whole, self._ran(part))

    def _rebuild(self, part: Part, ended: bool) -> None:
        open_ = self.reading.is_open(part.key, False)
        block = part.block if isinstance(part.block, ToolUseBlock) else None
        title = self._titled(tool_title(part, block, open_, ended, self._ran(part)), part, open_)
        self.units = [title]
        if not open_:
            return
        if part.open and len(part.flow):
            self.units += self._coming(part)
            return
        self._input = None
        self.units.append(card_text(part, tool_input(part), "tool", 0, "input", self.reading))
        if part.result is None:
            return
        found = search_results(part.result)
        if found:
            self.units += result_units(found, part)
        else:
            role = "tool.error" if failed(part.result) else "tool"
            self.units.append(card_text(part, tool_result(part), role, 1, "result", self.reading))

    def _coming(self, part: Part) -> Sequence[Unit]:
        """Its input, which is still growing."""
        if part.key not in self.reading.whole:
            self._input = None
            more = max(len(part.flow) - ENOUGH, 0)
            return [card_text(part, part.flow.head(ENOUGH), "tool", 0, "input", self.reading, more)]
        if self._input is None:
            self._input, self._consumed = Growing(partial(self._piece, part)), 0
        self._input.grow(part.flow.since(self._consumed))
        self._consumed = len(part.flow)
        return self._input.units

    def _piece(self, part: Part, text: str, at: int, joint: str | None) -> PlainUnit:
        side, id, key = Span("  ", "tool"), part.node_id, f"{part.key}:input"
        return PlainUnit(text, "tool", side=side, joint=joint, node_id=id, standing="with", text_key=key, start=at)

    def _ran(self, part: Part) -> int | None:
        """Milliseconds the tool ran; None while that is not known."""
        return self.reading.facts.timings.get(part.block.id) if isinstance(part.block, ToolUseBlock) else None


class OtherGroup(Group):
    """A block this version does not know: its name, and its JSON when unfolded."""

    def _state(self, part: Part, ended: bool) -> object:
        return (part.block, self.reading.is_open(part.key, False), part.key in self.reading.whole)

    def _rebuild(self, part: Part, ended: bool) -> None:
        open_ = self.reading.is_open(part.key, False)
        kind = clean_line(str(getattr(part.block, "type", "?")), 60)
        mark = "▾" if open_ else "▸"
        title = Line((Span(f"{mark} {kind} · kept, not known to this version", "note"),))
        self.units = [self._titled(title, part, open_)]
        if open_:
            self.units.append(card_text(part, other_text(part), "tool", 0, "input", self.reading))


def group_for(part: Part, reading: Reading) -> Group:
    """An empty group of the right kind."""
    match part.kind:
        case "text":
            return TextGroup(reading)
        case "thinking":
            return ThinkingGroup(reading)
        case "tool":
            return ToolGroup(reading)
        case _:
            return OtherGroup(reading)

"""One question and its answer, as units: groups by part, and a line that says how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.conversation import Node
from ...core.message import OpaqueBlock, TextBlock, visible_text
from ...core.view import Exchange
from ...markdown import Line, Span
from ..words import format
from ..words.endings import how_it_ended, key_that
from .groups import Group, TextGroup, group_for
from .reading import Reading
from .sources import source_units
from .units import LinesUnit, PlainUnit, Unit


class ExchangeView:
    """Told an exchange, it answers with units, the same objects where nothing changed."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.exchange: Exchange | None = None
        self._groups: dict[str, Group] = {}
        self._question: list[Unit] = []
        self._question_state: object = None
        self._ending: list[Unit] = []
        self._ending_state: object = None
        self._sources: list[Unit] = []
        self._source_count = 0

    def update(self, exchange: Exchange, *, live: bool, last: bool, keys: Mapping[str, str]) -> list[Unit]:
        """Units of this newer snapshot. ``live`` while its last reply still grows, ``last`` when nothing follows
        it; ``keys`` are the labels of the keys that help (``continue``, ``retry``)."""
        self.exchange = exchange
        units = [*self._ask(exchange)]
        groups: dict[str, Group] = {}
        before: TextGroup | None = None
        for part in exchange.parts:
            group = self._groups.get(part.key) or group_for(part, self.reading)
            groups[part.key] = group
            if isinstance(group, TextGroup):
                group.after, before = before, group
            units.extend(group.update(part, ended=not live))
        self._groups = groups
        if exchange.sources and not live:
            if len(exchange.sources) != self._source_count:
                self._sources = source_units(exchange.sources, sources_key(exchange))
                self._source_count = len(exchange.sources)
            units.extend(self._sources)
        units.extend(self._end(exchange, live, last, keys))
        return units

    @property
    def behind(self) -> bool:
        """Whether a part of it has more to show than it was given time for."""
        return any(group.behind for group in self._groups.values())

    def _ask(self, exchange: Exchange) -> list[Unit]:
        node = exchange.question
        id, facts = node.id if node else "", self.reading.facts
        here = facts.variants.get(id), facts.askings.get(id), facts.origins.get(id)
        state = (id, self.reading.timestamps, here)
        if node is not None and state != self._question_state:
            bar = Span("┃ ", "user.bar")
            time = Span(format.clock(node.created_at), "user.time") if self.reading.timestamps else None
            marks = variant_marks(facts.askings.get(node.id), facts.variants.get(node.id))
            which = Span(marks, "user.time") if marks else None
            self._question = [
                PlainUnit(
                    asked(node), "user", 1, side=bar, first=time, aside=which, node_id=node.id, text_key=asked_key(node)
                ),
            ]
            self._question += self._origin(node)
            self._question_state = state
        return self._question

    def _origin(self, node: Node) -> list[Unit]:
        """Says, under the last message that was copied, where the conversation was forked from."""
        said = self.reading.facts.origins.get(node.id)
        return [PlainUnit(said, "note", 1, side=Span("╌ ", "note"), standing="none")] if said else []

    def _end(self, exchange: Exchange, live: bool, last: bool, keys: Mapping[str, str]) -> list[Unit]:
        node = exchange.nodes[-1] if exchange.nodes else None
        waiting = self.reading.facts.waiting if live and last else ""
        origin = self.reading.facts.origins.get(node.id) if node else None
        state = (node, live, last, self.reading.timestamps, waiting, origin, keys if last else None)
        if state == self._ending_state:
            return self._ending
        self._ending_state = state
        self._ending = []
        if waiting:
            self._ending.append(PlainUnit(waiting, "note", 1, side=Span("╌ ", "note"), standing="none"))
        if node is None and last and not live and exchange.question is not None:
            words = f"Not answered yet{key_that(keys, ('continue', 'asks'))}"
            self._ending.append(PlainUnit(words, "note", 1, side=Span("╌ ", "note"), standing="none"))
        if node is None or live:
            return self._ending
        told = how_it_ended(node, keys if last else {}, len(exchange.text))
        if told is not None:
            text, role = told
            side = Span("╌ ", role)
            self._ending.append(PlainUnit(text, role, 1, side=side, node_id=node.id, standing="none"))
        self._ending += self._origin(node)
        if self.reading.timestamps:
            gap = 0 if self._ending else 1
            self._ending.append(LinesUnit([_receipt_line(exchange)], gap, node_id=node.id, standing="none"))
        return self._ending


def variant_marks(asked: tuple[int, int] | None, answered: tuple[int, int] | None) -> str:
    """Which of several questions and of several answers is shown; empty where there is one of each."""
    answer = _mark(answered)
    return f"asked {_mark(asked)}{answer and f' · answered {answer}'}" if asked else answer


def _mark(variants: tuple[int, int] | None) -> str:
    return f"‹ {variants[0] or '–'}/{variants[1]} ›" if variants else ""


def asked_key(node: Node) -> str:
    """Names the text of a question."""
    return f"{node.id}:asked"


def sources_key(exchange: Exchange) -> str:
    """Names the sources of an answer."""
    return f"{exchange.nodes[0].id if exchange.nodes else ''}:sources"


def asked(node: Node) -> str:
    """A question's text, and the names of what else is in it."""
    words = visible_text(node.content)
    others = [
        _named(block) if isinstance(block, OpaqueBlock) else "block"
        for block in node.content
        if not isinstance(block, TextBlock)
    ]
    return words if not others else f"{words}\n[{', '.join(others)}]".strip()


def _named(block: OpaqueBlock) -> str:
    title: object = block.data.get("title")
    return title if isinstance(title, str) and title.strip() else block.type


def _receipt_line(exchange: Exchange) -> Line:
    node = exchange.nodes[-1]
    facts: Any = node.facts
    words = [format.clock(node.created_at), node.model]
    usage = node.usage
    if usage.counts:
        words.append(f"↑{format.tokens(usage.context_tokens)} ↓{format.tokens(usage.output_tokens)}")
    if isinstance(facts.get("elapsed_ms"), int):
        words.append(format.duration(facts["elapsed_ms"]))
    return Line((Span(" · ".join(words), "meta"),))

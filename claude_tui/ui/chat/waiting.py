"""Messages that wait for a reply to end: each a row among the drafts, bound to its conversation.

A message has from the beginning the id that it will have in the tree: what is there was sent, whatever became of the
row, and is never sent twice. No row is written over another, so that two windows take nothing from each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from ...core.attached import Kept
from ...core.text import clean_line
from .held_files import as_held, held_files

_QUEUE = ":queue:"
_MIDDLE = 500_000
"""The place of the first message; others stand before it or behind."""


class Drafts(Protocol):
    """What is needed of the store: see ``store.Store``."""

    def save_draft(self, conversation_id: str, text: str, *, sent: bool = False) -> object:
        """Keep what is typed, or let go of it."""
        ...


def is_key_of_waiting(key: str) -> bool:
    """Whether a draft of that key is a message that waits."""
    return _QUEUE in key


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits."""

    conversation_id: str
    place: int
    id: str
    """Of its node, once it is sent."""
    text: str
    files: tuple[Kept, ...] = ()

    @property
    def key(self) -> str:
        """The key of its draft; keys stand in the order of the messages."""
        return f"{self.conversation_id}{_QUEUE}{self.place:06d}:{self.id}"

    @property
    def line(self) -> str:
        """It in one line: its files first, which a long text would hide."""
        names = ", ".join(kept.name for kept in self.files)
        return clean_line(f"▪ {names} · {self.text}" if names else self.text, 400)


@dataclass(slots=True)
class Line:
    """What waits in one conversation, and why it is not sent by itself."""

    conversation_id: str
    drafts: Drafts
    items: list[Waiting] = field(default_factory=list[Waiting])
    held: str = ""
    """Why nothing is sent until a person says so; empty while the end of the reply is waited for."""
    under_way: Waiting | None = None
    """What was taken out to be sent, until it is in the tree."""

    def add(self, id: str, text: str, files: Sequence[Kept] = (), *, first: bool = False) -> Waiting:
        """One more, the last of them or the first."""
        places = [item.place for item in self.items]
        place = min(places, default=_MIDDLE + 1) - 1 if first else max(places, default=_MIDDLE - 1) + 1
        item = Waiting(self.conversation_id, place, id, text, tuple(files))
        self.items.insert(0 if first else len(self.items), item)
        self._keep(item)
        return item

    def take(self) -> Waiting:
        """The first, to be sent; its row stays until it is in the tree."""
        self.under_way = self.items.pop(0)
        return self.under_way

    def put_back(self) -> None:
        """What was taken out was not sent."""
        if self.under_way is not None:
            self.items.insert(0, self.under_way)
        self.under_way = None

    def drop(self, item: Waiting, *, kept_elsewhere: bool = False) -> None:
        """It is not to be sent; what is not kept elsewhere is remembered for a while, as other drafts are."""
        self.items.remove(item)
        self._let_go(item, sent=kept_elsewhere)

    def move(self, at: int, by: int) -> int:
        """One of them before the one before it, or behind the next; where it is now."""
        to = at + by
        if not (0 <= at < len(self.items) and 0 <= to < len(self.items)):
            return at
        one, other = self.items[at], self.items[to]
        self.items[at], self.items[to] = replace(other, place=one.place), replace(one, place=other.place)
        for new, old in ((self.items[at], other), (self.items[to], one)):
            self._keep(new)
            self._let_go(old, sent=True)
        return to

    def _keep(self, item: Waiting) -> None:
        if item.files:
            self.drafts.save_draft(f"{item.key}:files", as_held(item.files), sent=True)
        self.drafts.save_draft(item.key, item.text, sent=True)

    def _let_go(self, item: Waiting, *, sent: bool) -> None:
        self.drafts.save_draft(item.key, "", sent=sent)
        if item.files:
            self.drafts.save_draft(f"{item.key}:files", "", sent=True)

    def read(self, drafts: Mapping[str, str], in_tree: Mapping[str, object]) -> None:
        """What the disk has of it: what is in the tree was sent, and its row goes."""
        known = {item.id: item.key for item in self.items}
        for item in found_in(drafts, self.conversation_id):
            if item.id in in_tree or known.get(item.id, item.key) != item.key:
                self._let_go(item, sent=True)  # the other is another place of it, and it died as it was moved
            elif item.id not in known:
                known[item.id] = item.key
                self.items.append(item)
        self.items.sort(key=lambda item: item.place)


def found_in(drafts: Mapping[str, str], conversation_id: str) -> Iterator[Waiting]:
    """The messages that wait in a conversation, in their order."""
    begin = conversation_id + _QUEUE
    for key in sorted(key for key in drafts if key.startswith(begin) and not key.endswith(":files")):
        place, _, id = key.removeprefix(begin).partition(":")
        if place.isdecimal() and id:
            yield Waiting(conversation_id, int(place), id, drafts[key], held_files(drafts.get(f"{key}:files", "")))

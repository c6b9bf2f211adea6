"""A reply cut anywhere, by anything, goes on to the uncut text: by prefill, by asking, by asking again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import pytest

from claude_tui.cancel import Cancel
from claude_tui.core.conversation import Conversation
from claude_tui.core.request import Settings
from claude_tui.core.view import exchanges
from claude_tui.demo import Answer, Faithful, Fault, Faulty
from claude_tui.demo.answers import FaultKind, Json, Reply
from claude_tui.demo.faithful import Manner
from claude_tui.turn import Patience, Turn

from ..support.desk import Desk, reply_text, settings

THINKING = "First the shape of it, then the words; the code must stand in a fence and the list after it."
TEXT = (
    "# On tides\n\nThe sea rises and falls, twice a day, and nobody asked it to.  \nSo it has been.\n\n"
    "- the moon pulls\n- the sun pulls, less\n    \n\n"
    "```python\ndef height(hour: int) -> float:\n    # a comment, and below it nothing\n\n\n"
    "    return 2.5 * hour\n\n\nprint(height(6))\n```\n\n"
    "ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha\n\n"
    "彼は走った。彼は走った。 👀 naïve — “quoted”.\n\n"
    "| hour | height |\n|---:|---:|\n| 0 | 0.0 |\n| 6 | 2.5 |\n\n"
    "The last paragraph says it again: the sea rises and falls, twice a day, and nobody asked it to. "
    "What the tables leave out is the wind, which has its own opinion, and the harbour wall, which has none. "
    "Whoever waits long enough sees both.\n"
)
PREFILL, THINKS, UNKNOWN = "claude-haiku-4-5", "claude-opus-5-5", "claude-unknown-9"
MODELS = (PREFILL, THINKS, UNKNOWN)
FENCE = TEXT.index("# a comment")
SPACE = TEXT.index("    \n\n```")

Kind: TypeAlias = FaultKind | Literal["cancel"]
KINDS: tuple[Kind, ...] = ("fin", "rst", "eof", "error", "stall", "cancel")
IMPATIENT = Patience(frame=0.001, idle=0.01, stall_said=0.05, stall_cut=0.15)
"""A reply that says nothing for so long has stalled."""


@dataclass(frozen=True)
class Cut:
    """Where and how a reply is cut."""

    kind: Kind
    text: int | None = None
    thinking: int | None = None
    bytes: int | None = None

    @property
    def fault(self) -> Fault:
        kind: FaultKind = "stall" if self.kind == "cancel" else self.kind
        return Fault(kind, after_text=self.text, after_thinking=self.thinking, after_bytes=self.bytes)

    def __str__(self) -> str:
        where = next(f"{name}{value}" for name, value in vars(self).items() if name != "kind" and value is not None)
        return f"{self.kind}-{where}"


def places(model: str) -> list[Cut]:
    """50 cuts of the reply of a model, the kinds in turn."""
    texts = [0, 1, 2, 12, 22, 23, 24, 25, 26, 30, 36, FENCE, FENCE + 3, SPACE, SPACE + 2, SPACE + 5]
    texts += [TEXT.index("```python") + size for size in (0, 2, 3, 9, 10)]
    texts += [TEXT.index("\n\n\n    return") + size for size in (1, 2, 3)]
    texts += [TEXT.index("ha ha") + size for size in (1, 20, 50)]
    texts += [TEXT.index("👀"), TEXT.index("👀") + 1, len(TEXT) - 1, len(TEXT)]
    inner = {THINKS: [0, 1, 40, len(THINKING) - 1, len(THINKING)], UNKNOWN: [], PREFILL: []}[model]
    # What an unknown model thinks is not shown: it can only be cut by the byte.
    bytes_ = {THINKS: [0, 700], UNKNOWN: [0, 1, 400, 520, 640], PREFILL: [0, 300]}[model]
    rng = random.Random(model)
    texts += rng.sample(sorted(set(range(40, len(TEXT))) - set(texts)), 50 - len(texts) - len(inner) - len(bytes_))
    cuts = [("text", each) for each in texts] + [("thinking", each) for each in inner]
    cuts += [("bytes", each) for each in bytes_]
    return [Cut(KINDS[at % len(KINDS)], **{name: place}) for at, (name, place) in enumerate(cuts)]


class Cutting:
    """The faithful model on a bad line: its first answers are cut, the rest are whole."""

    def __init__(self, text: str = TEXT, manner: Manner = "anchor") -> None:
        self.whole = Faithful(text, THINKING, manner=manner)
        self.cuts: list[Cut] = []
        self.cut: Cut | None = None
        """How the last answer was cut, if it was."""

    def answer(self, request: Json) -> Answer:
        answer: Reply = self.whole.answer(request)
        self.cut = self.cuts.pop(0) if self.cuts else None
        return Faulty(answer, self.cut.fault) if self.cut else answer


class Line:
    """A desk with that model, and a person who goes on until the reply is whole."""

    def __init__(self, desk: Desk, script: Cutting) -> None:
        self.desk = desk
        self.script = script

    def ask(self, wanted: Settings, *cuts: Cut, auto: int) -> Conversation:
        """Ask, be cut, and go on until the reply is whole."""
        self.script.cuts = list(cuts)
        self.desk.server.requests.clear()
        conversation: Conversation | None = None
        for _ in range(len(cuts) + 2):
            cancel = Cancel()
            more = {"cancel": cancel, "watch": self._stopping(cancel), "auto_continue": auto}
            if any(cut.kind in ("stall", "cancel") for cut in self.script.cuts):
                more["patience"] = IMPATIENT
            if conversation is None:
                turns = self.desk.ask("Tell me about tides.", wanted, **more)
            else:
                turns = self.desk.turn(conversation, wanted, **more)
            check_growth(turns)
            conversation = turns[-1].conversation
            head = conversation.head
            if head is not None and head.status == "complete":
                break
        assert conversation is not None
        assert not self.script.cuts, "a cut was not reached"
        assert not self.desk.problems and {one.status for one in self.desk.server.requests} == {200}
        return conversation

    def _stopping(self, cancel: Cancel):
        """A person who presses Esc where the reply comes to a halt."""

        def watch(turn: Turn) -> None:
            if turn.phase == "stalled" and self.script.cut is not None and self.script.cut.kind == "cancel":
                self.script.cut = None  # the next answer is another
                cancel.cancel()

        return watch


def check_growth(turns: list[Turn]) -> None:
    """What was painted is never taken back, and is always the beginning of the uncut text."""
    shown = ""
    for turn in turns:
        text = exchanges(turn.conversation.path(), turn.live)[-1].text
        assert text.startswith(shown) and TEXT.startswith(text)
        shown = text


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    script = Cutting()
    with Desk(tmp_path_factory.mktemp("line"), script) as desk:
        yield Line(desk, script)


@pytest.mark.parametrize("auto", [0, 1])
@pytest.mark.parametrize("model", MODELS)
def test_a_cut_reply_goes_on(line: Line, model: str, auto: int) -> None:
    cuts = places(model)
    assert len(cuts) == 50
    for cut in cuts:
        conversation = line.ask(settings(model), cut, auto=auto)
        assert reply_text(conversation) == TEXT, cut


@pytest.mark.parametrize("model", MODELS)
def test_cuts_of_cuts(line: Line, model: str) -> None:
    rng = random.Random(model)
    for _ in range(12):
        sizes = [rng.choice((rng.randrange(30), rng.randrange(200))) for _ in range(rng.randrange(2, 5))]
        cuts = [Cut(rng.choice(KINDS[:4]), text=size) for size in sizes]
        conversation = line.ask(settings(model), *cuts, auto=rng.randrange(2))
        assert reply_text(conversation) == TEXT, cuts


@pytest.mark.parametrize("model", MODELS)
def test_it_is_in_the_store(tmp_path: Path, model: str) -> None:
    script = Cutting()
    with Desk(tmp_path, script) as desk:
        conversation = Line(desk, script).ask(settings(model), Cut("rst", text=400), Cut("eof", text=200), auto=0)
        kept = desk.kept(conversation.id)
        assert reply_text(kept) == TEXT
        assert kept.path() == conversation.path()
        assert [node.status for node in kept.path() if node.role == "assistant"] == [
            "interrupted",
            "interrupted",
            "complete",
        ]


@pytest.mark.parametrize("manner", ["preamble", "overlap"])
def test_a_less_faithful_model(tmp_path: Path, manner: Manner) -> None:
    script = Cutting(manner=manner)
    with Desk(tmp_path, script) as desk:
        line = Line(desk, script)
        for place in (60, FENCE + 20, 700, len(TEXT) - 30):
            conversation = line.ask(settings(THINKS), Cut("rst", text=place), auto=1)
            assert reply_text(conversation) == TEXT, place


@pytest.mark.long
@pytest.mark.parametrize("model", MODELS)
def test_cut_everywhere(line: Line, model: str) -> None:
    for at, place in enumerate(range(len(TEXT) + 1)):
        cut = Cut(KINDS[at % 4], text=place)
        assert reply_text(line.ask(settings(model), cut, auto=at % 2)) == TEXT, cut

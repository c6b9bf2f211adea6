"""A reply cut around every event, over HTTP and through the real SDK: nothing is lost, doubled, or refused."""

from __future__ import annotations

import json
import os
import random
import re
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from claude_tui.cancel import Cancel
from claude_tui.core.conversation import Conversation
from claude_tui.core.pieces import pieces
from claude_tui.turn import Turn

from ..support.desk import Desk, reply_text, settings
from .test_continue import IMPATIENT, MODELS, TEXT, Cut, Cutting, Kind, check_growth

SEED = os.environ.get("CLAUDE_TUI_SEED") or str(random.randrange(2**32))  # read now: a test has no such variable
KINDS: tuple[Kind, ...] = ("fin", "rst", "stall", "error", "cancel")
_RECORD_END = re.compile(rb"\n\n")


class Line:
    """A desk with the faithful model on a bad line, and a person who goes on until the reply is whole."""

    def __init__(self, desk: Desk, script: Cutting) -> None:
        self.desk, self.script = desk, script
        self._places: dict[str, list[int]] = {}

    def places(self, model: str) -> list[int]:
        """Every end of an event in the body of the whole reply, and the byte before and after it."""
        if model not in self._places:
            self.script.cuts.clear()
            self.desk.ask("Tell me about tides.", settings(model))
            sent = json.dumps(self.desk.asked[-1]).encode()
            headers = {"x-api-key": "demo", "anthropic-version": "2023-06-01", "content-type": "application/json"}
            request = urllib.request.Request(f"{self.desk.server.url}/v1/messages", sent, headers)
            with urllib.request.urlopen(request, timeout=20) as response:
                body = response.read()
            ends = [match.end() for match in _RECORD_END.finditer(body)]
            assert len(ends) > 20 and ends[-1] == len(body)
            # A cut behind the last byte is none.
            near = {end + by for end in ends for by in (-1, 0, 1)}
            self._places[model] = [0, *sorted(place for place in near if place < len(body))]
        return self._places[model]

    def check(self, model: str, cuts: Sequence[Cut], auto: int = 0) -> int:
        """Ask, be cut, and go on; how many of the cuts were met before the reply was whole."""
        self.script.cuts = list(cuts)
        self.desk.server.requests.clear()
        conversation: Conversation | None = None
        for _ in range(len(cuts) + 9):  # a busy machine stalls, too
            cancel = Cancel()
            more: dict[str, Any] = {
                "cancel": cancel, "watch": self._stopping(cancel), "patience": IMPATIENT, "auto_continue": auto,
            }  # fmt: skip
            if conversation is None:
                turns = self.desk.ask("Tell me about tides.", settings(model), **more)
            else:
                turns = self.desk.turn(conversation, settings(model), **more)
            check_growth(turns)
            conversation = turns[-1].conversation
            if conversation.head is not None and conversation.head.status == "complete":
                break
        assert conversation is not None
        assert reply_text(conversation) == TEXT, cuts
        kept = self.desk.store.load(conversation.id).result()
        assert kept is not None and kept.path() == conversation.path()
        met = pieces(conversation.path())
        assert "".join(piece.text[piece.cut :] for piece in met) == TEXT, cuts
        assert not self.desk.problems and {one.status for one in self.desk.server.requests} == {200}, cuts
        return len(cuts) - len(self.script.cuts)

    def _stopping(self, cancel: Cancel):
        """A person who presses Esc where the reply comes to a halt."""

        def watch(turn: Turn) -> None:
            if turn.phase == "stalled" and self.script.cut is not None and self.script.cut.kind == "cancel":
                self.script.cut = None  # the next answer is another
                cancel.cancel()

        return watch


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    script = Cutting()
    with Desk(tmp_path_factory.mktemp("line"), script) as desk:
        yield Line(desk, script)


def cases(places: Sequence[int], wanted: Sequence[int], rng: random.Random, turn: int) -> Iterator[list[Cut]]:
    """Cuts at these places, the kinds in turn; a third of the replies is cut again, up to six times in all."""
    for number, place in enumerate(wanted):
        cuts = [Cut(KINDS[(turn + number) % len(KINDS)], bytes=place)]
        if rng.random() < 1 / 3:
            for _ in range(rng.randrange(1, 6)):
                cuts.append(Cut(rng.choice(KINDS), bytes=rng.choice((rng.randrange(700), rng.choice(places)))))
        yield cuts


@pytest.mark.parametrize("model", MODELS)
def test_a_reply_cut_around_an_event_goes_on(line: Line, model: str) -> None:
    places = line.places(model)
    rng = random.Random(model)
    for number, cuts in enumerate(cases(places, sorted(rng.sample(places, 15)), rng, 0)):
        assert line.check(model, cuts, auto=number % 2)


@pytest.mark.long
@pytest.mark.parametrize("model", MODELS)
def test_a_reply_cut_around_every_event_by_every_fault_goes_on(line: Line, model: str) -> None:
    places = line.places(model)
    rng = random.Random(f"{SEED} {model}")
    replies = cut = 0
    for turn in range(len(KINDS)):
        for number, cuts in enumerate(cases(places, places, rng, turn)):
            replies += 1
            cut += line.check(model, cuts, auto=(number + turn) % 2)
    print(f"{model}: {replies:,} replies, {cut:,} cuts, seed {SEED}")

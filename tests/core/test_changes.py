"""What another choice takes from a conversation: the cache, at the price of writing it, and bound thinking."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from claude_tui.core.caching import LIVES
from claude_tui.core.catalogue import Catalogue
from claude_tui.core.changes import NO_CHANGE, change
from claude_tui.core.conversation import Conversation
from claude_tui.core.message import ThinkingBlock, Usage
from claude_tui.core.request import Settings, build
from tests.support.talk import CALCULATE, assistant, user

DAY = date(2026, 11, 21)
OPUS = Settings(Catalogue().find("claude-opus-5-5"))
USAGE = Usage({"input_tokens": 10, "cache_read_input_tokens": 100_000, "cache_creation_input_tokens": 82_000})


def talk(settings: Settings = OPUS) -> Conversation:
    asked = {"request": build([user("q")], settings).facts, "elapsed_ms": 9_000}
    said = assistant(
        "a", ThinkingBlock("Hm.", "c2ln"), "It is.", model=settings.model.id, facts=asked, usage=USAGE, created_at=1_000
    )
    asking = user("q")
    said = replace(said, parent_id=asking.id)
    return Conversation("c", "", {each.id: each for each in (asking, said)}, said.id)


@pytest.mark.parametrize(
    ("after", "anew", "thinking"),
    [
        (replace(OPUS, system="Rhyme."), "0.91", 1),
        (replace(OPUS, local_tools=(CALCULATE,)), "0.91", 1),
        (replace(OPUS, model=Catalogue().find("claude-fable-5-2")), "1.82", 1),
        (replace(OPUS, effort="max"), "0.91", 0),
        (replace(OPUS, thinking="on"), None, 0),  # it thinks as it is
        (replace(OPUS, max_tokens=5), None, 0),
        (OPUS, None, 0),
    ],
)
def test_by_what_is_changed(after: Settings, anew: str | None, thinking: int) -> None:
    found = change(talk(), OPUS, after, DAY, 11_000)
    if anew is None:
        assert not found
    else:
        assert (found.tokens, found.thinking) == (182_000, thinking)
        assert found.anew == Decimal(anew) and found.kept == Decimal("0.0364")  # 182k at $0.20 a million


def test_a_cold_cache_is_lost_already() -> None:
    after = replace(OPUS, effort="max")
    assert change(talk(), OPUS, after, DAY, 1_000 + LIVES["5m"] - 1)
    assert not change(talk(), OPUS, after, DAY, 1_000 + LIVES["5m"]), "as the clock in the status bar has it"


def test_before_anything_was_asked_nothing_is_lost() -> None:
    assert change(None, OPUS, replace(OPUS, system="x"), DAY, 0) == NO_CHANGE


def test_of_an_unknown_price_no_figure_is_made() -> None:
    found = change(talk(), OPUS, replace(OPUS, model=Catalogue().find("claude-next-9")), DAY, 11_000)
    assert found.tokens == 182_000 and found.anew is None and found.kept is not None

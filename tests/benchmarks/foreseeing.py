"""What a key costs that changes what the next question will cost: ``python -m tests.benchmarks.foreseeing``.

Milliseconds of CPU for what is done at each key (the measure, the estimate, the price, the words on the rule), beside
the same in an empty conversation. At 1 MB of context, in the conversation or in the prompt itself, a key may take
2 ms. Ends with 1 if one takes more.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from claude_tui.config import State
from claude_tui.core.conversation import Conversation
from claude_tui.core.estimate import weigh
from claude_tui.core.models import find_model
from claude_tui.core.request import Settings
from claude_tui.session import Wishes
from claude_tui.ui.chat.foreseeing import Foresight
from claude_tui.ui.widgets.rule import rule_line
from claude_tui.ui.words.cache_words import foretold
from tests.support.driver import WORDS, conversation_of

MEGABYTE = 1_000_000
ALLOWED = 2.0
"""Milliseconds of CPU a key."""
KEYS = 300


def desk() -> Foresight:
    """A foresight over settings that are always the same; it asks nobody for counts."""
    settings = Settings(find_model("claude-opus-5-5"))
    session: Any = SimpleNamespace(
        state=State(),
        catalogue=object(),
        flags=object(),
        config=SimpleNamespace(count_tokens=False),
        settings=lambda conversation, wishes: settings,
    )
    return Foresight(session, lambda work: work.close(), lambda seconds, do: None, lambda: None)  # type: ignore[arg-type]


def talk(size: int) -> Conversation | None:
    """A conversation of about so many characters."""
    return conversation_of(size // 4_000, lambda number: WORDS * 88) if size else None


def at_the_end(text: str) -> Iterator[str]:
    for _ in range(KEYS):
        text += "a"
        yield text


def anywhere(text: str) -> Iterator[str]:
    chance = random.Random(1)
    for _ in range(KEYS):
        place = chance.randrange(len(text) + 1)
        text = f"{text[:place]}b{text[place:]}"
        yield text


def a_key(conversation: Conversation | None, text: str, keys: Callable[[str], Iterator[str]]) -> tuple[float, float]:
    """The median and the worst of a hundred, in CPU milliseconds."""
    foresight, wishes = desk(), Wishes()
    for node in conversation.path() if conversation is not None else ():
        foresight._weights[node.id] = len(node.content), weigh(node)  # as the thread does behind the first frame
    foresight.of(conversation, None, wishes, text)
    took: list[float] = []
    for typed in keys(text):
        began = time.process_time()
        seen = foresight.of(conversation, None, wishes, typed)
        rule_line(foretold(seen, typed=True, way_out="/context"), "", 80)
        took.append((time.process_time() - began) * 1000)
    took.sort()
    return statistics.median(took), took[-max(len(took) // 100, 1)]


def main() -> int:
    big = (WORDS * (MEGABYTE // len(WORDS) + 1))[:MEGABYTE]
    lines = big.replace(". ", ".\n")
    floor, _ = a_key(None, "", at_the_end)
    print(f"{'':46}{'median':>9}{'p99':>9}{'to the floor':>14}   of {KEYS} keys, CPU ms")
    print(f"{'floor: an empty conversation, a short question':46}{floor:>9.3f}")
    missed = 0
    for name, conversation, text, keys in (
        ("a conversation of 1 MB, a short question", talk(MEGABYTE), "", at_the_end),
        ("a conversation of 4 MB, a short question", talk(4 * MEGABYTE), "", at_the_end),
        ("a question of 1 MB, typed at its end", None, lines, at_the_end),
        ("a question of 1 MB, typed anywhere", None, lines, anywhere),
        ("a question of 1 MB in one line, typed anywhere", None, big, anywhere),
    ):
        median, worst = a_key(conversation, text, keys)
        missed += worst > ALLOWED
        verdict = f"{'held' if worst <= ALLOWED else 'MISSED'}: {ALLOWED} ms"
        print(f"{name:46}{median:>9.3f}{worst:>9.3f}{median / floor:>14.1f}   {verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""A cut answer, continued through the real SDK, is the answer: by prefill and by ask, cut anywhere, any times."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from claude_tui.demo import DemoServer, Faithful
from claude_tui.demo.faithful import PREAMBLE, Manner
from claude_tui.demo.reading import quoted, read

TEXT = (
    "# A title\n\nThe first paragraph, with   odd spaces and a tail.  \nThen a line.\n\n"
    "- item one\n- item two\n    \n\n```python\ndef f(x):\n    return x\n\n\n```\n\n"
    "ha ha ha ha ha ha ha ha ha ha ha ha\n\n彼は走った。彼は走った。 👀 And so it ends, as it should.\n"
)
OLD, NEW = "claude-haiku-4-5", "claude-opus-5-5"
QUESTION: dict[str, Any] = {"role": "user", "content": "Tell me."}


@pytest.fixture(scope="module")
def api() -> Iterator[dict[str, anthropic.Anthropic]]:
    manners: tuple[Manner, ...] = ("anchor", "preamble", "overlap", "none")
    servers = {m: DemoServer(pace=0, script=Faithful(TEXT, "I think.", manner=m)).start() for m in manners}
    shared = anthropic.Anthropic(api_key="demo", max_retries=0)
    yield {m: shared.with_options(base_url=s.url) for m, s in servers.items()}
    for server in servers.values():
        server.stop()


def reply(client: anthropic.Anthropic, messages: list[Any], model: str) -> str:
    with client.messages.stream(model=model, max_tokens=2000, messages=messages) as stream:
        return "".join(block.text for block in stream.get_final_message().content if block.type == "text")


def ask_for(anchor: str) -> dict[str, Any]:
    return {"role": "user", "content": f"You were cut off. Begin with exactly this and go on:\n\n{anchor}"}


def cuts(step: int) -> list[int]:
    return [n for n in range(1, len(TEXT) + 1, step) if TEXT[:n].strip()]


def test_by_prefill(api: dict[str, anthropic.Anthropic]) -> None:
    for cut in cuts(5):
        kept = TEXT[:cut].rstrip()
        rest = reply(api["anchor"], [QUESTION, {"role": "assistant", "content": kept}], OLD)
        assert kept + rest == TEXT, cut


@pytest.mark.parametrize("manner", ["anchor", "preamble", "overlap", "none"])
def test_by_ask(api: dict[str, anthropic.Anthropic], manner: Manner) -> None:
    for cut in cuts(9):
        kept = TEXT[:cut]
        anchor = kept.rstrip()[-40:].lstrip()
        if len(anchor) < 8:
            continue
        rest = reply(api[manner], [QUESTION, {"role": "assistant", "content": kept}, ask_for(anchor)], NEW)
        whole = TEXT[: len(kept.rstrip())]
        if manner == "preamble":
            assert rest.startswith(PREAMBLE)
            rest = rest.removeprefix(PREAMBLE)
        if manner in ("anchor", "preamble"):
            assert rest.startswith(anchor)
            rest = rest.removeprefix(anchor)
        if manner == "overlap":
            size = min(40, len(anchor) - 1)
            assert rest.startswith(whole[-size:]) and not rest.startswith(anchor)
            rest = rest[size:]
        assert whole + rest == TEXT, cut


def test_cut_again_and_again() -> None:
    rng = random.Random(7)
    for manner in ("anchor", "preamble", "none"):
        model = Faithful(TEXT, manner=manner)
        for _ in range(60):
            messages: list[Any] = [QUESTION]
            told = ""
            for turn in itertools.count():
                answer = model.answer({"model": NEW, "messages": messages})
                said = answer.blocks[0]["text"] if answer.blocks else ""
                piece = said[: rng.randrange(30, 90)] if turn < 5 else said
                messages.append({"role": "assistant", "content": piece or "-"})
                told = read(messages, lambda _: TEXT, plain_first=manner == "none").so_far
                assert TEXT.startswith(told)
                if turn >= 5:
                    break
                messages.append(ask_for(told[-30:].lstrip()))
            assert told == TEXT.rstrip(), manner


def test_thinking_comes_first_when_it_is_on(api: dict[str, anthropic.Anthropic]) -> None:
    def blocks(**more: Any) -> list[Any]:
        with api["anchor"].messages.stream(max_tokens=2000, messages=[QUESTION], **more) as stream:  # type: ignore[arg-type]
            return list(stream.get_final_message().content)

    shown = blocks(model=NEW, thinking={"type": "adaptive", "display": "summarized"})
    assert [block.type for block in shown] == ["thinking", "text"]
    assert shown[0].thinking == "I think." and shown[0].signature
    omitted = blocks(model=NEW)
    assert omitted[0].type == "thinking" and omitted[0].thinking == "" and omitted[0].signature
    assert [block.type for block in blocks(model=OLD)] == ["text"]
    assert [block.type for block in blocks(model="claude-opus-5", thinking={"type": "disabled"})] == ["text"]
    again = [*[QUESTION], {"role": "assistant", "content": [b.to_dict() for b in shown]}, QUESTION]
    assert reply(api["anchor"], again, NEW) == TEXT


def test_a_tool_result_begins_the_answer_again() -> None:
    call = {"type": "tool_use", "id": "t", "name": "x", "input": {}}
    messages = [
        QUESTION,
        {"role": "assistant", "content": [{"type": "text", "text": TEXT[:20]}, call]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": TEXT[10:20]}]},
    ]
    assert Faithful(TEXT).answer({"model": NEW, "messages": messages}).blocks[0]["text"] == TEXT


def test_a_new_question_begins_anew() -> None:
    history = [QUESTION, {"role": "assistant", "content": TEXT}, {"role": "user", "content": "And another?"}]
    assert Faithful(TEXT).answer({"model": NEW, "messages": history}).blocks[0]["text"] == TEXT


def test_max_tokens_when_obeyed() -> None:
    answer = Faithful(TEXT, obey_max_tokens=True).answer({"model": NEW, "max_tokens": 10, "messages": [QUESTION]})
    assert answer.blocks[0]["text"] == TEXT[:40] and answer.stop_reason == "max_tokens"


def test_the_quote() -> None:
    assert quoted("one two three four", "go on after: three four") == "three four"
    assert quoted("one two three four  \n", "x  two three four") == "two three four"
    assert quoted("short", "short") == ""
    assert quoted("one two three four", "something else") == ""
    assert quoted("as here:\n\nits last line", "begin with:\n\nits last line") == "its last line"
    assert quoted("<b>\nits last line", "<last_words>\nits last line\n</last_words>") == "its last line"
    assert quoted("a line\nand its last", "begin with “a line\nand its last”") == "a line\nand its last"

"""A cut reply goes on: whatever was cut, and however often, the joined text is the uncut text."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from claude_tui.core.conversation import Node
from claude_tui.core.message import TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock, visible_length
from claude_tui.core.reply import Reply
from claude_tui.core.request import Settings, build, thinking_is_off
from claude_tui.core.resume import FLOOR, chain, plan
from claude_tui.core.seam import anchor_of, ask_text
from claude_tui.core.view import Exchange, exchange, parts_of
from claude_tui.demo.signing import sealed

from ..support.streams import reply_events
from ..support.talk import Talk, assistant, body_of, refused, settings, user

MODELS = ("claude-haiku-4-5", "claude-opus-5-5", "claude-unknown-9")
LONG = int(os.environ.get("CLAUDE_TUI_CASES", "100000"))  # read now: a test has no such variable
"""Replies in the long form."""

# A model that continues exactly as it was asked to

_fragments = st.one_of(
    st.sampled_from(
        [
            "The tide turns twice a day. ", "ha ha ha ", "ha", "一二三四五六七八九十", "漢字。", "👩‍👧 ",
            "🇸🇪", "e\u0301",
            "\n", "\n\n", " ", "   \n ", "\t", "```python\n", "    return 42\n", "```\n", "~~~\n", "- item\n",
            "x" * 90, "abcdefghij" * 14, "| a | b |\n", "\u2028", "[1]: https://sea.example\n", "<last_words>",
        ]
    ),
    st.integers(100, 700).map(lambda size: " " * size),
    st.integers(100, 700).map(lambda size: "\n" * size),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(["lorem ipsum dolor sit amet ", "the same words again and "]).map(lambda text: text * 6),
)  # fmt: skip
texts = st.lists(_fragments, max_size=14).map("".join)
preambles = st.sampled_from(["", "", "Of course. Here is the rest:\n\n", "```python\n", "Sorry about that!\n", "  \n"])


@dataclass
class Faithful:
    """Says ``text``, and goes on with it from where a request leaves off."""

    text: str
    thinking: str = ""
    preamble: str = ""
    size: int = 7
    breaks: Sequence[int] = ()
    """Where its text is broken into blocks, with thinking between when it thinks."""
    said: int = 0
    """How much of the text a reader has."""
    _origin: int = 0
    _before: int = 0

    def events(self, body: dict[str, Any]) -> list[Any]:
        """The whole of what it would say to this request."""
        last = body["messages"][-1]
        end = last["content"][-1]
        asked = re.search(r"<last_words>\n(.*)\n</last_words>\n\nGo on", end.get("text", ""), re.DOTALL)
        before = ""
        if last["role"] == "assistant":
            self._origin = len(self.text[: self.said].rstrip())
            shared = min(20, self._origin, len(end["text"]))
            assert self.text[: self._origin].endswith(end["text"][-shared:])
        elif asked and last["role"] == "user":
            self._origin = len(self.text[: self.said].rstrip())
            anchor = asked[1]
            assert anchor and self.text[: self._origin].endswith(anchor)
            # Of so few visible words it could not be told whether they stand in the preamble.
            before = (self.preamble if visible_length(anchor) >= FLOOR else "") + anchor
        else:
            self._origin = 0
        self._before = len(before)
        out = before + self.text[self._origin :]
        thinks = body.get("thinking", {}).get("type") in ("adaptive", "enabled") and self.thinking
        blocks: list[dict[str, Any]] = []
        at = 0
        for end_of_block in [*sorted({one for one in self.breaks if 0 < one < len(out)}), len(out)]:
            if thinks:
                blocks.append({"type": "thinking", "thinking": self.thinking, "signature": ""})
            if out[at:end_of_block]:
                blocks.append({"type": "text", "text": out[at:end_of_block]})
            at = end_of_block
        return reply_events(sealed(blocks, body), size=self.size)

    def heard(self, reply: Reply) -> None:
        """Take note of how much of it arrived."""
        arrived = sum(len(block.text) for block in reply.content if isinstance(block, TextBlock))
        if arrived >= self._before:
            self.said = max(self.said, self._origin + arrived - self._before)


def goes_on(model: Faithful, chosen: Sequence[Settings], cuts: Sequence[int], looks: int = 0) -> Talk:
    """The reply cut as often as there are ``cuts`` (in thousandths of its events), checked at every moment.

    Or, with ``looks``, at so many of each segment, the last among them.
    """
    talk = Talk()
    talk.ask()
    shown = ""
    for turn, cut in enumerate([*cuts, 1000]):
        now = chosen[turn % len(chosen)]
        request = talk.request(now)
        assert request is not None
        assert refused(request) == []
        events = model.events(body_of(request))
        kept = events if cut >= 1000 else events[: len(events) * cut // 1000]
        snapshots = talk.snapshots(kept)
        every = max(1, len(snapshots) // looks) if looks else 1
        for reply in [*snapshots[:-1][turn % every :: every], snapshots[-1]]:
            node = talk.waiting
            text = exchange(talk.path[0], [*talk.path[1:], node], {node.id: reply}).text
            assert text.startswith(shown), "what was painted was taken back"
            assert model.text.startswith(text)
            shown = text
        model.heard(snapshots[-1])
        node = talk.answered(snapshots[-1])
        # Batch equals incremental, and nothing that came is missing.
        assert exchange(talk.path[0], talk.path[1:], {}).text == shown == model.text[: model.said]
        if node.status == "complete":  # it was cut after its last word
            break
    assert shown == model.text
    assert Exchange(None, tuple(parts_of(chain(talk.path)))).text == shown
    return talk


@given(
    texts,
    st.lists(st.integers(0, 1000), max_size=6),
    st.lists(st.sampled_from(MODELS), min_size=1, max_size=3),
    st.sampled_from(["", "Hm, the sea."]),
    preambles,
    st.integers(1, 40),
    st.lists(st.integers(0, 900), max_size=3),
)
@effort(max_examples=200, deadline=None)
def test_the_joined_text_is_the_uncut_text(
    text: str, cuts: list[int], models: list[str], thinking: str, preamble: str, size: int, breaks: list[int]
) -> None:
    goes_on(Faithful(text, thinking, preamble, size, breaks), [settings(model) for model in models], cuts)


@pytest.mark.long
@given(
    texts,
    st.lists(st.integers(0, 1000), max_size=6),
    st.lists(st.sampled_from(MODELS), min_size=1, max_size=3),
    st.sampled_from(["", "Hm, the sea."]),
    preambles,
    st.integers(1, 40),
    st.lists(st.integers(0, 900), max_size=3),
)
@effort(max_examples=LONG, deadline=None)
def test_the_joined_text_is_the_uncut_text_for_long(
    text: str, cuts: list[int], models: list[str], thinking: str, preamble: str, size: int, breaks: list[int]
) -> None:
    goes_on(Faithful(text, thinking, preamble, size, breaks), [settings(model) for model in models], cuts, looks=10)


PROSE = (
    "Salt comes from the rocks. Rain is a little sour, so it takes a little of every hill to the sea,\n\n"
    "and the sea gives back only the water.\n\n```python\nfor year in range(10**9):\n    sea += river\n```\n\n"
    "ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha "
    "ha ha ha. Das Meer ist salzig; 海は塩辛い。 " * 3
)


@pytest.mark.parametrize("model", MODELS)
def test_it_can_be_cut_at_any_event(model: str) -> None:
    events = len(Faithful(PROSE, "Salt.").events({"model": model, "messages": [{"role": "user", "content": [{}]}]}))
    for at in range(0, 1000, max(1, 2000 // events)):
        goes_on(Faithful(PROSE, "Salt."), [settings(model)], [at])
        goes_on(Faithful(PROSE, "Salt."), [settings(model)], [at, 2, at // 2])


def test_any_number_of_failures_in_a_row() -> None:
    for cut in (0, 400):
        talk = goes_on(Faithful(PROSE), [settings()], [cut, *[0] * 150])
        assert len(talk.path) > 150


def test_a_conversation_goes_on_after_a_continued_reply() -> None:
    talk = goes_on(Faithful(PROSE, "Salt."), [settings("claude-opus-5-5")], [500, 300])
    before = body_of(build(talk.path[:-1], settings(), join=talk.path[-1].join))["messages"]
    talk.ask("And sugar?")
    request = talk.request(settings())
    assert request is not None and refused(request) == []
    assert body_of(request)["messages"][: len(before)] == before


# What is decided when

LONG = "Salt comes from the rocks, and rain takes it to the sea. " * 4


@pytest.mark.parametrize(
    ("model", "mode", "head", "name"),
    [
        ("claude-haiku-4-5", "auto", assistant("a", LONG, stop_reason=None), "prefill"),
        ("claude-haiku-4-5", "on", assistant("a", LONG, stop_reason=None), "ask"),
        ("claude-opus-5-5", "auto", assistant("a", LONG, stop_reason=None), "ask"),
        ("claude-opus-5-5", "off", assistant("a", LONG, stop_reason=None), "ask"),
        ("claude-opus-4-8", "off", assistant("a", LONG, stop_reason=None), "ask"),
        ("claude-unknown-9", "auto", assistant("a", LONG, stop_reason=None), "ask"),
        ("claude-opus-5-5", "auto", assistant("a", stop_reason=None), "resend"),
        ("claude-opus-5-5", "auto", assistant("a", stop_reason=None, status="failed"), "resend"),
        ("claude-opus-5-5", "auto", assistant("a", "x " * 23, stop_reason=None), "resend"),
        ("claude-opus-5-5", "auto", assistant("a", "x " * 24, stop_reason=None), "ask"),
        ("claude-haiku-4-5", "auto", assistant("a", "x " * 23, stop_reason=None), "resend"),
        ("claude-opus-5-5", "auto", assistant("a", ThinkingBlock(LONG), stop_reason=None), "resend"),
        ("claude-opus-5-5", "auto", assistant("a", LONG, stop_reason="max_tokens"), "ask"),
        ("claude-haiku-4-5", "auto", assistant("a", LONG, stop_reason="max_tokens"), "prefill"),
        ("claude-opus-5-5", "auto", assistant("a", LONG, stop_reason="model_context_window_exceeded"), "ask"),
        ("claude-opus-5-5", "auto", assistant("a", ThinkingBlock("x", "s"), stop_reason="max_tokens"), "resend"),
        ("claude-opus-5-5", "auto", assistant("a", LONG, stop_reason="pause_turn"), "next"),
        ("claude-opus-5-5", "auto", assistant("a", ToolUseBlock("t", "calculate", {}), stop_reason="tool_use"), "next"),
        ("claude-opus-5-5", "auto", assistant("a", LONG, stop_reason="tool_use"), None),
        ("claude-opus-5-5", "auto", assistant("a", LONG), None),
        ("claude-opus-5-5", "auto", assistant("a", LONG, stop_reason="refusal"), None),
        ("claude-opus-5-5", "auto", assistant("a", stop_reason="refusal"), None),
        ("claude-opus-5-5", "auto", assistant("a", LONG, stop_reason="refusal", status="interrupted"), None),
        ("claude-opus-5-5", "auto", assistant("a"), "ask"),
        ("claude-opus-5-5", "auto", assistant("a", " \n"), "ask"),
        ("claude-opus-5-5", "auto", assistant("a", LONG, stop_reason=None, status="streaming"), None),
        # A call that was cut goes; what was said before it stays.
        (
            "claude-haiku-4-5",
            "auto",
            assistant("a", LONG, ToolUseBlock("t", "calculate", {}, partial_json="{"), stop_reason=None),
            "ask",
        ),
    ],
)
def test_the_plan(model: str, mode: Any, head: Node, name: str | None) -> None:
    step = plan([user("u"), head], settings(model, thinking=mode))
    assert (step.name if step else None) == name


def test_there_is_no_plan_for_nothing() -> None:
    assert plan([], settings()) is None


def test_a_question_without_an_answer_is_asked() -> None:
    step = plan([user("u")], settings())
    assert step is not None and step.name == "next" and step.ask is None


def test_an_ask_that_was_not_sent_keeps_its_anchor() -> None:
    path = [user("u"), assistant("a", LONG, stop_reason=None)]
    first = plan(path, settings())
    assert first is not None and first.ask is not None
    path.append(Node("c", None, "user", (TextBlock(first.ask),), "continue", join=first.join))
    again = plan(path, settings())
    assert again is not None and again.join == first.join and again.ask is None


@pytest.mark.parametrize(
    ("sent", "model", "larger"),
    [(4096, "claude-opus-5-5", 8192), (100_000, "claude-opus-5-5", 128_000), (40_000, "claude-haiku-4-5", 64_000)],
)
def test_what_stopped_at_the_limit_gets_a_larger_one(sent: int, model: str, larger: int) -> None:
    for content in ((LONG,), ()):
        head = assistant("a", *content, stop_reason="max_tokens", facts={"request": {"max_tokens": sent}})
        step = plan([user("u"), head], settings(model))
        assert step is not None and step.max_tokens == larger
        # And it is not forgotten when the next try brings nothing.
        stub = assistant("b", stop_reason=None, join=step.join)
        again = plan([user("u"), head, stub], settings(model))
        assert again is not None and again.max_tokens == larger


def test_a_larger_limit_may_switch_thinking_on() -> None:
    """A budget needs more than 1,024 tokens: what was off at the old limit is on at the new one."""
    small = settings("claude-haiku-4-5", thinking="on", max_tokens=1024)
    assert thinking_is_off(small) and not thinking_is_off(small, 2048)
    talk = Talk([user("u"), assistant("a", LONG, stop_reason="max_tokens", facts={"request": {"max_tokens": 1024}})])
    step = plan(talk.path, small)
    assert step is not None and step.name == "ask"
    request = talk.request(small)
    assert request is not None and refused(request) == [] and request.params["thinking"]["type"] == "enabled"


def test_a_reply_replaced_by_one_of_another_model_is_not_sent() -> None:
    """Haiku cut, its prefill cut at once, then on with Opus: the asking replaces the empty prefill."""
    talk = Talk([user("u"), assistant("a", LONG, stop_reason=None)])
    assert talk.request(settings("claude-haiku-4-5")) is not None
    talk.answer([])
    request = talk.request(settings("claude-opus-5-5"))
    assert request is not None and refused(request) == []
    assert [message["role"] for message in request.params["messages"]] == ["user", "assistant", "user"]
    talk.answer(reply_events([{"type": "text", "text": anchor_of(LONG)[0] + " The end."}]))
    assert exchange(talk.path[0], talk.path[1:], {}).text == LONG.rstrip() + " The end."


def test_white_space_that_was_a_block_of_its_own_is_kept_between_a_prefill_and_its_rest() -> None:
    talk = Talk([user("u"), assistant("a", LONG.rstrip(), "\n\n", stop_reason=None)])
    assert talk.request(settings("claude-haiku-4-5")) is not None
    talk.answer(reply_events([{"type": "text", "text": "\n\nThe end."}]))
    talk.ask("Thanks.")
    request = talk.request(settings("claude-haiku-4-5"))
    assert request is not None
    assert request.params["messages"][1]["content"] == [{"type": "text", "text": LONG.rstrip() + "\n\nThe end."}]


def test_few_words_said_to_a_nudge_are_said_once() -> None:
    """It had said nothing; asked to go on it said a few words and was cut; the next reply begins the same way."""
    talk = Talk([user("u"), assistant("a")])
    assert talk.request(settings()) is not None
    assert talk.path[-1].content == (TextBlock(ask_text("")),)
    talk.answer(reply_events([{"type": "text", "text": "Salt comes"}])[:3])
    request = talk.request(settings())
    assert request is not None and refused(request) == []
    talk.answer(reply_events([{"type": "text", "text": "Salt comes from the rocks."}]))
    assert exchange(talk.path[0], talk.path[1:], {}).text == "Salt comes from the rocks."


def test_other_words_the_second_time_begin_a_paragraph() -> None:
    talk = Talk([user("u"), assistant("a", "Salt comes", stop_reason=None)])
    assert talk.request(settings()) is not None
    talk.answer(reply_events([{"type": "text", "text": "From the rocks."}]))
    found = exchange(talk.path[0], talk.path[1:], {})
    assert found.text == "Salt comes\n\nFrom the rocks." and not found.parts[1].seams


def test_a_tool_turn_that_is_cut_goes_on_from_its_own_words_only() -> None:
    call = ToolUseBlock("toolu_1", "calculate", {"expression": "1"})
    talk = Talk([user("u"), assistant("a", "I count. " * 9, call, stop_reason="tool_use")])
    talk.results(ToolResultBlock("toolu_1", "1"))
    talk.path.append(assistant("b", stop_reason=None))
    step = plan(talk.path, settings())
    assert step is not None and step.name == "resend"
    assert [segment.node_id for segment in chain(talk.path)] == ["b"]

"""No conversation can be wedged: every path that can be reached makes a request the API takes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from claude_tui.core.conversation import Join, Node
from claude_tui.core.history import BLANK, OPENING, UNKNOWN_OUTCOME
from claude_tui.core.message import (
    OpaqueBlock,
    RedactedThinkingBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from claude_tui.core.models import EFFORTS, KNOWN, find_model
from claude_tui.core.request import (
    INVALID_INPUT,
    Request,
    Settings,
    build,
    effective_effort,
    thinking_is_off,
)
from claude_tui.demo.capabilities import thinking_shown
from claude_tui.demo.issued import Issued
from claude_tui.demo.signing import sealed

from ..support.streams import reply_events
from ..support.talk import (
    CALCULATE,
    Talk,
    assistant,
    body_of,
    last_words,
    refused,
    result_of,
    settings,
    text,
    types_of,
    user,
    waiting_calls,
)

# Any path


MODELS = ("claude-opus-5-5", "claude-haiku-4-5", "claude-sonnet-5-5", "claude-opus-4-8", "claude-unknown-9")
KINDS = (
    "text", "text", "long", "long", "tools", "tools", "bad_tool", "search", "pause", "mixed", "refusal", "max_tokens",
    "max_tokens_in_tool", "context", "empty", "thinking_only", "ends_in_thinking", "unknown", "redacted", "blank",
    "blanks",
)  # fmt: skip
LONG = "Salt comes from the rocks, and rain takes it to the sea, a little every year. "


class World:
    """A conversation that grows by what is drawn, and the other side of it."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.talk = Talk()
        self.issued = Issued()
        self.ids = itertools.count(1)
        self.settings = settings(local_tools=(CALCULATE,))
        self.previous: tuple[list[Node], Settings, list[Any]] | None = None

    def pick(self, *choices: Any) -> Any:
        return self.data.draw(st.sampled_from(choices))

    # What a person does

    def changes_something(self) -> None:
        match self.pick("", "", "", "model", "thinking", "system", "tools", "server tools", "effort"):
            case "model":
                self.change(model=find_model(self.pick(*MODELS)))
            case "thinking":
                self.change(thinking=self.pick("auto", "on", "off"))
            case "system":
                self.change(system=self.pick("", "Be brief.", " "))
            case "tools":
                self.change(local_tools=self.pick((), (CALCULATE,)))
            case "server tools":
                self.change(server_tools=self.pick((), ("web_search",), ("web_search", "web_fetch", "code_execution")))
            case "effort":
                self.change(effort=self.pick(None, *EFFORTS))
            case _:
                pass

    def change(self, **more: Any) -> None:
        held = {name: getattr(self.settings, name) for name in Settings.__dataclass_fields__}
        self.settings = Settings(**{**held, **more})

    def goes_on(self) -> None:
        """One step: tool results, a branch, a question, and a request."""
        path = self.talk.path
        head = path[-1] if path else None
        wants_tools = head is not None and head.status == "complete" and head.stop_reason == "tool_use"
        if head is not None and wants_tools and self.pick(True, True, True, False):
            calls = [block for block in head.content if isinstance(block, ToolUseBlock) and block.type == "tool_use"]
            if calls and self.pick(True, True, True, False) is False:
                calls = calls[: len(calls) - 1]
            if calls:
                self.talk.results(*(ToolResultBlock(call.id, "2", self.pick(False, True)) for call in calls))
            self.changes_something()
        elif path and self.pick(True, *[False] * 7):
            del path[self.pick(*range(len(path))) :]  # another branch, from anywhere
        if not self.talk.path or self.pick(True, False, False):
            self.talk.ask(self.pick("Why?", LONG, "And then?"))
        self.changes_something()
        request = self.talk.request(self.settings)
        if request is None:
            self.talk.ask("More.")
            request = self.talk.request(self.settings)
        assert request is not None
        self.check(request)
        if self.pick(*[False] * 15, True):  # a signature was refused all the same
            request = request.without_thinking()
            self.talk.sent(request)
        self.answers(body_of(request))
        self.previous = (list(self.talk.path), self.settings, body_of(request)["messages"])

    def check(self, request: Request) -> None:
        assert refused(request, self.issued) == [], types_of(request.params["messages"])
        again = build(self.talk.path, self.settings, join=self.talk.join)
        assert again.params["messages"] == request.params["messages"]
        if self.previous is not None:
            path, chosen, messages = self.previous
            if self.talk.path[: len(path)] == path and chosen == self.settings:
                check_only_adds(messages, body_of(request)["messages"])
        bare = request.without_thinking()
        assert not [block for block in blocks_of(bare) if "thinking" in block["type"]]
        assert refused(bare, self.issued) == [], types_of(bare.params["messages"])

    # What the API does

    def answers(self, body: dict[str, Any]) -> None:
        kind = self.pick(*KINDS)
        blocks = sealed(
            [*map(result_of, waiting_calls(body)), *self.thinking(body, kind), *self.said(body, kind)], body
        )
        self.issued.remember(blocks)
        if kind == "refusal":
            blocks = blocks[: self.pick(0, len(blocks))]
        stop = {
            "tools": "tool_use", "bad_tool": "tool_use", "mixed": "tool_use", "pause": "pause_turn",
            "refusal": "refusal", "max_tokens": "max_tokens", "max_tokens_in_tool": "max_tokens",
            "context": "model_context_window_exceeded",
        }.get(kind, "end_turn")  # fmt: skip
        events = reply_events(blocks, stop, size=15)
        if kind in ("bad_tool", "max_tokens_in_tool"):
            inputs = [one for one in events if one.get("delta", {}).get("type") == "input_json_delta"]
            inputs[-1]["delta"]["partial_json"] = "}{"
        cut = self.pick(*[None] * 4, "cut", "cut")
        if cut:
            events = events[: self.data.draw(st.integers(0, len(events) - 1))]
        self.talk.answer(events, self.pick("eof", "cancelled", "error"))

    def thinking(self, body: dict[str, Any], kind: str) -> list[dict[str, Any]]:
        if thinking_shown(body) is None or (kind not in ("thinking_only", "redacted") and self.pick(True, False)):
            return []
        block = {"type": "thinking", "thinking": self.pick("", "Hm."), "signature": ""}
        return [block, {"type": "redacted_thinking", "data": ""}] if kind == "redacted" else [block]

    def said(self, body: dict[str, Any], kind: str) -> list[dict[str, Any]]:
        anchor = last_words(body)
        words = self.pick(anchor, "", f"Sure.\n{anchor}") + self.pick("ok", "A few words. ", LONG)
        match kind:
            case "empty" | "thinking_only":
                return []
            case "blank":
                return [text(" \n")]
            case "blanks":
                return [text(" "), text(words), text("\n"), text("more"), text(" ")]
            case "long":
                return [text(anchor + LONG)]
            case "tools" | "max_tokens_in_tool":
                return [text(words), *(self.call() for _ in range(self.pick(1, 2)))][self.pick(0, 1) :]
            case "bad_tool":
                return [self.call()]
            case "search":
                call = self.server_call()
                return [text(words), call, result_of(call), text(LONG)]
            case "pause":
                return [text(words), self.server_call()]
            case "mixed":
                return [self.server_call(), self.call()]
            case "ends_in_thinking" if thinking_shown(body) is not None:
                return [text(words), {"type": "thinking", "thinking": "Hm.", "signature": ""}]
            case "unknown":
                return [text(words), {"type": "hologram", "depth": 3}]
            case _:
                return [text(words)]

    def call(self) -> dict[str, Any]:
        return {"type": "tool_use", "id": f"toolu_{next(self.ids)}", "name": "calculate", "input": {"expression": "1"}}

    def server_call(self) -> dict[str, Any]:
        one = f"srvtoolu_{next(self.ids)}"
        return {"type": "server_tool_use", "id": one, "name": "web_search", "input": {"query": "salt"}}


def blocks_of(request: Request) -> list[Any]:
    return [block for message in request.params["messages"] for block in message["content"]]


def check_only_adds(before: Sequence[Any], after: Sequence[Any]) -> None:
    """What was sent stays as it was sent.

    But for: thinking, which may go from the front; a server's call that was sent while its result could still
    come, when the reply was cut before it came; and white space cut off the end of a prefill.
    """
    settled = {block.get("tool_use_id") for message in after for block in message["content"]}

    def kept(messages: Sequence[Any]) -> list[tuple[str, Any]]:
        return [
            (message["role"], block)
            for message in messages
            for block in message["content"]
            if "thinking" not in block["type"]
            and not (block["type"] == "server_tool_use" and block["id"] not in settled)
        ]

    old, new = kept(before), kept(after)
    prefilled = bool(old) and old[-1][0] == "assistant" and old[-1][1]["type"] == "text"
    if prefilled:
        role, block = old.pop()
        assert new[len(old)][0] == role and new[len(old)][1]["text"].startswith(block["text"])
    assert new[: len(old)] == old


@given(st.data(), st.integers(1, 12))
@effort(max_examples=150, deadline=None)
def test_every_path_makes_a_request_the_api_takes(data: st.DataObject, steps: int) -> None:
    world = World(data)
    for _ in range(steps):
        world.goes_on()


@pytest.mark.long
@given(st.data(), st.integers(1, 25))
@effort(max_examples=8_000, deadline=None)
def test_every_path_makes_a_request_the_api_takes_for_long(data: st.DataObject, steps: int) -> None:
    world = World(data)
    for _ in range(steps):
        world.goes_on()


# What is sent, by example

CALL = ToolUseBlock("toolu_1", "calculate", {"expression": "1"})
SEARCH = ToolUseBlock("srvtoolu_1", "web_search", {"query": "salt"}, "server_tool_use")
FOUND = ToolResultBlock("srvtoolu_1", [], type="web_search_tool_result")
THOUGHT = ThinkingBlock("Hm.", "c2lnbmVk")
SENT = {"request": {"model": "claude-opus-5-5"}}


def messages(*path: Node, join: Join = Join(), chosen: Settings | None = None) -> list[Any]:  # noqa: B008
    return list(build(path, chosen or settings(), join=join).params["messages"])


def results(id: str, *blocks: Any) -> Node:
    return Node(id, None, "user", blocks, "tool")


def test_a_question_and_its_answer() -> None:
    assert messages(user("u", "Why?"), assistant("a", "So."), user("v", "And?")) == [
        {"role": "user", "content": [{"type": "text", "text": "Why?"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "So."}]},
        {"role": "user", "content": [{"type": "text", "text": "And?"}]},
    ]


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        # Whole calls wait for results; those that are missing are made up, before any words.
        ([assistant("a", CALL, stop_reason="tool_use")], "tool_use|tool_result"),
        (
            [assistant("a", CALL, stop_reason="tool_use"), results("r", ToolResultBlock("toolu_1", "1"))],
            "tool_use|tool_result",
        ),
        ([assistant("a", CALL, stop_reason="tool_use"), user("v")], "tool_use|tool_result text"),
        ([assistant("a", CALL, stop_reason="tool_use"), assistant("b", "So."), user("v")],
         "tool_use|tool_result|text|text"),
        # Half calls go, and so do whole calls of half a message.
        ([assistant("a", "So.", CALL, stop_reason=None), user("v")], "text|text"),
        ([assistant("a", "So.", CALL, stop_reason="max_tokens"), user("v")], "text|text"),
        ([assistant("a", CALL, stop_reason=None)], ""),
        # Answered all the same, as an imported conversation may say it.
        ([assistant("a", CALL), results("r", ToolResultBlock("toolu_1", "1"))], "tool_use|tool_result"),
        # A result without its call is words.
        ([assistant("a", "So."), results("r", ToolResultBlock("toolu_9", "1"))], "text|text"),
        # The server's calls go with their results, or while they may still come.
        ([assistant("a", "So.", SEARCH, FOUND), user("v")], "text server_tool_use web_search_tool_result|text"),
        ([assistant("a", "So.", SEARCH, FOUND, stop_reason=None), user("v")],
         "text server_tool_use web_search_tool_result|text"),
        ([assistant("a", "So.", SEARCH, stop_reason=None), user("v")], "text|text"),
        ([assistant("a", "So.", FOUND, stop_reason=None), user("v")], "text|text"),
        ([assistant("a", "So.", SEARCH, stop_reason="pause_turn")], "text server_tool_use"),
        ([assistant("a", "So.", SEARCH, stop_reason="pause_turn"), user("v")], "text|text"),
        (
            [assistant("a", "So.", SEARCH, stop_reason="pause_turn"), assistant("b", FOUND, "It is."), user("v")],
            "text server_tool_use|web_search_tool_result text|text",
        ),
        (
            [assistant("a", SEARCH, CALL, stop_reason="tool_use"), results("r", ToolResultBlock("toolu_1", "1"))],
            "server_tool_use tool_use|tool_result",
        ),
        (
            [
                assistant("a", SEARCH, CALL, stop_reason="tool_use"),
                results("r", ToolResultBlock("toolu_1", "1")),
                assistant("b", "So.", stop_reason=None),
                user("v"),
            ],
            "tool_use|tool_result|text|text",
        ),
        # A refused reply is never sent again, nor is nothing, nor white space alone.
        ([assistant("a", "First you take", stop_reason="refusal"), user("v")], "text"),
        ([assistant("a"), user("v")], "text"),
        ([assistant("a", " \n"), user("v", " \n"), user("w")], "text"),
        ([assistant("a", " ", "So.", "\n", "It is."), user("v")], "text text|text"),
        # Thinking goes whole and signed, and never last.
        ([assistant("a", THOUGHT, "So.", facts=SENT), user("v")], "thinking text|text"),
        ([assistant("a", THOUGHT, "So.", THOUGHT, facts=SENT), user("v")], "thinking text|text"),
        ([assistant("a", THOUGHT, "So.", THOUGHT, CALL, stop_reason="max_tokens", facts=SENT), user("v")],
         "thinking text|text"),
        ([assistant("a", THOUGHT, facts=SENT), user("v")], "text"),
        ([assistant("a", ThinkingBlock("Hm."), "So.", facts=SENT), user("v")], "text|text"),
        ([assistant("a", RedactedThinkingBlock("b3A"), "So.", facts=SENT), user("v")], "redacted_thinking text|text"),
        ([assistant("a", "So.", RedactedThinkingBlock("b3A"), stop_reason=None, facts=SENT), user("v")], "text|text"),
        ([assistant("a", THOUGHT, "So."), user("v")], "text|text"),
        # What is unknown goes back as it came, but for what is only damaged.
        ([assistant("a", OpaqueBlock({"type": "hologram"}), "So."), user("v")], "hologram text|text"),
        ([assistant("a", "So.", OpaqueBlock({"type": "hologram"}), stop_reason=None), user("v")], "text|text"),
        ([assistant("a", OpaqueBlock({"type": "claude_tui.damaged", "raw": "["}), "So."), user("v")], "text|text"),
        ([assistant("a", OpaqueBlock({"type": "text", "text": 3}), "So."), user("v")], "text|text"),
        ([assistant("a", OpaqueBlock({"text": "?"}), "So."), user("v")], "text|text"),
    ],
)  # fmt: skip
def test_what_goes_back(path: list[Node], kinds: str) -> None:
    request = build([user("u"), *path], settings())
    first, *rest = request.params["messages"]
    said = [*([" ".join(block["type"] for block in first["content"][1:])] if first["content"][1:] else [])]
    said += [" ".join(block["type"] for block in message["content"]) for message in rest]
    assert "|".join(said) == kinds
    assert [one for one in refused(request) if "signature" not in one] == []


def test_a_call_with_an_invalid_input_goes_back_with_an_empty_one() -> None:
    broken = ToolUseBlock("toolu_1", "calculate", {}, partial_json="{")
    said = messages(
        user("u"),
        assistant("a", broken, stop_reason="tool_use"),
        results("r", ToolResultBlock("toolu_1", INVALID_INPUT, True)),
    )
    assert said[1]["content"] == [{"type": "tool_use", "id": "toolu_1", "name": "calculate", "input": {}}]
    assert said[2]["content"][0]["is_error"] is True


def test_some_results_are_missing() -> None:
    second = ToolUseBlock("toolu_2", "calculate", {})
    said = messages(
        user("u"),
        assistant("a", CALL, second, stop_reason="tool_use"),
        results("r", ToolResultBlock("toolu_1", "1")),
        results("s", ToolResultBlock("toolu_2", "too late")),
    )
    assert [(block["tool_use_id"], block["content"]) for block in said[2]["content"]] == [
        ("toolu_2", UNKNOWN_OUTCOME),
        ("toolu_1", "1"),
    ]


def test_a_result_without_its_call_is_kept_as_words() -> None:
    """The message that called was damaged on disk and cannot be read."""
    said = messages(
        user("u"),
        assistant("a", OpaqueBlock({"type": "claude_tui.damaged", "raw": "["}), stop_reason="tool_use"),
        results("r", ToolResultBlock("toolu_1", "forty-two")),
    )
    assert [message["role"] for message in said] == ["user"]
    assert "forty-two" in said[0]["content"][1]["text"]


def test_a_pause_whose_rest_never_came_is_sent_as_it_was() -> None:
    """The next request after a pause brought nothing: the paused turn goes again, with its call."""
    talk = Talk([user("u"), assistant("a", "I look. ", SEARCH, stop_reason="pause_turn")])
    for _ in range(3):
        request = talk.request(settings())
        assert request is not None and refused(request) == []
        assert types_of(request.params["messages"])[1:] == [("assistant", "text server_tool_use")]
        talk.answer([])


def test_a_paused_turn_goes_back_unchanged() -> None:
    paused = assistant("a", SEARCH, FOUND, "I look on. ", stop_reason="pause_turn")
    assert messages(user("u"), paused)[1]["content"][-1] == {"type": "text", "text": "I look on. "}


def test_a_result_stands_before_words() -> None:
    answer = results("r", TextBlock("And hurry."), ToolResultBlock("toolu_1", "1"))
    said = messages(user("u"), assistant("a", CALL, stop_reason="tool_use"), answer)
    assert types_of(said)[-1] == ("user", "tool_result text")


def test_what_was_thought_after_a_call_that_went_goes_too() -> None:
    """A server's call went out beside one of ours; the next reply thought, and was cut before its result."""
    chosen = settings(local_tools=(CALCULATE,))

    def thinks(talk: Talk, *blocks: dict[str, Any], stop: str = "end_turn", cut: int | None = None) -> None:
        request = talk.request(chosen)
        assert request is not None and refused(request) == []
        thought = {"type": "thinking", "thinking": "Hm.", "signature": ""}
        talk.answer(reply_events(sealed([thought, *blocks], body_of(request)), stop)[:cut])

    talk = Talk([user("u")])
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
    call = {"type": "tool_use", "id": "toolu_1", "name": "calculate", "input": {}}
    thinks(talk, search, call, stop="tool_use")
    talk.results(ToolResultBlock("toolu_1", "1"))
    thinks(talk, text(LONG), cut=-3)
    thinks(talk, text("The end."))
    talk.ask()
    request = talk.request(chosen)
    assert request is not None and refused(request) == []
    assert [kinds for _, kinds in types_of(request.params["messages"])] == [
        "text", "tool_use", "tool_result", "text", "text", "thinking text", "text",
    ]  # fmt: skip


def test_a_call_of_the_server_waits_until_a_reply_has_ended_without_its_result() -> None:
    """Found by the property above: the next reply was cut before a word, and a question was asked instead. Then
    the tool turn is still open, so its thinking must go, and with it the call that stands after it."""
    chosen = settings(local_tools=(CALCULATE,))
    thought = {"type": "thinking", "thinking": "Hm.", "signature": ""}
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
    call = {"type": "tool_use", "id": "toolu_1", "name": "calculate", "input": {}}
    issued, talk = Issued(), Talk([user("u")])

    def answered(*blocks: dict[str, Any], cut: int | None = None) -> list[str]:
        request = talk.request(chosen)
        assert request is not None and refused(request, issued) == []
        blocks_sent = sealed([*blocks], body_of(request))
        issued.remember(blocks_sent)
        talk.answer(reply_events(blocks_sent, "tool_use")[:cut])
        return [kinds for _, kinds in types_of(request.params["messages"])]

    answered(thought, search, call)
    talk.results(ToolResultBlock("toolu_1", "1"))
    answered(thought, cut=0)
    talk.ask()
    opened = ["text", "thinking server_tool_use tool_use", "tool_result text"]
    again = {**call, "id": "toolu_2"}
    assert answered(thought, again) == opened
    talk.results(ToolResultBlock("toolu_2", "1"))
    assert answered(result_of(search), text("So.")) == [*opened, "thinking tool_use", "tool_result"]
    talk.ask()
    assert answered() == [*opened, "thinking tool_use", "tool_result", "web_search_tool_result text", "text"]


def test_thinking_stays_while_model_system_and_tools_do() -> None:
    path = [user("u"), assistant("a", THOUGHT, "So.", facts=SENT), user("v")]
    for chosen, kept in (
        (settings(), True),
        (settings(effort="low", max_tokens=100), True),
        (settings(system="Be brief."), False),
        (settings(local_tools=(CALCULATE,)), False),
        (settings("claude-sonnet-5-5"), False),
    ):
        kinds = [block["type"] for message in messages(*path, chosen=chosen) for block in message["content"]]
        assert ("thinking" in kinds) is kept


def thought_with(id: str, **asked: Any) -> Node:
    return assistant(id, THOUGHT, "So.", facts={"request": {"model": "claude-opus-5-5", **asked}})


@pytest.mark.parametrize(
    ("between", "first"),
    [
        ({"system": "Be brief."}, "text"),
        ({"tools": [CALCULATE]}, "text"),
        ({"model": "claude-fable-5-2"}, "thinking text"),
    ],
)
def test_thinking_before_a_change_does_not_come_back_after_it(between: dict[str, Any], first: str) -> None:
    """But another model is no change: its thinking is nothing to this one, and this one's was not bound to it."""
    path = [
        user("u"),
        thought_with("a"),
        user("v"),
        thought_with("b", **between),
        user("w"),
        thought_with("c"),
        user("x"),
    ]
    kinds = [kinds for _, kinds in types_of(messages(*path))]
    assert kinds == ["text", first, "text", "text", "text", "thinking text", "text"]


def test_thinking_is_left_out_where_thinking_is_off_and_comes_back_with_it() -> None:
    facts = {"request": {"model": "claude-opus-5"}}
    path = [user("u"), assistant("a", THOUGHT, "So.", facts=facts), user("v")]
    off, on = settings("claude-opus-5", thinking="off"), settings("claude-opus-5")
    assert types_of(messages(*path, chosen=off))[1] == ("assistant", "text")
    assert types_of(messages(*path, chosen=on))[1] == ("assistant", "thinking text")


def test_between_tools_keeps_its_thinking() -> None:
    facts = {"request": {"model": "claude-sonnet-5-5"}}
    chosen = settings("claude-sonnet-5-5", thinking="off")
    path = [user("u"), assistant("a", THOUGHT, CALL, stop_reason="tool_use", facts=facts)]
    assert build(path, chosen).params["thinking"] == {"type": "between_tools"}
    assert types_of(messages(*path, chosen=chosen))[1] == ("assistant", "thinking tool_use")


def test_what_is_thought_after_a_repair_stands_on_nothing_before_it() -> None:
    """The API refused a signature: sent without thinking; later requests must not bring the old thinking back."""
    talk = Talk()
    for _ in range(2):
        talk.ask()
        request = talk.request(settings())
        assert request is not None
        body = body_of(request)
        talk.answer(reply_events(sealed([{"type": "thinking", "thinking": "Hm.", "signature": ""}, text("So.")], body)))
    talk.ask()
    request = talk.request(settings())
    assert request is not None
    bare = request.without_thinking()
    assert bare.facts["without_thinking"] is True and "without_thinking" not in bare.params
    assert [kinds for _, kinds in types_of(bare.params["messages"])] == ["text"] * 5
    talk.sent(bare)
    body = body_of(bare)
    talk.answer(reply_events(sealed([{"type": "thinking", "thinking": "Hm.", "signature": ""}, text("So.")], body)))
    talk.ask()
    request = talk.request(settings())
    assert request is not None and refused(request) == []
    assert [kinds for _, kinds in types_of(request.params["messages"])] == [*["text"] * 5, "thinking text", "text"]


def test_a_tool_turn_that_was_repaired_goes_on_in_words() -> None:
    """What was thought after the repair is bound to what was sent then: the calls before it stay words."""
    chosen = settings(local_tools=(CALCULATE,))
    thought = {"type": "thinking", "thinking": "Hm.", "signature": ""}
    issued, talk = Issued(), Talk([user("u")])

    def answered(number: int, *, repaired: bool = False, stop: str = "tool_use") -> list[str]:
        request = talk.request(chosen)
        assert request is not None and refused(request, issued) == []
        if repaired:
            request = request.without_thinking()
            talk.sent(request)
            assert request.facts["without_calls"] is True and refused(request, issued) == []
        call = {"type": "tool_use", "id": f"toolu_{number}", "name": "calculate", "input": {}}
        blocks = sealed([thought, text("So."), call], body_of(request))
        issued.remember(blocks)
        talk.answer(reply_events(blocks, stop))
        talk.results(ToolResultBlock(f"toolu_{number}", str(number)))
        return [kinds for _, kinds in types_of(request.params["messages"])]

    answered(1)
    words = ["text", "text", "text"]
    assert answered(2, repaired=True) == words
    assert answered(3) == [*words, "thinking text tool_use", "tool_result"]
    assert answered(4)[:5] == [*words, "thinking text tool_use", "tool_result"]


def test_a_repair_with_nothing_to_mend_is_none() -> None:
    request = build([user("u"), assistant("a", "So."), user("v")], settings())
    assert request.without_thinking() is request


def test_another_model_s_repair_is_nothing_to_this_one() -> None:
    mended = {"request": {"model": "claude-fable-5-2", "without_thinking": True}}
    path = [user("u"), thought_with("a"), user("v"), assistant("b", "So.", facts=mended), user("w")]
    assert [kinds for _, kinds in types_of(messages(*path))] == ["text", "thinking text", "text", "text", "text"]


@pytest.mark.parametrize("between", [[], [user("v", " \n")]])
def test_a_blank_question_is_still_a_question(between: list[Node]) -> None:
    """An imported conversation may hold one, and nothing may end in the model's own words."""
    request = build([user("u", " "), assistant("a", "So."), *between, user("w", "")], settings())
    assert [message["content"] for message in request.params["messages"]] == [
        [text(BLANK)],
        [text("So.")],
        [text(BLANK)],
    ]
    assert refused(request) == []


def test_the_tools_of_an_open_turn_stay_whichever_of_its_replies_thought() -> None:
    facts = {"request": {"model": "claude-opus-5-5", "tools": [CALCULATE], "system": "Be brief."}}
    again = ToolUseBlock("toolu_2", "calculate", {})
    path = [
        user("u"),
        assistant("a", THOUGHT, CALL, stop_reason="tool_use", facts=facts),
        results("r", ToolResultBlock("toolu_1", "1")),
        assistant("b", again, stop_reason="tool_use", facts=facts),
        results("s", ToolResultBlock("toolu_2", "1")),
    ]
    request = build(path, settings(system="Be kind."))
    assert request.params["system"] == "Be brief." and request.params["tools"] == [CALCULATE]
    assert types_of(request.params["messages"])[1] == ("assistant", "thinking tool_use")


def test_a_call_of_the_server_alone_is_taken_up_as_a_pause() -> None:
    """It stopped for a tool, and none of ours was called."""
    path = [user("u"), assistant("a", "I look. ", SEARCH, stop_reason="tool_use")]
    assert types_of(messages(*path))[1] == ("assistant", "text server_tool_use")
    assert refused(build(path, settings())) == []
    assert types_of(messages(*path, user("v")))[1] == ("assistant", "text")


def test_a_repair_leaves_no_empty_message() -> None:
    request = Request({"messages": [{"role": "assistant", "content": [{"type": "thinking"}]}]})
    assert request.without_thinking().params["messages"] == []


def test_a_budget_is_not_asked_for_in_the_middle_of_a_turn_that_began_without() -> None:
    """Thinking was switched on between a call and its result."""
    path = [
        user("u"),
        assistant("a", CALL, stop_reason="tool_use"),
        results("r", ToolResultBlock("toolu_1", "1")),
    ]
    chosen = settings("claude-haiku-4-5", thinking="on", local_tools=(CALCULATE,))
    request = build(path, chosen)
    assert "thinking" not in request.params and refused(request) == []
    assert build([*path, assistant("b", "1."), user("v")], chosen).params["thinking"]["type"] == "enabled"
    # A repair takes the thinking away on which the turn began, and the calls with it.
    facts = {"request": {"model": "claude-haiku-4-5", "tools": [CALCULATE]}}
    thought = assistant("a", THOUGHT, CALL, stop_reason="tool_use", facts=facts)
    request = build([path[0], thought, path[2]], chosen)
    assert request.params["thinking"]["type"] == "enabled"
    bare = request.without_thinking()
    assert types_of(bare.params["messages"]) == [("user", "text"), ("user", "text")] and refused(bare) == []


def test_an_imported_conversation_may_begin_with_the_model() -> None:
    request = build([assistant("a", "Welcome."), user("u")], settings())
    assert request.params["messages"][0]["content"] == [{"type": "text", "text": OPENING}]
    assert refused(request) == []


def test_citations_of_a_person_are_not_sent() -> None:
    quoted = Node("u", None, "user", (TextBlock("Why?", ({"type": "char_location"},), {"x": 1}),), "typed")
    assert messages(quoted) == [{"role": "user", "content": [{"type": "text", "text": "Why?"}]}]


def test_pictures_go_as_they_came() -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0K"}}
    node = Node("u", None, "user", (OpaqueBlock(picture), TextBlock("What is this?")), "typed")
    assert messages(node)[0]["content"][0] == picture
    assert refused(build([node], settings())) == []


def test_the_facts_are_the_parameters() -> None:
    request = build([user("u")], settings(system="Be brief.", local_tools=(CALCULATE,), server_tools=("web_search",)))
    assert "messages" not in request.facts and request.facts["system"] == "Be brief."
    assert [tool["name"] for tool in request.facts["tools"]] == ["web_search", "calculate"]
    assert {**request.facts, "messages": request.params["messages"]} == request.params


# Thinking and effort


@pytest.mark.parametrize("model", [*KNOWN, "claude-haiku-4-5-20251001", "claude-unknown-9"])
@pytest.mark.parametrize("mode", ["auto", "on", "off"])
def test_every_setting_is_accepted(model: str, mode: Any) -> None:
    for chosen in (None, *EFFORTS):
        for limit in (None, 1, 1024, 1025, 500_000):
            for tools in ((), ("web_search", "web_fetch", "code_execution")):
                now = settings(model, thinking=mode, effort=chosen, max_tokens=limit, server_tools=tools)
                request = build([user("u")], now)
                assert refused(request) == [], request.facts
                off = request.params.get("thinking", {}).get("type") in ("disabled", "between_tools", None)
                assert thinking_is_off(now) == (off and now.model.known and thinks_not(request, now))


def thinks_not(request: Request, chosen: Settings) -> bool:
    return "thinking" in request.params or not chosen.model.thinks_by_default


@pytest.mark.parametrize(
    ("model", "mode", "chosen", "thinking", "sent"),
    [
        ("claude-opus-5-5", "auto", None, "adaptive", None),
        ("claude-opus-5-5", "off", "max", "adaptive", "max"),  # it always thinks
        ("claude-opus-5", "off", "max", "disabled", "high"),
        ("claude-opus-5", "on", "max", "adaptive", "max"),
        ("claude-haiku-5-5", "off", "xhigh", "disabled", "high"),
        ("claude-sonnet-5-5", "off", "max", "between_tools", "high"),
        ("claude-sonnet-5-5", "auto", "xhigh", "adaptive", "xhigh"),
        ("claude-sonnet-5", "off", "max", "disabled", "max"),
        ("claude-opus-4-8", "off", "xhigh", None, "xhigh"),
        ("claude-opus-4-8", "auto", "low", "adaptive", "low"),
        ("claude-opus-4-6", "on", "xhigh", "adaptive", "high"),  # it has no xhigh
        ("claude-opus-4-5", "on", "max", "enabled", "high"),
        ("claude-opus-4-5", "auto", "low", None, "low"),
        ("claude-haiku-4-5", "on", "max", "enabled", None),
        ("claude-haiku-4-5", "auto", "max", None, None),
        ("claude-unknown-9", "auto", "max", None, "max"),
        ("claude-unknown-9", "on", None, "adaptive", None),
        ("claude-unknown-9", "off", "low", None, "low"),
    ],
)
def test_thinking_and_effort(model: str, mode: Any, chosen: Any, thinking: str | None, sent: str | None) -> None:
    now = settings(model, thinking=mode, effort=chosen)
    params = build([user("u")], now).params
    assert params.get("thinking", {}).get("type") == thinking
    assert params.get("output_config", {}).get("effort") == sent == effective_effort(now)


@pytest.mark.parametrize(("limit", "budget"), [(1024, None), (1025, 1024), (4000, 2000), (64_000, 16_000)])
def test_a_budget_leaves_room_for_the_answer(limit: int, budget: int | None) -> None:
    thinking = build([user("u")], settings("claude-haiku-4-5", thinking="on", max_tokens=limit)).params.get("thinking")
    assert (thinking or {}).get("budget_tokens") == budget


def test_limits() -> None:
    chosen = settings("claude-haiku-4-5", max_tokens=500_000)
    assert build([user("u")], chosen).params["max_tokens"] == 64_000
    assert build([user("u")], chosen, max_tokens=5).params["max_tokens"] == 5
    assert build([user("u")], settings()).params["max_tokens"] == 32_000


def test_the_api_is_asked_why_its_cache_had_nothing_and_told_the_reply_before() -> None:
    asking = replace(Settings(find_model("claude-opus-5-5")), diagnose=True)
    said = assistant("a", "It is.", model="claude-opus-5-5", facts={"message_id": "msg_01Ab"})
    assert "diagnostics" not in build([user("q")], replace(asking, diagnose=False)).params
    assert build([user("q")], asking).params["diagnostics"] == {"previous_message_id": None}
    request = build([user("q"), said, user("q2")], asking)
    assert request.params["diagnostics"] == {"previous_message_id": "msg_01Ab"} and refused(request) == []
    for id in ("not one", 7, None):
        other = replace(said, facts={"message_id": id})
        assert build([user("q"), other, user("q2")], asking).params["diagnostics"] == {"previous_message_id": None}

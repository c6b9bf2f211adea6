"""The rules of a request: a table of bodies that pass, and of bodies that are refused, each with its reason."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from claude_tui.demo.issued import Issued
from claude_tui.demo.signing import sealed
from claude_tui.demo.usage import Cache, input_tokens
from claude_tui.demo.validator import problems

HEADERS = {"anthropic-version": "2026-10-21"}
NEW, OLD = "claude-opus-5-5", "claude-haiku-4-5"
Json = dict[str, Any]


def user(*content: Any) -> Json:
    return {"role": "user", "content": content[0] if len(content) == 1 and isinstance(content[0], str) else [*content]}


def claude(*content: Any) -> Json:
    return {**user(*content), "role": "assistant"}


def text(said: str, **more: Any) -> Json:
    return {"type": "text", "text": said, **more}


def call(one: str = "toolu_1", name: str = "clock") -> Json:
    return {"type": "tool_use", "id": one, "name": name, "input": {}}


def result(one: str = "toolu_1", content: Any = "noon") -> Json:
    return {"type": "tool_result", "tool_use_id": one, "content": content}


def search(one: str = "srvtoolu_1") -> Json:
    return {"type": "server_tool_use", "id": one, "name": "web_search", "input": {"query": "x"}}


def found(one: str = "srvtoolu_1") -> Json:
    return {"type": "web_search_tool_result", "tool_use_id": one, "content": []}


def tool(name: str = "clock", **more: Any) -> Json:
    return {"name": name, "input_schema": {"type": "object", "properties": {}}, **more}


def marked(n: int, ttl: str = "5m") -> list[Json]:
    return [text(f"part {i}", cache_control={"type": "ephemeral", "ttl": ttl}) for i in range(n)]


def request(*messages: Json, model: str = NEW, **more: Any) -> Json:
    return {"model": model, "max_tokens": 4096, "messages": list(messages) or [user("hello")], **more}


CITED = {
    "type": "web_search_result_location",
    "cited_text": "a",
    "encrypted_index": "b",
    "title": None,
    "url": "https://example.com",
}
PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}}
PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "aGVsbG8="}}
FORMAT = {"format": {"type": "json_schema", "schema": {"type": "object"}}}

ACCEPTED: dict[str, Json] = {
    "plain": request(),
    "stream": request(stream=True),
    "pre-warm": request(max_tokens=0),
    "two users in a row": request(user("a"), user("b")),
    "history": request(user("a"), claude("b"), user("c")),
    "a system message among them": request(user("a"), {"role": "system", "content": "be brief"}, user("b")),
    "system text and blocks": request(system=[text("be kind", cache_control={"type": "ephemeral"})]),
    "unknown claude": request(model="claude-opus-9"),
    "prefill on an old model": request(user("a"), claude("b"), model=OLD),
    "prefill with blocks": request(user("a"), claude(text("b"), text("c")), model="claude-opus-4-5-20251101"),
    "adaptive": request(thinking={"type": "adaptive", "display": "summarized"}),
    "disabled where it may be": request(model="claude-opus-5", thinking={"type": "disabled"}),
    "between tools": request(model="claude-sonnet-5-5", thinking={"type": "between_tools"}),
    "enabled": request(model=OLD, thinking={"type": "enabled", "budget_tokens": 1024}),
    "enabled on 4.6": request(model="claude-opus-4-6", thinking={"type": "enabled", "budget_tokens": 2000}),
    "effort": request(output_config={"effort": "xhigh"}),
    "max effort on 4.6": request(model="claude-sonnet-4-6", output_config={"effort": "max"}),
    "format": request(output_config=FORMAT),
    "image and pdf": request(user(text("look"), PNG, PDF)),
    "tools": request(tools=[tool(), tool("calc"), {"type": "web_search_20260318", "name": "web_search"}]),
    "older search on an older model": request(model=OLD, tools=[{"type": "web_search_20250305", "name": "web_search"}]),
    "a call and its result": request(user("a"), claude(text("b"), call()), user(result())),
    "two calls, two results, then words": request(
        user("a"), claude(call("t1"), call("t2")), user(result("t2"), result("t1", [text("x")]), text("and?"))
    ),
    "result in an image": request(user("a"), claude(call()), user(result(content=[PNG]))),
    "empty result": request(user("a"), claude(call()), user({"type": "tool_result", "tool_use_id": "toolu_1"})),
    "search with its result": request(user("a"), claude(search(), found(), text("b")), user("c")),
    "a paused turn": request(user("a"), claude(text("b"), search())),
    "a paused turn with its result": request(user("a"), claude(text("b"), search(), found())),
    "code that waits for a client tool": request(user("a"), claude(search(), call()), user(result())),
    "its result in the next turn": request(
        user("a"), claude(search(), call()), user(result()), claude(found(), text("b")), user("c")
    ),
    "citations in assistant text": request(user("a"), claude(text("b", citations=[CITED])), user("c")),
    "no citations in user text": request(user(text("b", citations=None))),
    "a block of the future in assistant": request(user("a"), claude({"type": "hologram", "x": 1}), user("b")),
    "four breakpoints": request(user(*marked(3)), cache_control={"type": "ephemeral"}),
    "an hour before five minutes": request(system=marked(1, "1h"), messages=[user(*marked(2))]),
    "forced tool on an old model": request(model=OLD, tools=[tool()], tool_choice={"type": "tool", "name": "clock"}),
    "fast": request(speed="fast"),
}

PREFILL = "This model does not support assistant message prefill. The conversation must end with a user message."

REFUSED: dict[str, tuple[Json, str]] = {
    "no model": ({"max_tokens": 1, "messages": [user("a")]}, "model: Field required"),
    "other maker": (request(model="gpt-4"), "model: gpt-4"),
    "no max_tokens": ({"model": NEW, "messages": [user("a")]}, "max_tokens: Field required"),
    "max_tokens too large": (request(max_tokens=128_001), "max_tokens: 128001 > 128000"),
    "max_tokens too large for an old model": (request(model=OLD, max_tokens=64_001), "> 64000"),
    "max_tokens is text": (request(max_tokens="9"), "max_tokens: Input should be a valid integer"),
    "unknown key": (request(colour="red"), "colour: Extra inputs are not permitted"),
    "temperature": (request(temperature=1.0), "temperature: sampling parameters are not supported"),
    "top_k": (request(top_k=1), "top_k: sampling parameters"),
    "stream is a number": (request(stream=1), "stream: Input should be a valid boolean"),
    "no messages": ({**request(), "messages": []}, "messages: at least one message is required"),
    "first is assistant": (request(claude("a"), user("b")), 'first message must use the "user" role'),
    "unknown role": (request(user("a"), {"role": "tool", "content": "x"}), "messages.1.role"),
    "message key": (request({**user("a"), "id": "x"}), "messages.0.id: Extra inputs are not permitted"),
    "empty user": (request({"role": "user", "content": []}), "messages.0: user messages must have non-empty content"),
    "empty assistant": (request(user("a"), {"role": "assistant", "content": ""}, user("b")), "non-empty content"),
    "empty text": (request(user(text("")), user("b")), "text content blocks must be non-empty"),
    "white text": (request(user(" \n")), "text content blocks must contain non-whitespace text"),
    "white assistant text": (request(user("a"), claude(text("\n\n")), user("b")), "non-whitespace text"),
    "empty system": (request(system=""), "system: text content blocks must be non-empty"),
    "empty system block": (request(system=[text("")]), "system.0: text content blocks must be non-empty"),
    "unknown block from a user": (request(user({"type": "hologram"})), "does not match any of the expected tags"),
    "unknown key in text": (request(user(text("a", origin="x"))), "messages.0.content.0.text.origin: Extra inputs"),
    "citations of a user": (
        request(user(text("a", citations=[CITED]))),
        "`citations` are not permitted on text blocks",
    ),
    "unknown citation": (request(user("a"), claude(text("b", citations=[{"type": "x"}])), user("c")), "citations.0"),
    "document of an assistant": (
        request(user("a"), claude(PDF), user("b")),
        "`document` blocks can only be in `user` messages",
    ),
    "call by a user": (request(user(call())), "`tool_use` blocks can only be in `assistant` messages"),
    "bad image data": (
        request(user({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "?"}})),
        "invalid base64 data",
    ),
    "bad image type": (
        request(user({"type": "image", "source": {"type": "base64", "media_type": "image/bmp", "data": "aGk="}})),
        "media_type: Input should be one of",
    ),
    "prefill on a new model": (request(user("a"), claude("b")), PREFILL),
    "prefill on an unknown model": (request(user("a"), claude("b"), model="claude-x"), PREFILL),
    "prefill on 4.6": (request(user("a"), claude("b"), model="claude-sonnet-4-6"), PREFILL),
    "prefill with thinking": (
        request(user("a"), claude("b"), model=OLD, thinking={"type": "enabled", "budget_tokens": 1024}),
        "Expected `thinking` or `redacted_thinking`, but found `text`",
    ),
    "prefill with white space": (
        request(user("a"), claude("b "), model=OLD),
        "messages: final assistant content cannot end with trailing whitespace",
    ),
    "prefill with a format": (request(user("a"), claude("b"), model=OLD, output_config=FORMAT), "Prefill is not"),
    "call without result": (
        request(user("a"), claude(call()), user("b")),
        "`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1.",
    ),
    "call at the end": (request(user("a"), claude(call())), "without `tool_result` blocks"),
    "one of two answered": (request(user("a"), claude(call("t1"), call("t2")), user(result("t1"))), "after: t2."),
    "result behind words": (request(user("a"), claude(call()), user(text("b"), result())), "immediately after"),
    "result without call": (
        request(user(result())),
        "unexpected `tool_use_id` found in `tool_result` blocks: toolu_1",
    ),
    "result too late": (
        request(user("a"), claude(call()), user(result()), claude("b"), user(result())),
        "unexpected `tool_use_id`",
    ),
    "result twice": (request(user("a"), claude(call()), user(result(), result())), "must have a single result"),
    "id twice": (
        request(user("a"), claude(call()), user(result()), claude(call()), user(result())),
        "`tool_use` ids must be unique",
    ),
    "input is text": (request(user("a"), claude({**call(), "input": "{"}), user(result())), "valid dictionary"),
    "empty text in a result": (request(user("a"), claude(call()), user(result(content=[text("")]))), "non-empty"),
    "search without result": (
        request(user("a"), claude(search(), text("b")), user("c")),
        "`web_search` tool use with id `srvtoolu_1` was found without a corresponding `web_search_tool_result` block",
    ),
    "search result without search": (request(user("a"), claude(found(), text("b")), user("c")), "unexpected"),
    "disabled on an always-on model": (request(thinking={"type": "disabled"}), '"thinking.type.disabled" is not'),
    "enabled on an always-on model": (
        request(thinking={"type": "enabled", "budget_tokens": 1024}),
        '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive"',
    ),
    "adaptive on an old model": (request(model=OLD, thinking={"type": "adaptive"}), "thinking.type.adaptive"),
    "between tools elsewhere": (request(thinking={"type": "between_tools"}), "thinking.type.between_tools"),
    "between tools at max effort": (
        request(model="claude-sonnet-5-5", thinking={"type": "between_tools"}, output_config={"effort": "max"}),
        'only supported with effort up to "high"',
    ),
    "disabled at xhigh": (
        request(model="claude-haiku-5-5", thinking={"type": "disabled"}, output_config={"effort": "xhigh"}),
        'only supported with effort up to "high"',
    ),
    "small budget": (
        request(model=OLD, thinking={"type": "enabled", "budget_tokens": 1023}),
        "greater than or equal to 1024",
    ),
    "budget beyond max_tokens": (
        request(model=OLD, thinking={"type": "enabled", "budget_tokens": 4096}),
        "`max_tokens` must be greater than `thinking.budget_tokens`",
    ),
    "display": (request(thinking={"type": "adaptive", "display": "full"}), "'summarized' or 'omitted'"),
    "budget on adaptive": (request(thinking={"type": "adaptive", "budget_tokens": 2000}), "Extra inputs"),
    "thinking of no kind": (request(thinking={"type": "deep"}), "does not match any of the expected tags"),
    "effort on an old model": (request(model=OLD, output_config={"effort": "low"}), "effort parameter"),
    "xhigh on 4.6": (request(model="claude-opus-4-6", output_config={"effort": "xhigh"}), "effort level 'xhigh'"),
    "max on 4.5": (request(model="claude-opus-4-5", output_config={"effort": "max"}), "effort level 'max'"),
    "no such effort": (request(output_config={"effort": "utmost"}), "output_config.effort"),
    "output_config key": (request(output_config={"verbosity": 1}), "output_config.verbosity: Extra inputs"),
    "format without schema": (request(output_config={"format": {"type": "json_schema"}}), "schema: Field required"),
    "five breakpoints": (
        request(user(*marked(5))),
        "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ),
    "five with the automatic one": (request(user(*marked(4)), cache_control={"type": "ephemeral"}), "Found 5."),
    "ttl": (request(user(*marked(1, "2h"))), "ttl: Input should be '5m' or '1h'"),
    "an hour after five minutes": (request(user(*marked(1), *marked(1, "1h"))), "must not come after"),
    "empty cache_control": (request(user(text("a", cache_control={}))), "cache_control.type: Field required"),
    "tool names": (request(tools=[tool(), tool()]), "tools: Tool names must be unique."),
    "tool without schema": (request(tools=[{"name": "x"}]), "input_schema: Field required"),
    "schema of no object": (request(tools=[{**tool(), "input_schema": {"type": "array"}}]), "Input should be 'object'"),
    "schema with a wrong type": (
        request(tools=[{**tool(), "input_schema": {"type": "object", "properties": {"a": {"type": "str"}}}}]),
        "JSON schema is invalid",
    ),
    "tool name with a space": (request(tools=[tool("my tool")]), "String should match pattern"),
    "tool key": (request(tools=[tool(display="x")]), "tools.0.custom.display: Extra inputs"),
    "unknown server tool": (request(tools=[{"type": "web_search_20300101", "name": "web_search"}]), "expected tags"),
    "new search on an old model": (
        request(model=OLD, tools=[{"type": "web_search_20260318", "name": "web_search"}]),
        "does not support tool types: web_search_20260318",
    ),
    "server tool with another name": (request(tools=[{"type": "web_search_20260209", "name": "s"}]), "'web_search'"),
    "choice without tools": (request(tool_choice={"type": "auto"}), "may only be specified while providing tools"),
    "choice of a tool that is not there": (
        request(model=OLD, tools=[tool()], tool_choice={"type": "tool", "name": "x"}),
        "Tool 'x' not found in provided tools",
    ),
    "forced on Opus 5.5": (request(tools=[tool()], tool_choice={"type": "any"}), 'tool_choice: "any" is not supported'),
    "forced while thinking": (
        request(model="claude-opus-4-8", tools=[tool()], tool_choice={"type": "any"}, thinking={"type": "adaptive"}),
        "Thinking may not be enabled when tool_choice forces tool use.",
    ),
    "fast on a slow model": (request(model=OLD, speed="fast"), "fast mode is not available"),
    "stop sequence of white space": (request(stop_sequences=[" "]), "must contain non-whitespace"),
    "metadata key": (request(metadata={"name": "x"}), "metadata.name: Extra inputs"),
    "foreign thinking": (
        request(user("a"), claude({"type": "thinking", "thinking": "x", "signature": "EqQB"}, text("b")), user("c")),
        "Invalid `signature` in `thinking` block",
    ),
    "unsigned thinking": (
        request(user("a"), claude({"type": "thinking", "thinking": "x"}, text("b")), user("c")),
        "thinking.signature: Field required",
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    assert problems(ACCEPTED[name], HEADERS) == []


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    body, reason = REFUSED[name]
    found_problems = problems(body, HEADERS)
    assert found_problems and reason in found_problems[0], found_problems


def test_headers() -> None:
    assert problems(request(), {}) == ["anthropic-version: header is required"]
    assert "not a valid version" in problems(request(), {"anthropic-version": "2020-01-01"})[0]
    assert problems(request(context_management={}), HEADERS) == ["context_management: Extra inputs are not permitted"]
    assert (
        problems(request(context_management={}), {**HEADERS, "anthropic-beta": "context-management-2025-06-27"}) == []
    )


def test_counting_takes_no_max_tokens() -> None:
    body = request()
    assert "max_tokens: Extra inputs are not permitted" in problems(body, HEADERS, counting=True)
    del body["max_tokens"]
    assert problems(body, HEADERS, counting=True) == []


# Thinking


def thought(said: str = "hm") -> Json:
    return {"type": "thinking", "thinking": said, "signature": ""}


def replied(body: Json, *blocks: Json) -> Json:
    """What a server that was sent `body` would have answered."""
    return claude(*sealed(list(blocks), body))


def conversation(model: str = NEW) -> tuple[Json, list[Json]]:
    """Two answered questions and a third: [user, thinking + text, user, thinking + text, user]."""
    body = request(user("one"), model=model)
    for question in ("two", "three"):
        answer = replied(body, thought(f"about {question}"), text(f"before {question}"))
        body = {**body, "messages": [*body["messages"], answer, user(question)]}
    return body, body["messages"]


def refused(body: Json, issued: Issued | None = None) -> str:
    return (problems(body, HEADERS, issued=issued) or [""])[0]


def without_thinking(message: Json) -> Json:
    return {**message, "content": [block for block in message["content"] if block["type"] != "thinking"]}


BOUND = "bound to a different conversation"


def test_thinking_goes_back_as_it_came() -> None:
    body, _ = conversation()
    assert refused(body) == ""


def test_what_is_no_part_of_the_binding() -> None:
    body, messages = conversation()
    marked_again = [{"role": m["role"], "content": m["content"]} for m in messages]
    marked_again[0] = user(text("one", cache_control={"type": "ephemeral"}))
    changed = {**body, "messages": marked_again, "max_tokens": 100, "output_config": {"effort": "low"}}
    assert refused({**changed, "thinking": {"type": "adaptive", "display": "omitted"}}) == ""


def test_thinking_may_be_dropped_from_the_front_only() -> None:
    body, messages = conversation()
    one, first, two, second, three = messages
    assert refused({**body, "messages": [one, without_thinking(first), two, second, three]}) == ""
    assert refused({**body, "messages": [one, without_thinking(first), two, without_thinking(second), three]}) == ""
    longer = {**body, "messages": [*messages, replied(body, thought("3"), text("c")), user("four")]}
    assert refused(longer) == ""
    history = [one, first, two, without_thinking(second), three, *longer["messages"][5:]]
    assert BOUND in refused({**body, "messages": history})


@pytest.mark.parametrize(
    "model", [NEW, "claude-fable-5-1", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-mythos-5-2"]
)
def test_a_changed_history_unbinds(model: str) -> None:
    body, messages = conversation(model)
    assert refused(body) == ""
    for changed in (
        {**body, "system": "new"},
        {**body, "tools": [tool()]},
        {**body, "messages": [user("other"), *messages[1:]]},
        {**body, "messages": [messages[0], without_thinking(messages[1]), user("edited"), *messages[3:]]},
    ):
        assert BOUND in refused(changed)


def test_older_models_are_not_bound_but_the_text_must_be_theirs() -> None:
    body, messages = conversation("claude-opus-4-8")
    assert refused({**body, "system": "new"}) == ""
    forged = [*messages]
    forged[1] = claude({**messages[1]["content"][0], "thinking": "else"}, messages[1]["content"][1])
    assert "Invalid `signature` in `thinking` block" in refused({**body, "messages": forged})


def test_thinking_of_another_model_is_passed_over() -> None:
    body, messages = conversation("claude-opus-4-8")
    assert refused({**body, "model": NEW, "system": "changed"}) == ""
    grown = {**body, "model": NEW}
    answer = replied(grown, thought("mine"), text("d"))
    assert refused({**grown, "messages": [*messages, answer, user("e")]}) == ""
    alias, _ = conversation("claude-haiku-4-5")
    assert refused({**alias, "model": "claude-haiku-4-5-20251001"}) == ""


def test_a_paused_turn_and_its_end_are_one_turn() -> None:
    body = request(user("one"))
    first = replied(body, thought("a"), text("I search"), search(), found())
    paused = {**body, "messages": [*body["messages"], first]}
    assert refused(paused) == ""
    second = replied(paused, thought("b"), text("done"))
    assert refused({**body, "messages": [user("one"), first, second, user("more")]}) == ""
    merged = claude(*first["content"], *second["content"])
    assert refused({**body, "messages": [user("one"), merged, user("more")]}) == ""


def test_the_last_block_may_not_be_thinking() -> None:
    body = request(user("one"))
    ended = replied(body, text("a"), thought())
    assert "final block in an assistant message cannot be `thinking`" in refused(
        {**body, "messages": [user("one"), ended, user("b")]}
    )


def test_inside_a_tool_turn_thinking_stays() -> None:
    body = request(user("what time"), tools=[tool()])
    answer = replied(body, thought("I ask"), call())
    issued = Issued()
    issued.remember(answer["content"])

    def after(said: Json) -> Json:
        return {**body, "messages": [user("what time"), said, user(result())]}

    assert refused(after(answer), issued) == ""
    changed = claude({**answer["content"][0], "thinking": "no"}, answer["content"][1])
    assert "cannot be modified" in refused(after(changed))
    assert "cannot be modified" in refused(after(without_thinking(answer)), issued)
    off = {**after(without_thinking(answer)), "model": "claude-opus-4-8"}
    assert refused(off, issued) == "", "a model that does not think needs none"
    closed = after(without_thinking(answer))
    closed["messages"] += [claude("noon"), user("thanks")]
    assert refused(closed, issued) == "", "outside a tool turn thinking may be left out"


def test_all_the_thinking_of_a_tool_turn_stays() -> None:
    body = request(user("what time"), tools=[tool()])
    issued = Issued()
    for number in (1, 2):
        answer = replied(body, thought(f"step {number}"), call(f"toolu_{number}"))
        issued.remember(answer["content"])
        body = {**body, "messages": [*body["messages"], answer, user(result(f"toolu_{number}"))]}
    assert refused(body, issued) == ""
    first = [body["messages"][0], without_thinking(body["messages"][1]), *body["messages"][2:]]
    assert "messages.1: `thinking`" in refused({**body, "messages": first}, issued)


def test_a_turn_known_to_have_begun_without_a_thought_takes_no_budget() -> None:
    body = request(user("a"), model=OLD, tools=[tool()])
    answer = replied(body, call())
    issued = Issued()
    issued.remember(answer["content"])
    body["messages"] += [answer, user(result())]
    assert refused(body, issued) == ""
    budget = {"type": "enabled", "budget_tokens": 1024}
    assert "Expected `thinking` or `redacted_thinking`" in refused({**body, "thinking": budget}, issued)


def test_enabled_thinking_needs_a_thought_before_the_tools() -> None:
    on = {"type": "enabled", "budget_tokens": 1024}
    body = request(user("a"), claude(text("b"), call()), user(result()), model=OLD, tools=[tool()])
    assert refused(body) == ""
    assert "Expected `thinking` or `redacted_thinking`, but found `text`" in refused({**body, "thinking": on})


def test_recorded_signatures_are_known_to_the_server_that_sent_them() -> None:
    issued = Issued()
    issued.remember_stream(
        b'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":'
        b'{"type":"thinking","thinking":"","signature":""}}\n\n'
        b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":'
        b'{"type":"thinking_delta","thinking":"x"}}\n\n'
        b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":'
        b'{"type":"signature_delta","signature":"EqQB"}}\n\n'
        b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
    )
    body = REFUSED["foreign thinking"][0]
    assert refused(body, issued) == ""
    body = request(user("a"), claude({"type": "thinking", "thinking": "y", "signature": "EqQB"}, text("b")), user("c"))
    assert "Invalid `signature`" in refused(body, issued)


def test_redacted_thinking_is_signed_too() -> None:
    body = request(user("a"))
    answer = replied(body, {"type": "redacted_thinking", "data": ""}, text("b"))
    assert refused({**body, "messages": [user("a"), answer, user("c")]}) == ""
    assert BOUND in refused({**body, "system": "s", "messages": [user("a"), answer, user("c")]})


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a body with each of its keys or indices."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(value, key) for key, _ in inner] + [place for _, item in inner for place in places(item)]


def test_no_body_breaks_the_validator() -> None:
    rng = random.Random(11)
    junk: list[Any] = [
        None,
        0,
        -1,
        1.5,
        True,
        "",
        " ",
        "x",
        [],
        {},
        [[]],
        [None],
        ["x"],
        {"type": []},
        {"type": "text"},
        [{}],
    ]
    bodies = [*ACCEPTED.values(), *(body for body, _ in REFUSED.values()), conversation()[0]]
    for _ in range(4000):
        body = copy.deepcopy(rng.choice(bodies))
        for _ in range(rng.randrange(1, 4)):
            container, key = rng.choice(places(body))
            if rng.random() < 0.2:
                del container[key]
            else:
                container[key] = copy.deepcopy(rng.choice(junk))
            if not places(body):
                break
        assert all(isinstance(problem, str) for problem in problems(body, HEADERS))
        input_tokens(body)
        Cache().usage(body)

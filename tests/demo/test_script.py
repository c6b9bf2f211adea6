"""The demo as a person meets it: what each word brings, and that every cut answer ends as if it had not been cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from claude_tui.demo import DemoServer, replies
from claude_tui.demo.script import DemoScript

NEW, OLD = "claude-opus-5-5", "claude-haiku-4-5"
TOOLS: list[dict[str, Any]] = [
    {"name": "current_time", "input_schema": {"type": "object", "properties": {"timezone": {"type": "string"}}}},
    {
        "name": "calculate",
        "input_schema": {
            "type": "object",
            "properties": {"expression": {"type": "string"}},
            "required": ["expression"],
        },
    },
]
SEARCH = {"type": "web_search_20260318", "name": "web_search"}


SHARED = anthropic.Anthropic(api_key="demo", max_retries=0)


@pytest.fixture
def api() -> Iterator[anthropic.Anthropic]:
    with DemoServer(pace=0) as server:
        yield SHARED.with_options(base_url=server.url)


def say(api: anthropic.Anthropic, *messages: Any, **more: Any) -> Any:
    told = [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages]
    options: dict[str, Any] = {"model": NEW, "max_tokens": 8000, "messages": told, **more}
    with api.messages.stream(**options) as stream:
        return stream.get_final_message()


def text(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def back(message: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": [block.to_dict(exclude_none=True) for block in message.content]}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("hello", replies.TOUR),
        ("give me the tour", replies.TOUR),
        ("Help!", replies.TOUR),
        ("THINK about something", replies.ESSAY),
        ("why?", replies.ESSAY),
        ("something long, please", replies.MARKDOWN),
        ("markdown", replies.MARKDOWN),
        ("search the web", replies.SEARCH_OFF),
        ("what time is it", replies.TOOLS_OFF),
        ("calculate 2 + 2", replies.TOOLS_OFF),
    ],
)
def test_words_choose(api: anthropic.Anthropic, said: str, expected: str) -> None:
    message = say(api, said)
    assert text(message) == expected and message.stop_reason == "end_turn"


def test_the_first_question_gets_the_tour_and_a_later_one_an_answer(api: anthropic.Anthropic) -> None:
    first = say(api, "How do *volcanoes* work?")
    assert "How do \\*volcanoes\\* work?" in text(first) and text(first).endswith(replies.TOUR)
    later = say(api, "How do *volcanoes* work?", back(first), "And what of glaciers?")
    assert "And what of glaciers?" in text(later) and "demo" in text(later) and replies.MENU in text(later)


def test_it_is_the_last_words_that_are_answered(api: anthropic.Anthropic) -> None:
    named = [{"type": "text", "text": "notes.txt:"}, {"type": "text", "text": "markdown"}]
    assert text(say(api, {"role": "user", "content": named})) == replies.MARKDOWN


def test_the_tour_names_the_keys() -> None:
    for key in (
        "Enter", "Ctrl+J", "Esc", "/continue", "PageUp", "PageDown", "**/**", "Ctrl+P", "Ctrl+O", "F1",
        "claude-tui --demo -c", "folded", "status line",
    ):  # fmt: skip
        assert key in replies.TOUR, key


def test_thinking(api: anthropic.Anthropic) -> None:
    shown = say(api, "think", thinking={"type": "adaptive", "display": "summarized"})
    assert shown.content[0].thinking == replies.ESSAY_THINKING and shown.content[0].signature
    assert say(api, "think").content[0].thinking == ""
    assert [block.type for block in say(api, "think", model=OLD).content] == ["text"]
    on = {"type": "enabled", "budget_tokens": 1024}
    assert say(api, "think", model=OLD, thinking=on).content[0].thinking == replies.ESSAY_THINKING


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("what time is it?", ["current_time"]),
        ("please calculate 17 * 4", ["calculate"]),
        ("12 / (3 + 1) is what", ["calculate"]),
        ("what time is it, and calculate 17 * 4 for me", ["current_time", "calculate"]),
    ],
)
def test_tools(api: anthropic.Anthropic, said: str, names: list[str]) -> None:
    first = say(api, said, tools=TOOLS)
    calls = [block for block in first.content if block.type == "tool_use"]
    assert [call.name for call in calls] == names and first.stop_reason == "tool_use"
    results = {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": c.id, "content": f"noon-{c.name}"} for c in calls],
    }
    second = say(api, said, back(first), results, tools=TOOLS)
    assert all(f"noon-{name}" in text(second) for name in names) and second.stop_reason == "end_turn"
    again = say(api, said, back(first), results, back(second), said, tools=TOOLS)
    assert again.stop_reason == "tool_use", "and once more, with ids of its own"


def test_the_sum_and_a_tool_that_failed(api: anthropic.Anthropic) -> None:
    first = say(api, "calculate 17 × (4 + 2)", tools=TOOLS)
    call = first.content[-1]
    assert call.input == {"expression": "17 * (4 + 2)"}
    no = {"type": "tool_result", "tool_use_id": call.id, "content": "The user said no.", "is_error": True}
    second = say(api, "calculate 17 × (4 + 2)", back(first), {"role": "user", "content": [no]}, tools=TOOLS)
    assert "The user said no." in text(second)


def test_search(api: anthropic.Anthropic) -> None:
    message = say(api, "search for old terminals", tools=[SEARCH])
    kinds = [block.type for block in message.content]
    assert kinds[:4] == ["thinking", "text", "server_tool_use", "web_search_tool_result"]
    assert message.content[2].input == {"query": "old terminals"}
    cited = [block.citations[0].url for block in message.content if block.type == "text" and block.citations]
    assert cited == [url for url, _, _ in replies.SEARCH_PAGES]
    assert message.usage.server_tool_use.web_search_requests == 1
    assert text(say(api, "search for old terminals", back(message), "tour", tools=[SEARCH])) == replies.TOUR


def test_pause(api: anthropic.Anthropic) -> None:
    first = say(api, "pause", tools=[SEARCH])
    assert first.stop_reason == "pause_turn" and text(first) == replies.PAUSE_FIRST
    second = say(api, "pause", back(first), tools=[SEARCH])
    assert second.stop_reason == "end_turn" and text(second) == replies.PAUSE_SECOND
    assert text(say(api, "pause", back(first), back(second), "tour", tools=[SEARCH])) == replies.TOUR


def test_refusal(api: anthropic.Anthropic) -> None:
    message = say(api, "refuse")
    assert message.stop_reason == "refusal" and message.stop_details.explanation == replies.REFUSAL_EXPLANATION


def test_a_busy_server_lets_through_in_the_end(api: anthropic.Anthropic) -> None:
    for _ in range(2):  # and the next time it is the same again
        for _ in range(2):
            with pytest.raises(anthropic.InternalServerError) as caught:
                say(api, "overload")
            assert caught.value.status_code == 529
        assert "refused twice" in text(say(api, "overload"))
    with pytest.raises(anthropic.RateLimitError) as limited:
        say(api, "rate limit")
    assert limited.value.response.headers["retry-after"] == "3"
    assert "refused once" in text(say(api, "rate limit"))


def test_max_tokens_and_stop_sequences(api: anthropic.Anthropic) -> None:
    cut = say(api, "why", model=OLD, max_tokens=20)
    assert text(cut) == replies.ESSAY[:80] and cut.stop_reason == "max_tokens"
    stopped = say(api, "why", model=OLD, stop_sequences=["dark?"])
    assert text(stopped).endswith("why is it ") and stopped.stop_sequence == "dark?"
    assert say(api, "why", model=OLD, max_tokens=0).content == []


def test_a_title_is_short(api: anthropic.Anthropic) -> None:
    asked = "Write a title of at most six words for this conversation: why is the night sky dark"
    assert text(say(api, asked)) == "Why the night is dark"
    assert len(text(say(api, "Drop the connection", system="Give the conversation a title."))) < 40


WHOLE = DemoScript().answer({"model": OLD, "messages": [{"role": "user", "content": "eof"}]}).answer.blocks[0]["text"]  # type: ignore[union-attr]


@pytest.mark.parametrize("word", ["drop", "error", "eof"])
@pytest.mark.parametrize("way", ["prefill", "ask"])
def test_a_fault_and_its_continuation(api: anthropic.Anthropic, word: str, way: str) -> None:
    model = OLD if way == "prefill" else NEW
    messages: list[Any] = [{"role": "user", "content": word}]
    kept = ""
    with api.messages.stream(model=model, max_tokens=8000, messages=messages) as stream:
        try:
            for piece in stream.text_stream:
                kept += piece
        except Exception:
            pass
        assert stream.current_message_snapshot.stop_reason is None
    assert len(kept) > 200
    messages.append({"role": "assistant", "content": kept.rstrip()})
    if way == "ask":
        anchor = kept.rstrip()[-60:].lstrip()
        messages.append({"role": "user", "content": f"Go on, beginning with exactly:\n{anchor}"})
        rest = text(say(api, *messages))
        assert rest.startswith(anchor)
        rest = rest.removeprefix(anchor)
    else:
        rest = text(say(api, *messages, model=model))
    whole = kept.rstrip() + rest
    assert whole.endswith("you have just tested it.\n") and whole.count("1. The first item") == 1
    if word == "eof":
        assert whole == WHOLE


@pytest.mark.parametrize("said", ["why", "markdown", "search it", "pause", "time"])
def test_every_page_can_be_cut_anywhere(said: str) -> None:
    script = DemoScript()
    base: dict[str, Any] = {"model": OLD, "messages": [{"role": "user", "content": said}], "tools": [SEARCH, *TOOLS]}
    first = script.answer(base)
    whole = "".join(b.get("text", "") for b in first.blocks)  # type: ignore[union-attr]
    for cut in range(9, len(whole), max(1, len(whole) // 150)):
        kept = whole[:cut].rstrip()
        partial = {"role": "assistant", "content": kept}
        for ask in ((), ({"role": "user", "content": f"Begin with:\n{kept[-50:].lstrip()}"},)):
            answer = script.answer({**base, "messages": [*base["messages"], partial, *ask]})
            rest = "".join(b.get("text", "") for b in answer.blocks)  # type: ignore[union-attr]
            joined = kept + (rest.removeprefix(kept[-50:].lstrip()) if ask else rest)
            assert joined.startswith(whole), (cut, ask)
            assert said == "pause" or answer.blocks[-1]["type"] == first.blocks[-1]["type"]  # type: ignore[union-attr]


def test_a_user_who_repeats_the_end_of_a_finished_answer_asks_anew(api: anthropic.Anthropic) -> None:
    first = say(api, "search")
    assert text(first).endswith("is not.\n")
    assert text(say(api, "search", back(first), "tour, as it is not.")) == replies.TOUR


def test_stall_is_a_stall() -> None:
    with DemoServer(pace=0) as server:
        quick = SHARED.with_options(base_url=server.url, timeout=0.3)
        with pytest.raises(Exception, match="timed out"):
            say(quick, "stall")


def test_the_same_conversation_gets_the_same_words(api: anthropic.Anthropic) -> None:
    assert say(api, "search", tools=[SEARCH]).content == say(api, "search", tools=[SEARCH]).content


def test_go_on_without_a_quote(api: anthropic.Anthropic) -> None:
    half = {"role": "assistant", "content": replies.ESSAY[:100]}
    assert text(say(api, "why", half, "Please go on with your reply.")) == replies.ESSAY[99:]
    assert text(say(api, "why", {"role": "assistant", "content": replies.ESSAY}, "continue")) != replies.ESSAY

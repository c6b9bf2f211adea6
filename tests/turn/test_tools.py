"""The tool loop: calls, rounds, errors, pauses, and what was found half done."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claude_tui.api import Api, Endpoint
from claude_tui.cancel import Cancel
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.history import UNKNOWN_OUTCOME
from claude_tui.core.message import TextBlock, ToolResultBlock, ToolUseBlock
from claude_tui.core.models import KNOWN
from claude_tui.core.request import INVALID_INPUT, SERVER_TOOLS, Settings
from claude_tui.demo import DemoServer, Faithful, Hang, RawStream, Reply
from claude_tui.ids import new_id
from claude_tui.tools import Toolbox, ToolError, default_toolbox
from claude_tui.turn import Turn

from ..support.desk import Desk, last, reply_text, settings, typed
from ..support.streams import STREAMS

DONE = "All is done, and this is what came of it."


class Count:
    """A tool that counts its calls."""

    name = "count"
    description = "Counts."
    consent = False
    input_schema: Mapping[str, object] = {"type": "object", "properties": {"by": {"type": "integer"}}}

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def run(self, input: Mapping[str, object], cancel: Any) -> str:
        self.calls.append(dict(input))
        if input.get("by") == 13:
            raise ToolError("Thirteen is not counted.")
        if input.get("by") == 14:
            raise RuntimeError("broken")
        return f"counted {input.get('by', 1)}"


class Guarded(Count):
    name = "guarded"
    consent = True


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, Faithful(DONE)) as opened:
        yield opened


@pytest.fixture
def count() -> Count:
    return Count()


def calls(*inputs: Any, name: str = "count", said: str = "", first: int = 1) -> Reply:
    """A turn that ends in calls."""
    uses = [
        {"type": "tool_use", "id": f"toolu_{first + at}", "name": name, "input": given}
        for at, given in enumerate(inputs)
    ]
    return Reply([*([{"type": "text", "text": said}] if said else []), *uses], "tool_use")


def offering(*tools: Any, model: str = "claude-opus-5-5", **more: Any) -> Settings:
    return settings(model, local_tools=tuple(Toolbox(tools).definitions()), **more)


def ask(desk: Desk, *tools: Any, **more: Any) -> list[Turn]:
    return desk.ask("Count.", offering(*tools), tools=Toolbox(tools), **more)


def results(turn: Turn) -> list[tuple[str, bool]]:
    blocks = [block for node in turn.conversation.path() for block in node.content]
    return [(str(block.content), block.is_error) for block in blocks if isinstance(block, ToolResultBlock)]


def shape(turn: Turn) -> list[str]:
    return [node.origin for node in turn.conversation.path()]


def test_one_call(desk: Desk, count: Count) -> None:
    desk.server.then(calls({"by": 2}, said="I count."))
    turns = ask(desk, count)
    turn = last(turns)
    assert count.calls == [{"by": 2}] and results(turn) == [("counted 2", False)]
    assert shape(turn) == ["typed", "model", "tool", "model"]
    assert reply_text(turn.conversation) == f"I count.\n\n{DONE}"
    assert [each.tool for each in turns if each.phase == "tool"] == ["count"]
    assert desk.kept(turn.conversation.id).path() == turn.conversation.path()
    sent = desk.asked[1]["messages"]
    assert sent[2] == {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "counted 2"}],
    }
    assert not desk.problems


def test_calls_side_by_side_and_in_rounds(desk: Desk, count: Count) -> None:
    desk.server.then(
        calls({"by": 1}, {"by": 2}, {"by": 3}), calls({"by": 4}, first=4), calls({"by": 5}, {"by": 6}, first=5)
    )
    turn = last(ask(desk, count))
    assert [each["by"] for each in count.calls] == [1, 2, 3, 4, 5, 6]
    assert shape(turn) == ["typed", *["model", "tool"] * 3, "model"]
    assert [len(message["content"]) for message in desk.asked[3]["messages"]] == [1, 3, 3, 1, 1, 2, 2]
    assert reply_text(turn.conversation) == DONE and not desk.problems


def test_thinking_goes_back_with_the_results(desk: Desk, count: Count) -> None:
    reply = calls({"by": 1})
    thought = {"type": "thinking", "thinking": "I should count.", "signature": ""}
    desk.server.then(Reply([thought, *reply.blocks], "tool_use"))
    ask(desk, count)
    back = desk.asked[1]["messages"][1]["content"]
    assert [block["type"] for block in back] == ["thinking", "tool_use"] and back[0]["signature"]
    assert not desk.problems


def test_what_goes_wrong_is_told_to_the_model(desk: Desk, count: Count) -> None:
    desk.server.then(calls({"by": 13}, {"by": 14}, {"by": "many"}))
    turn = last(ask(desk, count))
    said = results(turn)
    assert [error for _, error in said] == [True, True, True]
    assert said[0][0] == "Thirteen is not counted." and "broken" in said[1][0] and "does not fit" in said[2][0]
    assert len(count.calls) == 2 and reply_text(turn.conversation) == DONE and not desk.problems


def test_a_tool_that_was_not_offered_is_not_run(desk: Desk, count: Count) -> None:
    desk.server.then(calls({}, name="no_such_tool"), calls({}, first=2))
    turn = last(desk.ask("Count.", offering(*default_toolbox_tools()), tools=Toolbox([count])))
    assert [error for _, error in results(turn)] == [True, True] and not count.calls
    assert "There is no tool called 'no_such_tool'" in results(turn)[0][0]
    assert "There is no tool called 'count'" in results(turn)[1][0]
    assert reply_text(turn.conversation) == DONE and not desk.problems


def default_toolbox_tools() -> list[Any]:
    box = default_toolbox()
    return [box.get(name) for name in box.names]


@pytest.mark.parametrize("name", ["tool_json_invalid", "tool_json_not_a_number"])
def test_an_input_that_is_no_json_is_not_run(desk: Desk, name: str) -> None:
    desk.server.then(RawStream((STREAMS / f"{name}.sse").read_bytes()))
    turn = last(ask(desk, *default_toolbox_tools()))
    assert (INVALID_INPUT, True) in results(turn)
    assert turn.conversation.head is not None and turn.conversation.head.status == "complete"
    assert len(desk.asked) == 2 and not desk.problems


def test_a_call_that_was_cut_is_not_run(desk: Desk, count: Count) -> None:
    desk.server.then(RawStream((STREAMS / "tool_json_cut.sse").read_bytes()))
    turn = last(ask(desk, *default_toolbox_tools()))
    assert not results(turn)
    whole = last(desk.turn(turn.conversation, offering(*default_toolbox_tools())))
    assert reply_text(whole.conversation).endswith(DONE) and not desk.problems


def test_consent(desk: Desk) -> None:
    tool = Guarded()
    asked: list[ToolUseBlock] = []

    def approve(use: ToolUseBlock, cancel: Any) -> str | None:
        asked.append(use)
        return None if use.input["by"] == 1 else "Not that one."

    desk.server.then(calls({"by": 1}, {"by": 2}, name="guarded"))
    turn = last(ask(desk, tool, approve=approve))
    assert [use.id for use in asked] == ["toolu_1", "toolu_2"]
    assert results(turn) == [("counted 1", False), ("Not that one.", True)] and tool.calls == [{"by": 1}]
    desk.server.then(calls({"by": 1}, name="guarded"))
    assert results(last(ask(desk, tool))) == [("Nobody is there to allow it.", True)]

    def broken(use: ToolUseBlock, cancel: Any) -> str | None:
        raise RuntimeError

    desk.server.then(calls({"by": 1}, name="guarded"))
    turn = last(ask(desk, tool, approve=broken))
    assert results(turn)[0][1] and len(tool.calls) == 1 and reply_text(turn.conversation) == DONE


def test_esc_while_a_person_is_asked(desk: Desk) -> None:
    tool, cancel = Guarded(), Cancel()

    def approve(use: ToolUseBlock, cancel: Cancel) -> str | None:
        threading.Timer(0.1, cancel.cancel).start()
        cancel.wait(30)
        return None  # too late

    desk.server.then(calls({"by": 1}, {"by": 2}, name="guarded"))
    turn = last(ask(desk, tool, approve=approve, cancel=cancel))
    assert results(turn) == [("Stopped by the person before it ran.", True)] * 2 and not tool.calls
    assert len(desk.asked) == 1
    assert reply_text(last(desk.turn(turn.conversation, offering(tool))).conversation) == DONE and not desk.problems


# Pauses


def paused(at: int) -> Reply:
    use = {"type": "server_tool_use", "id": f"srvtoolu_{at}", "name": "web_search", "input": {"query": str(at)}}
    found = {"type": "web_search_tool_result", "tool_use_id": f"srvtoolu_{at}", "content": []}
    return Reply([{"type": "text", "text": f"Search {at}."}, use, found], "pause_turn")


def test_a_pause_is_taken_up(desk: Desk) -> None:
    wanted = settings(server_tools=("web_search",))
    desk.server.then(paused(1), Reply([{"type": "text", "text": "Found."}]))
    turn = last(desk.ask("Search.", wanted))
    assert reply_text(turn.conversation) == "Search 1.\n\nFound." and not desk.problems
    sent = desk.asked[1]["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant"]
    assert [block["type"] for block in sent[1]["content"]] == ["text", "server_tool_use", "web_search_tool_result"]


def test_pauses_have_an_end_and_only_in_a_row(desk: Desk, count: Count) -> None:
    wanted = offering(count, server_tools=("web_search",))
    desk.server.then(*[paused(at) for at in range(22)])
    turn = last(desk.ask("Search.", wanted))
    assert len(desk.asked) == 11 and turn.conversation.head is not None
    assert turn.conversation.head.stop_reason == "pause_turn"
    # A key takes it up again.
    turn = last(desk.turn(turn.conversation, wanted))
    assert len(desk.asked) == 22 and not desk.problems
    desk.server.requests.clear()
    desk.server.then(*[paused(at) for at in range(8)], calls({"by": 1}), *[paused(20 + at) for at in range(8)])
    turn = last(desk.ask("Search.", wanted, tools=Toolbox([count])))
    assert len(desk.asked) == 18 and reply_text(turn.conversation).endswith(DONE) and not desk.problems


# The tools of the API's side


@pytest.mark.parametrize("model", [*KNOWN, "claude-unknown-9"])
def test_every_model_takes_the_tools(model: str, tmp_path: Path) -> None:
    with DemoServer(pace=0, script=Faithful(DONE)) as server, Desk(tmp_path) as desk:
        desk.api = Api(Endpoint(server.url, "demo"))
        local = tuple(default_toolbox().definitions())
        for thinking in ("auto", "on", "off"):
            wanted = settings(model, server_tools=SERVER_TOOLS, local_tools=local, thinking=thinking)
            turn = last(desk.ask("Search.", wanted))
            assert reply_text(turn.conversation) == DONE, turn.failure
        names = [tool["name"] for tool in server.requests[0].body["tools"]]
        assert names == [*SERVER_TOOLS, *default_toolbox().names]


# What was found half done


def unanswered(*, made_by: str = "model") -> tuple[Conversation, Node]:
    question = typed("Count.")
    use = ToolUseBlock("toolu_1", "count", {"by": 2})
    called = Node(
        new_id(), question.id, "assistant", (TextBlock("I count."), use), "model", stop_reason="tool_use",
        model="claude-opus-5-5",
    )  # fmt: skip
    return Conversation(new_id()).with_nodes([question, called]), called


def test_a_call_found_after_a_kill_is_never_run_again(desk: Desk, count: Count) -> None:
    conversation, _ = unanswered()
    desk.store.create(conversation).result()
    turn = last(desk.turn(desk.kept(conversation.id), offering(count), tools=Toolbox([count])))
    assert not count.calls and results(turn) == [(UNKNOWN_OUTCOME, True)]
    assert reply_text(turn.conversation) == f"I count.\n\n{DONE}" and not desk.problems


def test_a_question_instead_of_a_result(desk: Desk, count: Count) -> None:
    conversation, called = unanswered()
    desk.store.create(conversation).result()
    question = replace(typed("Never mind."), parent_id=called.id)
    turn = last(desk.turn(conversation, offering(count), question, tools=Toolbox([count])))
    assert not count.calls and reply_text(turn.conversation) == DONE and not desk.problems


def test_a_result_that_was_not_sent_is_sent(desk: Desk, count: Count) -> None:
    conversation, called = unanswered()
    result = Node(new_id(), called.id, "user", (ToolResultBlock("toolu_1", "counted 2", False),), "tool")
    conversation = conversation.with_node(result)
    desk.store.create(conversation).result()
    turn = last(desk.turn(desk.kept(conversation.id), offering(count), tools=Toolbox([count])))
    assert not count.calls and desk.asked[0]["messages"][2]["content"][0]["content"] == "counted 2"
    assert reply_text(turn.conversation) == f"I count.\n\n{DONE}" and not desk.problems


# An open turn and other settings


def thinking_call() -> Reply:
    """A turn of thinking, signed by the server, that ends in a call."""
    use = {"type": "tool_use", "id": "toolu_1", "name": "count", "input": {"by": 1}}
    return Reply([{"type": "thinking", "thinking": "I should count."}, use], "tool_use")


@pytest.mark.parametrize("model", ["claude-opus-5-5", "claude-fable-5-1", "claude-opus-4-8"])
@pytest.mark.parametrize("changed", [{"system": "Be brief."}, {"local_tools": ()}, {"server_tools": ("web_search",)}])
@pytest.mark.parametrize("asks", [False, True])
def test_an_open_turn_goes_on_whatever_was_switched_since(
    desk: Desk, model: str, changed: dict[str, Any], asks: bool
) -> None:
    count, cancel = Count(), Cancel()
    wanted = offering(count, model=model, thinking="on")

    def stop(turn: Turn) -> None:
        if turn.phase == "waiting" and len(desk.asked) > 1:
            cancel.cancel()

    desk.server.then(thinking_call(), Hang(30))
    stopped = last(desk.ask("Count.", wanted, tools=Toolbox([count]), cancel=cancel, watch=stop))
    head = stopped.conversation.head
    assert head is not None and head.status == "interrupted"
    question = [typed("And now?", head.id)] if asks else []
    then = last(desk.turn(stopped.conversation, replace(wanted, **changed), *question, tools=Toolbox([count])))
    assert desk.problems == [] and then.failure is None
    assert reply_text(then.conversation) == DONE
    assert count.calls == [{"by": 1}]
    after = desk.turn(then.conversation, replace(wanted, **changed), typed("Again?", then.conversation.head_id))
    assert desk.problems == [] and last(after).failure is None

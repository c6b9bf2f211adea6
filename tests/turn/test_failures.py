"""What fails, through the loop: what is tried again, what is said, what is kept, and how fast Esc answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claude_tui.api import Api, Attempt, Endpoint
from claude_tui.cancel import Cancel
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock, ThinkingBlock
from claude_tui.core.models import find_model
from claude_tui.core.request import Settings
from claude_tui.demo import Failure, Faithful, Fault, Faulty, Hang, RawStream, Reply
from claude_tui.ids import new_id
from claude_tui.store import Store
from claude_tui.tools import Toolbox
from claude_tui.turn import Means, Patience, Turn, run_turn

from ..support.desk import QUICK, Desk, last, reply_text, settings, typed

TEXT = "The answer that comes in the end, long enough to be gone on with."
OVERLOADED = Failure(529, "overloaded_error", "Overloaded")
WHOLE = Reply([{"type": "text", "text": TEXT}])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, Faithful(TEXT)) as opened:
        yield opened


def path_of(turn: Turn) -> list[tuple[str, str, str]]:
    return [(node.role, node.origin, node.status) for node in turn.conversation.path()]


def check_ended_badly(desk: Desk, turns: list[Turn], kind: str, said: str) -> None:
    """One sentence, the question kept, nothing else."""
    turn = last(turns)
    assert turn.failure is not None and turn.failure.kind == kind, turn.failure
    assert turn.sentence == turn.failure.sentence and turn.sentence.startswith(said)
    kept = desk.kept(turn.conversation.id)
    assert kept.path() == turn.conversation.path()
    assert kept.path()[0].content == (TextBlock("Tell me."),)
    assert kept.head is not None and kept.head.status == "failed" and not kept.head.content


# What is not tried again


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (
            Failure(413, "request_too_large", "Request exceeds the maximum size"),
            "too_large",
            ("The request is too large for the API: Request exceeds the maximum size. It has one message, of 0.1 kB."),
        ),
        (
            Failure(400, "invalid_request_error", "max_tokens: too many"),
            "invalid",
            "The API refused the request (400): max_tokens: too many.",
        ),
        (
            Failure(403, "permission_error", "Your account may not."),
            "auth",
            "The API does not accept the key (403): Your account may not.",
        ),
        (
            RawStream(b"<html>Log in</html>", 200, {"content-type": "text/html"}),
            "not_api",
            "The answer is not the API's (it is text/html); a proxy or login page may be in between.",
        ),
        (
            RawStream(b"", 307, {"location": "http://127.0.0.1:9/"}),
            "not_api",
            "The server answers with a redirect (307), which is not followed; a login page may be in between.",
        ),
        (
            Failure(429, "rate_limit_error", "Spend limit reached", error_code="enforced_spend_limit_reached"),
            "billing",
            "The API refuses for billing reasons: Spend limit reached.",
        ),
        (
            Failure(500, "api_error", "No", {"x-should-retry": "false"}),
            "server",
            "The API failed (500): No.",
        ),
        (
            Failure(429, "rate_limit_error", "Slow down", {"retry-after": "3600"}),
            "rate_limit",
            "Rate limited by the API: Slow down. It asks to wait until ",
        ),
    ],
)
def test_what_is_final(desk: Desk, answer: Any, kind: str, said: str) -> None:
    desk.server.then(answer)
    check_ended_badly(desk, desk.ask(auto_continue=1), kind, said)
    assert len(desk.asked) == 1


def test_a_wrong_key(tmp_path: Path) -> None:
    with Desk(tmp_path, api_key="right") as desk:
        desk.api = Api(Endpoint(desk.server.url, "wrong"))
        said = "The API does not accept the key (401): invalid bearer token."
        check_ended_badly(desk, desk.ask(), "auth", said)


def test_an_unknown_model_is_told_with_its_neighbours(desk: Desk) -> None:
    desk.server.then(Failure(404, "not_found_error", "model: claude-opus-5-6"))
    said = "The API does not know the model claude-opus-5-6; did you mean "
    turn = last(desk.ask(wanted=settings("claude-opus-5-6")))
    assert turn.sentence.startswith(said) and "claude-opus-5-5" in turn.sentence and turn.sentence.endswith("?")
    turn = last(desk.ask(wanted=settings("gpt")))
    assert turn.sentence == "The API does not know the model gpt."


def test_no_network(desk: Desk) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        for nowhere, kind, said in (
            (url, "network", f"The connection was refused: nothing answers at {url[7:]}."),
            ("https://api.nowhere.invalid", "offline", "No network: the name api.nowhere.invalid was not found."),
        ):
            desk.api = Api(Endpoint(nowhere, "key"))
            turns = desk.ask()
            check_ended_badly(desk, turns, kind, said)
            assert len([turn for turn in turns if turn.phase == "connecting"]) >= 1
            # The question is asked again by going on.
            desk.api = Api(Endpoint(desk.server.url, "key"))
            again = last(desk.turn(last(turns).conversation, settings()))
            assert reply_text(again.conversation) == TEXT and again.failure is None
            assert [node.role for node in again.conversation.path()] == ["user", "assistant", "assistant"]


# What is tried again


def test_busy_twice(desk: Desk) -> None:
    desk.server.then(OVERLOADED, OVERLOADED)
    turns = desk.ask(chance=lambda: 0.05)
    assert reply_text(last(turns).conversation) == TEXT
    waits = [turn for turn in turns if turn.phase == "retrying"]
    assert waits[0].sentence == "The API is overloaded. Try 2 of 5." and 0 < waits[0].wait <= 0.025
    assert waits[-1].sentence == "The API is overloaded. Try 3 of 5." and 0 < waits[-1].wait <= 0.05
    assert path_of(last(turns)) == [("user", "typed", "complete"), ("assistant", "model", "complete")]
    assert last(turns).failure is None and last(turns).sentence == ""
    assert len(desk.asked) == 3 and desk.asked[0] == desk.asked[2]


def test_busy_for_ever(desk: Desk) -> None:
    desk.server.then(*[OVERLOADED] * 9)
    check_ended_badly(desk, desk.ask(), "overloaded", "The API is overloaded.")
    assert len(desk.asked) == 5


def test_it_waits_as_long_as_it_is_told(desk: Desk) -> None:
    desk.server.then(Failure(429, "rate_limit_error", "Slow down", {"retry-after": "0.3"}))
    began = time.monotonic()
    turns = desk.ask()
    assert time.monotonic() - began >= 0.3
    waits = [turn.wait for turn in turns if turn.phase == "retrying"]
    assert len(waits) > 3 and waits == sorted(waits, reverse=True) and 0.2 < waits[0] <= 0.3
    assert reply_text(last(turns).conversation) == TEXT


@pytest.mark.parametrize("kind", ["fin", "rst", "eof", "error", "stall", "ping-only"])
def test_nothing_came(desk: Desk, kind: Any) -> None:
    """Headers and perhaps a beginning, but not a word: asked for again by itself, whatever the setting."""
    impatient = Patience(frame=0.001, idle=0.01, stall_said=0.05, stall_cut=0.1, silent_said=0.05, silent_cut=0.1)
    for place in (0, 250):
        desk.server.then(Faulty(WHOLE, Fault(kind, after_bytes=place)))
        turns = desk.ask(patience=impatient)
        assert reply_text(last(turns).conversation) == TEXT, place
        assert last(turns).failure is None and not desk.problems


def test_a_stream_without_a_beginning_is_not_mixed_with_the_next(desk: Desk) -> None:
    events = b'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":'
    events += b'{"type":"text","text":"Words that came before any message began."}}\n\n'
    desk.server.then(RawStream(events), WHOLE)
    turn = last(desk.ask(auto_continue=0))
    assert reply_text(turn.conversation) == "Words that came before any message began."
    assert path_of(turn)[-1] == ("assistant", "model", "interrupted")


def test_pings_alone_are_said_and_given_up(desk: Desk) -> None:
    desk.server.then(Faulty(WHOLE, Fault("ping-only", after_text=30, every=0.005)))
    turns = desk.ask(patience=Patience(frame=0.001, idle=0.02, silent_said=0.05, silent_cut=1.0))
    said = [turn.sentence for turn in turns if turn.phase == "stalled"]
    assert said and said[0].startswith("The server is alive, but sent no text for ")
    assert last(turns).failure is not None and last(turns).failure.kind == "stall"
    assert reply_text(last(turns).conversation) == TEXT[:30]


def test_a_cut_reply_goes_on_once_by_itself(desk: Desk) -> None:
    cut = Faulty(WHOLE, Fault("rst", after_text=30))
    desk.server.then(
        cut, Faulty(Reply([{"type": "text", "text": TEXT[:30] + TEXT[30:45]}]), Fault("fin", after_text=44))
    )
    turn = last(desk.ask(auto_continue=1))
    assert reply_text(turn.conversation) == TEXT[:44] and turn.failure is not None
    assert turn.sentence == "The connection was lost."
    assert len(desk.asked) == 2
    turn = last(desk.turn(turn.conversation, settings()))
    assert reply_text(turn.conversation) == TEXT and turn.failure is None


# Repairs: one, and no more


def told(id: str, *content: Any, model: str = "claude-opus-5-5") -> Node:
    facts = {"request": {"model": model}}
    return Node(id, None, "assistant", content, "model", model=model, stop_reason="end_turn", facts=facts)


def talk(*nodes: Node) -> Conversation:
    linked: list[Node] = []
    for node in nodes:
        linked.append(replace(node, parent_id=linked[-1].id if linked else None))
    return Conversation(new_id()).with_nodes(linked)


def test_a_refused_signature_is_repaired_once(desk: Desk) -> None:
    thought = ThinkingBlock("Hm.", signature="bm90IG91cnM=")
    history = talk(typed("One."), told("a", thought, TextBlock("First.")))
    desk.store.create(history).result()
    turn = last(desk.turn(history, settings(), typed("Two.", "a")))
    refused, mended = desk.server.requests
    assert refused.status == 400 and "signature" in str(refused.problem)
    assert mended.status == 200
    assert [block["type"] for block in mended.body["messages"][1]["content"]] == ["text"]
    assert reply_text(turn.conversation) == TEXT and turn.failure is None and turn.sentence == ""
    # It stays mended: the next question is not refused first.
    desk.server.requests.clear()
    turn = last(desk.turn(turn.conversation, settings(), typed("Three.", turn.conversation.head_id)))
    assert [one.status for one in desk.server.requests] == [200]


def test_a_refused_prefill_is_asked_for_instead(desk: Desk) -> None:
    wrong = Settings(replace(find_model("claude-opus-4-8"), prefill=True), thinking="off")
    desk.server.then(Faulty(WHOLE, Fault("rst", after_text=40)))
    turn = last(desk.ask(wanted=wrong, auto_continue=1))
    assert [one.status for one in desk.server.requests] == [200, 400, 200]
    assert "prefill" in str(desk.server.requests[1].problem)
    assert reply_text(turn.conversation) == TEXT and turn.failure is None


@pytest.mark.parametrize("said", ["messages.1: Invalid `signature` in `thinking` block", "does not support prefill"])
def test_no_third_try(desk: Desk, said: str) -> None:
    refusal = Failure(400, "invalid_request_error", said)
    desk.server.then(refusal, refusal, refusal)
    turns = desk.ask()
    assert len(desk.asked) == 2
    check_ended_badly(desk, turns, "invalid", f"The API refused the request (400): {said}.")


# Esc


class Slow:
    """A tool that takes its time and does not listen."""

    name = "slow"
    description = "Takes its time."
    input_schema = {"type": "object", "properties": {}}
    consent = False

    def run(self, input: Any, cancel: Any) -> str:
        time.sleep(5)
        return "done"


CALL = Reply([{"type": "tool_use", "id": "t1", "name": "slow", "input": {}}], "tool_use")
LONG = Reply([{"type": "thinking", "thinking": TEXT, "signature": ""}, {"type": "text", "text": TEXT}])
PHASES: dict[str, Any] = {
    "waiting": Hang(30),
    "retrying": Failure(429, "rate_limit_error", "Slow down", {"retry-after": "30"}),
    "thinking": Faulty(LONG, Fault("stall", after_thinking=40)),
    "writing": Faulty(LONG, Fault("stall", after_text=40)),
    "stalled": Faulty(WHOLE, Fault("stall", after_text=40)),
    "tool": CALL,
}


@pytest.mark.parametrize("phase", PHASES)
def test_esc(desk: Desk, phase: str) -> None:
    desk.api.warm().result()
    tool = Slow()
    patience = Patience(frame=0.001, idle=0.05, stall_said=0.1 if phase == "stalled" else 20, tool_grace=0.05)
    wanted = settings(local_tools=tuple(Toolbox([tool]).definitions()))
    desk.server.then(PHASES[phase])
    cancel = Cancel()
    pressed: list[float] = []

    def watch(turn: Turn) -> None:
        if turn.phase == phase and not pressed and (phase != "waiting" or desk.server.requests):
            if phase in ("thinking", "writing") and (turn.reply is None or turn.reply.characters < 40):
                return
            pressed.append(0)
            threading.Timer(0.1, lambda: (pressed.append(time.monotonic()), cancel.cancel())).start()

    turns = desk.ask(
        wanted=wanted, cancel=cancel, watch=watch, patience=patience, tools=Toolbox([tool]), auto_continue=1
    )
    took = time.monotonic() - pressed[1]
    assert took < 10, took
    turn = last(turns)
    asked = len(desk.asked)
    assert asked == 1
    kept = desk.kept(turn.conversation.id)
    assert kept.path() == turn.conversation.path()
    match phase:
        case "waiting" | "retrying":
            assert turn.failure is not None and (turn.failure.kind, turn.sentence) == ("cancelled", "Stopped.")
            assert kept.head is not None and kept.head.status == "interrupted" and not kept.head.content
        case "thinking":
            assert kept.head is not None and kept.head.content == (ThinkingBlock(TEXT[:40]),)
        case "writing" | "stalled":
            assert reply_text(kept) == TEXT[:40] and turn.sentence == "Stopped."
        case _:
            result = kept.path()[-1].content[0]
            assert result.is_error and "not known what it did" in str(result.content)
    # And it goes on by a key.
    whole = last(desk.turn(kept, settings()))
    assert reply_text(whole.conversation) == TEXT and not desk.problems


def test_esc_while_the_sdk_is_loaded_and_before_anything(desk: Desk) -> None:
    class Nothing:
        """An API that is still being loaded."""

        def ask(self, params: Any) -> Any:
            return Attempt()

    cancel = Cancel()
    conversation = Conversation(new_id())
    desk.store.create(conversation).result()
    means = Means(Nothing(), desk.store, new_id, patience=QUICK)
    seen: list[Turn] = []
    for turn in run_turn(conversation, settings(), means, cancel, question=[typed("Tell me.")]):
        seen.append(turn)
        if len(seen) == 5:
            began = time.monotonic()
            cancel.cancel()
    assert time.monotonic() - began < 10
    assert {turn.phase for turn in seen[:5]} == {"connecting"} and seen[-1].sentence == "Stopped."
    turns = desk.turn(seen[-1].conversation, settings(), cancel=cancel)  # a flag that was up before
    assert turns[-1].phase == "done" and not desk.asked
    assert reply_text(last(desk.turn(seen[-1].conversation, settings())).conversation) == TEXT


def test_esc_twice_and_after_the_end(desk: Desk) -> None:
    cancel = Cancel()
    turns = desk.ask(cancel=cancel)
    cancel.cancel()
    cancel.cancel()
    assert reply_text(last(turns).conversation) == TEXT


# Ours


def test_a_bug_ends_the_turn_with_a_sentence(desk: Desk) -> None:
    class Broken:
        def ask(self, params: Any) -> Any:
            raise KeyError("oops")

    conversation = Conversation(new_id())
    desk.store.create(conversation).result()
    means = Means(Broken(), desk.store, new_id, patience=QUICK)
    turn = last(run_turn(conversation, settings(), means, Cancel(), question=[typed("Tell me.")]))
    assert turn.phase == "done" and turn.sentence == "Something went wrong here (KeyError)."
    kept = desk.kept(conversation.id)
    assert kept.path()[0].content == (TextBlock("Tell me."),)
    assert kept.head is not None and kept.head.status == "failed"


def test_nobody_looks_any_more(desk: Desk) -> None:
    """A turn that is dropped half-way leaves nothing behind but what came."""
    desk.server.then(Faulty(WHOLE, Fault("stall", after_text=30)))
    conversation = Conversation(new_id())
    desk.store.create(conversation).result()
    turns = run_turn(conversation, settings(), desk.means(), Cancel(), question=[typed("Tell me.")])
    for turn in turns:
        if turn.reply is not None and turn.reply.characters >= 30:
            break
    turns.close()  # type: ignore[attr-defined]
    kept = desk.kept(conversation.id)
    assert reply_text(kept) == TEXT[:30] and kept.head is not None and kept.head.status == "interrupted"
    early = run_turn(kept, settings(), desk.means(), Cancel(), question=[typed("More?", kept.head_id)])
    next(early)
    early.close()  # type: ignore[attr-defined]
    assert desk.kept(conversation.id).path()[-1].content == (TextBlock("More?"),)


def test_the_question_is_on_the_disk_before_it_is_sent(desk: Desk) -> None:
    desk.server.then(Hang(30))
    cancel = Cancel()
    seen: list[Any] = []

    def watch(turn: Turn) -> None:
        if desk.server.requests and not seen:
            other = Store.open(desk.database)
            found = other.load(turn.conversation.id).result()
            other.close()
            seen.append(found)
            cancel.cancel()

    desk.ask("Is this kept?", cancel=cancel, watch=watch)
    assert seen[0].path()[0].content == (TextBlock("Is this kept?"),)


# What is our own fault


def test_an_error_of_ours_leaves_a_reply_that_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from claude_tui.turn import reply as room

    taken = room.Coming._take
    calls = 0

    def breaks(self: room.Coming, event: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 6:
            raise KeyError("ours")
        taken(self, event)

    monkeypatch.setattr(room.Coming, "_take", breaks)
    turn = last(desk.ask())
    assert turn.phase == "done" and turn.failure is not None and turn.failure.kind == "bug"
    head = turn.conversation.head
    assert head is not None and head.status in ("interrupted", "failed")
    monkeypatch.undo()
    assert desk.kept(turn.conversation.id).head == head
    again = last(desk.turn(turn.conversation, settings()))
    assert reply_text(again.conversation) == TEXT

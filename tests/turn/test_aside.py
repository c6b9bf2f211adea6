"""A side question is one the API takes, whatever the state of the conversation, and is paid for and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claude_tui.cancel import Cancel
from claude_tui.core.budget import Limits, nano
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock, ThinkingBlock, ToolUseBlock, visible_text
from claude_tui.demo import Failure, Fault, Faulty, Hang, Reply
from claude_tui.ids import new_id
from claude_tui.store import Bound
from claude_tui.tools import default_toolbox
from claude_tui.turn import Purse
from claude_tui.turn.aside import Aside, ask_aside, question

from ..support.desk import Desk, settings, typed

CALL = ToolUseBlock("toolu_1", "calculate", {"expression": "1+1"})


def states() -> dict[str, tuple[Node, ...]]:
    """Paths that a conversation may stand at, with what was streamed of the last reply."""
    asked = typed("Why is the sea salt?")

    def answer(*content: Any, **more: Any) -> Node:
        more = {"status": "complete", "stop_reason": "end_turn", **more}
        return Node(new_id(), asked.id, "assistant", content, "model", model="claude-opus-5-5", **more)

    cut: dict[str, Any] = {"stop_reason": None}
    return {
        "a question alone": (asked,),
        "a whole answer": (asked, answer(TextBlock("From the rocks."))),
        "an open tool turn": (asked, answer(CALL, stop_reason="tool_use")),
        "a cut reply": (asked, answer(TextBlock("From the "), status="interrupted", **cut)),
        "nothing yet": (asked, answer(status="streaming", **cut)),
        "in the middle of a word": (asked, answer(TextBlock("From the ro"), status="streaming", **cut)),
        "in the middle of a thought": (asked, answer(ThinkingBlock("Hm", ""), status="streaming", **cut)),
        "in the middle of a call": (asked, answer(TextBlock("So: "), CALL, status="streaming", **cut)),
        "a refusal": (asked, answer(TextBlock("No."), stop_reason="refusal")),
    }


def aside(desk: Desk, path: tuple[Node, ...], text: str = "What is brine?", **more: Any) -> list[Aside]:
    wanted = settings(local_tools=tuple(default_toolbox().definitions()), system="Be brief.")
    asked = question(new_id(), path[-1].id, text)
    return list(ask_aside((*path, asked), wanted, desk.means(**more), Cancel(), "c", new_id()))


@pytest.mark.parametrize("state", states())
def test_the_strict_server_takes_it(tmp_path: Path, state: str) -> None:
    with Desk(tmp_path) as desk:
        path = states()[state]
        first = aside(desk, path)[-1]
        assert first.done and first.sentence == "" and visible_text(first.node.content) == "A short answer."
        on = aside(desk, (*path, question("q", path[-1].id, "What is brine?"), first.node), "And lye?")[-1]
        assert on.sentence == "" and on.done
        sent = [one.body for one in desk.server.requests if one.path == "/v1/messages"]
        assert [one.problem for one in desk.server.requests if one.problem] == [] and len(sent) == 2
        assert "What is brine?" in str(sent[0]["messages"][-1]) and "And lye?" in str(sent[1]["messages"][-1])
        assert sent[0]["system"] == "Be brief." and "cache_control" in sent[0]


def test_it_is_in_the_ledger_and_nowhere_else(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        conversation = Conversation("c", "Salt.", created_at=1, updated_at=1)
        desk.store.create(conversation).result()
        done = aside(desk, states()["a whole answer"])[-1]
        entries = desk.store.spent().result()
        assert [(each.kind, each.node_id, each.conversation_id) for each in entries] == [("aside", "", "c")]
        assert Decimal(entries[0].cost_usd or "0") == done.cost.dollars > 0
        kept = desk.store.load("c").result()
        assert kept is not None and not kept.nodes


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Failure(529, "overloaded_error", "Overloaded"), "verloaded"),
        (Reply([], "refusal"), "declined"),
        (Reply([{"type": "text", "text": "x"}], "max_tokens"), "not whole"),
        (Reply([{"type": "tool_use", "id": "t", "name": "calculate", "input": {}}], "tool_use"), "no"),
    ],
)
def test_each_end_is_one_sentence(tmp_path: Path, answer: Any, said: str) -> None:
    with Desk(tmp_path) as desk:
        desk.server.then(answer)
        last = aside(desk, states()["a whole answer"])[-1]
        assert last.done and said in last.sentence
        assert aside(desk, states()["a whole answer"])[-1].sentence == ""


def test_a_budget_does_not_allow_it_and_a_stop_gives_back_what_was_reserved(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        tight = Purse(desk.store, lambda conversation_id, now: Limits(day=Decimal("0.0000001")))
        refused = aside(desk, states()["a whole answer"], purse=tight)
        assert len(refused) == 1 and "budget" in refused[0].sentence and not desk.server.requests
        desk.server.then(Hang(20))
        cancel = Cancel()
        path = states()["a whole answer"]
        asked = question(new_id(), path[-1].id, "What is brine?")
        means = replace(desk.means(), purse=Purse(desk.store))
        seen: list[Aside] = []
        for snapshot in ask_aside((*path, asked), settings(), means, cancel, "c", new_id()):
            seen.append(snapshot)
            cancel.cancel()
        assert seen[-1].done and seen[-1].sentence == "Stopped."


def test_less_is_asked_for_where_less_is_left_and_it_is_said(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        purse = Purse(desk.store, lambda conversation_id, now: Limits(day=Decimal("0.10")))
        first = aside(desk, states()["a whole answer"], purse=purse)[0]
        allowed = desk.asked[0]["max_tokens"]
        assert allowed < 32_000
        assert first.notes == (f"The reply may take {allowed:,} tokens, not 32,000: the budget allows no more.",)


def test_what_nobody_listens_to_any_more_is_counted_with_what_it_wrote(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        text = "Salt comes from the rocks. " * 100
        desk.server.then(Faulty(Reply([{"type": "text", "text": text}]), Fault("hold", after_text=2_000)))
        path = states()["a whole answer"]
        means = replace(desk.means(), purse=Purse(desk.store))
        answers = ask_aside((*path, question("q", path[-1].id, "Brine?")), settings(), means, Cancel(), "c", "a")
        for snapshot in answers:
            if len(visible_text(snapshot.node.content)) >= 1_900:
                break
        answers.close()  # type: ignore[attr-defined]
        desk.server.let_go()
        (used,) = desk.store.used([Bound(0)]).result(5)
        assert used >= nano(Decimal(400 * 20) / 10**6), "four characters to a token, and then some"

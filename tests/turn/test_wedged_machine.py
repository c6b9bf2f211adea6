"""No conversation can be wedged: whatever is done to one, the strict server never refuses what is asked next.

A machine drives the real loop, with a real store and the real SDK over HTTP, through everything that a person,
the network, the model and a dying process do to a conversation, in any order. The long form does as many steps
as ``CLAUDE_TUI_WEDGED_STEPS`` says.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from claude_tui.cancel import Cancel
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock, ToolResultBlock, ToolUseBlock
from claude_tui.core.models import EFFORTS, find_model
from claude_tui.core.view import exchanges
from claude_tui.ids import new_id
from claude_tui.store import Store
from claude_tui.tools import Toolbox, ToolError
from claude_tui.turn import Patience, Turn, run_turn
from claude_tui.turn.aside import ask_aside, question

from ..support.desk import Desk, settings, typed
from ..support.improviser import KINDS, Improviser, Told

STEPS = int(os.environ.get("CLAUDE_TUI_WEDGED_STEPS", "20000"))
MODELS = ("claude-opus-5-5", "claude-haiku-4-5", "claude-sonnet-5-5", "claude-opus-4-8", "claude-unknown-9")
TOOLS = ("count", "failing", "guarded")
SERVER_TOOLS = ("web_search", "web_fetch", "code_execution")
PATIENCE = Patience(frame=0.001, idle=0.02, tool_grace=0.02)
IMPATIENT = replace(PATIENCE, stall_said=0.04, stall_cut=0.12, silent_said=0.04, silent_cut=0.12)
PHASES = ("connecting", "waiting", "thinking", "writing", "tool", "retrying", "stalled")


class Count:
    """A tool that remembers which calls it ran."""

    description = "Counts."
    input_schema: Mapping[str, object] = {"type": "object", "properties": {"by": {"type": "integer"}}}

    def __init__(self, name: str, ran: list[object]) -> None:
        self.name = name
        self.consent = name == "guarded"
        self._ran = ran

    def run(self, input: Mapping[str, object], cancel: Any) -> str:
        self._ran.append(input["by"])
        if self.name == "failing":
            raise ToolError("It cannot be counted.")
        return f"counted {input['by']}"


answers = st.builds(
    Told,
    kind=st.sampled_from(KINDS),
    thinks=st.booleans(),
    manner=st.sampled_from(("anchor", "anchor", "preamble", "none")),
    short=st.booleans(),
    fault=st.sampled_from((None, None, None, "fin", "rst", "eof", "error", "garbage", "stall", "ping-only")),
    where=st.sampled_from(("text", "text", "thinking", "bytes")),
    place=st.integers(0, 100) | st.integers(0, 2500),
    tool=st.sampled_from(TOOLS),
)
told_ = st.lists(answers, max_size=4)
somewhere = st.integers(0, 40)
escs = st.sampled_from((None, None, None, *PHASES))


class Wedger(RuleBasedStateMachine):
    """One conversation, and everything that can happen to it."""

    done: Counter[str] = Counter()
    """Steps and requests of all runs, and how the turns ended."""
    desk: Desk
    model: Improviser

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="wedged-"))
        self.deaths = 0
        self.desk.store.close(2)
        self.desk.database = self.folder / "0.db"
        self.desk.store = Store.open(self.desk.database)
        self.ran: list[object] = []
        self.tools = Toolbox([Count(name, self.ran) for name in TOOLS])
        self.wanted = settings(local_tools=tuple(self.tools.definitions()))
        self.typed: list[str] = []
        self.conversation = Conversation(new_id(), "Salt.", created_at=1, updated_at=1)
        self.desk.store.create(self.conversation).result()
        self.done["steps"] -= 1  # the invariants are looked at once before the first

    def teardown(self) -> None:
        self.desk.store.close(2)
        shutil.rmtree(self.folder, ignore_errors=True)

    # What a person does

    @rule(told=told_, esc=escs, auto=st.integers(0, 2), kill=st.none() | st.integers(0, 30))
    def ask(self, told: list[Told], esc: str | None, auto: int, kill: int | None) -> None:
        self.typed.append(f"Question {len(self.typed)}?")
        self.turn(told, esc, auto, kill, typed(self.typed[-1], self.conversation.head_id))

    @rule(told=told_, esc=escs, auto=st.integers(0, 2), kill=st.none() | st.integers(0, 30))
    def go_on(self, told: list[Told], esc: str | None, auto: int, kill: int | None) -> None:
        self.turn(told, esc, auto, kill)

    @rule(at=somewhere, told=told_, esc=escs)
    def edit(self, at: int, told: list[Told], esc: str | None) -> None:
        """Another question in the place of one."""
        if question := self.question(at):
            self.stand(question.parent_id)
        self.ask(told, esc, 0, None)

    @rule(at=somewhere, told=told_, esc=escs)
    def retry(self, at: int, told: list[Told], esc: str | None) -> None:
        """Another answer to a question."""
        if question := self.question(at):
            self.stand(question.id)
        self.turn(told, esc, 0, None)

    @rule(at=somewhere, told=told_, esc=escs, asks=st.booleans())
    def fork(self, at: int, told: list[Told], esc: str | None, asks: bool) -> None:
        """Go on from anywhere."""
        places = [None, *self.conversation.nodes]
        self.stand(places[at % len(places)])
        self.ask(told, esc, 0, None) if asks else self.turn(told, esc, 0, None)

    @rule(
        changes=st.fixed_dictionaries(
            {},
            optional={
                "model": st.sampled_from(MODELS),
                "thinking": st.sampled_from(("auto", "on", "off")),
                "effort": st.sampled_from((None, *EFFORTS)),
                "max_tokens": st.sampled_from((None, 1, 1025, 5000, 500_000)),
                "system": st.sampled_from(("", "Be brief.", " ")),
                "local_tools": st.sampled_from(((), ("count",), TOOLS)),
                "server_tools": st.sampled_from(((), ("web_search",), SERVER_TOOLS)),
            },
        ),
        told=told_,
        esc=escs,
        asks=st.booleans(),
    )
    def switch(self, changes: dict[str, Any], told: list[Told], esc: str | None, asks: bool) -> None:
        """Other settings, and on with them."""
        chosen = dict(changes)
        if "model" in chosen:
            chosen["model"] = find_model(chosen["model"])
        if "local_tools" in chosen:
            chosen["local_tools"] = tuple(self.tools.only(chosen["local_tools"]).definitions())
        self.wanted = replace(self.wanted, **chosen)
        self.ask(told, esc, 0, None) if asks else self.turn(told, esc, 1, None)

    @rule(told=told_)
    def ask_aside(self, told: list[Told]) -> None:
        """A side question, which changes nothing."""
        path = self.conversation.path()
        if not path:
            return
        self.model.told.clear()
        self.model.told.extend(
            each for each in told if each.kind not in ("hang", "slow down") and each.fault not in ("stall", "ping-only")
        )
        asked = question(new_id(), path[-1].id, "By the way?")
        means = self.desk.means(tools=self.tools, patience=IMPATIENT)
        *_, last = ask_aside((*path, asked), self.wanted, means, Cancel(), self.conversation.id, new_id())
        assert last.done
        self.model.told.clear()

    @rule()
    def reopen(self) -> None:
        self.desk.store.close(2)
        self.desk.store = Store.open(self.desk.database)
        assert not self.desk.store.recovered and not self.desk.store.notices

    # How it is done

    def question(self, at: int) -> Node | None:
        """One of those typed so far."""
        nodes = [node for node in self.nodes if node.origin == "typed"]
        return nodes[at % len(nodes)] if nodes else None

    @property
    def nodes(self) -> list[Node]:
        return list(self.conversation.nodes.values())

    def stand(self, node_id: str | None) -> None:
        self.conversation = self.conversation.with_head(node_id)
        self.desk.store.set_head(self.conversation.id, node_id)

    def turn(self, told: list[Told], esc: str | None, auto: int, kill: int | None, *question: Node) -> None:
        """A turn to its end, or to the snapshot at which the process dies."""
        self.model.told.clear()
        self.model.told.extend(told)
        cancel = Cancel()
        means = self.desk.means(
            tools=self.tools,
            approve=lambda use, cancel: None if use.input["by"] % 2 else "Not that one.",
            auto_continue=auto,
            patience=IMPATIENT if any(each.fault in ("stall", "ping-only") for each in told) else PATIENCE,
        )
        stops = [esc] if esc else []
        if any(each.kind in ("hang", "slow down") for each in told):  # nobody waits for so long
            stops += ["waiting", "retrying"]
        turns = run_turn(self.conversation, self.wanted, means, cancel, question=question)
        shown, last = "", None
        for number, last in enumerate(turns):
            seen = exchanges(last.conversation.path(), last.live)
            text = seen[-1].text if seen else ""
            assert text.startswith(shown), "what was painted was taken back"
            shown = text
            if number == kill:
                self.dies(turns, shown, asked=number > 0 or not question)
                return
            if last.phase in stops:
                cancel.cancel()
        assert last is not None and last.phase == "done" and not last.live
        assert last.failure is None or last.failure.kind != "bug", last.failure
        self.conversation = last.conversation
        self.done[f"turns: {last.failure.kind if last.failure else 'whole'}"] += 1

    def dies(self, turns: Iterator[Turn], shown: str, *, asked: bool) -> None:
        """The process ends here: what the next one finds is what was on disk now."""
        self.deaths += 1
        found = self.folder / f"{self.deaths}.db"
        now, then = sqlite3.connect(self.desk.database), sqlite3.connect(found)
        now.backup(then)
        with then:
            then.execute("UPDATE lease SET started = 'another'")  # its process is ours, and must count as gone
        now.close()
        then.close()
        turns.close()  # type: ignore[attr-defined]
        self.desk.store.close(2)
        self.desk.database = found
        self.desk.store = Store.open(found)
        conversation = self.desk.store.load(self.conversation.id).result()
        assert conversation is not None
        self.conversation = conversation
        self.done["turns: killed"] += 1
        if not asked:  # the question is in the prompt still, as a draft
            self.typed.pop()
            return
        seen = exchanges(conversation.path())
        assert (seen[-1].text if seen else "").startswith(shown), "what was painted was not on disk"

    # What always holds

    @invariant()
    def nothing_is_refused(self) -> None:
        requests = self.desk.server.requests
        problems = [one.problem for one in requests if one.problem]
        self.done["steps"] += 1
        self.done["requests"] += len(requests)
        requests.clear()
        assert not problems, problems

    @invariant()
    def the_store_has_it(self) -> None:
        self.desk.store.set_head(self.conversation.id, self.conversation.head_id).result()
        found = self.desk.store.load(self.conversation.id).result()
        assert found is not None and found.head_id == self.conversation.head_id
        assert found.nodes == self.conversation.nodes

    @invariant()
    def no_tool_ran_twice(self) -> None:
        assert len(set(self.ran)) == len(self.ran)
        blocks = [block for node in self.nodes for block in node.content]
        answered = {block.tool_use_id for block in blocks if isinstance(block, ToolResultBlock)}
        assert answered <= {block.id for block in blocks if isinstance(block, ToolUseBlock)}

    @invariant()
    def every_question_is_kept(self) -> None:
        blocks = [block for node in self.nodes if node.origin == "typed" for block in node.content]
        assert sorted(block.text for block in blocks if isinstance(block, TextBlock)) == sorted(self.typed)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[type[Wedger]]:
    model = Improviser()
    with Desk(tmp_path, model) as desk:
        Wedger.desk, Wedger.model, Wedger.done = desk, model, Counter()
        yield Wedger


def run(machine: type[Wedger], runs: int, steps: int) -> None:
    """Without shrinking what is found: over HTTP that takes longer than reading it."""
    chosen = effort(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.reuse, Phase.generate),
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_no_conversation_can_be_wedged(machine: type[Wedger]) -> None:
    run(machine, 8, 20)
    assert machine.done["steps"] > 80


@pytest.mark.long
def test_no_conversation_can_be_wedged_for_long(machine: type[Wedger], capsys: pytest.CaptureFixture[str]) -> None:
    while machine.done["steps"] < STEPS:
        run(machine, 40, 40)
        with capsys.disabled():
            print(f"\n{dict(sorted(machine.done.items()))}", end="")

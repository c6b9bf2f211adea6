"""Every kind of file comes in as what it says, is known when it comes again, and can be asked on."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.imported import IMPORTED
from claude_tui.core.message import (
    OpaqueBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    block_to_wire,
    visible_text,
)
from claude_tui.core.models import find_model
from claude_tui.core.request import Settings, build
from claude_tui.core.resume import plan
from claude_tui.core.sound import sound
from claude_tui.core.view import exchanges
from claude_tui.demo.validator import problems
from claude_tui.exchange import from_markdown, from_ours, to_json, to_markdown
from claude_tui.exchange.carried import Carried
from claude_tui.exchange.file_reader import Found, Unread, Watch, conversations
from claude_tui.exchange.intake import Progress, Report, take_in
from claude_tui.store import Store
from tests.exchange.samples import CLAUDE, EVERY, LLM_OLD, ours, write_database, write_json
from tests.exchange.trees import BLOCKS, OBJECT
from tests.exchange.trees import conversations as trees

LONG = int(os.environ.get("CLAUDE_TUI_TREES", "1000"))
"""Trees in the long form."""
HEADERS = {"anthropic-version": "2023-06-01"}
MODELS = ("claude-opus-5-5", "claude-haiku-4-5", "claude-sonnet-5-5", "claude-opus-4-8")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "data" / "conversations.db")
    yield store
    store.close(2)


def found_in(path: Path) -> list[Found]:
    found = list(conversations(path, Watch(lambda at, size: None, lambda: False)))
    assert not any(isinstance(one, Unread) for one in found), found
    return [one for one in found if isinstance(one, Found)]


def one_in(path: Path, place: int = 0) -> Carried:
    return found_in(path)[place].carried


def everything(store: Store) -> list[Conversation]:
    found = [store.load(row.id).result() for row in store.recent().result()]
    return [one for one in found if one is not None]


def refusals(conversation: Conversation) -> list[str]:
    """Why the strict validator would refuse what is asked next, from any node, on any model."""
    found: list[str] = []
    for name in MODELS:
        chosen = Settings(find_model(name), thinking="on")
        for node in conversation.nodes.values():
            path = conversation.path(node.id)
            step = plan(path, chosen)
            typed = Node("next", node.id, "user", (TextBlock(step.ask if step and step.ask else "Go on?"),), "typed")
            if step is not None and step.ask is None and node.role == "assistant" and step.join.via == "prefill":
                asked = path
            else:
                asked = path if node.role == "user" else (*path, typed)
            request = build(asked, chosen, join=step.join) if step is not None else build(asked, chosen)
            found += [f"{name}, {node.id}: {one}" for one in problems(dict(request.params), HEADERS)]
    return found


# Each kind


@pytest.mark.parametrize("kind", EVERY)
def test_it_comes_in_once_and_can_be_asked_on(kind: str, store: Store, tmp_path: Path) -> None:
    path = EVERY[kind](tmp_path)
    report = take_in(store, path)
    assert report.new == report.of > 0 and not report.unread, report
    here = everything(store)
    assert len(here) == report.of and sum(len(one.nodes) for one in here) == report.messages
    for conversation in here:
        assert refusals(conversation) == []
        assert all(IMPORTED in node.facts for node in conversation.nodes.values())
    again = take_in(store, path)
    assert (again.new, again.same, again.messages) == (0, report.of, 0)
    assert again.sentences[0].endswith("here already.")
    assert everything(store) == here


def test_claude(tmp_path: Path) -> None:
    first, second, empty = (one.carried for one in found_in(EVERY["claude.ai"](tmp_path)))
    talk = first.conversation
    question, answer, *_ = talk.path()
    kinds = [(block.type, block.data.get("title")) for block in question.content if isinstance(block, OpaqueBlock)]
    assert kinds == [("document", "a.txt"), ("claude_tui.file", "b.bin"), ("claude_tui.file", "photo.png")]
    thought, call, result, text, other = answer.content
    assert thought == ThinkingBlock("Let me see.", "")
    assert isinstance(call, ToolUseBlock) and (call.name, call.input) == ("web_search", {"query": "photo"})
    assert isinstance(result, ToolResultBlock) and result.tool_use_id == call.id
    assert isinstance(text, TextBlock) and text.text == "Seen it all."
    assert [(one["url"], one["cited_text"]) for one in text.citations] == [("https://a.example/x", "Seen")]
    assert isinstance(other, OpaqueBlock) and other.type == "claude.ai.token_budget"
    assert visible_text(talk.path()[-1].content) == "First answer." and len(talk.siblings(talk.path()[-1].id)) == 2
    assert (talk.title, talk.created_at, talk.updated_at) == ("Talk one", 1740823200000, 1740909600000)
    assert first.lost == {"files, of which the export has only the names": 2}
    assert [visible_text(node.content) for node in second.conversation.path()] == ["Older, a list.", "Yes."]
    assert not empty.conversation.nodes


def test_what_else_is_in_an_archive_is_told(store: Store, tmp_path: Path) -> None:
    said = take_in(store, EVERY["claude.ai's archive"](tmp_path)).sentences
    assert "other files of the archive (1)" in said[-1]


def test_chatgpt(tmp_path: Path) -> None:
    carried = one_in(EVERY["ChatGPT"](tmp_path))
    talk = carried.conversation
    question, thought, recap, call, result, answer = talk.path()
    assert question.parent_id is None and [type(block) for block in question.content] == [
        OpaqueBlock, OpaqueBlock, TextBlock, TextBlock
    ]  # fmt: skip
    assert thought.content == (ThinkingBlock("**S**\n\nHm."),) and recap.content == (ThinkingBlock("Thought."),)
    (calling,) = call.content
    assert isinstance(calling, ToolUseBlock) and (calling.name, calling.input) == ("web", {"q": 1})
    (given,) = result.content
    assert isinstance(given, ToolResultBlock) and (given.tool_use_id, given.content) == (calling.id, "Output.")
    (text,) = answer.content
    assert isinstance(text, TextBlock) and text.text == "It is so. Or not."
    assert [one["url"] for one in text.citations] == ["https://b.example"]
    assert answer.model == "gpt-5" and len(talk.nodes) == 9
    assert {node.content[0].type for node in talk.nodes.values() if isinstance(node.content[0], OpaqueBlock)} == {
        "claude_tui.file", "ChatGPT.hologram"
    }  # fmt: skip
    assert sum(carried.lost.values()) == 5 and carried.lost["marks of sources that are not named"] == 1
    shown = exchanges(talk.path())[-1]
    assert [part.kind for part in shown.parts] == ["thinking", "thinking", "tool", "text"]
    assert shown.parts[2].result is not None


def test_llm(tmp_path: Path) -> None:
    first, alone = (one.carried for one in found_in(EVERY["llm"](tmp_path)))
    asked, answered, given, last = first.conversation.path()
    assert [type(block) for block in asked.content] == [OpaqueBlock, OpaqueBlock, TextBlock]
    assert asked.facts["request"] == {"system": "Be brief."}
    assert [type(block) for block in answered.content] == [ThinkingBlock, TextBlock, ToolUseBlock]
    assert answered.usage.counts == {"input_tokens": 3, "output_tokens": 4} and answered.model == "m-1"
    assert given.content == (ToolResultBlock("tc1", "It is white."),)
    assert visible_text(last.content) == "Because."
    assert [visible_text(node.content) for node in alone.conversation.path()] == ["Alone?", "Yes."]
    assert first.lost == {"attached files, of which only the names are taken": 1}


def test_llm_since_its_new_tables(tmp_path: Path) -> None:
    carried = one_in(EVERY["llm since 0.32"](tmp_path))
    talk = carried.conversation
    asked, answered, given, last = talk.path()
    assert visible_text(asked.content) == "Some borrowed" and asked.facts["request"] == {"system": "Be brief."}
    assert [type(block) for block in answered.content] == [ThinkingBlock, ToolUseBlock]
    assert given.content == (ToolResultBlock("tc", "White."),) and visible_text(last.content) == "It is white."
    assert len(talk.nodes) == 5 and len(talk.siblings(answered.id)) == 2
    assert carried.lost["fragments that are missing"] == 1


# Again, and beside


def test_no_table_of_llm_is_read_again_for_each_conversation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claude_tui.store.foreign._CHECK_EVERY", 100)

    def steps(count: int) -> int:
        """Hundreds of steps that SQLite takes for a file of so many conversations."""
        path = write_database(tmp_path / f"{count}.db", LLM_OLD)
        with sqlite3.connect(path) as connection:
            for name in range(count):
                connection.execute("INSERT INTO conversations VALUES (?, '', 'm')", (f"n{name}",))
                connection.executemany(
                    "INSERT INTO responses (id, prompt, response, conversation_id) VALUES (?, 'Why?', 'So.', ?)",
                    [(f"{name}-{turn}", f"n{name}") for turn in range(3)],
                )
        connection.close()
        looks: list[None] = []
        watch = Watch(lambda at, size: None, lambda: bool(looks.append(None)))
        assert len(list(conversations(path, watch))) == count + 2
        return len(looks)

    assert steps(200) < 8 * steps(50), "four times as many cost four times as much, not sixteen"


def test_a_conversation_that_went_on_brings_what_is_new(store: Store, tmp_path: Path) -> None:
    older = {**CLAUDE[0], "chat_messages": CLAUDE[0]["chat_messages"][:2], "current_leaf_message_uuid": "a1"}
    take_in(store, write_json(tmp_path / "older.json", [older]))
    report = take_in(store, write_json(tmp_path / "newer.json", CLAUDE[:1]))
    assert (report.new, report.more, report.messages) == (0, 1, 3)
    (talk,) = everything(store)
    assert talk == replace(one_in(tmp_path / "newer.json").conversation, nodes=talk.nodes)
    assert visible_text(talk.path()[-1].content) == "First answer."


def test_who_stood_elsewhere_stays_there(store: Store, tmp_path: Path) -> None:
    older = {**CLAUDE[0], "chat_messages": CLAUDE[0]["chat_messages"][:2]}
    report = take_in(store, write_json(tmp_path / "older.json", [older]))
    mine = Node("mine", None, "user", (TextBlock("My own."),), "typed")
    store.add(report.newest_id, [mine], head_id="mine").result()
    take_in(store, write_json(tmp_path / "newer.json", CLAUDE[:1]))
    (talk,) = everything(store)
    assert talk.head_id == "mine" and len(talk.nodes) == 6


def test_what_says_something_else_under_the_same_ids_stands_beside(store: Store, tmp_path: Path) -> None:
    here = ours()
    store.create(here).result()
    changed = replace(here.nodes["b" * 24], content=(TextBlock("Something else."),))
    path = write_json(tmp_path / "changed.json", to_json(here.with_node(changed)))
    report = take_in(store, path)
    assert (report.new, report.copies, report.messages) == (0, 1, 2)
    copy, kept = sorted(everything(store), key=lambda one: one.id == here.id)
    assert kept == here and visible_text(copy.path()[-1].content) == "Something else."
    assert not set(copy.nodes) & set(here.nodes)
    assert take_in(store, path).same == 1 and len(everything(store)) == 2


def test_our_own_export_of_what_is_here_is_known(store: Store, tmp_path: Path) -> None:
    here = ours()
    store.create(here).result()
    report = take_in(store, write_json(tmp_path / "ours.json", to_json(here)))
    assert report.same == 1 and everything(store) == [here]


def test_what_is_imported_stands_below_what_was_used_here(store: Store, tmp_path: Path) -> None:
    store.create(ours()).result()
    take_in(store, EVERY["claude.ai"](tmp_path))
    take_in(store, EVERY["ChatGPT"](tmp_path))
    assert store.latest().result() == "c" * 24
    assert [row.title for row in store.recent().result()] == [
        "Ours",
        "Talk one",
        "Talk two",
        "Talk empty",
        "A talk",
    ] or [row.updated_at for row in store.recent().result()[1:]] == sorted(
        (row.updated_at for row in store.recent().result()[1:]), reverse=True
    )


def test_a_later_import_stands_below_what_was_used_when_all_else_was_imported(store: Store, tmp_path: Path) -> None:
    take_in(store, EVERY["claude.ai"](tmp_path))
    store.create(ours()).result()
    newer = replace(ours(), id="newer", nodes={}, head_id=None, created_at=10**13, updated_at=10**13)
    assert take_in(store, write_json(tmp_path / "newer.json", to_json(newer))).new == 1
    assert [row.id for row in store.recent().result()][:2] == ["c" * 24, "newer"]
    assert store.latest().result() == "c" * 24
    (id, *_) = (row.id for row in store.recent().result()[2:])
    store.add(id, [Node("asked", None, "user", (TextBlock("More?"),), "typed")]).result()
    assert store.latest().result() == id


def test_a_draft_comes_with_its_conversation(store: Store, tmp_path: Path) -> None:
    report = take_in(store, EVERY["our JSON"](tmp_path))
    assert store.draft(report.newest_id).result() == "A draft."


def test_all_of_a_long_conversation_is_found(store: Store, tmp_path: Path) -> None:
    messages = [
        {**CLAUDE[1]["chat_messages"][number % 2], "uuid": f"m{number}", "content": [], "text": f"word{number} " * 400}
        for number in range(40)
    ]
    take_in(store, write_json(tmp_path / "long.json", [{**CLAUDE[1], "chat_messages": messages}]))
    for number in (0, 17, 39):
        assert [hit.kind for hit in store.search(f"word{number}").result()] == ["text"]


# Stopped


def test_an_import_that_is_stopped_leaves_whole_conversations_and_goes_on(store: Store, tmp_path: Path) -> None:
    many = [{**CLAUDE[0], "uuid": f"talk {number}"} for number in range(30)]
    path = write_json(tmp_path / "many.json", many)
    seen: list[Progress] = []
    report = take_in(
        store,
        path,
        told=seen.append,
        stopped=lambda: bool(seen) and (seen[-1].phase, seen[-1].conversations) == ("importing", 5),
    )
    assert report.cancelled and 5 <= report.new < 30
    assert report.sentences[0].startswith(f"Stopped: {report.new} of 30 are here, each whole")
    assert len(everything(store)) == report.new and all(len(one.nodes) == 5 for one in everything(store))
    rest = take_in(store, path)
    assert (rest.new, rest.same) == (30 - report.new, report.new)
    told = [str(progress) for progress in seen]
    assert told[0] == "Reading 100 % · 0 conversations" and "Importing 5 of 30 conversations" in told


def test_what_is_stopped_while_it_is_read_changed_nothing(store: Store, tmp_path: Path) -> None:
    report = take_in(store, EVERY["claude.ai"](tmp_path), stopped=lambda: True)
    assert report.cancelled and not everything(store)


# There and back


def stripped(conversation: Conversation) -> dict[str, Any]:
    """All of it but its ids and what the import says of itself."""
    numbers = {id: number for number, id in enumerate(conversation.nodes)}
    data = to_json(conversation)
    data["conversation"]["id"] = ""
    data["conversation"]["head_id"] = numbers.get(conversation.head_id or "")
    for node in data["nodes"]:
        node["id"], node["parent_id"] = numbers[node["id"]], numbers.get(node["parent_id"])
        node["facts"].pop(IMPORTED, None)
    return data


def comes_back(conversation: Conversation) -> None:
    nodes = {
        # What UTF-8 cannot hold stays in what was said, not in the name of a model.
        id: replace(node, model=sound(node.model), status={"waiting": "interrupted", "streaming": "interrupted"}.get(
            node.status, node.status))
        for id, node in conversation.nodes.items()
    }  # fmt: skip
    conversation = replace(
        conversation,
        nodes=nodes,
        title=sound(conversation.title),
        created_at=max(conversation.created_at, 1),
        updated_at=max(conversation.updated_at, 1),
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tree.json").write_text(json.dumps(to_json(conversation)))
        store = Store.open(folder / "data" / "conversations.db")
        try:
            report = take_in(store, folder / "tree.json")
            back = store.load(report.newest_id).result()
        finally:
            store.close(2)
    assert back is not None
    for one, other in zip(conversation.nodes.values(), back.nodes.values(), strict=True):
        assert json.dumps([block_to_wire(block) for block in one.content]) == json.dumps(
            [block_to_wire(block) for block in other.content]
        )
    assert stripped(back) == stripped(conversation)


ANYTHING = st.sampled_from(("user", "assistant")).flatmap(
    lambda role: st.builds(
        lambda content, origin, status, reason, facts: (role, content, origin, status, reason, facts),
        st.lists(
            BLOCKS
            | st.builds(TextBlock, st.sampled_from(["", " ", "Said.", "\ud800"]), extra=st.just({"junk": 1}))
            | st.builds(OpaqueBlock, st.sampled_from([
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}, "x": 1},
                {"type": "image", "source": {"type": "url", "url": "file:///etc/passwd"}},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": " "}},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}, "title": 3},
                {"type": "tool_result", "tool_use_id": 5},
            ])),
            max_size=4,
        ),
        st.sampled_from(["typed", "model", "tool", "continue"]),
        st.sampled_from(["complete", "interrupted", "failed"]),
        st.sampled_from([None, "end_turn", "tool_use", "pause_turn", "max_tokens", "refusal", "brand_new"]),
        OBJECT | st.just({"request": {"model": "claude-opus-5-5", "without_calls": True}})
        | st.just({"request": [], "ending": "x", "cost": 3}),
    )
)  # fmt: skip


def can_be_asked_on(said: list[Any], data: st.DataObject) -> None:
    conversation = Conversation("c")
    for number, (role, content, origin, status, reason, facts) in enumerate(said):
        parent = data.draw(st.sampled_from([None, *conversation.nodes])) if number else None
        node = Node(f"n{number}", parent, role, tuple(content), origin, status, 1, "m", reason, facts=facts)
        conversation = conversation.with_node(node)
    carried = from_ours.read(json.loads(json.dumps(to_json(conversation))))
    assert refusals(carried.conversation) == []


def reads_back(conversation: Conversation, thinking: bool, tools: bool) -> None:
    document = to_markdown(conversation, thinking=thinking, tools=tools)
    carried = from_markdown.read(document)
    if "\n## " not in f"\n{document}":
        assert carried is None
        return
    assert carried is not None
    again = to_markdown(carried.conversation, titles=False)
    before = to_markdown(conversation, titles=False, thinking=thinking, tools=tools)
    assert again == before.replace("*This reply was still being written.*", "*This reply was interrupted.*")


@pytest.mark.parametrize("status", ["interrupted", "failed"])
def test_an_ending_is_read_back_behind_sources_and_where_nothing_was_said(status: Any) -> None:
    cites = ({"type": "web_search_result_location", "url": "https://a.example", "title": "A", "cited_text": "x"},)
    for text in (TextBlock("Said so.", cites), TextBlock("")):
        reply = Node("a", "q", "assistant", (text,), "model", status)
        conversation = Conversation("c").with_nodes([Node("q", None, "user", (TextBlock("Hi"),), "typed"), reply])
        reads_back(conversation, thinking=False, tools=False)
        back = from_markdown.read(to_markdown(conversation))
        assert back is not None and [node.status for node in back.conversation.path()] == ["complete", status]


PROOFS: Mapping[str, tuple[Callable[..., None], tuple[st.SearchStrategy[Any], ...], int]] = {
    "any tree comes back through a file and a store": (comes_back, (trees(),), 12),
    "whatever a file says, the next request is one the API takes": (
        can_be_asked_on,
        (st.lists(ANYTHING, min_size=1, max_size=6), st.data()),
        25,
    ),
    "the Markdown we write reads back as it reads": (reads_back, (trees(), st.booleans(), st.booleans()), 20),
}


@pytest.mark.parametrize("proof", PROOFS)
def test_there_and_back(proof: str) -> None:
    check, given_, count = PROOFS[proof]
    settings(max_examples=count, deadline=None)(given(*given_)(check))()


@pytest.mark.long
@pytest.mark.parametrize("proof", PROOFS)
def test_there_and_back_at_length(proof: str) -> None:
    check, given_, _ = PROOFS[proof]
    settings(max_examples=LONG, deadline=None, derandomize=False)(given(*given_)(check))()


def test_a_report_that_says_all() -> None:
    report = Report("x.json")
    report.sources.update(["ChatGPT", "claude.ai"])
    report.new, report.same, report.copies, report.more, report.messages, report.unread, report.of = 1, 2, 1, 1, 9, 1, 5
    report.why, report.cancelled = "It is empty.", True
    report.lost["images"] = 3
    assert report.sentences == [
        "Stopped: 5 of 5 are here, each whole; importing again brings the rest.",
        "Imported 2 conversations from ChatGPT, claude.ai: 9 messages.",
        "1 conversation that was here went on.",
        "2 conversations were here already.",
        "1 conversation stands beside one that says something else.",
        "1 item of the file could not be taken: It is empty.",
        "Not carried: images (3).",
    ]

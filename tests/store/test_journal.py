"""A reply is on disk before it is on screen, and comes back as far as it came."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from claude_tui.core.conversation import Conversation
from claude_tui.core.events import (
    BlockStart,
    BlockStop,
    MessageDelta,
    MessageStart,
    MessageStop,
    StreamEnded,
    StreamEvent,
    TextDelta,
)
from claude_tui.core.message import TextBlock
from claude_tui.core.reply import fold, fold_all
from claude_tui.store import Lease, Store

from .samples import node, streams

BEGINNING: list[StreamEvent] = [MessageStart({"id": "m", "model": "claude-z"}), BlockStart(0, TextBlock(""))]
END: list[StreamEvent] = [BlockStop(0), MessageDelta({"stop_reason": "end_turn"}, {}, {}), MessageStop()]


def dead() -> Lease:
    """A process that is gone."""
    return Lease(Lease.mine().host, 2**22 + 5, "never", "dead")


def abandon(path: Path, frames: list[list[StreamEvent]], lease: Lease | None = None) -> None:
    """Commit the frames and leave as a killed process does: nothing settled, the lease in place."""
    store = Store.open(path, lease=lease or dead())
    journal = store.begin("c", [node("q", "A question")], node("r", "", "q", "assistant", facts={"request": {"k": 1}}))
    for frame in frames:
        assert journal.commit(frame)
    store._leased = False  # no farewell
    store.close(2)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(streams())
def test_what_is_recovered_is_what_was_folded(frames: list[list[StreamEvent]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.db"
        abandon(path, frames)
        expected = fold(fold_all(event for frame in frames for event in frame), StreamEnded("gone"))
        store = Store.open(path)
        loaded = store.load("c").result(5)
        assert loaded is not None
        found = loaded.nodes["r"]
        assert found.content == expected.content
        assert (found.status, found.stop_reason, found.usage) == (
            expected.status,
            expected.stop_reason,
            expected.usage,
        )
        assert found.facts["request"] == {"k": 1}
        assert [one.node_id for one in store.recovered] == (["r"] if expected.status != "complete" else [])
        assert store.check().result(5) == []
        store.close(2)


def test_a_cut_reply_is_told_once(path: Path) -> None:
    store = Store.open(path)
    store.create(Conversation("c", "About cuts")).result(5)
    store.close(2)
    abandon(path, [BEGINNING, [TextDelta(0, "Half a")], [TextDelta(0, " sentence")]])
    store = Store.open(path)
    (found,) = store.recovered
    assert (found.conversation_id, found.node_id, found.title, found.characters) == ("c", "r", "About cuts", 15)
    loaded = store.load("c").result(5)
    assert loaded is not None and loaded.head_id == "r"
    assert loaded.nodes["r"].content == (TextBlock("Half a sentence"),)
    assert loaded.nodes["r"].facts["ending"]["cause"] == "gone"
    assert loaded.nodes["r"].can_continue
    assert store.recent().result(5)[0].interrupted
    assert [hit.node_id for hit in store.search("sentence").result(5)] == ["r"]
    store.close(2)
    store = Store.open(path)
    assert store.recovered == []
    store.close(2)


def test_a_whole_reply_whose_end_was_not_written_is_complete(path: Path) -> None:
    abandon(path, [BEGINNING, [TextDelta(0, "All of it.")], END])
    store = Store.open(path)
    assert store.recovered == []
    loaded = store.load("c").result(5)
    assert loaded is not None and loaded.nodes["r"].status == "complete"
    store.close(2)


def test_a_reply_of_a_living_window_is_left_alone(path: Path) -> None:
    first = Store.open(path)
    journal = first.begin("c", [node("q", "hello")], node("r", "", "q", "assistant"))
    assert journal.commit([*BEGINNING, TextDelta(0, "so far")])
    second = Store.open(path)
    assert second.recovered == []
    assert second.written_elsewhere("c").result(5) is True
    assert first.written_elsewhere("c").result(5) is False
    loaded = second.load("c").result(5)
    assert loaded is not None
    assert (loaded.nodes["r"].status, loaded.nodes["r"].content) == ("streaming", (TextBlock("so far"),))
    assert journal.commit([TextDelta(0, " and on")])
    first.finish("c", node("r", "so far and on", "q", "assistant")).result(5)
    assert second.check().result(5) == []
    assert second.written_elsewhere("c").result(5) is False
    first.close(2)
    second.close(2)


def test_a_window_that_dies_while_ours_is_open(path: Path) -> None:
    ours = Store.open(path)
    abandon(path, [BEGINNING, [TextDelta(0, "cut")]])
    loaded = ours.load("c").result(5)
    assert loaded is not None and loaded.nodes["r"].status == "interrupted"
    assert ours.check().result(5) == [], "and it was written"
    ours.close(2)


def test_a_store_that_closes_with_an_open_reply_leaves_it_to_be_recovered(path: Path) -> None:
    store = Store.open(path)
    journal = store.begin("c", [], node("r", "", None, "assistant"))
    journal.commit([*BEGINNING, TextDelta(0, "kept")])
    store.close(2)
    store = Store.open(path)
    assert [found.characters for found in store.recovered] == [4]
    store.close(2)


def test_after_the_end_nothing_is_appended(store: Store) -> None:
    journal = store.begin("c", [], node("r", "", None, "assistant"))
    assert journal.commit(BEGINNING)
    store.finish("c", node("r", "x", None, "assistant")).result(5)
    assert journal.commit([TextDelta(0, "late")]) is False
    assert store.check().result(5) == []
    assert store.trouble is None


def test_a_streaming_node_that_never_had_a_journal_keeps_its_text(path: Path) -> None:
    store = Store.open(path)
    store.add("c", [node("r", "imported", None, "assistant", status="streaming")]).result(5)
    store.close(2)
    store = Store.open(path)
    loaded = store.load("c").result(5)
    assert loaded is not None
    assert loaded.nodes["r"].content == (TextBlock("imported"),)
    assert loaded.nodes["r"].status == "interrupted"
    store.close(2)


def test_leases() -> None:
    mine = Lease.mine()
    other = Lease(mine.host, mine.pid, mine.started, "other")
    assert not mine.gone(0, 10**15, mine), "our own"
    assert not other.gone(0, 10**15, mine), "alive, however long it slept"
    assert Lease(mine.host, mine.pid, "another start", "x").gone(0, 0, mine), "the number was given again"
    assert dead().gone(0, 0, mine)
    elsewhere = Lease("another machine", 1, "", "x")
    assert not elsewhere.gone(1_000, 30_000, mine)
    assert elsewhere.gone(1_000, 31_001, mine)

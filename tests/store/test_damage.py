"""A damaged file costs what was on the damaged pages, and nothing is deleted."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation
from claude_tui.core.message import TextBlock, visible_text
from claude_tui.errors import StoreError
from claude_tui.store import Store, care, maintenance, salvage

from .samples import node
from .test_journal import BEGINNING, TextDelta, dead

COUNT = 60


def text(number: int) -> str:
    return f"message {number}: " + " ".join(f"word{number * 1000 + place}" for place in range(300))


@pytest.fixture
def made(path: Path) -> Path:
    nodes = [node(f"n{i:02}", text(i), f"n{i - 1:02}" if i else None) for i in range(COUNT)]
    store = Store.open(path)
    store.create(Conversation("c", "Precious", {each.id: each for each in nodes}, nodes[-1].id)).result(10)
    store.save_draft("c", "unsent").result(5)
    store.close(5)
    assert not path.with_name(path.name + "-wal").exists()
    return path


def survivors(store: Store) -> int:
    """How many messages are as they were; none is anything else without a word about it."""
    conversation = store.load("c").result(10)
    if conversation is None:
        return 0
    return sum(visible_text(conversation.nodes[f"n{i:02}"].content) == text(i) for i in range(COUNT)
               if f"n{i:02}" in conversation.nodes)  # fmt: skip


def aside(path: Path) -> list[Path]:
    return [each for each in path.parent.iterdir() if ".bad-" in each.name]


def test_a_text_in_its_place(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a shopping list " * 100)
    store = Store.open(path)
    assert "were damaged" in store.notices[0] and "Nothing in it could be read" in store.notices[0]
    assert [each.read_text()[:15] for each in aside(path)] == ["a shopping list"]
    store.create(Conversation("c")).result(5)
    store.close(2)


def test_a_header_that_is_gone(made: Path) -> None:
    data = bytearray(made.read_bytes())
    data[:100] = random.Random(1).randbytes(100)
    made.write_bytes(data)
    store = Store.open(made)
    assert survivors(store) == COUNT
    assert store.draft("c").result(5) == "unsent"
    assert f"{COUNT} messages in 1 conversation could be read" in store.notices[0]
    assert store.search("word7003").result(5)
    assert store.check().result(5) == []
    assert len(aside(made)) == 1
    store.close(2)


def test_a_file_cut_in_half(made: Path) -> None:
    data = made.read_bytes()
    made.write_bytes(data[: len(data) // 2])
    store = Store.open(made)
    assert "were damaged" in store.notices[0]
    assert len(aside(made)) >= 1
    assert 0 <= survivors(store) < COUNT
    store.close(2)


def test_a_log_without_its_database_is_not_thrown_away(path: Path) -> None:
    store = Store.open(path)
    store.add("c", [node("a", "in the log")]).result(5)
    log = path.with_name(path.name + "-wal").read_bytes()
    store.close(2)
    path.write_bytes(b"")
    path.with_name(path.name + "-wal").write_bytes(log)
    store = Store.open(path)
    assert log in [each.read_bytes() for each in aside(path)]
    assert [hit.node_id for hit in store.search("log").result(5)] == ["a"]
    store.close(2)


def damage_a_page(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    page = chance.randrange(1, len(data) // 4096)
    data[page * 4096 : page * 4096 + 4096] = chance.randbytes(4096)
    path.write_bytes(data)


def lives_through_a_page_of_noise(made: Path, seed: int) -> int:
    damage_a_page(made, random.Random(seed))
    store = Store.open(made)
    found = [*store.notices, *store.check().result(5)]
    with suppress(StoreError):  # it may be the page that says which messages belong to the conversation
        assert survivors(store) >= COUNT - 30 or store.notices
    store.close(2)
    store = Store.open(made)
    kept = survivors(store)
    assert kept == COUNT or store.notices or found
    assert not [said for said in store.check().result(5) if "damaged" in said]
    store.add("c", [node("after", "and on it goes")], head_id="after").result(5)
    assert store.trouble is None
    assert len(aside(made)) >= (1 if found and "damaged" in found[0] else 0)
    store.close(2)
    return kept


def test_the_pages_that_say_where_the_tables_are(made: Path) -> None:
    sound = made.read_bytes()
    pages = salvage._catalogue()
    assert len(pages) > 1, "a catalogue of one page would go with the header"
    for number in pages:
        for each in aside(made):
            each.unlink()
        damaged = bytearray(sound)
        damaged[(number - 1) * 4096 : number * 4096] = random.Random(number).randbytes(4096)
        made.with_name(made.name + "-wal").unlink(missing_ok=True)
        made.write_bytes(bytes(damaged))
        store = Store.open(made)
        assert survivors(store) == COUNT and f"{COUNT} messages in 1 conversation could be read" in store.notices[0]
        assert store.draft("c").result(5) == "unsent" and store.check().result(5) == []
        store.close(2)


@pytest.mark.parametrize("seed", range(12))
def test_a_page_of_noise(made: Path, seed: int) -> None:
    assert lives_through_a_page_of_noise(made, seed) >= COUNT - 2


@pytest.mark.long
def test_pages_of_noise(made: Path) -> None:
    sound = made.read_bytes()
    kept: list[int] = []
    for seed in range(300):
        for each in aside(made):
            each.unlink()
        made.with_name(made.name + "-wal").unlink(missing_ok=True)
        made.write_bytes(sound)
        kept.append(lives_through_a_page_of_noise(made, seed))
    print(f"{sum(kept) / COUNT / len(kept):.1%} of the messages kept, at worst {min(kept)} of {COUNT}")
    assert sum(kept) >= 0.95 * COUNT * len(kept)


def test_a_flipped_bit_is_noticed(made: Path) -> None:
    data = bytearray(made.read_bytes())
    at = data.index(b"word7150")
    data[at] ^= 1
    made.write_bytes(data)
    store = Store.open(made)
    assert survivors(store) == COUNT - 1
    assert "changed on the disk by accident" in store.notices[0]
    assert [said for said in store.check().result(5) if "checksum" in said]
    store.close(2)


def test_the_day_s_copy_fills_the_gaps(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(care, "PATIENCE_SECONDS", 0.0)
    store = Store.open(made)
    end = time.monotonic() + 5
    while not care.copies(made) and time.monotonic() < end:
        time.sleep(0.01)
    store.close(5)
    (copy,) = care.copies(made)
    assert copy.stat().st_mode & 0o777 == 0o600 and copy.parent.stat().st_mode & 0o777 == 0o700
    made.write_bytes(b"all gone " * 1000)
    store = Store.open(made)
    assert f"{COUNT} messages came from the copy" in store.notices[0]
    assert survivors(store) == COUNT
    loaded = store.load("c").result(5)
    assert loaded is not None and loaded.title == "Precious" and len(loaded.path()) == COUNT
    store.close(2)
    store = Store.open(made)
    store.close(5)


def test_damage_with_another_window_open_waits(made: Path) -> None:
    first = Store.open(made)
    maintenance.mark_damaged(made)
    second = Store.open(made)
    assert aside(made) == []
    first.close(2)
    second.close(2)
    third = Store.open(made)
    assert len(aside(made)) == 1
    assert survivors(third) == COUNT
    third.close(2)


def test_an_open_reply_survives_a_repair(made: Path) -> None:
    store = Store.open(made, lease=dead())
    journal = store.begin("c", [], node("r", "", f"n{COUNT - 1}", "assistant"))
    for piece in ("half ", "a ", "reply"):
        assert journal.commit([*(BEGINNING if piece == "half " else []), TextDelta(0, piece)])
    store._leased = False
    store.close(5)
    maintenance.mark_damaged(made)
    store = Store.open(made)
    assert [found.characters for found in store.recovered] == [12]
    loaded = store.load("c").result(5)
    assert loaded is not None and loaded.nodes["r"].content == (TextBlock("half a reply"),)
    store.close(2)


def test_a_broken_index_is_made_again(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(made)
    assert store._writer is not None
    store._writer._connection.execute("UPDATE slices1_data SET block = X'00112233'")
    store.add("c", [node("new", "a fresh word")]).result(5)
    store.close(2)
    monkeypatch.setattr(care, "PATIENCE_SECONDS", 0.0)
    store = Store.open(made)
    end = time.monotonic() + 5
    query = "SELECT count(*) FROM search WHERE search MATCH 'message'"
    assert store._writer is not None
    while time.monotonic() < end:
        try:
            if store._writer.submit(lambda connection: connection.execute(query).fetchone()[0]).result(5) == COUNT:
                break
        except Exception:
            time.sleep(0.02)
    assert [hit.node_id for hit in store.search("fresh").result(5)] == ["new"]
    assert store.check().result(5) == []
    store.close(2)

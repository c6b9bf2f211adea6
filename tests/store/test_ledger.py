"""The ledger: what was spent is entered once, summed exactly, and kept when all else goes."""

from __future__ import annotations

import os
import sqlite3
import time
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.events import decode
from claude_tui.core.message import TextBlock, Usage
from claude_tui.store import Bound, Spend, Store, Sums, care, ledger, migrations
from claude_tui.store.database import connect_to_read
from claude_tui.store.ledger import PICO, count_older
from claude_tui.store.salvage import salvage
from tests.support.streams import started

DAY = 86_400_000


def wait(future: Future[Any]) -> Any:
    return future.result(10)


def entry(at: int, dollars: str | None, *, node: str = "", model: str = "m", of: str = "c", **more: Any) -> Spend:
    usage = {
        "input_tokens": 5,
        "cache_read_input_tokens": 70,
        "cache_creation_input_tokens": 20,
        "output_tokens": 3,
    }
    return Spend(at, of, node, model, usage, dollars, "exact" if dollars else "unknown", **more)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = Store.open(tmp_path / "data.db")
    yield store
    store.close()


def test_an_empty_ledger_has_no_sums(store: Store) -> None:
    for by in ("all", "day", "model", "conversation", "kind"):
        assert wait(store.sums(by)) == []


def test_sums_are_exact_to_the_last_digit(store: Store) -> None:
    wait(store.create(Conversation("c", "Salt", {}, None, 1, 1)))
    for at, dollars, saved in ((1, "0.061025625", "0.000000000001"), (2, "0.00016205", "-0.5"), (3, None, None)):
        wait(store.spend(entry(at, dollars, node=f"n{at}", saved_usd=saved)))
    wait(store.spend(replace(entry(4, "0.1", of="d", kind="title"), exactness="lower")))
    wait(store.spend(replace(entry(5, "0.2", of="d", model="other"), exactness="estimate")))
    cost = 61_025_625_000 + 162_050_000
    assert wait(store.sums("conversation")) == [
        Sums("c", 3, 2, cost, 0, 0, 15, 210, 60, 9, 1 - PICO // 2, 3, "Salt"),
        Sums("d", 2, 2, 3 * PICO // 10, 1, 1, 10, 140, 40, 6, 0, 5, None),
    ]
    assert [(sums.key, sums.entries, sums.cost_pico) for sums in wait(store.sums("model"))] == [
        ("m", 4, cost + PICO // 10),
        ("other", 1, PICO // 5),
    ]
    assert [(sums.key, sums.entries) for sums in wait(store.sums("kind"))] == [("reply", 4), ("title", 1)]
    [whole] = wait(store.sums())
    assert (whole.key, whole.entries, whole.priced, whole.cost_pico) == ("", 5, 4, cost + 3 * PICO // 10)
    [some] = wait(store.sums(since=2, until=4, conversation_id="c"))
    assert (some.entries, some.priced, some.last) == (2, 1, 3)


def test_days_are_those_of_the_clock_on_the_wall(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.environ.get("TZ")
    try:
        for zone, days in (("UTC", ["1970-01-01", "1970-01-02"]), ("Asia/Tokyo", ["1970-01-02"])):
            os.environ["TZ"] = zone
            time.tzset()
            wait(store.spend(entry(DAY - 1, "1", node="a")))
            wait(store.spend(entry(DAY, "1", node="b")))
            assert [sums.key for sums in wait(store.sums("day"))] == days
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()


@pytest.mark.parametrize("dollars", ["much", "1e400", "-", "NaN", "1000000000"])
def test_an_amount_that_is_none_is_not_summed(store: Store, dollars: str) -> None:
    wait(store.spend(entry(1, dollars)))
    [whole] = wait(store.sums())
    assert (whole.entries, whole.priced, whole.cost_pico) == (1, 0, 0)


def test_a_reply_is_paid_for_once_and_a_title_beside_it(store: Store) -> None:
    wait(store.spend(entry(1, "1", node="r")))
    wait(store.spend(entry(2, "2", node="r")))
    wait(store.spend(entry(3, "4", kind="title")))
    wait(store.spend(entry(4, "4", kind="title")))
    assert [each.cost_usd for each in wait(store.spent())] == ["2", "4", "4"]


def test_the_end_of_a_reply_and_its_price_are_one_moment(store: Store) -> None:
    wait(store.create(Conversation("c", "", {}, None, 1, 1)))
    reply = Node("r", None, "assistant", (), "model", "streaming")
    store.begin("c", (), reply)
    wait(store.finish("c", replace(reply, status="complete"), entry(1, "0.5", node="r")))
    assert [each.node_id for each in wait(store.spent())] == ["r"]


def test_what_a_dead_process_left_is_in_the_ledger_till_it_is_priced(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    store = Store.open(path)
    wait(store.create(Conversation("c", "", {}, None, 1, 1)))
    reply = Node("r", None, "assistant", (TextBlock(""),), "model", "streaming", created_at=7, model="m")
    store.begin("c", (), reply).commit([decode(started())])
    store.begin("c", (), replace(reply, id="silent"))
    store.close()
    with sqlite3.connect(path) as connection:  # the process is gone, and with it its lease
        connection.execute("DELETE FROM lease")
        connection.execute("UPDATE node SET status = 'streaming', lease = NULL")
    again = Store.open(path)
    [left] = wait(again.pending_spends())
    assert (left.node_id, left.at, left.cost_usd, left.exactness) == ("r", 7, None, "unknown")
    assert Usage(left.usage).input_tokens == 25 and wait(again.spent()) == [left]
    wait(again.price("c", replace(left, cost_usd="0.25", exactness="lower"), None))
    assert wait(again.pending_spends()) == []
    assert [(each.node_id, each.cost_usd) for each in wait(again.spent())] == [("r", "0.25")]
    again.close()


def older(path: Path) -> sqlite3.Connection:
    """A file as the version before this one made it, with what it spent."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA trusted_schema = OFF")
    migrations.migrate(connection, migrations.STEPS[:4])
    enter(connection, 1, '{"input_tokens": 4, "output_tokens": 2, "cache_read_input_tokens": 9}', "0.1")
    enter(connection, 2, '{"input_tokens": "x", "output_tokens": null}', "0.061025625")
    enter(connection, 3, "no JSON", None)
    return connection


OLDER = Sums("", 3, 2, 161_025_625_000, 0, 0, 4, 9, 0, 2, 0, 3)


def enter(connection: sqlite3.Connection, at: int, usage: str, dollars: str | None) -> None:
    """As that version did it."""
    row = """INSERT INTO ledger (at, conversation_id, node_id, model, usage, cost_usd, exactness, kind)
        VALUES (?, 'c', ?, 'm', ?, ?, 'exact', 'reply')"""
    connection.execute(row, (at, f"old{at}", usage, dollars))


def test_an_older_ledger_is_counted_too(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    older(path).close()
    store = Store.open(path)
    assert wait(store.sums()) == [OLDER]
    store.close()


@pytest.mark.parametrize("count", [2**53, 2**63 - 1, 2**63, 10**30])
def test_no_count_of_an_older_ledger_keeps_it_from_being_opened_and_summed(tmp_path: Path, count: int) -> None:
    path = tmp_path / "data.db"
    connection = older(path)
    for at in (1, 2):
        enter(connection, at, f'{{"input_tokens": {count}, "output_tokens": {count}}}', None)
    for at, dollars in ((1, "1e300"), (2, "950000"), (3, "much")):
        enter(connection, at, "{}", dollars)
    connection.close()
    store = Store.open(path)
    assert wait(store.sums()) == [replace(OLDER, entries=8)]
    store.close()


def test_what_an_older_window_spends_that_was_left_open_counts(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    window = older(path)
    store = Store.open(path)
    enter(window, 9, '{"input_tokens": 10, "output_tokens": 20}', "0.5")
    enter(window, 10, "{}", "much")
    [whole] = wait(store.sums())
    assert (whole.entries, whole.priced, whole.cost_pico) == (5, 3, 661_025_625_000)
    assert wait(store.used([Bound(0)])) == (661_025_625,)
    store.close()
    window.close()


def test_what_an_older_window_counted_is_in_the_sums_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.db"
    window = older(path)
    Store.open(path).close()
    enter(window, 9, '{"input_tokens": 10, "output_tokens": 20, "cache_creation_input_tokens": 7}', "0.5")
    enter(window, 10, "no JSON", None)
    window.close()
    monkeypatch.setattr(care, "PATIENCE_SECONDS", 0.0)
    for _ in range(2):
        store, end = Store.open(path), time.monotonic() + 20
        while wait(store.sums())[0].fresh != OLDER.fresh + 10 and time.monotonic() < end:
            time.sleep(0.01)
        [whole] = wait(store.sums())
        assert (whole.fresh, whole.output, whole.written) == (OLDER.fresh + 10, OLDER.output + 20, OLDER.written + 7)
        store.close()
    with sqlite3.connect(path) as connection:
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        count_older(connection)
        assert not any("UPDATE" in each for each in statements), "what was counted is not looked at again"
        connection.execute(
            "INSERT INTO ledger (at, conversation_id, node_id, model, usage, exactness) "
            "VALUES (11, 'c', 'n', 'm', '{\"output_tokens\": 4}', 'exact')"
        )
        count_older(connection)
        assert connection.execute("SELECT output FROM ledger WHERE at = 11").fetchone() == (4,)


def test_what_an_older_file_spent_is_salvaged(tmp_path: Path) -> None:
    connection = older(tmp_path / "old.db")
    connection.execute("INSERT INTO conversation (id, created_at, updated_at, used) VALUES ('c', 1, 1, 1)")
    connection.close()
    into = sqlite3.connect(tmp_path / "data.db", isolation_level=None)
    into.execute("PRAGMA trusted_schema = OFF")
    migrations.migrate(into)
    salvage(tmp_path / "old.db", into)
    into.close()
    store = Store.open(tmp_path / "data.db")
    assert wait(store.sums()) == [OLDER]
    store.close()


def test_an_older_ledger_that_can_only_be_read_says_its_counts(tmp_path: Path) -> None:
    older(tmp_path / "data.db").close()
    reader = connect_to_read(tmp_path / "data.db")
    assert ledger.sums(reader, "all", 0, 2**62, None) == [OLDER]
    reader.close()


def test_large_amounts_can_be_summed(store: Store) -> None:
    for at in range(100):
        done = store.spend(entry(at, "950000" if at % 2 else "9999.99"))
    wait(done)
    [whole] = wait(store.sums())
    assert (whole.priced, whole.cost_pico) == (50, 50 * 999_999 * PICO // 100)
    assert wait(store.used([Bound(0)])) == (50 * 999_999 * PICO // 100_000,)


def test_the_parts_come_to_the_whole(store: Store) -> None:
    for number in range(1_000):
        done = store.spend(entry(number * DAY // 10, "0.002", of=f"c{number % 50}", model=f"m{number % 7}"))
    wait(done)
    [whole] = wait(store.sums())
    assert (whole.entries, whole.cost_pico) == (1_000, 2 * PICO)
    for by, count in (("day", 100), ("model", 7), ("conversation", 50)):
        parts = wait(store.sums(by, since=0))
        assert len(parts) in (count, count + 1) and sum(part.cost_pico for part in parts) == whole.cost_pico

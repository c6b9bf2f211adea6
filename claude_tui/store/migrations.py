"""The schema, as steps that are only ever added to. ``user_version`` is how many were taken.

Each step is a tuple of statements, taken in one transaction. Never change a step that was released.
"""

from __future__ import annotations

import sqlite3

_FIRST = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    # `used` orders the library: clocks go back, counters do not.
    """CREATE TABLE conversation (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL DEFAULT '',
        model TEXT NOT NULL DEFAULT '',
        head_id TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        used INTEGER NOT NULL,
        trashed_at INTEGER
    ) STRICT""",
    "CREATE INDEX conversation_used ON conversation (used)",
    # `parent_id` refers to nothing on purpose: a damaged parent must not take its children with it.
    """CREATE TABLE node (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        conversation_id TEXT NOT NULL REFERENCES conversation (id),
        parent_id TEXT,
        role TEXT NOT NULL,
        origin TEXT NOT NULL,
        status TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        model TEXT NOT NULL,
        stop_reason TEXT,
        usage TEXT NOT NULL,
        via TEXT NOT NULL,
        seam TEXT NOT NULL,
        facts TEXT NOT NULL,
        content TEXT NOT NULL,
        checksum TEXT NOT NULL,
        lease TEXT,
        search_id INTEGER UNIQUE
    ) STRICT""",
    # The first gives the nodes of a conversation in their order, the second counts them without reading them.
    "CREATE INDEX node_conversation ON node (conversation_id)",
    "CREATE INDEX node_count ON node (conversation_id, origin, via)",
    "CREATE INDEX node_streaming ON node (lease) WHERE status = 'streaming'",
    """CREATE TABLE journal (
        node_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        payload TEXT NOT NULL,
        PRIMARY KEY (node_id, seq)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE lease (
        token TEXT PRIMARY KEY,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        started TEXT NOT NULL,
        refreshed_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE draft (
        conversation_id TEXT PRIMARY KEY,
        text TEXT NOT NULL,
        updated_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE draft_history (
        seq INTEGER PRIMARY KEY,
        conversation_id TEXT NOT NULL,
        text TEXT NOT NULL,
        updated_at INTEGER NOT NULL
    ) STRICT""",
    # Money outlives conversations, so nothing here refers to them.
    """CREATE TABLE ledger (
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        conversation_id TEXT NOT NULL,
        node_id TEXT NOT NULL,
        model TEXT NOT NULL,
        usage TEXT NOT NULL,
        cost_usd TEXT,
        exactness TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX ledger_conversation ON ledger (conversation_id)",
    """CREATE TABLE attachment (
        seq INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        media_type TEXT NOT NULL,
        size INTEGER NOT NULL,
        name TEXT NOT NULL,
        path TEXT,
        data BLOB,
        CHECK (path IS NOT NULL OR data IS NOT NULL)
    ) STRICT""",
    # Contentless: the text is in `node.content` already, so the index costs about half of it and no copy.
    # A node that changes gets a new `search_id`; the old row then belongs to nobody and is never found.
    """CREATE VIRTUAL TABLE search USING fts5 (
        text, thinking, tool, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
    )""",
)

# Nothing here reads a message: the old index is taken away, and the new one filled, in pieces, after the start.
_SECOND = (
    "ALTER TABLE conversation ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversation ADD COLUMN archived INTEGER NOT NULL DEFAULT 0",
    # Deleted for good: its messages go in pieces, and it is seen no more from here on.
    "ALTER TABLE conversation ADD COLUMN purged_at INTEGER",
    # Who gave the title: nobody ('', it is the first question), a model, a person. The old ones are left alone.
    "ALTER TABLE conversation ADD COLUMN titled TEXT NOT NULL DEFAULT 'person'",
    "CREATE INDEX conversation_shown ON conversation (pinned, used)",
    "CREATE INDEX conversation_trashed ON conversation (trashed_at) WHERE trashed_at IS NOT NULL",
    "CREATE INDEX conversation_purged ON conversation (purged_at) WHERE purged_at IS NOT NULL",
    # An older version in another window finds no index under this name, says so in `meta`, and another is begun.
    "ALTER TABLE search RENAME TO slices0",
    """CREATE TABLE search_index (
        generation INTEGER PRIMARY KEY,
        above INTEGER NOT NULL,
        below INTEGER NOT NULL,
        todo INTEGER NOT NULL
    ) STRICT""",
    "INSERT INTO search_index VALUES (0, 0, 0, 0)",
    # As `slices.create` has it; its text is folded already.
    """CREATE VIRTUAL TABLE slices1 USING fts5 (
        text, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1'
    )""",
    "INSERT INTO search_index SELECT 1, 0, 0, coalesce(max(seq), 0) + 1 FROM node",
)

_THIRD = (
    # Which window writes in a conversation; whether it lives, its lease tells.
    """CREATE TABLE holder (
        conversation_id TEXT PRIMARY KEY,
        token TEXT NOT NULL,
        since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # What was paid for: a reply, a title.
    "ALTER TABLE ledger ADD COLUMN kind TEXT NOT NULL DEFAULT 'reply'",
)

# An index of before holds nothing of the texts that were attached, and a message that goes for good is taken out of
# the index with the words it was put in with: another is begun.
_FOURTH = (
    """INSERT INTO meta SELECT 'search_broken', '1' WHERE EXISTS (SELECT 1 FROM search_index WHERE above + below > 0)
        ON CONFLICT DO NOTHING""",
)

_COUNTED = {
    "fresh": "input_tokens",
    "read": "cache_read_input_tokens",
    "written": "cache_creation_input_tokens",
    "output": "output_tokens",
}
_MOST = 2**53 - 1
"""No message has so many tokens: sums of numbers up to this one stay whole, and no larger one is taken for a count."""
_COUNTS = {
    name: f"""CASE WHEN NOT json_valid(usage) THEN 0
        WHEN json_type(usage, '$.{count}') = 'integer' AND json_extract(usage, '$.{count}') BETWEEN 1 AND {_MOST}
        THEN json_extract(usage, '$.{count}') ELSE 0 END"""
    for name, count in _COUNTED.items()
}
_PICO = """CASE WHEN cost_usd GLOB '[0-9]*' AND CAST(cost_usd AS REAL) < 1e4
    THEN CAST(round(cost_usd * 1e12) AS INTEGER) END"""
_COUNT = "UPDATE ledger SET " + ", ".join(f"{name} = {number}" for name, number in _COUNTS.items())
COUNT_OLDER = f"{_COUNT} WHERE fresh + read + written + output = 0"
"""For rows that came from a file of an older version, which had the texts alone."""

_FIFTH = (
    # Sums of a long ledger are made of numbers, not of texts.
    *(f"ALTER TABLE ledger ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0" for name in _COUNTED),
    "ALTER TABLE ledger ADD COLUMN cost_pico INTEGER",
    "ALTER TABLE ledger ADD COLUMN saved_usd TEXT",
    "ALTER TABLE ledger ADD COLUMN saved_pico INTEGER",
    # What a dead process left: it is still to be priced.
    "ALTER TABLE ledger ADD COLUMN pending INTEGER NOT NULL DEFAULT 0",
    f"{_COUNT}, cost_pico = {_PICO}",
    # A window of an older version that is still open enters only the text. (No trigger may look into JSON.)
    f"""CREATE TRIGGER ledger_older AFTER INSERT ON ledger
        WHEN new.cost_pico IS NULL AND new.cost_usd IS NOT NULL
        BEGIN UPDATE ledger SET cost_pico = {_PICO} WHERE seq = new.seq; END""",
    "CREATE INDEX ledger_at ON ledger (at, cost_pico)",
    "CREATE INDEX ledger_node ON ledger (node_id)",
    "CREATE INDEX ledger_pending ON ledger (seq) WHERE pending = 1",
    # What was chosen for the next question of a conversation, and '' for one not begun: model, effort, system prompt.
    "CREATE TABLE choice (conversation_id TEXT PRIMARY KEY, chosen TEXT NOT NULL) STRICT, WITHOUT ROWID",
    # What requests under way may cost at most, in billionths of a dollar: budgets count it as if it were spent. An
    # empty `token` is no window's: it may have been billed, and nobody ever said so.
    """CREATE TABLE reservation (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        token TEXT NOT NULL,
        conversation_id TEXT NOT NULL,
        node_id TEXT NOT NULL,
        model TEXT NOT NULL,
        at INTEGER NOT NULL,
        nano INTEGER NOT NULL,
        reading INTEGER NOT NULL
    ) STRICT""",
)

STEPS: tuple[tuple[str, ...], ...] = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH)

_NEW = ", ".join(f"{number} AS {name}" for name, number in {**_COUNTS, "cost_pico": _PICO}.items())
_NOTHING = "NULL AS saved_usd, NULL AS saved_pico, 0 AS pending"
_LEDGER = f"CREATE TEMP VIEW ledger AS SELECT *, 'reply' AS kind, {_NEW}, {_NOTHING} FROM main.ledger"

_LATER_LEDGER = f"CREATE TEMP VIEW ledger AS SELECT *, {_NEW}, {_NOTHING} FROM main.ledger"

_HOLDER = "CREATE TEMP VIEW holder AS SELECT '' AS conversation_id, '' AS token, 0 AS since WHERE 0"

_CHOICE = "CREATE TEMP VIEW choice AS SELECT '' AS conversation_id, '' AS chosen WHERE 0"
_RESERVATION = """CREATE TEMP VIEW reservation AS SELECT '' AS id, '' AS token, '' AS conversation_id, '' AS node_id,
    '' AS model, 0 AS at, 0 AS nano, 0 AS reading WHERE 0"""

AS_IF_NEW: dict[int, tuple[str, ...]] = {
    1: (
        """CREATE TEMP VIEW conversation AS SELECT *, 0 AS pinned, 0 AS archived, NULL AS purged_at,
            'person' AS titled FROM main.conversation""",
        f"CREATE TEMP VIEW search_index AS SELECT 0 AS generation, 0 AS above, 0 AS below, {2**62} AS todo",
        _LEDGER,
        _HOLDER,
        _CHOICE,
        _RESERVATION,
    ),
    2: (_LEDGER, _HOLDER, _CHOICE, _RESERVATION),
    3: (_LATER_LEDGER, _CHOICE, _RESERVATION),
    4: (_LATER_LEDGER, _CHOICE, _RESERVATION),
}
"""For a file that can only be read: how one that took so many steps is read as if it had taken all."""

APPLICATION_ID = 0x436C5475
"""``ClTu`` at byte 68 of the file: the database is ours."""


def migrate(connection: sqlite3.Connection, steps: tuple[tuple[str, ...], ...] = STEPS) -> None:
    """Take the steps that are missing. Another process may be doing the same."""
    while True:
        if version(connection) >= len(steps):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            number = version(connection)
            if number < len(steps):
                if number == 0:
                    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                for statement in steps[number]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def version(connection: sqlite3.Connection) -> int:
    """How many steps this database has taken."""
    row: tuple[int] = connection.execute("PRAGMA user_version").fetchone()
    return row[0]

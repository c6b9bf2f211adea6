"""A long conversation as people have them: questions, code, tables, thinking, tools, several scripts; always the same.

Sizes are spread as they are in life: most answers are short, a few fill many screens.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import ContentBlock, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock, Usage
from claude_tui.store import Store
from claude_tui.tools import default_toolbox

MODEL = "claude-opus-5-5"
END = "Finis."
"""The last words of it."""
BEGAN = 1_795_176_000_000
SENTENCES = (
    "The scheduler wakes the worker **before** the lock is released, so the second reader sees a half-written page.",
    "You can keep `fsync` out of the hot path if the journal is append-only and the tail carries its own checksum.",
    "That is why the index grew: every update writes a *new* version, and vacuum runs only when nobody looks.",
    "Measure first. On my machine the loop spends 71 % of its time in `memchr`, which says the parser is not it.",
    "If you want the short version: use a queue, bound it, and let the producer feel when the consumer is slow.",
    "The [specification](https://www.rfc-editor.org/rfc/rfc9110#name-9.2) calls this idempotent, but a proxy may not.",
    "Two details matter here — the order of the writes, and what happens when the power fails between them.",
    "Think of the cache as a promise about the past: it may be stale, it must never be wrong about its own age.",
    "Rename is atomic on POSIX file systems, *provided* source and target are on the same one.",
    "A monotonic clock does not go backwards; the wall clock does, twice a year and whenever NTP feels like it.",
    "在日本語の文書では、行の折り返しは単語ではなく文字で行われます。幅の計算には注意してください。",
    "这个函数在并发情况下不安全：两个线程可能同时读到旧的值，然后都把它加一。",
    "Die Umlaute sind harmlos; gefährlich sind die *kombinierenden* Zeichen, weil sie keine eigene Breite haben.",
    "Ça marche, mais il faut fermer le fichier avant de le renommer — sous Windows c’est obligatoire.",
    "Да, порядок важен: сначала запись в журнал, потом ответ клиенту, и никогда наоборот.",
    "So the complexity is $O(n \\log n)$ for the sort and $O(n)$ for the merge, with $n \\le 2^{32}$ in practice.",
    "Nothing is lost when the process dies here; what is lost is only the *order* of two independent events.",
    "I would not use a regular expression for that: the grammar nests, and the error messages become useless.",
    "The compiler cannot hoist the load because another thread might store through the same pointer.",
    "Keep the migration in one transaction, and copy the file first; a rollback of DDL is not a given everywhere.",
    "`select` scales badly beyond a few hundred descriptors; `epoll` and `kqueue` keep the list in the kernel.",
    "Yes, but only while the reader holds the snapshot open — after that the pages are free to be reused.",
    "There are ~~three~~ four cases, and the last one is the one that everybody forgets until it pages them.",
)
CHEERFUL = "In tests it passes 🎉, in production it does not 🤔 — look at the time zone 👩🏽‍💻 of the machine."
QUESTIONS = (
    "Why does this deadlock when I run it with more than four workers?",
    "Can you rewrite the parser so that it streams? I only ever need the last few lines.",
    "What is the difference between these two, in one paragraph please.",
    "それを日本語で説明してください。",
    "ok, and what about the case where the file is being written by somebody else at the same time?",
    """Here is the traceback:

```
Traceback (most recent call last):
  File "app.py", line 41, in run
    await self.flush()
ConnectionResetError: [Errno 104] Connection reset by peer
```

What do I do?""",
    "Make a table of the options with their costs.",
    "Thanks! One more thing: how do I test that without waiting ten minutes?",
)
THOUGHTS = (
    "They ask about the second case, not the first. The lock is taken in the caller, so the helper must not take it.",
    "Let me check the arithmetic: 4096 pages of 4 KiB are 16 MiB, the limit is 16 000 000 bytes — so it is over.",
    "I should say which version this holds for; the behaviour changed when the default isolation level did.",
    "A table is better than prose here. Four columns at most, or it wraps on a narrow terminal.",
    "Is it a race at all? The reads are ordered by the queue. No: the *second* consumer does not use the queue.",
)
CODE = r"""python
async def drain_NUMBER(queue: asyncio.Queue[bytes], *, limit: int = NUMBER) -> list[bytes]:
    '''Everything that waits, at most ``limit`` of it.'''
    found: list[bytes] = []
    while not queue.empty() and len(found) < limit:
        found.append(queue.get_nowait())  # nobody else reads
    return found
---
rust
impl Ring<NUMBER> {
    /// Returns `None` when it is full.
    pub fn push(&mut self, value: u64) -> Option<usize> {
        let at = self.head % NUMBER;
        self.slots[at].replace(value).map(|_| at)
    }
}
---
typescript
export const retryNUMBER = async <T>(work: () => Promise<T>, times = NUMBER): Promise<T> => {
  for (let at = 0; ; at++) {
    try { return await work(); } catch (error) { if (at >= times) throw error; }
    await sleep(2 ** at * 100); // and a little chance
  }
};
---
sql
SELECT c.id, count(*) AS messages, max(n.created_at) AS last
FROM conversation AS c JOIN node AS n ON n.conversation_id = c.id
WHERE n.seq > NUMBER AND c.trashed_at IS NULL -- not the trash
GROUP BY c.id ORDER BY last DESC LIMIT 50;
---
bash
set -euo pipefail
for file in /var/log/app/*.NUMBER.gz; do
    zcat "$file" | awk '$9 >= 500 { print $7 }' | sort | uniq -c | sort -rn | head -20
done
---
go
func (s *Server) handleNUMBER(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), NUMBER*time.Millisecond)
	defer cancel()
	if err := s.store.Put(ctx, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
	}
}
---
json
{
  "retries": NUMBER,
  "backoff": {"first_ms": 100, "factor": 2.0, "most_ms": 30000},
  "hosts": ["a.example", "b.example"]
}
---

page NUMBER    used  3 981 of 4 096
page NUMBER+1  used    212 of 4 096   <- split here
""".strip("\n").split("\n---\n")
"""Languages, each with a little code in it."""


def _some(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choices(SENTENCES, k=chance.randint(least, most)))


def _paragraph(chance: random.Random) -> str:
    return _some(chance, 1, 5)


def _heading(chance: random.Random) -> str:
    return f"{'#' * chance.randint(2, 4)} {chance.choice(SENTENCES).split(',')[0].split(':')[0][:60]}"


def _list(chance: random.Random) -> str:
    lines: list[str] = []
    for number in range(chance.randint(2, 7)):
        mark = f"{number + 1}." if chance.random() < 0.5 else "-"
        lines.append(f"{mark} {chance.choice(SENTENCES)}")
        if chance.random() < 0.3:
            lines += [f"   - {chance.choice(SENTENCES)}" for _ in range(chance.randint(1, 3))]
    return "\n".join(lines)


def _tasks(chance: random.Random) -> str:
    return "\n".join(
        f"- [{chance.choice('x ')}] {chance.choice(SENTENCES).split('.')[0]}" for _ in range(chance.randint(2, 5))
    )


def _code(chance: random.Random) -> str:
    language, _, body = chance.choice(CODE).partition("\n")
    parts = [body.replace("NUMBER", str(chance.randint(2, 4096))) for _ in range(chance.randint(1, 4))]
    return f"```{language}\n" + "\n\n".join(parts) + "\n```"


def _table(chance: random.Random) -> str:
    rows = [
        f"| `{chance.choice(['epoll', 'kqueue', 'io_uring', 'select', '轮询'])}` | {chance.randint(1, 9_999):,} "
        f"| {chance.random() * 100:.1f} ms | {chance.choice(SENTENCES).split(',')[0]} |"
        for _ in range(chance.randint(3, 9))
    ]
    return "\n".join(["| way | calls | p99 | remark |", "|:--|--:|--:|---|", *rows])


def _quote(chance: random.Random) -> str:
    return "\n".join(f"> {chance.choice(SENTENCES)}" for _ in range(chance.randint(1, 3)))


PARTS: tuple[tuple[Callable[[random.Random], str], int], ...] = (
    (_paragraph, 10), (_heading, 3), (_list, 4), (_code, 3), (_table, 1), (_quote, 1), (_tasks, 1),
)  # fmt: skip


def answer(chance: random.Random, size: int) -> str:
    """Markdown of about so many characters."""
    makers, weights = zip(*PARTS, strict=True)
    parts = [_paragraph(chance)]
    if chance.random() < 0.25:
        parts.insert(0, CHEERFUL)
    while sum(map(len, parts)) < size:
        parts.append(chance.choices(makers, weights)[0](chance))
    return "\n\n".join(parts)


def _facts(chance: random.Random, text: str) -> dict[str, Any]:
    """What a turn keeps with a reply, the parameters of its request among it."""
    return {
        "request": {
            "model": MODEL, "max_tokens": 32000, "thinking": {"type": "adaptive", "display": "summarized"},
            "tools": [{"type": "web_search_20260318", "name": "web_search"}, *default_toolbox().definitions()],
            "cache_control": {"type": "ephemeral"},
        },
        "elapsed_ms": chance.randint(900, 60_000), "timings": {"0": chance.randint(200, 9_000)},
        "ttft_ms": chance.randint(300, 4_000), "message_id": f"msg_{chance.getrandbits(64):016x}",
        "request_id": f"req_{chance.getrandbits(64):016x}", "cost": {"usd": "0.01374", "exactness": "exact"},
        "characters": len(text),
    }  # fmt: skip


def _usage(chance: random.Random, text: str, place: int) -> Usage:
    context = min(60 * place, 180_000)
    return Usage(
        {
            "input_tokens": chance.randint(3, 400), "cache_creation_input_tokens": chance.randint(0, 2_000),
            "cache_read_input_tokens": context, "service_tier": "standard", "output_tokens": len(text) // 4,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens_details": {"thinking_tokens": chance.randint(0, 400)},
        }
    )  # fmt: skip


def _search(chance: random.Random, place: int) -> list[ContentBlock]:
    """A search of the server's, and a text that cites what it found."""
    pages = [
        {
            "type": "web_search_result", "url": f"https://example.org/{place}/{number}", "page_age": "2 days ago",
            "title": chance.choice(SENTENCES).split(",")[0], "encrypted_content": f"{chance.getrandbits(2048):x}",
        }
        for number in range(5)
    ]  # fmt: skip
    cited = {
        "type": "web_search_result_location", "url": pages[1]["url"], "title": pages[1]["title"],
        "cited_text": chance.choice(SENTENCES), "encrypted_index": "x" * 40,
    }  # fmt: skip
    call = f"srvtoolu_{place}"
    return [
        ToolUseBlock(call, "web_search", {"query": chance.choice(QUESTIONS)[:60]}, type="server_tool_use"),
        ToolResultBlock(call, pages, type="web_search_tool_result"),
        TextBlock(chance.choice(SENTENCES), (cited,)),
        TextBlock("\n\n"),
    ]


def nodes(messages: int, characters: int, seed: int = 4) -> Iterator[Node]:
    """So many messages, of about so many characters in all."""
    chance = random.Random(seed)
    sizes = [chance.lognormvariate(7.4, 1.1) for _ in range(messages)]
    share = characters / sum(sizes) * 1.75  # an answer is every second message; thinking and tools are beside it
    head: str | None = None
    calls: str | None = None
    for place in range(messages):
        size = int(sizes[place] * share)
        at = BEGAN + place * 41_000
        node = Node(f"m{place:05d}", head, "user", (), "typed", created_at=at)
        if calls is not None:
            result = ToolResultBlock(calls, str(chance.getrandbits(200)))
            node = replace(node, content=(result,), origin="tool", facts={"ran": {calls: chance.randint(1, 4_000)}})
            calls = None
        elif place % 2 == 0:
            words = chance.choice(QUESTIONS)
            if chance.random() < 0.1:
                words += "\n\n" + _code(chance)
            node = replace(node, content=(TextBlock(words),))
        else:
            text = answer(chance, size) + (f"\n\n{END}" if place >= messages - 2 else "")
            content: list[ContentBlock] = []
            if chance.random() < 0.4:
                thought = "\n\n".join(chance.choices(THOUGHTS, k=chance.randint(1, 8)))
                content.append(ThinkingBlock(thought, f"{chance.getrandbits(1600):x}"))
            if chance.random() < 0.08:
                content += _search(chance, place)
            content.append(TextBlock(text))
            stop = "end_turn"
            if chance.random() < 0.1 and place < messages - 2:
                calls, stop = f"toolu_{place}", "tool_use"
                content.append(ToolUseBlock(calls, "calculate", {"expression": f"{chance.randint(2, 99)} ** 64"}))
            node = replace(
                node, role="assistant", origin="model", content=tuple(content), model=MODEL, stop_reason=stop,
                usage=_usage(chance, text, place), facts=_facts(chance, text),
            )  # fmt: skip
        head = node.id
        yield node


def long_talk(messages: int = 2_000, characters: int = 4_000_000) -> Conversation:
    """Two thousand messages and four megabytes of text, unless other sizes are wanted."""
    made = {node.id: node for node in nodes(messages, characters)}
    return Conversation(
        "01long", "Queues, journals and the last page", made, next(reversed(made)), BEGAN, BEGAN + messages * 41_000
    )


def keep_long_talk(home: Path, messages: int = 2_000, characters: int = 4_000_000) -> str:
    """Put it into the store of that home; its id."""
    database = home / "data" / "conversations.db"
    database.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    store = Store.open(database)
    conversation = long_talk(messages, characters)
    store.create(conversation).result(60)
    store.close()
    return conversation.id

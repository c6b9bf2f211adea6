"""Whatever is typed finds something or nothing, and never fails."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_tui.core.conversation import Conversation
from claude_tui.core.message import ContentBlock, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claude_tui.store import Hit, Store, lookup, words

from .conftest import ROOT
from .samples import node

HOSTILE = [
    *("", " ", "\t\n", "\0", "a\0b", '"', '""', '"""', "'", "''", "`", "\\", "\\\\", "%", "_", "%%", "*", "**", "a*"),
    *("^", "^a", "a^", "(", ")", "()", "((((", "a AND", "AND", "OR", "NOT", "a NOT", "NOT a", "a OR OR b", "NEAR"),
    *("NEAR(", "NEAR(a b", "NEAR(a b, 5)", "a + b", "+", "-", "--", "-a", "a-", "a:b", "text:", "text:a", ":a", "{a}"),
    *("{text thinking}: a", "[a]", "a;b", "; DROP TABLE node", "' OR 1=1 --", "search MATCH 'x'", "rank", "rowid"),
    *(
        "\ud800",
        "a\udfffb",
        "\u202e",
        "\x1b[31m",
        "\x00\x01\x02",
        "\ufeff",
        "\u200b",
        "é́́",
        "👩‍👩‍👧",
        "🇮🇹",
        "İ",
        "ß",
        "ﬁ",
    ),
    *(
        "東",
        "東京",
        "京都は",
        "한",
        "ก",
        "a東",
        "?",
        "??",
        "!",
        "...",
        "…",
        "@",
        "#",
        "$",
        "&",
        "|",
        "||",
        "<",
        ">",
        "=",
        "~",
    ),
    *("a" * 10_000, "a " * 5_000, '"' * 500, "(" * 500, "%" * 500, "東" * 300, "\\" * 300, "a*b*c*", "/etc/passwd"),
    *("fts5", "content", "type", "null", "1e309", "-0", "0x41", "<script>", "{{7*7}}", "%s%n", "$(id)", "a\r\nb"),
]


@pytest.fixture
def full(store: Store) -> Store:
    call = ToolUseBlock("t1", "read_file", {"path": "src/main.rs", "lines": [1, 2]})
    result = ToolResultBlock("t1", [{"type": "text", "text": "fn main() { zebra_crossing(); }"}])
    code = "class MyScrollViewWidget(ScrollView):\n    def render_line(self, y):\n        x = a->b[0]; // 50%"
    content: tuple[ContentBlock, ...] = (ThinkingBlock("Perhaps an owl.", "c2lnbmF0dXJl"), TextBlock(code))
    nodes = [
        node("n1", 'Where is 東京タワー? And "Café" naïve.'),
        replace(node("n2", "", "n1", "assistant"), content=content),
        replace(node("n3", "", "n2", "assistant"), content=(call,)),
        replace(node("n4", "", "n3"), content=(result,)),
        node("n5", "the quick brown fox " * 500 + " needle " + "jumps over the lazy dog " * 500, "n4"),
    ]
    store.create(Conversation("c", "Widgets & things 東", {each.id: each for each in nodes}, "n5")).result(5)
    return store


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries(full: Store, query: str) -> None:
    for hit in full.search(query).result(5):
        for start, end in hit.spans:
            assert 0 <= start < end <= len(hit.snippet)
    assert full.trouble is None


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) >= 100


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30))
def test_any_text(full: Store, query: str) -> None:
    full.search(query).result(5)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("quick", ["n5"]),
        ("QUICK BROWN", ["n5"]),
        ("qui", ["n5"]),
        ("cafe", ["n1"]),
        ("naive", ["n1"]),
        ("東", ["", "n1"]),
        ("京", ["n1"]),
        ("京タ", ["n1"]),
        ("タワー", ["n1"]),
        ("render_line", ["n2"]),
        ("crollVi", ["n2"]),
        ("a->b[0]", ["n2"]),
        ("50%", ["n2"]),
        ("ender_l", ["n2"]),
        ("owl", ["n2"]),
        ("main.rs", ["n3"]),
        ("read_file", ["n3"]),
        ("zebra", ["n4"]),
        ("signature", []),
        ("c2lnbmF0dXJl", []),
        ("toolu", []),
        ("widgets", [""]),
        ("fox needle dog", ["n5"]),
        ("fox zebra", ["n5"]),  # each in a message of its own
        ("fox gnu", []),
        ("nowhere", []),
    ],
)
def test_what_is_found(full: Store, query: str, expected: list[str]) -> None:
    hits = full.search(query).result(5)
    assert [hit.node_id for hit in hits] == expected


def test_a_hit_shows_its_place(full: Store) -> None:
    (hit,) = full.search("needle").result(5)
    assert (hit.kind, hit.title, hit.conversation_id) == ("text", "Widgets & things 東", "c")
    assert [hit.snippet[start:end] for start, end in hit.spans] == ["needle"]
    assert len(hit.snippet) < 200 and hit.snippet.startswith("…") and hit.snippet.endswith("…")
    kinds = {query: full.search(query).result(5)[0].kind for query in ("owl", "zebra", "widgets", "main.rs")}
    assert kinds == {"owl": "thinking", "zebra": "tool", "widgets": "title", "main.rs": "tool"}
    (accented,) = full.search("cafe").result(5)
    assert [accented.snippet[start:end] for start, end in accented.spans] == ["Café"]


def test_the_newest_come_first_and_no_more_than_asked_for(store: Store) -> None:
    store.add("c", [node(f"n{number}", f"same word {number}") for number in range(30)]).result(5)
    assert [hit.node_id for hit in store.search("word", 3).result(5)] == ["n29", "n28", "n27"]
    assert [hit.node_id for hit in store.search("ame wor", 3).result(5)] == ["n29", "n28", "n27"]
    assert store.search("word", 0).result(5) == []


def test_the_index_is_small(path: Path) -> None:
    """Of text as it is, code and prose; of a few hundred messages, where it is larger than of many."""
    texts = [file.read_text() for folder in ("claude_tui", "tests") for file in sorted((ROOT / folder).rglob("*.py"))]
    store = Store.open(path)
    store.create(Conversation("c", "", {f"n{i}": node(f"n{i}", text) for i, text in enumerate(texts)})).result(60)
    assert store._writer is not None
    index = store._writer._connection.execute("SELECT sum(length(block)) FROM slices1_data").fetchone()[0]
    print(f"{index / sum(map(len, texts)):.2f} of {sum(map(len, texts)):,} characters")
    assert index <= 1.5 * sum(map(len, texts))
    store.close(2)


def test_what_stands_near_each_other_comes_first(store: Store) -> None:
    far = "alpha " + "hay " * 400 + "omega"
    for name, text in (("far", far), ("near", "alpha and omega"), ("farther", far), ("one", "alpha")):
        store.create(Conversation(name, "", {name: node(name, text)})).result(5)
    both = {"a": node("a", "alpha"), "b": node("b", "omega", "a")}
    store.create(Conversation("apart", "", both, "b")).result(5)
    found: list[Hit] = []
    assert store.look("alpha omega", found.extend).result(5)
    assert [hit.conversation_id for hit in found] == ["near", "farther", "far", "apart"]


def test_what_is_said_between_two_searches_is_found(store: Store) -> None:
    for number in range(20):
        store.add("c", [node(f"n{number}", f"the needle {number}")]).result(5)
        assert [hit.node_id for hit in store.search("needle").result(5)] == [f"n{at}" for at in range(number, -1, -1)]
    store.add("c", [node("n3", "it is gone")]).result(5)
    assert [hit.node_id for hit in store.search("eedle", 3).result(5)] == ["n19", "n18", "n17"]
    assert [hit.node_id for hit in store.search("it gone").result(5)] == ["n3"]
    assert "n3" not in {hit.node_id for hit in store.search("needle").result(5)}


def test_the_trash_is_searched_by_itself(store: Store) -> None:
    for name in ("kept", "thrown", "older"):
        nodes = {f"{name}1": node(f"{name}1", "the needle"), f"{name}2": node(f"{name}2", "in hay", f"{name}1")}
        store.create(Conversation(name, "A haystack", nodes, f"{name}2")).result(5)
    for name in ("older", "thrown"):
        store.trash(name).result(5)

    def found(query: str, trashed: bool) -> set[str]:
        hits: list[Hit] = []
        assert store.look(query, hits.extend, trashed=trashed).result(5)
        return {hit.conversation_id for hit in hits}

    for query in ("needle", "eedl", "n", "needle hay", "needle haystack"):
        assert found(query, False) == {"kept"}
        assert found(query, True) == {"older", "thrown"}
    assert found("needle gnu", True) == set()


def test_a_search_that_is_given_up(full: Store) -> None:
    given_up = full.search("nowhere at all")
    given_up.cancel()
    assert full.search("needle").result(5)


# Nothing is missed: against looking through everything.

_WORDS = st.sampled_from(
    [
        *("foo->bar()", "naïve", "Straße", "ΟΔΟΣ", "Ёлка", "東京タワー", "한국어", "x", "ab", "e\u0301te", "İstanbul"),
        *("a\0b", 'quo"te', "per%cent", "under_score", "back\\slash", "👩\u200d👧", "c:\\new\\table", "NOT", "a.b()"),
    ]
) | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Mn", "Mc", "Me"]), min_size=1, max_size=9)
_SAID = st.lists(_WORDS, min_size=1, max_size=8).map(" ".join)


def _plain(text: str) -> str:
    """Looked through without any of the store's own functions: small letters, accents in their letters."""
    return unicodedata.normalize("NFC", text).lower().replace("ς", "σ").replace("\0", " ")


@st.composite
def _talks(draw: st.DrawFn) -> list[list[tuple[str, str, str]]]:
    """Conversations of messages, each with text, thinking and what a tool said."""
    message = st.tuples(_SAID, st.just("") | _SAID, st.just("") | _SAID)
    long = draw(st.integers(0, 3)) * "lorem ipsum dolor sit amet, " * 40  # over the edges of slices
    talks = draw(st.lists(st.lists(message, min_size=1, max_size=3), min_size=1, max_size=4))
    return [[(long + text + long, thinking, tool) for text, thinking, tool in talk] for talk in talks]


@st.composite
def _asked(draw: st.DrawFn, talks: list[list[tuple[str, str, str]]]) -> str:
    """Parts of what was said, or anything."""
    words: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        said = " ".join(draw(st.sampled_from(draw(st.sampled_from(talks)))))
        at = draw(st.integers(0, max(len(said) - 1, 0)))
        words.append(said[at : at + draw(st.integers(1, 60))])
    return " ".join(draw(st.sampled_from([words, [draw(_WORDS)]])))


def _searches(path: Path, example: Any) -> None:
    talks = example.draw(_talks())
    store = Store.open(path)
    try:
        with pytest.MonkeyPatch.context() as patch:
            if example.draw(st.booleans()):  # what is asked in pieces of hundreds is asked in pieces of a few
                for size, few in (("FEW", 2), ("PIECE", 1), ("MANY", 8)):
                    patch.setattr(lookup, size, few)
            for number, talk in enumerate(talks):
                nodes = {
                    f"{number}-{at}": replace(
                        node(f"{number}-{at}"),
                        content=(TextBlock(text), ThinkingBlock(thinking), ToolResultBlock("t", tool)),
                    )
                    for at, (text, thinking, tool) in enumerate(talk)
                }
                store.create(Conversation(str(number), "", nodes)).result(20)
                for _ in range(2):
                    _finds_all(store, talks[: number + 1], example.draw(_asked(talks[: number + 1])))
    finally:
        store.close(2)


def _finds_all(store: Store, talks: list[list[tuple[str, str, str]]], query: str) -> None:
    words = _plain(unicodedata.normalize("NFC", query).replace("\0", " ")).split()
    expected = {
        str(number)
        for number, talk in enumerate(talks)
        if words and all(any(word in _plain("\n".join(said)) for said in talk) for word in words)
    }
    found: list[Hit] = []
    assert store.look(query, found.extend, limit=10_000).result(20) or not words
    assert {hit.conversation_id for hit in found} >= expected, query
    assert len(found) == len({hit.conversation_id for hit in found})
    every = store.search(query, 10_000).result(20)
    assert {hit.conversation_id for hit in every} >= expected
    assert len(every) == len({hit.node_id for hit in every}), "each message once"


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_nothing_is_missed(tmp_path_factory: pytest.TempPathFactory, example: Any) -> None:
    _searches(tmp_path_factory.mktemp("search") / "c.db", example)


@pytest.mark.long
@settings(max_examples=3_000, deadline=None, suppress_health_check=list(HealthCheck), derandomize=False)
@given(st.data())
def test_nothing_is_missed_for_long(tmp_path_factory: pytest.TempPathFactory, example: Any) -> None:
    _searches(tmp_path_factory.mktemp("search") / "c.db", example)


def test_each_letter_is_folded_by_itself_to_one() -> None:
    every = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x20000))))
    assert len(words.fold(every)) == len(every)
    assert words.fold(every) == "".join(map(words.fold, every))


def test_accents_apart_or_in_their_letters_are_the_same(store: Store) -> None:
    store.add("c", [node("apart", "un cafe\u0301 noir"), node("within", "un café noir")]).result(5)
    for query in ("café", "cafe", "cafe\u0301", "CAFÉ", "fé no"):
        assert {hit.node_id for hit in store.search(query).result(5)} == {"apart", "within"}, query
    for hit in store.search("cafe\u0301").result(5):
        assert [hit.snippet[start:end] for start, end in hit.spans] == ["café"]

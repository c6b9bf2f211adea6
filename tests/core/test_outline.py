"""The tree at a glance, and forks: what is copied, and what is said of where it came from."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.forking import Source, fork, fork_title, source_of
from claude_tui.core.message import TextBlock
from claude_tui.core.outline import outline
from claude_tui.core.request import build

from ..support.talk import assistant, settings, user


def under(parent: str | None, node: Node) -> Node:
    return replace(node, parent_id=parent)


def ask(id: str, parent: str) -> Node:
    return Node(id, parent, "user", (TextBlock("Go on."),), "continue")


TREE = Conversation("c", "Salt").with_nodes(
    [
        user("u"),
        under("u", assistant("a", "One.", stop_reason=None)),
        ask("k", "a"),
        under("k", assistant("a.", "One, and on.")),
        under("a.", user("v")),
        under("v", assistant("b", "Two.")),
        under("u", assistant("a2", "Another one.")),
        under("a.", user("w")),
        under("w", assistant("x", "Three.")),
        under("a2", user("y")),
        user("u2"),
    ]
)


def drawn(conversation: Conversation) -> list[str]:
    return [
        f"{'  ' * stop.depth}{'+' if stop.opens else ''}{stop.first_id}"
        f"{f'..{stop.last_id}' if stop.last_id != stop.first_id else ''}"
        f"{'*' if stop.here else ''}{'' if stop.on_path else '-'}"
        for stop in outline(conversation)
    ]


def test_the_branch_one_is_on_goes_straight_down_and_the_others_stand_beside_it() -> None:
    assert drawn(TREE.with_head("x")) == [
        "  +u2-",
        "u",
        "  +a2-",
        "  y-",
        "a..a.",
        "  +v-",
        "  b-",
        "w",
        "x*",
    ]


def test_every_message_is_in_it_wherever_one_stands() -> None:
    for head in (*TREE.nodes, None):
        stops = outline(TREE.with_head(head))
        assert sorted(stop.first_id for stop in stops) == sorted({*TREE.nodes} - {"k", "a."})
        assert sum(stop.here for stop in stops) == (head is not None)


def test_a_branch_inside_an_answer_parts_it() -> None:
    parted = TREE.with_node(under("a", assistant("c", "Cut otherwise.")))
    assert drawn(parted)[:4] == ["  +u2-", "u", "  +a2-", "  y-"]
    assert "c*" in drawn(parted) and "  +k..a.-" in drawn(parted)


def test_a_large_tree_takes_no_time() -> None:
    nodes: list[Node] = []
    for number in range(10_000):
        parent = f"n{number - 1 - number % 7}" if number else None
        nodes.append(under(parent, user(f"n{number}")))
    began = time.process_time()
    assert len(outline(Conversation("c").with_nodes(nodes))) == 10_000
    assert time.process_time() - began < 5


def test_nothing_and_a_tail_bitten_have_an_outline() -> None:
    assert outline(Conversation("c")) == ()
    assert outline(Conversation("c").with_nodes([under("b", user("a")), under("a", assistant("b"))])) == ()


def test_a_fork_is_the_path_and_says_where_it_came_from() -> None:
    ids = (f"f{number}" for number in itertools.count())
    forked = fork(TREE, "v", lambda: next(ids), 9)
    assert [node.content for node in forked.path()] == [TREE.nodes[id].content for id in ("u", "a", "k", "a.", "v")]
    assert not set(forked.nodes) & set(TREE.nodes) and forked.id not in forked.nodes and forked.id != TREE.id
    assert len(forked.nodes) == 5 and forked.head_id == forked.path()[-1].id
    assert [source_of(node) for node in forked.path()] == [
        Source("c", "u"), Source("c", "a"), Source("c", "k"), Source("c", "a."), Source("c", "v", "Salt")
    ]  # fmt: skip
    assert source_of(TREE.nodes["v"]) is None and forked.title == "Salt (fork)" and forked.created_at == 9
    chosen = settings()
    assert build(forked.path(), chosen) == build(TREE.path("v"), chosen)


def test_a_fork_leaves_out_what_is_being_written_and_one_of_nothing_is_empty() -> None:
    growing = TREE.with_node(under("w", assistant("z", "Be", status="streaming", stop_reason=None)))
    ids = iter("abcdefgh")
    forked = fork(growing, "z", lambda: next(ids), 1)
    assert forked.head is not None and forked.head.content == growing.nodes["w"].content
    assert not fork(TREE, "nobody", lambda: "c2", 1).nodes


def test_titles_of_forks() -> None:
    assert fork_title("Salt (fork)") == "Salt (fork 2)" and fork_title("Salt (fork 9)") == "Salt (fork 10)"
    assert fork_title("") == "(fork)"

"""The tree: branches, variants, the head, and a title."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claude_tui.core.conversation import Conversation, Node, title_from
from claude_tui.core.message import TextBlock

from ..support.talk import assistant, user


def under(parent: str | None, node: Node) -> Node:
    return replace(node, parent_id=parent)


TREE = Conversation("c").with_nodes(
    [
        user("u"),
        under("u", assistant("a", "One.")),
        under("a", user("v")),
        under("v", assistant("b", "Two.")),
        under("u", assistant("a2", "Another one.")),
        under("a2", user("w")),
    ]
)


def ids(nodes: tuple[Node, ...]) -> list[str]:
    return [node.id for node in nodes]


def test_a_path_leads_from_the_root_to_the_head() -> None:
    assert TREE.head_id == "w" and TREE.head is TREE.nodes["w"]
    assert ids(TREE.path()) == ["u", "a2", "w"]
    assert ids(TREE.path("b")) == ["u", "a", "v", "b"]
    assert TREE.path("nobody") == () and Conversation("c").path() == () and Conversation("c").head is None


def test_variants_and_the_ends_of_branches() -> None:
    assert TREE.siblings("a") == ("a", "a2") and TREE.siblings("u") == ("u",) and TREE.siblings("nobody") == ()
    assert TREE.leaf("a") == "b" and TREE.leaf("u") == "w" and TREE.leaf("b") == "b"
    assert TREE.with_head("b").head_id == "b"


def test_nothing_of_the_old_tree_changes() -> None:
    grown = TREE.with_node(under("w", assistant("x", "Three.")))
    assert grown.head_id == "x" and "x" not in TREE.nodes and TREE.leaf("u") == "w" and grown.leaf("u") == "x"
    assert grown.with_node(under("w", assistant("y")), head=False).head_id == "x"
    again = grown.with_node(replace(grown.nodes["x"], content=(TextBlock("3."),)))
    assert len(again.nodes) == len(grown.nodes) and again.nodes["x"].content == (TextBlock("3."),)
    assert TREE.with_nodes([]) is TREE


def test_a_tree_that_bites_its_tail_ends_all_the_same() -> None:
    loop = Conversation("c").with_nodes([under("b", user("a")), under("a", assistant("b"))])
    assert ids(loop.path("b")) == ["a", "b"] and loop.leaf("a") in ("a", "b")


@pytest.mark.parametrize(
    ("node", "can"),
    [
        (user("u"), False),
        (assistant("a", "x"), False),
        (assistant("a", "x", stop_reason=None), True),
        (assistant("a", stop_reason=None, status="failed"), True),
        (assistant("a", "x", stop_reason="max_tokens"), True),
        (assistant("a", "x", stop_reason="model_context_window_exceeded"), True),
        (assistant("a", "x", stop_reason="tool_use"), True),
        (assistant("a", "x", stop_reason="pause_turn"), True),
        (assistant("a", "x", stop_reason="refusal"), False),
        (assistant("a", "x", stop_reason="refusal", status="interrupted"), False),
        (assistant("a", "x", stop_reason="stop_sequence"), False),
        (assistant("a", "x", stop_reason=None, status="streaming"), False),
    ],
)
def test_what_a_key_may_continue(node: Node, can: bool) -> None:
    assert node.can_continue is can


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Why is the sea salt?", "Why is the sea salt?"),
        ("\n\n  Why?  \nBecause.", "Why?"),
        ("", ""),
        ("word " * 20, "word " * 11 + "word…"),
        ("x" * 80, "x" * 60 + "…"),
        ("Commas, and more: " * 9, "Commas, and more: Commas, and more: Commas, and more…"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert title_from(text) == title

"""What is said about a conversation, from its tree: costs, times, seams, other answers. Pure functions.

Facts were stored by some version of this program, or came with an import: they are read leniently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from ...core.conversation import Conversation, Node
from ...core.forking import source_of
from ...core.imported import IMPORTED
from ...core.message import ContentBlock, TextBlock
from ...core.pricing import Cost, dollars_of, total
from ...core.retry import MONEY
from ...core.text import clean_line
from . import format

if TYPE_CHECKING:
    from ...store import Recovered
    from ...turn import Turn

_EXACTNESS = ("exact", "estimate", "lower", "unknown")

MISTAKES = 6
"""So many of what is wrong in files of settings are told at start."""


def fact(node: Node, name: str) -> Mapping[str, Any]:
    """A fact that is an object; empty for anything else."""
    found: Any = node.facts.get(name)
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}


def cost_of(node: Node) -> Cost | None:
    """What a reply is known to have cost; None when nothing is."""
    found = fact(node, "cost")
    dollars = dollars_of(found.get("usd"))
    exactness: Any = found.get("exactness")
    return Cost(dollars, exactness if exactness in _EXACTNESS else "estimate") if dollars is not None else None


def requests_of(path: Sequence[Node], node: Node) -> tuple[Node, ...]:
    """The replies that answer the same question as one of them: the rounds of tools, and the pieces of what was cut."""
    found: dict[str, Node] = {}
    for each in path:
        if each.origin == "typed":
            if node.id in found:
                break
            found.clear()
        elif each.role == "assistant":
            found[each.id] = each
    return tuple(found.values()) if node.id in found else ()


def cost_together(replies: Sequence[Node]) -> Cost | None:
    """What several replies are known to have cost; None when nothing is of any."""
    known = [cost for cost in map(cost_of, replies) if cost is not None]
    unknown = [Cost(None, "unknown") for node in replies if node.usage.counts and cost_of(node) is None]
    return total([*known, *unknown]) if known else None


def spent(conversation: Conversation) -> Cost:
    """What the nodes of a conversation cost; what was copied or imported was paid where it was made."""
    costs: list[Cost] = []
    for node in conversation.nodes.values():
        if source_of(node) is not None or IMPORTED in node.facts:
            continue
        cost = cost_of(node)
        if cost is not None:
            costs.append(cost)
        elif node.role == "assistant" and node.usage.counts and node.status != "streaming":
            costs.append(Cost(None, "unknown"))
    return total(costs)


def seam_notes(path: Sequence[Node]) -> dict[str, tuple[str, str]]:
    """What each seam says: why the reply was cut and when it went on."""
    notes: dict[str, tuple[str, str]] = {}
    before: Node | None = None
    for node in path:
        if node.role != "assistant":
            continue
        if before is not None and (node.join.via or node.join.replaces):
            notes[node.id] = (why_cut(before), f"continued {format.clock(node.created_at)}")
        before = node
    return notes


def why_cut(node: Node) -> str:
    """Why a reply ended before its end, in a few words."""
    ending = fact(node, "ending")
    match ending.get("cause"):
        case "cancelled":
            return "stopped"
        case "gone":
            return "the program ended"
        case "stall":
            return "no data came"
        case "error" if ending.get("kind") in MONEY:
            return "the budget was reached"
        case "error" | "eof":
            return "the API broke off" if ending.get("kind") in ("overloaded", "server") else "connection lost"
        case _:
            return "the limit was reached" if node.stop_reason == "max_tokens" else "cut"


def begins_anew(budget: Decimal | None) -> str:
    """What is to be said of a conversation's budget where another conversation goes on from one."""
    return f" Its budget of {format.dollars(Cost(budget))} begins anew here." if budget is not None else ""


def timings(path: Sequence[Node]) -> dict[str, int]:
    """How long each block took, in milliseconds by part key, and how long each tool ran, by the call's id."""
    blocks = {f"{node.id}:{index}": ms for node in path for index, ms in fact(node, "timings").items()}
    ran = {id: ms for node in path for id, ms in fact(node, "ran").items()}
    # No reply takes so long; what is not finite, or too large for a float, cannot be told either.
    return {key: int(ms) for key, ms in {**blocks, **ran}.items() if isinstance(ms, int | float) and 0 <= ms < 2**53}


def as_shown(conversation: Conversation, turn: Turn | None) -> Conversation:
    """The conversation with what has come of the reply that is being written."""
    for node_id, reply in turn.live.items() if turn is not None else ():
        node = conversation.nodes.get(node_id)
        if node is not None:
            conversation = conversation.with_node(replace(node, content=reply.content, usage=reply.usage), head=False)
    return conversation


def outcome(turn: Turn) -> str:
    """How a turn ended that was not looked at, in a sentence."""
    title = f"The reply in “{turn.conversation.title}”"
    head = turn.conversation.head
    if turn.failure is not None and turn.failure.kind == "cancelled":
        return f"{title} was stopped."
    if turn.failure is not None:
        return f"{title} was cut: {turn.failure.sentence}"
    if head is not None and head.can_continue:
        return f"{title} can be continued: {why_cut(head)}."
    return f"{title} is done."


def typed_last(conversation: Conversation) -> Node | None:
    """The last question of the path."""
    return next((node for node in reversed(conversation.path()) if node.origin == "typed"), None)


def answers(conversation: Conversation, question: Node) -> tuple[str, ...]:
    """The ids that begin the answers to a question, oldest first."""
    return tuple(
        node.id for node in conversation.nodes.values() if node.parent_id == question.id and node.role == "assistant"
    )


def variants(conversation: Conversation, path: Sequence[Node]) -> dict[str, tuple[int, int]]:
    """Which answer is shown, counted from 1, and how many there are, by the id of a question that has several."""
    questions = {node.id for node in path if node.origin == "typed"}
    found: dict[str, list[str]] = {}
    for node in conversation.nodes.values():
        if node.role == "assistant" and node.parent_id in questions:
            found.setdefault(node.parent_id, []).append(node.id)
    on_path = {node.id for node in path}
    return {
        id: (next((place for place, answer in enumerate(several, 1) if answer in on_path), 0), len(several))
        for id, several in found.items()
        if len(several) > 1
    }


def askings(conversation: Conversation, path: Sequence[Node]) -> dict[str, tuple[int, int]]:
    """Which question is shown, counted from 1, and how many stand in its place, by the id of one of several."""
    beside: dict[str | None, list[Node]] = {}
    for node in conversation.nodes.values():
        if node.origin == "typed":
            beside.setdefault(node.parent_id, []).append(node)
    found: dict[str, tuple[int, int]] = {}
    for node in path:
        if node.origin == "typed" and len(beside[node.parent_id]) > 1:
            several = questions(conversation, node)
            if len(several) > 1:
                found[node.id] = (several.index(node.id) + 1, len(several))
    return found


def questions(conversation: Conversation, question: Node) -> tuple[str, ...]:
    """The ids of the questions in one place, oldest first, without those taken back before their first word."""
    return tuple(
        id
        for id in conversation.siblings(question.id)
        if conversation.nodes[id].origin == "typed"
        and (id == question.id or not _taken_back(conversation, conversation.nodes[id]))
    )


def _taken_back(conversation: Conversation, question: Node) -> bool:
    """Whether an Esc took the question back: all that came of it are replies stopped before their first word."""
    stopped, at = False, question
    while below := conversation.children(at.id):
        at = conversation.nodes[below[-1]]
        if at.content and at.role == "assistant":
            return False
        stopped = stopped or fact(at, "ending").get("cause") == "cancelled"
    return stopped


def origins(path: Sequence[Node]) -> dict[str, str]:
    """Where a fork began, in words, by the id of the last message that was copied."""
    last = next((node for node in reversed(path) if source_of(node) is not None), None)
    source = source_of(last) if last is not None else None
    if last is None or source is None:
        return {}
    title = clean_line(source.title, 60)
    return {last.id: f"forked from “{title}”" if title else "forked from another conversation"}


def with_words(question: Node, text: str) -> tuple[ContentBlock, ...]:
    """A question's content with other words in the place of its own: what else is in it stays."""
    others = [(place, block) for place, block in enumerate(question.content) if not isinstance(block, TextBlock)]
    first = next((place for place, block in enumerate(question.content) if isinstance(block, TextBlock)), 0)
    before = [block for place, block in others if place < first]
    return (*before, TextBlock(text), *(block for place, block in others if place >= first))


def is_empty(conversation: Conversation, question: Node) -> bool:
    """Whether the path has nothing behind this question that could be read."""
    path = conversation.path()
    at = next(place for place, node in enumerate(path) if node.id == question.id)
    return not any(node.content for node in path[at + 1 :] if node.role == "assistant")


def end_of(conversation: Conversation, node_id: str) -> str:
    """The newest end of a branch; a question taken back before its first word is none."""
    end = conversation.with_head(conversation.leaf(node_id))
    question = typed_last(end)
    below = question is not None and any(node.id == node_id for node in end.path(question.parent_id or "-"))
    if question is not None and question.parent_id and below and is_empty(end, question):
        return question.parent_id
    return end.head_id or node_id


def set_aside(conversation: Conversation, node_id: str) -> str | None:
    """Where the reader stands once a cut reply is set aside: on what it went on from, else on another answer to
    the question, else on the question."""
    at = conversation.nodes.get(conversation.nodes[node_id].parent_id or "")
    below = node_id
    while at is not None and (at.origin == "continue" or (at.role == "assistant" and not at.content)):
        below, at = at.id, conversation.nodes.get(at.parent_id or "")
    if at is not None and at.origin == "typed":
        others = [answer for answer in answers(conversation, at) if answer != below]
        return end_of(conversation, others[-1]) if others else at.id
    return at.id if at is not None else None


_OFFERED = (("continue", "goes on with it"), ("keep", "keeps it as it is"), ("discard", "discards it"))
"""What can be done with a reply that a crash cut."""


def greeting(keys: Mapping[str, str], *, demo: bool, offers: Sequence[Recovered]) -> list[tuple[str, str]]:
    """Lines of an empty conversation: (text, role)."""
    lines: list[tuple[str, str]] = [("claude-tui", "md.h1"), ("", "")]
    if demo:
        lines += [
            ("This is the demo: a small server inside this program answers, not Claude.", "note"),
            ("Nothing leaves this machine. Say tour to be shown around, or ask anything.", "note"),
            ("", ""),
        ]
    if offers:
        last, more = offers[-1], len(offers) - 1
        lines += [
            (f"A reply was cut when the program ended: “{clean_line(last.title, 50)}”,", "error"),
            (f"{last.characters:,} characters of it are here.", "error"),
            (" · ".join(f"{keys[name]} {does}" for name, does in _OFFERED), "note"),
            *([(f"and {more} more ({keys['open']})", "note")] if more else []),
            ("", ""),
        ]
    hints = (
        ("Enter", "sends"),
        ("Esc", "stops"),
        ("/", "lists commands"),
        (keys["help"], "helps"),
    )
    lines.append((" · ".join(f"{key} {what}" for key, what in hints), "meta"))
    return lines


def mistakes(found: Sequence[str]) -> str:
    """All that is wrong in files of settings, as one notice; empty if nothing is."""
    lines = [clean_line(each, 240) for each in found[:MISTAKES]]
    more = len(found) - MISTAKES
    return "\n".join([*lines, f"… and {more:,} more."] if more > 0 else lines)

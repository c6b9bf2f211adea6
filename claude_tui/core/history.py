"""A path of the tree -> the messages that may be sent.

The same path always gives the same messages, and a longer path only adds to them. Three things alone may go
again: thinking, from the front; a server's call that was cut before its result came, and what was thought
after it; and the white space that a prefill may not end in comes back.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Any, TypeAlias, TypeGuard

from .attached import kept_of
from .conversation import Join, Node
from .message import (
    ContentBlock,
    JsonObject,
    OpaqueBlock,
    RedactedThinkingBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    block_to_wire,
)
from .repair import THINKING, in_words, result_in_words
from .seam import find_seam

UNKNOWN_OUTCOME = "Interrupted: it is not known whether this tool ran, or what it gave."
OPENING = "(The conversation begins with your words.)"
BLANK = "(A blank message.)"

Sent: TypeAlias = Sequence[tuple[int, Node]]
"""The nodes that are sent, with their places in the path."""


def sent_nodes(path: Sequence[Node], to_come: Join) -> Sent:
    """What of a path is sent: not what was refused, not what was replaced."""
    sent: list[tuple[int, Node]] = []
    for index, node in enumerate(path):
        following = path[index + 1].join if index + 1 < len(path) else to_come
        if node.role == "user" or (node.stop_reason != "refusal" and not following.replaces):
            sent.append((index, node))
    return sent


def messages(path: Sequence[Node], sent: Sent, thinking: Container[int]) -> list[JsonObject]:
    """The messages of ``sent``, which ``sent_nodes(path, ...)`` gave; ``thinking`` are the places of the nodes
    whose thinking goes back with them."""
    nodes = [node for _, node in sent]
    calls, loose = _server_calls(sent)
    followers = dict(zip((index for index, _ in sent), [*nodes[1:], None], strict=True))
    turns: list[JsonObject] = []
    for index, node in enumerate(path):
        if was_asked_in_words(node):
            turns = in_words(turns)
        if index not in followers:
            continue
        following = followers[index]
        if node.role == "user":
            _add_user(turns, node)
            continue
        blocks = sendable(node, following, thinking=index >= loose and index in thinking, calls=calls)
        if not blocks:
            continue
        if node.join.via == "prefill" and turns and turns[-1]["role"] == "assistant":
            _join_prefill(turns[-1]["content"], node, blocks)
        else:
            turns.append({"role": "assistant", "content": blocks})
        if missing := _missing_results(blocks, following):
            turns.append({"role": "user", "content": missing})
    if turns and turns[-1]["role"] == "assistant" and not is_paused(nodes[-1]):
        _strip_end(turns[-1]["content"])
        if not turns[-1]["content"]:
            turns.pop()
    if turns and turns[0]["role"] == "assistant":  # an imported conversation may begin so; the API's may not
        turns.insert(0, _said(OPENING))
    return turns


def _said(text: str) -> JsonObject:
    return {"role": "user", "content": [{"type": "text", "text": text}]}


# What a node is


def thinks(node: Node) -> bool:
    """Whether any thinking came with it."""
    return any(isinstance(block, ThinkingBlock | RedactedThinkingBlock) for block in node.content)


def calls_us(node: Node) -> bool:
    """Whether it waits for results of our tools."""
    if node.role == "user" or node.status != "complete" or node.stop_reason != "tool_use":
        return False
    return any(isinstance(block, ToolUseBlock) and block.type == "tool_use" for block in node.content)


def is_paused(node: Node) -> bool:
    """Whether the server stopped in the middle and takes it up again when it is sent as it came."""
    if node.role == "user" or node.status != "complete":
        return False
    return node.stop_reason == "pause_turn" or (node.stop_reason == "tool_use" and not calls_us(node))


def was_asked_in_words(node: Node) -> bool:
    """Whether the tool turn before it was sent as words: see ``repair.in_words``."""
    return bool(node.facts.get("request", {}).get("without_calls"))


def open_turn(sent: Sent) -> list[tuple[int, Node]]:
    """The replies of the turn at the end, newest first, when it waits for what our tools gave."""
    found: list[tuple[int, Node]] = []
    answered = True
    for index, node in reversed(sent):
        if node.role == "user":
            answered = False
        elif sendable(node, None):
            if not answered and not calls_us(node):
                break
            answered = True
            found.append((index, node))
        if was_asked_in_words(node):
            break
    return found


# The server's calls


def _is_server_call(block: ContentBlock) -> TypeGuard[ToolUseBlock]:
    return isinstance(block, ToolUseBlock) and block.type != "tool_use"


def _settled(nodes: Iterable[Node]) -> frozenset[str]:
    """The server's calls that have their results, in the same turn or a later one."""
    blocks = [block for node in nodes if node.role == "assistant" for block in node.content]
    calls = frozenset(block.id for block in blocks if _is_server_call(block))
    return calls & {block.tool_use_id for block in blocks if isinstance(block, ToolResultBlock)}


def _server_calls(sent: Sent) -> tuple[frozenset[str], int]:
    """The server's calls that are sent, and the place after the last thinking that stands on one that is not.

    A call without a result is sent while its result may still come: in the next reply, or after more calls of
    ours. When a reply ended otherwise before it came, the call goes, and what was thought since with it.
    """
    settled = _settled(node for _, node in sent)
    unsettled = {
        place: calls
        for place, (_, node) in enumerate(sent)
        if (calls := {block.id for block in node.content if _is_server_call(block)} - settled)
    }
    if not unsettled:
        return settled, 0
    waiting: set[str] = set()
    loose = 0
    for place, calls in unsettled.items():
        ended, thought = _asked_with(sent, place, settled)
        if not ended:
            waiting |= calls
        else:
            loose = max(loose, thought)
    return settled | waiting, loose


def _asked_with(sent: Sent, place: int, settled: frozenset[str]) -> tuple[bool, int]:
    """Whether the call of the node at ``place`` can have its result no more, and the place in the path after the
    last thinking in answer to a request that had the call."""
    thought = 0
    held = sent[place][1]
    if not (calls_us(held) or is_paused(held)):
        return True, 0
    for index, node in sent[place + 1 :]:
        if was_asked_in_words(node):
            return True, thought
        if node.role == "user":
            if not calls_us(held):
                return True, thought
            continue
        if thinks(node):
            thought = index + 1
        if calls_us(node) or is_paused(node):
            held = node
        elif sendable(node, None, calls=settled):
            return True, thought
    return False, thought


# What a person said


def _add_user(turns: list[JsonObject], node: Node) -> None:
    held = turns[-1] if turns and turns[-1]["role"] == "user" else None
    calls = _open_calls(turns[:-1] if held else turns)
    # A result stands before any text; a result that was already made up for is not said twice.
    said = {block.get("tool_use_id") for block in held["content"]} if held else set[Any]()
    blocks: list[JsonObject] = []
    for block in node.content:
        if isinstance(block, ToolResultBlock) and block.tool_use_id in said:
            continue
        if (wire := _user_block(block, calls)) is not None:
            blocks.append(wire)
    blocks.sort(key=lambda wire: wire["type"] != "tool_result")
    if held:
        held["content"].extend(blocks)
    else:
        turns.append({"role": "user", "content": blocks} if blocks else _said(BLANK))


def _open_calls(turns: Sequence[JsonObject]) -> set[str]:
    """The calls of the turn before, which results may answer."""
    if not turns or turns[-1]["role"] == "user":
        return set()
    return {str(block["id"]) for block in turns[-1]["content"] if block["type"] == "tool_use"}


def _user_block(block: ContentBlock, calls: set[str]) -> JsonObject | None:
    match block:
        case TextBlock():
            # The API refuses citations on a person's text.
            return {"type": "text", "text": block.text} if block.text.strip() else None
        case ToolResultBlock() if block.tool_use_id not in calls:
            return result_in_words(block.content)
        case OpaqueBlock() if kept_of(block.data) is not None:
            return dict(block.data)  # whoever sends it puts the file in its place
        case _:
            return block_to_wire(block) if _is_sendable(block) else None


_READABLE = ("text", *THINKING, "tool_use", "server_tool_use", "mcp_tool_use", "?")


def _is_sendable(block: ContentBlock) -> bool:
    """False for what has the name of a known block and not its shape, and for blocks of our own."""
    if not isinstance(block, OpaqueBlock):
        return True
    return (
        not block.type.startswith("claude_tui.")
        and not block.type.endswith("tool_result")
        and (block.type not in _READABLE)
    )


# What the model said


def sendable(
    node: Node, following: Node | None, *, thinking: bool = True, calls: frozenset[str] | None = None
) -> list[dict[str, Any]]:
    """The blocks of an assistant node that may be sent again, in the wire's shape.

    A text of white space alone is refused: it joins the text before it, or the next one.
    ``following`` is the node sent after it; ``calls`` are the server's calls that are sent: by default, as when
    nothing follows.
    """
    whole = node.status == "complete"
    if calls is None:
        calls, _ = _server_calls([(0, node)])
    given = _given(following)
    end = len(node.content) - 1
    kept: list[dict[str, Any]] = []
    blank = ""
    for index, block in enumerate(node.content):
        match block:
            case TextBlock():
                keep = bool(block.text.strip())
                if not keep and kept and kept[-1]["type"] == "text":
                    kept[-1]["text"] += block.text
                elif not keep:
                    blank += block.text
            case ThinkingBlock():
                keep = thinking and bool(block.signature)
            case RedactedThinkingBlock():
                keep = thinking and (whole or index < end)
            case ToolUseBlock(type="tool_use"):
                keep = calls_us(node) or block.id in given
            case ToolUseBlock():
                keep = block.id in calls
            case OpaqueBlock():
                keep = (whole or index < end) and _is_sendable(block)
            case ToolResultBlock():
                keep = block.tool_use_id in calls
        if keep:
            wire = block_to_wire(block)
            wire.pop("partial_json", None)
            if isinstance(block, TextBlock):
                wire["text"], blank = blank + block.text, ""
            kept.append(wire)
    while kept and kept[-1]["type"] in THINKING:  # no turn may end so, and nothing was built on it
        kept.pop()
    return kept


def _given(following: Node | None) -> set[str]:
    """The calls of ours that the node after them answers."""
    if following is None or following.role != "user":
        return set()
    return {block.tool_use_id for block in following.content if isinstance(block, ToolResultBlock)}


def _missing_results(blocks: Iterable[JsonObject], following: Node | None) -> list[dict[str, Any]]:
    """Results for the calls among ``blocks`` that the path does not answer next."""
    given = _given(following)
    calls = [str(block["id"]) for block in blocks if block["type"] == "tool_use"]
    return [
        {"type": "tool_result", "tool_use_id": call, "content": UNKNOWN_OUTCOME, "is_error": True}
        for call in calls
        if call not in given
    ]


def _join_prefill(held: list[dict[str, Any]], node: Node, blocks: list[dict[str, Any]]) -> None:
    """A prefilled segment is the same message going on: its first text joins the last text before it."""
    if held and blocks and held[-1]["type"] == "text" and blocks[0]["type"] == "text":
        text = str(blocks[0]["text"])
        seam = find_seam(str(held[-1]["text"]), node.join, text, ended=True, complete=True)
        cut = seam.cut if seam is not None else 0
        held[-1] = {**held[-1], "text": f"{held[-1]['text']}{text[cut:]}"}
        blocks = blocks[1:]
    held.extend(blocks)


def _strip_end(blocks: list[dict[str, Any]]) -> None:
    """A trailing assistant text may not end in white space; what is cut stays in the tree."""
    while blocks and blocks[-1]["type"] == "text":
        text = str(blocks[-1]["text"]).rstrip()
        if text:
            blocks[-1] = {**blocks[-1], "text": text}
            return
        blocks.pop()

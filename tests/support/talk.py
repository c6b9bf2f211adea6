"""Conversations for tests, as far as ``core`` goes: nodes, and a turn without a network or a clock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from claude_tui.core.conversation import Join, Node
from claude_tui.core.events import Cause, StreamEnded, decode
from claude_tui.core.message import ContentBlock, TextBlock
from claude_tui.core.models import find_model
from claude_tui.core.reply import Reply, fold
from claude_tui.core.request import Request, Settings, build
from claude_tui.core.resume import Plan, plan
from claude_tui.demo.issued import Issued
from claude_tui.demo.validator import problems

HEADERS = {"anthropic-version": "2026-10-21"}
CALCULATE = {
    "name": "calculate",
    "description": "Works out an expression.",
    "input_schema": {"type": "object", "properties": {"expression": {"type": "string"}}},
}


def settings(model: str = "claude-opus-5-5", **more: Any) -> Settings:
    return Settings(find_model(model), **more)


def user(id: str, text: str = "Why is the sea salt?", **more: Any) -> Node:
    return Node(id, None, "user", (TextBlock(text),), "typed", **more)


def assistant(id: str, *content: ContentBlock | str, stop_reason: str | None = "end_turn", **more: Any) -> Node:
    """A node as a turn leaves it; without a ``stop_reason`` it was cut."""
    blocks = tuple(TextBlock(block) if isinstance(block, str) else block for block in content)
    status = "complete" if stop_reason is not None else "interrupted"
    return Node(id, None, "assistant", blocks, "model", **{"status": status, "stop_reason": stop_reason, **more})


def body_of(request: Request) -> dict[str, Any]:
    """The request as it leaves: JSON, and streamed."""
    return json.loads(json.dumps({**request.params, "stream": True}))


def refused(request: Request, issued: Issued | None = None) -> list[str]:
    """Why the API would refuse it; ``issued`` is what it remembers of its own replies."""
    return problems(body_of(request), HEADERS, issued=issued)


@dataclass
class Talk:
    """A path of nodes that grows the way ``claude_tui/turn.py`` makes it grow."""

    path: list[Node] = field(default_factory=list[Node])
    join: Join = field(default_factory=Join)
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    model: str = ""

    def ask(self, text: str = "Why is the sea salt?") -> None:
        self.path.append(user(self.new_id(), text))

    def new_id(self) -> str:
        return f"n{len(self.path)}"

    def request(self, chosen: Settings) -> Request | None:
        """What is sent to go on from here, if there is anything to go on with."""
        step = plan(self.path, chosen)
        return None if step is None else self.step(step, chosen)

    def step(self, step: Plan, chosen: Settings) -> Request:
        if step.ask is not None:
            content = (TextBlock(step.ask),)
            self.path.append(Node(self.new_id(), None, "user", content, "continue", join=step.join))
        request = build(self.path, chosen, join=step.join, max_tokens=step.max_tokens)
        self.join = step.join if step.ask is None else replace(step.join, replaces=False)
        self.sent(request)
        return request

    def sent(self, request: Request) -> None:
        self.facts, self.model = {"request": body_of(request) | dict(request.facts)}, request.params["model"]

    @property
    def waiting(self) -> Node:
        """The reply to come."""
        return Node(
            self.new_id(), None, "assistant", (), "model", "streaming", model=self.model, join=self.join,
            facts=self.facts,
        )  # fmt: skip

    def snapshots(self, events: Iterable[Any], cause: Cause = "eof") -> list[Reply]:
        """Every state of the reply that these events make."""
        replies = [Reply()]
        for data in events:
            replies.append(fold(replies[-1], decode(data)))
        replies.append(fold(replies[-1], StreamEnded(cause)))
        return replies

    def answered(self, reply: Reply) -> Node:
        """Keep the reply."""
        node = replace(
            self.waiting,
            content=reply.content,
            status=reply.status,
            stop_reason=reply.stop_reason,
            usage=reply.usage,
        )
        self.path.append(node)
        return node

    def answer(self, events: Iterable[Any], cause: Cause = "eof") -> Node:
        return self.answered(self.snapshots(events, cause)[-1])

    def results(self, *blocks: ContentBlock) -> None:
        self.path.append(Node(self.new_id(), None, "user", tuple(blocks), "tool"))


def types_of(messages: Sequence[Any]) -> list[tuple[str, str]]:
    """Messages in short: their roles and the kinds of their blocks."""
    return [(message["role"], " ".join(block["type"] for block in message["content"])) for message in messages]


# The other side of a request


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def result_of(call: Mapping[str, Any]) -> dict[str, Any]:
    """What a search of the server's gave."""
    return {"type": "web_search_tool_result", "tool_use_id": call["id"], "content": []}


def waiting_calls(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The server's calls in a request that have no result yet: they come first in the answer."""
    held = [block for message in body["messages"] for block in message["content"]]
    done = {block.get("tool_use_id") for block in held}
    return [block for block in held if block["type"] == "server_tool_use" and block["id"] not in done]


def last_words(body: Mapping[str, Any]) -> str:
    """The words a request asks to begin with; empty when it asks for none."""
    last = body["messages"][-1]["content"][-1].get("text", "")
    return last.split("<last_words>\n")[1].split("\n</last_words>")[0] if "<last_words>" in last else ""

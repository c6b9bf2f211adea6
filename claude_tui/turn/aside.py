"""A side question: it sees the conversation, and leaves no trace in it but its cost in the ledger.

It is asked with what the conversation is asked with, so that the API finds what it keeps of it; nothing is tried
again, nothing is kept, and no tool of ours is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..cancel import Cancel
from ..core.conversation import Node
from ..core.events import StreamEnded, StreamError
from ..core.message import TextBlock
from ..core.pricing import NOTHING, Cost, answering, life_of, reply_cost
from ..core.reply import Reply, fold
from ..core.request import Request, Settings, build
from ..core.retry import Failure, FailureKind, event_failure
from .purse import Asked, Ticket
from .reply import may_be_billed
from .spending import day_of, spend_of
from .values import Means

HINT = (
    "(A question aside, which is no part of our conversation: answer it from what was said and what you know, "
    "briefly, and without tools.)"
)
SECONDS = 300.0
"""Without a word until it is given up."""


@dataclass(frozen=True, slots=True)
class Aside:
    """A snapshot of the answer."""

    node: Node
    """The answer so far, as a node of no tree."""
    done: bool = False
    cost: Cost = NOTHING
    sentence: str = ""
    """Why it ended, where it did not end by itself."""
    notes: tuple[str, ...] = ()
    """What is to be said of budgets."""
    kind: FailureKind | None = None
    """What stood in the way, where it was not sent."""


def question(id: str, parent_id: str | None, text: str, *, now: int = 0) -> Node:
    """A side question, as it is sent."""
    return Node(id, parent_id, "user", (TextBlock(HINT), TextBlock(text)), "typed", created_at=now)


def ask_aside(
    path: Sequence[Node],
    settings: Settings,
    means: Means,
    cancel: Cancel,
    conversation_id: str,
    id: str,
    over: FailureKind | None = None,
) -> Iterator[Aside]:
    """Ask what ``path`` ends in; the answer has the id ``id``. The last snapshot is done.

    ``over`` is what stood in the way, and a person said to go on all the same: a budget in the way is raised.

    Never raises on what the network or the API does.
    """
    request = build(path, settings)
    raising, without = over not in (None, "misread"), over == "misread"
    asking = Asked(conversation_id, "", path, request.params, settings.model, means.now(), raising, without)
    node = Node(id, path[-1].id, "assistant", (), "model", "streaming", model=settings.model.id, created_at=means.now())
    ticket = means.purse.admit(asking, means.new_id())
    if isinstance(ticket, Failure):
        yield Aside(replace(node, status="failed"), True, sentence=ticket.sentence, kind=ticket.kind)
        return
    if ticket.max_tokens is not None or ticket.uses is not None:
        request = build(path, replace(settings, tool_uses=ticket.uses), max_tokens=ticket.max_tokens)
    node = replace(node, facts={"request": request.facts})
    yield Aside(node, notes=tuple(ticket.tell(request.params)))
    yield from _answer(request, node, settings, means, cancel, ticket)


def _answer(
    request: Request, node: Node, settings: Settings, means: Means, cancel: Cancel, ticket: Ticket
) -> Iterator[Aside]:
    reply, failure, settled = Reply(), None, False
    conversation_id, billed = ticket.asked.conversation_id, True

    def priced() -> Cost:
        return reply_cost(
            reply.usage,
            answering(settings.model, reply.model, means.find),
            day_of(means.now()),
            final=reply.usage_final,
            started=reply.started,
            characters=reply.characters,
            life=life_of(request.facts),
            stop_reason=reply.stop_reason,
        )

    try:
        attempt = means.api.ask(request.params)
        cancel.on_cancel(attempt.cancel)
        told = heard = means.clock()
        while failure is None and not reply.ended:
            match attempt.poll(means.patience.frame):
                case None:
                    if means.clock() - heard > SECONDS:
                        failure = Failure("stall", "It took too long.")
                        attempt.cancel()
                case Failure() as failed:
                    failure = failed
                case StreamError(error=error):
                    failure = event_failure(error, attempt.request_id)
                    attempt.cancel()
                case event:
                    heard = means.clock()
                    reply = fold(reply, event)
                    failure = ticket.hear(event, means.now())
                    if failure is not None:
                        attempt.cancel()
            if means.clock() - told >= means.patience.frame and not reply.ended:
                told = means.clock()
                if reply.started:
                    ticket.likely(priced(), NOTHING, means.now())
                yield Aside(replace(node, content=reply.content, usage=reply.usage))
        billed = failure is not None and may_be_billed(attempt, failure)
        if not reply.ended:
            reply = fold(reply, StreamEnded("cancelled" if cancel.cancelled else "error"))
        cost, entry = priced(), None
        if reply.started:
            life = life_of(request.facts)
            entry = spend_of(
                conversation_id, "", reply.usage, cost, settings.model, means.now(), life=life, kind="aside"
            )
        settled = True
        entered = means.store.spend(entry, ticket.release(entry, final=reply.usage_final, billed=billed))
    finally:
        if not settled:  # ours, or nobody listens any more: it was sent, or not
            means.store.spend(None, ticket.release(None, final=False, billed=True))
    ended = replace(
        node, content=reply.content, usage=reply.usage, status=reply.status, stop_reason=reply.stop_reason,
        model=reply.model or node.model,
    )  # fmt: skip
    notes = means.purse.warnings(conversation_id, means.now(), entered)
    yield Aside(ended, True, cost, _sentence(reply, failure), tuple(notes))


def _sentence(reply: Reply, failure: Failure | None) -> str:
    if failure is not None:
        return "Stopped." if failure.kind == "cancelled" else failure.sentence
    if reply.status != "complete":
        return "The answer was cut."
    match reply.stop_reason:
        case "end_turn" | "stop_sequence":
            return ""
        case "refusal":
            return "The model declined to answer."
        case "tool_use":
            return "It asked for a tool; aside, none is run."
        case _:
            return "The answer is not whole."

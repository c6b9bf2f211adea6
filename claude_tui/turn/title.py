"""A better title for a conversation: one small question to a cheap model, aside from the conversation.

It is no part of the tree nor of any later request. It is asked once, and never again when it fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..cancel import Cancel
from ..core.conversation import Node
from ..core.events import StreamEnded, StreamError
from ..core.message import JsonObject, TextBlock, visible_text
from ..core.models import Model
from ..core.pricing import NOTHING, Cost, answering, reply_cost
from ..core.reply import Reply, fold
from ..core.request import Settings, build
from ..core.retry import Failure, event_failure
from ..core.text import is_safe
from .reply import may_be_billed
from .spending import day_of, spend_of
from .ticket import Asked, Ticket
from .values import Means

ASK = (
    "Give the conversation that begins like this a title of two to six words, in its own language. "
    "Answer with the title alone: no quotes, no full stop."
)
EXCERPT = 1_500
"""Characters of the question and of the answer that are sent."""
LONGEST = 70
"""Characters of a title; what is longer is none."""
SECONDS = 30.0
"""How long it is waited for."""
_AROUND = re.compile(r"^(?:title\s*:\s*)?[\s\"'“”„«»‘’*_#`]+|[\s\"'“”«»‘’*_`.]+$|^title\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What came of asking for a title."""

    title: str
    """Empty when none came."""
    cost: Cost
    reply: Reply
    why: str = ""
    """Why there is none, in a sentence."""


def suggest_title(
    question: str, answer: str, model: Model, means: Means, cancel: Cancel, conversation_id: str
) -> Suggestion:
    """Ask ``model`` for a title, and enter what that costs. Never raises on what the network or the API does."""
    said = f"{ASK}\n\n<question>\n{question[:EXCERPT]}\n</question>\n\n<answer>\n{answer[:EXCERPT]}\n</answer>"
    asked = Node("title", None, "user", (TextBlock(said),), "typed")
    effort = "low" if "low" in model.efforts else None
    request = build([asked], Settings(model, max_tokens=64, effort=effort, thinking="off"))
    params = {key: value for key, value in request.params.items() if key != "cache_control"}
    asking = Asked(conversation_id, "", (), params, model, means.now())
    ticket = means.purse.admit(asking, means.new_id())
    if isinstance(ticket, Failure):
        return Suggestion("", NOTHING, Reply(), ticket.sentence)
    try:
        reply, failure, billed = _answer(params, ticket, means, cancel)
    except BaseException:  # ours: it was sent, or not
        means.store.spend(None, ticket.release(None, final=False, billed=True))
        raise
    day = day_of(means.now())
    cost = reply_cost(
        reply.usage,
        answering(model, reply.model, means.find),
        day,
        final=reply.usage_final,
        started=reply.started,
        characters=reply.characters,
        stop_reason=reply.stop_reason,
    )
    entry = None
    if reply.started:
        entry = spend_of(conversation_id, "", reply.usage, cost, model, means.now(), kind="title")
    means.store.spend(entry, ticket.release(entry, final=reply.usage_final, billed=billed))
    if failure is not None:
        return Suggestion("", cost, reply, failure.sentence)
    whole = reply.status == "complete" and reply.stop_reason == "end_turn"
    title = title_in(visible_text(reply.content)) if whole else ""
    return Suggestion(title, cost, reply, "" if title else "What came was no title.")


def _answer(params: JsonObject, ticket: Ticket, means: Means, cancel: Cancel) -> tuple[Reply, Failure | None, bool]:
    """The reply as it ended, why it did if not by itself, and whether it may be billed though nothing came."""
    attempt = means.api.ask(params)
    cancel.on_cancel(attempt.cancel)
    reply, failure = Reply(), None
    until = means.clock() + SECONDS
    while failure is None and not reply.ended:
        match attempt.poll(max(min(until - means.clock(), 0.5), 0.0)):
            case None if means.clock() >= until:
                failure = Failure("stall", "It took too long.")
                attempt.cancel()
            case None:
                pass
            case Failure() as failed:
                failure = failed
            case StreamError(error=error):
                failure = event_failure(error, attempt.request_id)
                attempt.cancel()
            case event:
                reply = fold(reply, event)
                failure = ticket.hear(event, means.now())
                if failure is not None:
                    attempt.cancel()
    if not reply.ended:
        reply = fold(reply, StreamEnded("error"))
    return reply, failure, failure is not None and may_be_billed(attempt, failure)


def title_in(said: str) -> str:
    """The title in an answer; empty when it is none: several lines, too long, nothing that reads."""
    lines = [line for line in said.strip().splitlines() if line.strip()]
    title = _AROUND.sub("", _AROUND.sub("", lines[0])) if len(lines) == 1 else ""
    return title if 1 < len(title) <= LONGEST and is_safe(title) and any(map(str.isalnum, title)) else ""

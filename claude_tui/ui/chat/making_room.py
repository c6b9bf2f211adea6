"""A context that is nearly full, and what can be done: go on from a summary, or without the beginning."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ...core.conversation import Conversation, Node
from ...core.forking import shortened
from ...core.message import TextBlock
from ...core.room import SUMMARY, asks_for_summary, last_part, management
from ...ids import new_id
from ...session import now_ms
from ..words import about, format

if TYPE_CHECKING:
    from ...turn import Turn
    from ..screens.choose import Option
    from .asking import Asking


class MakingRoom:
    """A way on from a conversation that is too long."""

    def __init__(self, desk: Asking) -> None:
        self._desk = desk

    def command_context(self, argument: str) -> None:
        """How full the context is, and the ways to make room in it."""
        conversation = self._desk.settled()
        if conversation is None:
            return
        if conversation.head_id is None:
            self._desk.say("There is nothing in the context yet.")
            return
        way = argument.strip().lower()
        if way:
            self._make_room(conversation, way)
            return
        from ..screens.choose import ChooseScreen

        seen = self._desk.foresight.of(conversation, None, self._desk.wishes, "")
        full = f"Context: {format.percent(seen.share)} full, {format.tokens(seen.estimate.tokens)} tokens"

        def chosen(answer: str | None) -> None:
            if answer is not None and self._desk.conversation is conversation:
                self._make_room(conversation, answer)

        self._desk.window.push_screen(ChooseScreen(full, self._ways(conversation), None), chosen)

    def _ways(self, conversation: Conversation) -> list[Option]:
        from ..screens.choose import Option

        seen = self._desk.foresight.of(conversation, None, self._desk.wishes, "")
        model = self._desk.session.settings(conversation, self._desk.wishes).model
        cost = format.dollars(seen.forecast.cost, 1)
        ready = self._summary(conversation) is not None
        detail = "it is there already" if ready else f"{cost} to have it written by {model.label}"
        ways = [Option("summary", "Go on from a summary", detail)]
        from_id = self._part(conversation)
        if from_id is not None:
            path = conversation.path()
            at = next(place for place, node in enumerate(path) if node.id == from_id)
            kept = sum(node.origin == "typed" for node in path[at:])
            all_of_them = sum(node.origin == "typed" for node in path)
            detail = f"with the last {kept} of {all_of_them} questions"
            ways.append(Option("drop", "Go on without the beginning", detail))
        settings = self._desk.session.settings(conversation, self._desk.wishes)
        if settings.compact:
            ways.append(Option("compact", "No longer let the API make room by itself", "it reads all of it again"))
        elif model.compacts:
            at = format.tokens(management(model.context)["edits"][0]["trigger"]["value"])
            detail = f"from {at} tokens on; a beta"
            ways.append(Option("compact", "Let the API make room by itself", detail))
        return ways

    def _part(self, conversation: Conversation) -> str | None:
        """The question from which on it may go on without its beginning."""
        path = conversation.path()
        model = self._desk.session.settings(conversation, self._desk.wishes).model
        return last_part(path, self._desk.foresight.tokens_of, model.context)

    def _make_room(self, conversation: Conversation, way: str) -> None:
        match way:
            case "compact":
                self._let_compact(conversation)
            case "summary":
                self._go_on_from_summary(conversation)
            case "drop":
                from_id = self._part(conversation)
                if from_id is None:
                    self._desk.say("There is nothing before the last question that could be dropped.")
                else:
                    self._open_from(conversation, from_id, f"{conversation.title} (end)")
            case _:
                self._desk.say("/context shows what can be done; /context summary, drop or compact does it.")

    def _let_compact(self, conversation: Conversation) -> None:
        """From the next question on the API makes room by itself, or does not any more."""
        settings = self._desk.session.settings(conversation, self._desk.wishes)
        if settings.compact:
            self._desk.set_wish(compact=False)
            self._desk.say("The API makes no room by itself any more: the next question is sent with all of it.")
        elif settings.model.compacts:
            self._desk.set_wish(compact=True)
            self._desk.say("From the next question on the API makes room by itself; all that was said stays here.")
        else:
            self._desk.say(f"The API does not say that it can do that for {settings.model.called}.")

    # -- a summary

    def _go_on_from_summary(self, conversation: Conversation) -> None:
        """Have the summary written, as any other reply, and open a conversation with it when it is whole."""
        there = self._summary(conversation)
        if there is not None:
            self._open_from(conversation, there.id, f"{conversation.title} (summary)")
        elif self._desk.sharing.may_write():
            question = Node(new_id(), conversation.head_id, "user", (TextBlock(SUMMARY),), "typed", created_at=now_ms())
            self._desk.begin_turn([question])

    def _summary(self, conversation: Conversation) -> Node | None:
        """The question for a summary at the end of a conversation, if its answer is whole."""
        question, head = about.typed_last(conversation), conversation.head
        if question is None or head is None or not asks_for_summary(question) or head.role != "assistant":
            return None
        return question if head.status == "complete" and head.stop_reason == "end_turn" else None

    def turn_ended(self, turn: Turn) -> None:
        """The summary is there, perhaps: go on from it."""
        question = self._summary(turn.conversation)
        if question is not None and turn.failure is None and not about.is_empty(turn.conversation, question):
            self._open_from(turn.conversation, question.id, f"{turn.conversation.title} (summary)")

    def _open_from(self, conversation: Conversation, from_id: str, title: str) -> None:
        short = shortened(conversation, from_id, new_id, now_ms(), title)
        if short is None:
            self._desk.say("It waits for a tool: it cannot be shortened before that has ended.", severity="warning")
        else:
            self._desk.run(self._open_short(conversation.title, short))

    async def _open_short(self, title: str, short: Conversation) -> None:
        typed = self._desk.prompt.draft
        await self._desk.wait(await asyncio.to_thread(self._desk.session.store.put_whole, short))
        self._desk.open_conversation(short)
        if typed:
            self._desk.prompt.restore(typed)
        anew = about.begins_anew(self._desk.session.budgets.base("conversation"))
        said = f"This goes on from “{title}”, which stays as it is; what is above is all the model is sent of it."
        self._desk.say(said + anew)

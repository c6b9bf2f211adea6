"""The tree of a conversation, as one goes about in it: asked otherwise, answered anew, forked, compared, seen whole."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ...core.conversation import Conversation, Node
from ...core.forking import fork
from ...core.message import visible_text
from ...core.models import find_model
from ...core.outline import outline
from ...core.view import exchanges
from ...ids import new_id
from ...session import now_ms
from ..words import about

if TYPE_CHECKING:
    from ..screens.diff import Variant
    from ..widgets.transcript import Variants
    from .asking import Asking


class Branching:
    """All that can be done with the tree of the conversation on one desk."""

    def __init__(self, desk: Asking) -> None:
        self._desk = desk

    # -- what is at hand -----------------------------------------------------------------------------------

    def _question_at_hand(self, conversation: Conversation) -> Node | None:
        """The question one stands on, or on the answer to, else the last."""
        at_hand = self._desk.transcript.question_at_hand()
        return conversation.nodes.get(at_hand) if at_hand else about.typed_last(conversation)

    # -- asking again --------------------------------------------------------------------------------------

    def command_edit(self, argument: str) -> None:
        """The question at hand into the prompt, to be asked otherwise; the first stays beside it."""
        conversation = self._desk.settled()
        question = self._question_at_hand(conversation) if conversation is not None else None
        if question is not None and self._desk.sharing.may_write():
            self._desk.begin_edit(question)
        elif conversation is not None and question is None:
            self._desk.say("There is no question to ask otherwise.")

    def edit_again(self, question_id: str) -> bool:
        """Take up the edit of a question that waits; whether that can be done now."""
        conversation = self._desk.conversation
        question = conversation.nodes.get(question_id) if conversation is not None else None
        if (
            conversation is None
            or question is None
            or self._desk.follows is not None
            or self._desk.turns.get(conversation.id)
        ):
            return False
        self.go_to_node(question.id)
        self._desk.begin_edit(question)
        return True

    def command_retry(self, argument: str) -> None:
        """Another answer to the question at hand, of another model if one is named; the first stays beside it."""
        conversation = self._desk.conversation
        if conversation is None or self._desk.turns.get(conversation.id) is not None:
            self._desk.say("There is no finished reply to ask for again.")
            return
        question = self._question_at_hand(conversation)
        model = self._desk.choices.model_named(argument) if argument else None
        if question is None:
            self._desk.say("There is no question to ask again.")
        elif model is not None or not argument:
            self._desk.ask_again(question, model)

    # -- variants ------------------------------------------------------------------------------------------

    def command_previous_variant(self, argument: str) -> None:
        """The variant before this one."""
        self.show_variant(-1)

    def command_next_variant(self, argument: str) -> None:
        """The variant after this one."""
        self.show_variant(1)

    def _variants(self, conversation: Conversation, of: Variants = "") -> tuple[str, tuple[str, ...], int]:
        """What is at hand in several variants: what it is called, their ids, and the place of the one that is shown.

        On a question that is the questions in its place, everywhere else the answers to one; the other of the two
        where there is only one of these.
        """
        exchange, on_question = self._desk.transcript.place_at_hand()
        question = self._question_at_hand(conversation)
        if question is None:
            return "answer", (), 0
        on_path = {node.id for node in conversation.path()}
        found = {"question": about.questions(conversation, question), "answer": about.answers(conversation, question)}
        first, second = ("question", "answer") if exchange is not None and on_question else ("answer", "question")
        name = of or next((name for name in (first, second) if {*found[name]} - on_path), first)
        ids = found[name]
        return name, ids, next((place for place, id in enumerate(ids) if id in on_path), len(ids))

    def show_variant(self, by: int, of: Variants = "") -> None:
        """Another answer to the question at hand, or another question in its place."""
        conversation = self._desk.conversation
        if conversation is None or self._desk.turns.get(conversation.id) is not None:
            self._desk.say("There is no finished reply here.")
            return
        stood = self._desk.transcript.question_at_hand() is not None
        name, ids, here = self._variants(conversation, of)
        if not ids or (len(ids) == 1 and here == 0):
            self._desk.say("There is no other answer to this question.")
            return
        there = min(max(here + by, 0), len(ids) - 1)
        if there != here:
            self._go_to(conversation, ids[there])
            if stood:
                question = ids[there] if name == "question" else conversation.nodes[ids[there]].parent_id
                self._desk.transcript.stand_on(question or "")
        self._desk.say(f"{name.capitalize()} {there + 1} of {len(ids)}")

    def _go_to(self, conversation: Conversation, node_id: str) -> None:
        """To the branch that has this node: where one left it, else to its newest end."""
        self._desk.leave_branch(conversation)
        left = self._desk.left.get(node_id)
        was_below = left is not None and any(node.id == node_id for node in conversation.path(left))
        end = about.end_of(conversation, left if left is not None and was_below else node_id)
        self._desk.move_head(conversation.with_head(end))
        self._desk.show_conversation()

    # -- the tree ------------------------------------------------------------------------------------------

    def command_tree(self, argument: str) -> None:
        """Every branch at a glance."""
        from ..screens.tree import TreeScreen

        conversation = self._desk.conversation
        if conversation is None:
            self._desk.say("There is no conversation yet.")
            return
        shown = about.as_shown(conversation, self._desk.turn)

        def chosen(answer: tuple[str, str] | None) -> None:
            if answer is None or self._desk.conversation is None or self._desk.conversation.id != shown.id:
                return
            what, node_id = answer
            if what == "fork":
                self._fork(node_id)
            elif self._desk.turns.get(shown.id) is None:
                self.go_to_node(node_id)
            elif any(node.id == node_id for node in self._desk.conversation.path()):
                self._desk.transcript.scroll_to_node(node_id)
            else:
                self._desk.say("A reply is being written; other branches are for when it has ended.")

        self._desk.window.push_screen(TreeScreen(shown, outline(shown)), chosen)

    def go_to_node(self, node_id: str) -> None:
        """Show a message, on whatever branch it is."""
        conversation = self._desk.conversation
        if conversation is None or node_id not in conversation.nodes:
            return
        if all(node.id != node_id for node in conversation.path()):
            self._go_to(conversation, node_id)
        self._desk.transcript.focus()
        self._desk.transcript.stand_on(node_id)

    # -- forks ---------------------------------------------------------------------------------------------

    def command_fork(self, argument: str) -> None:
        """Another conversation with all up to what is at hand."""
        conversation = self._desk.conversation
        exchange, on_question = self._desk.transcript.place_at_hand()
        if conversation is None or not conversation.head_id:
            self._desk.say("There is no conversation to fork yet.")
        elif exchange is None:
            self._fork(conversation.head_id)
        else:
            at = exchange.question if on_question or not exchange.nodes else exchange.nodes[-1]
            self._fork(at.id if at is not None else conversation.head_id)

    def _fork(self, node_id: str) -> None:
        conversation = self._desk.conversation
        if conversation is None:
            return
        if any(node.status == "streaming" for node in conversation.path(node_id)):
            self._desk.say("That reply is being written; it can be forked when it has ended, what is before it now.")
            return
        forked = fork(conversation, node_id, new_id, now_ms())
        self._desk.open(self._open_fork(conversation.title, forked))

    async def _open_fork(self, title: str, forked: Conversation) -> None:
        await self._desk.wait(await asyncio.to_thread(self._desk.session.store.put_whole, forked))
        wishes = self._desk.wishes
        self._desk.open_conversation(forked)
        self._desk.wishes = wishes
        self._desk.choices.keep()
        self._desk.show_status()
        anew = about.begins_anew(self._desk.session.budgets.base("conversation"))
        self._desk.say(f"Forked from “{title}”, which stays as it is; what is asked here is asked here alone.{anew}")

    # -- differences ---------------------------------------------------------------------------------------

    def command_diff(self, argument: str) -> None:
        """What differs between the variants at hand."""
        conversation = self._desk.settled()
        if conversation is None:
            return
        name, ids, here = self._variants(conversation)
        if len(ids) < 2:
            self._desk.say("There is only one answer here: another comes with /retry, another question with /edit.")
            return
        self._desk.open(self._compare(conversation, name, ids, min(here, len(ids) - 1)))

    async def _compare(self, conversation: Conversation, name: str, ids: tuple[str, ...], here: int) -> None:
        from ..screens.diff import DiffScreen

        variants = await asyncio.to_thread(_texts, conversation, name, ids)
        other = here - 1 if here else 1
        self._desk.window.push_screen(DiffScreen(variants, min(here, other), max(here, other)))


def _texts(conversation: Conversation, name: str, ids: tuple[str, ...]) -> list[Variant]:
    """The words of each variant, and what it is called."""
    from ..screens.diff import Variant

    found: list[Variant] = []
    for place, id in enumerate(ids, 1):
        node = conversation.nodes[id]
        called = f"{name} {place} of {len(ids)}"
        if node.origin == "typed":
            found.append(Variant(called, visible_text(node.content)))
            continue
        shown = exchanges(conversation.path(about.end_of(conversation, id)))
        text = next((each.text for each in shown if any(one.id == id for one in each.nodes)), "")
        label = find_model(node.model).label if node.model else ""
        found.append(Variant(" · ".join(filter(None, (called, label))), text))
    return found

"""What is sent: a line is a question or a command, a question begins a turn; and what Ctrl+C does."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from ...core.conversation import Conversation, Node, title_from
from ...core.message import EMPTY, TextBlock, visible_text
from ...core.resume import plan
from ...ids import new_id
from ...session import Session, now_ms
from ..keys.commands import Command
from ..keys.typed import Suggestion, as_typed, find
from ..screens.chat import ChatScreen
from ..turns import Turns
from ..words import about
from .drafting import Edit
from .hearing import Hearing
from .waiting import is_key_of_waiting

QUIT_TWICE = 1.0
"""Seconds within which a second Ctrl+C quits."""


class Asking(Hearing):
    """The desk, and what is sent from it.

    A layer, for it moves the conversation's head before it is known whether the turn begins, and ``Hearing`` moves it
    back if not.
    """

    def __init__(self, screen: ChatScreen, session: Session, turns: Turns) -> None:
        super().__init__(screen, session, turns)
        self._cleared, self._interrupted_at = "", 0.0
        """What Ctrl+C cleared last, and when it was pressed last, in monotonic seconds."""

    def submitted(self, text: str, typed: str = "") -> None:
        """A question, or a slash command; ``typed`` is what there was before the menu completed it."""
        found = find(text)
        if isinstance(found, Suggestion):
            self.say(str(found), severity="warning")
            self.prompt.restore(text)
            return
        if found is not None:
            command, argument = found
            if command.whole_word and typed and not typed.lower().startswith(command.slash):
                if not self.prompt.text:
                    self.prompt.complete(command)
                self.say(f"Enter on the whole word does it: {command.slash}")
                return
            aside = self.drafts.take_aside()
            opened = self.conversation.id if self.conversation else None
            self.run_command(command.method, argument)
            if aside and (self.conversation.id if self.conversation else None) == opened:
                if self.drafts.editing is None:
                    self.prompt.restore(aside)
                else:
                    self.drafts.editing = replace(self.drafts.editing, aside=aside)
        else:
            aside = self.drafts.take_aside()
            self.ask(as_meant(text))
            if aside:
                self.prompt.restore(aside)

    def do(self, command: Command) -> None:
        """What a key and the palette do for a command: run it, or begin typing it where it needs what follows."""
        if command.asks or command.whole_word:
            self.drafts.begin_typing(command)
        else:
            self.run_command(command.method)

    def ask(self, text: str) -> None:
        """Send a question in the open conversation, or begin one with it; while a reply is written it waits."""
        if self.queue.took(text):
            return
        if self.conversation is not None and self.turns.get(self.conversation.id) is not None:
            self.prompt.restore(text)
            self.say(f"A reply is being written; {self.keys.get('stop', 'Esc')} stops it. Your text is kept.")
            return
        edit = self.drafts.editing
        if why := self.attaching.refused(self.settings.model):
            self.prompt.restore(text)
            self.say(why, severity="warning")
            return
        if self.send_anew(text):
            return
        if edit is not None and self.conversation is not None:
            self._ask_instead(self.conversation, edit, text)
            return
        now = now_ms()
        if self.conversation is None:
            self.conversation = Conversation(new_id(), title_from(text), created_at=now, updated_at=now)
        key = self.drafts.key
        if not self.saved:
            self.session.store.create(self.conversation)
            self.saved = True
            self.choices.keep()
            self.session.store.save_choice("", EMPTY)
        head = self.conversation.head_id
        content = (*self.attaching.send(self.conversation.id), TextBlock(text))
        question = Node(new_id(), head, "user", content, "typed", created_at=now)
        self.attaching.warn()
        self.drafts.on_its_way(self.conversation.id, key, text)
        self.drafts.remember(text)
        self.begin_turn([question])

    # -- a question asked otherwise

    def begin_edit(self, question: Node) -> None:
        """Take a question into the prompt, to be asked otherwise beside it; what was typed there comes back."""
        if self.conversation is None:
            return
        self.drafts.leave_edit()
        self.drafts.keep()
        shown = as_typed(visible_text(question.content))
        self.drafts.editing = Edit(
            self.conversation.id, question.id, shown, self.drafts.take_aside() or self.prompt.draft
        )
        self.prompt.set_text(shown)
        self.prompt.focus()
        self.show_elsewhere()
        self.open(self._find_edit(self.drafts.editing))

    async def _find_edit(self, edit: Edit) -> None:
        """What was changed before and neither sent nor given up: the program ended meanwhile."""
        kept = await self.wait(self.session.store.draft(edit.key))
        if kept and self.drafts.editing is edit and self.prompt.full == edit.shown:
            self.prompt.set_text(kept)

    def _ask_instead(self, conversation: Conversation, edit: Edit, text: str) -> None:
        """The question beside the one that was edited; the same words ask that one again."""
        question = conversation.nodes[edit.question_id]
        self.drafts.end_edit(edit)
        if as_typed(text).strip() == edit.shown.strip() and not self.attaching.files:
            self.session.store.save_draft(edit.key, "")
            self.ask_again(question)
            return
        self.leave_branch(conversation)
        self.drafts.on_its_way(conversation.id, edit.key, text)
        self.drafts.remember(text)
        self.drafts.edited[conversation.id] = edit
        self._stood[conversation.id] = conversation.head_id or ""
        self.conversation = conversation.with_head(question.parent_id)
        content = (*self.attaching.send(conversation.id), *about.with_words(question, text))
        asked = Node(new_id(), question.parent_id, "user", content, "typed", created_at=now_ms())
        self.begin_turn([asked])

    def ask_again(self, question: Node, model: str | None = None) -> None:
        """Another answer to a question, beside those there are; of another model if one is named."""
        conversation = self.conversation
        if conversation is None:
            return
        self.leave_branch(conversation)
        if conversation.head_id and conversation.head_id != question.id:
            self._stood[conversation.id] = conversation.head_id
        self.conversation = conversation.with_head(question.id)
        self.begin_turn([], model)

    def send_anew(self, text: str) -> bool:
        """Ask the question that an Esc took back, as if it had not; False for any other text."""
        conversation = self.conversation
        end, question = self._taken_back.get(conversation.id, ("", "")) if conversation else ("", "")
        if conversation is None or end not in conversation.nodes or text.strip() != question.strip():
            return False
        if not self.attaching.are_as_sent(conversation.id):
            return False
        self.attaching.clear()
        key = self.drafts.key
        if self.drafts.editing is not None:
            self.drafts.edited[conversation.id] = self.drafts.editing
            self.drafts.end_edit(self.drafts.editing)
        elif self.prompt.full == text:
            self.prompt.set_text("")
        self._stood[conversation.id] = conversation.head_id or ""
        self.drafts.on_its_way(conversation.id, key, text)
        self.conversation = conversation.with_head(end)
        self.queue.release()
        self.begin_turn([])
        return True

    def begin_turn(
        self, question: list[Node], model: str | None = None, *, raising: bool = False, follow: bool = True
    ) -> None:
        """Run a turn in the open conversation; with another model than chosen, if one is named, for this once.

        ``raising`` raises the budget that is in the way; without ``follow`` a reader stays where they read.
        """
        conversation = self.conversation
        if conversation is None:
            return
        if not self.sharing.may_write():
            self._take_back(conversation)
            return
        try:
            means = self.session.means()
        except Exception as error:
            self.say(str(error), severity="error")
            self._take_back(conversation)
            return
        self._taken_back.pop(conversation.id, None)
        if follow:
            self.transcript.action_bottom()
        if model is not None:  # from now on the branch one is on says it
            self.wishes = replace(self.wishes, model=None)
        chosen = self.wishes if model is None else replace(self.wishes, model=model)
        settings = self.session.settings(conversation, chosen)
        id = conversation.id
        elsewhere = partial(self.sharing.taken, id)
        running = self.turns.start(conversation, settings, means, question, elsewhere, raising)
        if running is None:
            self.say("A reply is being written in this conversation already.")

    def _take_back(self, conversation: Conversation) -> None:
        """Nothing was asked: the question back into the prompt, the reader back to where they stood."""
        sent = self.drafts.sent.pop(conversation.id, None)
        if sent is not None and is_key_of_waiting(sent[0]):
            self.queue.wait_again(conversation.id)
        elif sent is not None:
            self.drafts.give_back(conversation.id, sent[1])
            self.drafts.keep()
            if sent[0] != self.drafts.key:  # the conversation was begun with it
                self.drafts.serve(sent[0])
        stood = self._stood.pop(conversation.id, conversation.head_id)
        self.conversation = conversation.with_head(stood or None)

    def settled(self) -> Conversation | None:
        """The open conversation, unless a reply is being written in it; then that is said."""
        conversation = self.conversation
        if conversation is None:
            self.say("There is no conversation yet.")
        elif self.turns.get(conversation.id) is not None:
            self.say(f"A reply is being written; {self.keys.get('stop', 'Esc')} stops it.")
        else:
            return conversation
        return None

    def can_continue(self) -> bool:
        """Whether there is something to go on with."""
        if self.conversation is None:
            return False
        return plan(self.conversation.path(), self.settings) is not None

    def interrupt(self) -> None:
        """What Ctrl+C does here."""
        chosen = self.screen.get_selected_text()
        now = time.monotonic()
        cleared, self._cleared = self._cleared, ""
        if chosen:
            self.reader.copy_selection(chosen)
            self.screen.clear_selection()
        elif self.drafts.editing is not None:
            self.drafts.leave_edit()
        elif self.prompt.text:
            self._cleared = self.prompt.text
            self.drafts.remember(self.prompt.full)
            self.prompt.set_text(self.drafts.take_aside())
            self.session.store.save_draft(self.drafts.key, self.prompt.pasted.stored(self.prompt.text))
        elif self.conversation is not None and self.turns.get(self.conversation.id) is not None:
            self.run_command("command_stop")
        elif now - self._interrupted_at < QUIT_TWICE:
            if cleared:
                self.prompt.set_text(cleared)  # the first of the two cleared it, and it is this one's draft
            self.window.exit()
            return
        else:
            self.say("Ctrl+C again quits.")
        self._interrupted_at = now


def as_meant(text: str) -> str:
    """What is sent for what was typed: of two slashes the second."""
    return text.removeprefix("/") if text.startswith("//") else text

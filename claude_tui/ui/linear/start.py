"""From the command line to the first prompt in lines, and out again."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from getpass import getpass
from typing import TypeAlias

from ...core.conversation import Conversation
from ...errors import ClaudeTuiError
from ...session import Session
from ..keys.typed import Suggestion, find
from .doing import Doing
from .lines import Interrupted, Left, Lines, TooLong

Opening: TypeAlias = Callable[[], tuple[Session, Conversation | None]]

SCREEN = "screen"
"""What is given back when the person goes to the app on the whole screen."""
QUIT_TWICE = 2.0
"""Seconds within which a second Ctrl+C leaves."""


def start(opening: Opening, *, pick: bool = False) -> tuple[str, int]:
    """Converse until the person leaves: ``SCREEN`` and the id of the conversation behind a blank if they go there,
    else nothing; and the exit code. ``pick`` lists the conversations first. Raises ``ClaudeTuiError``."""
    gc.enable()
    lines = Lines()
    with lines.watched():
        session, conversation = opening()
        room = Doing(session, lines, conversation)
        try:
            _begin(room)
            if pick:
                room.command_open("")
            _converse(room)
        except Left as left:
            return "", left.code
        finally:
            room.close()
            session.close()
    here = room.conversation.id if room.conversation is not None else ""
    return (f"{SCREEN} {here}" if room.leaving == SCREEN else ""), 0


def _begin(room: Doing) -> None:
    session = room.session
    room.say("claude-tui in screen reader mode. /help says what can be done.")
    if session.demo is not None:
        room.say("This is the demo: a small server inside this program answers, not Claude. Say tour, or ask anything.")
    for sentence in (*session.store.notices, *map(str, session.problems)):
        room.say(sentence)
    if not session.has_credentials:
        _ask_key(room)
    if room.conversation is not None:
        room.tell_where()
    elif session.store.recovered:
        cut = session.store.recovered[-1]
        room.say(f"A reply was cut when the program ended: {cut.title}. /open {cut.conversation_id} goes there.")


def _ask_key(room: Doing) -> None:
    """Have a key entered where nobody sees it, as the screen of the app does."""
    from ...secrets import store_key

    room.say("There is no API key yet. It is not shown while you type it.")
    try:
        typed = getpass("API key: ")
    except (EOFError, KeyboardInterrupt):
        raise Left(1) from None
    try:
        room.session.use_key(store_key(typed, room.session.paths))
    except ClaudeTuiError as error:
        room.say(str(error))
        raise Left(1) from None


def _converse(room: Doing) -> None:
    interrupted = -QUIT_TWICE
    while not room.leaving:
        try:
            text = room.lines.ask("You")
        except Interrupted:
            if time.monotonic() - interrupted < QUIT_TWICE:
                return
            interrupted = time.monotonic()
            room.say("Control C again leaves.")
            continue
        except TooLong as cut:
            room.say("That line is as long as this terminal takes, and what was behind it is lost. It was not sent.")
            room.say("/editor takes longer ones. It began:")
            room.say(cut.text[:200])
            continue
        if text is None:
            room.say("")
            return
        _do(room, text)


def _do(room: Doing, text: str) -> None:
    lines = text.splitlines()
    if not text.strip():
        room.go_on()
        return
    if len(lines) > 1 and all(isinstance(find(line), tuple) for line in lines):
        for line in lines:  # commands that were typed one after the other while something was said
            _do(room, line)
        return
    found = find(text)
    if isinstance(found, Suggestion):
        room.say(f"{found}. It was not sent.")
    elif found is not None:
        room.command(*found)
    else:
        room.ask(text.removeprefix("/") if text.startswith("//") else text)

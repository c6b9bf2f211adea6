"""What a reader does with a conversation: go through it, fold, copy, open links."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ...core.text import clean, clean_line, is_safe
from ...core.view import exchanges
from ...markdown import COPY_MARK
from ..widgets.selecting import LONGEST as LONGEST_SELECTION
from ..words import about
from ..words.codes import first_codes

if TYPE_CHECKING:
    from ...core.conversation import Conversation
    from ..widgets.transcript import What
    from .desk import Desk

LONGEST_ADDRESS = 2_048
"""Characters of an address that is opened or copied."""


class Reader:
    """All that can be done with what is written in the conversation of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # -- going ---------------------------------------------------------------------------------------------

    def command_previous_message(self, argument: str) -> None:
        """To the question or answer before."""
        self._desk.transcript.focus()
        self._desk.transcript.action_message(-1)

    def command_next_message(self, argument: str) -> None:
        """To the next question or answer."""
        self._desk.transcript.focus()
        self._desk.transcript.action_message(1)

    def command_previous_block(self, argument: str) -> None:
        """To the block before."""
        self._desk.transcript.focus()
        self._desk.transcript.action_block(-1)

    def command_next_block(self, argument: str) -> None:
        """To the next block."""
        self._desk.transcript.focus()
        self._desk.transcript.action_block(1)

    def command_find(self, argument: str) -> None:
        """Look for words in the open conversation."""
        if self._desk.conversation is None:
            self._desk.say("There is nothing here to look for words in.")
        else:
            self._desk.screen.open_find(argument)

    def command_page_up(self, argument: str) -> None:
        """A page up."""
        self._desk.transcript.action_page(-1)

    def command_page_down(self, argument: str) -> None:
        """A page down."""
        self._desk.transcript.action_page(1)

    def command_top(self, argument: str) -> None:
        """To the first message."""
        self._desk.transcript.action_top()

    def command_bottom(self, argument: str) -> None:
        """To the newest line."""
        self._desk.transcript.action_bottom()

    def command_read(self, argument: str) -> None:
        """Hold the view still, whatever comes; or go on with what was not read."""
        if self._desk.conversation is None:
            self._desk.say("There is nothing here to read yet.")
        elif self._desk.transcript.frozen:
            self._desk.transcript.release()
        else:
            self._desk.transcript.freeze(self._desk.helps["read"])

    # -- looks ---------------------------------------------------------------------------------------------

    def command_fold(self, argument: str) -> None:
        """Fold or unfold the card at hand, or all of them."""
        if self._desk.screen.focused is self._desk.transcript:
            self._desk.transcript.action_fold()
        else:
            self._desk.transcript.toggle_all()

    def command_timestamps(self, argument: str) -> None:
        """Times and receipts in the transcript."""
        self._desk.transcript.toggle_timestamps()

    # -- copying -------------------------------------------------------------------------------------------

    def command_copy(self, argument: str) -> None:
        """Copy the message at hand, else the last reply."""
        if self._desk.transcript.stands:
            self.copy_at_hand("message")
            return
        shown = about.as_shown(self._desk.conversation, self._desk.turn).path() if self._desk.conversation else ()
        answered = [each for each in exchanges(shown) if each.nodes]
        text = answered[-1].text if answered else ""
        if text:
            self.copy(text, "the reply")
        else:
            self._desk.say("There is no reply to copy.")

    def command_copy_block(self, argument: str) -> None:
        """Copy the block at hand."""
        self.copy_at_hand("block")

    def command_copy_code(self, argument: str) -> None:
        """Copy the code at hand, or the last of the reply at hand, or that of a number in it."""
        found = self._desk.transcript.at_hand("code") if not argument else None
        if found is not None:
            self.copy(*found)
        else:
            self._desk.run(self._copy_code(argument.removeprefix(COPY_MARK)))

    async def _copy_code(self, argument: str) -> None:
        codes = await self._codes()
        plain = argument.isascii() and argument.isdigit() and len(argument) < 6
        number = len(codes) if not argument else int(argument) if plain else 0
        if 1 <= number <= len(codes):
            self._copy_one(codes[number - 1], number)
        elif codes:
            there = "one" if len(codes) == 1 else f"1 to {len(codes)}"
            self._desk.say(f"There is no code {clean_line(argument, 20)} here: this reply has {there}.")

    def command_codes(self, argument: str) -> None:
        """Choose among the codes of the reply at hand."""
        self._desk.open(self._choose_code())

    async def _choose_code(self) -> None:
        from ..screens.choose import ChooseScreen, Option

        codes = await self._codes()
        options = [
            Option(str(number), f"{number} {clean_line(code.strip(), 34)}", _lines(code))
            for number, code in enumerate(codes, 1)
        ]

        def chosen(answer: str | None) -> None:
            if answer is not None:
                self._copy_one(codes[int(answer) - 1], int(answer))

        if codes:
            self._desk.window.push_screen(ChooseScreen("Copy which code?", options), chosen)

    def _copy_one(self, code: str, number: int) -> None:
        if code:
            self.copy(code, f"code {number}")
        else:
            self._desk.say(f"Code {number} is empty.")

    async def _codes(self) -> list[str]:
        """The codes of the reply at hand; where there is none, that is said."""
        found = await asyncio.to_thread(first_codes, self._desk.transcript.replies_at_hand())
        if not found:
            self._desk.say("There is no code here to copy.")
        return found

    def command_copy_all(self, argument: str) -> None:
        """Copy the whole conversation, as it is on the screen."""
        if self._desk.conversation is None:
            self._desk.say("There is no conversation to copy.")
        else:
            self._desk.run(self._copy_all(about.as_shown(self._desk.conversation, self._desk.turn)))

    async def _copy_all(self, conversation: Conversation) -> None:
        from ...exchange import to_markdown

        self.copy(await asyncio.to_thread(to_markdown, conversation), "the conversation")

    def copy_selection(self, text: str) -> None:
        """Copy what the mouse chose."""
        cut = len(text) >= LONGEST_SELECTION
        self.copy(text, "the beginning of the selection, which is longer," if cut else "the selection")

    def copy_at_hand(self, what: What) -> None:
        """Copy what the keyboard stands on, else the last of its kind."""
        found = self._desk.transcript.at_hand(what)
        if found is None or not found[0]:
            self._desk.say(f"There is no {what} to copy here.")
        else:
            self.copy(*found)

    def copy(self, text: str, what: str) -> None:
        """Copy a text; what became of it is said once it is known."""
        cast("Any", self._desk.window).copy(text, what)

    def command_sources(self, argument: str) -> None:
        """Open a source of the answer at hand, else of the last that cites any."""
        found = tuple((words, url) for words, url in self._desk.transcript.sources() if url)
        if found:
            self.links_chosen(found, "Sources")
        else:
            self._desk.say("No answer here cites a source.")

    # -- links ---------------------------------------------------------------------------------------------

    def links_chosen(self, links: tuple[tuple[str, str], ...], title: str = "Links") -> None:
        """One of several links is chosen first."""
        if len(links) == 1:
            self.link_chosen(links[0][1])
            return
        from ..screens.choose import ChooseScreen, Option

        options = [
            Option(str(place), clean_line(words, 24), clean_line(url, 300)) for place, (words, url) in enumerate(links)
        ]

        def chosen(answer: str | None) -> None:
            if answer is not None:
                self.link_chosen(links[int(answer)][1])

        self._desk.window.push_screen(ChooseScreen(title, options), chosen)

    def link_chosen(self, url: str) -> None:
        """A link is opened only after it was shown where it goes."""
        from ..screens.choose import ChooseScreen, Option

        shown, address = clean_line(url, 300), clean(url)
        options = [Option("copy", "Copy the address")]
        host = _host(url)
        if host:
            options.insert(0, Option("open", "Open it in the browser", host))

        def chosen(answer: str | None) -> None:
            if answer == "open":
                self._desk.window.open_url(url)
            elif answer == "copy":
                if len(address) > LONGEST_ADDRESS:
                    self._desk.say(f"That address has {len(address):,} characters: too many to be copied.")
                else:
                    self.copy(address, "the address")

        self._desk.window.push_screen(ChooseScreen(shown, options), chosen)


def _lines(code: str) -> str:
    count = code.count("\n") + 1
    return f"{count:,} line{'s' * (count != 1)}"


def _host(url: str) -> str:
    """The host of an address that may be opened; empty for any other."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and not parts.username and not parts.password
        return (parts.hostname or "") if plain and is_safe(url) and len(url) <= LONGEST_ADDRESS else ""
    except ValueError:
        return ""

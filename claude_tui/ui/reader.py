"""What a reader does with a conversation: go through it, fold, copy, open links."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..core.text import clean, clean_line, is_safe
from ..core.view import exchanges
from . import about
from .choices import Choices

if TYPE_CHECKING:
    from .widgets.transcript import What

LONGEST_COPY = 100_000
"""Characters given to the terminal's clipboard at most: many terminals drop longer ones in silence."""

LONGEST_ADDRESS = 2_048
"""Characters of an address that is opened or copied."""


class Reader(Choices):
    """The desk, and all that can be done with what is written there."""

    # -- going ---------------------------------------------------------------------------------------------

    def command_previous_message(self, argument: str) -> None:
        """To the question or answer before."""
        self.transcript.focus()
        self.transcript.action_message(-1)

    def command_next_message(self, argument: str) -> None:
        """To the next question or answer."""
        self.transcript.focus()
        self.transcript.action_message(1)

    def command_previous_block(self, argument: str) -> None:
        """To the block before."""
        self.transcript.focus()
        self.transcript.action_block(-1)

    def command_next_block(self, argument: str) -> None:
        """To the next block."""
        self.transcript.focus()
        self.transcript.action_block(1)

    def command_find(self, argument: str) -> None:
        """Look for words in the open conversation."""
        if self.conversation is None:
            self.say("There is nothing here to look for words in.")
        else:
            self.screen.open_find(argument)

    def command_page_up(self, argument: str) -> None:
        """A page up."""
        self.transcript.action_page(-1)

    def command_page_down(self, argument: str) -> None:
        """A page down."""
        self.transcript.action_page(1)

    def command_top(self, argument: str) -> None:
        """To the first message."""
        self.transcript.action_top()

    def command_bottom(self, argument: str) -> None:
        """To the newest line."""
        self.transcript.action_bottom()

    def command_read(self, argument: str) -> None:
        """Hold the view still, whatever comes; or go on with what was not read."""
        if self.conversation is None:
            self.say("There is nothing here to read yet.")
        elif self.transcript.frozen:
            self.transcript.release()
        else:
            self.transcript.freeze(self.helps["read"])

    # -- looks ---------------------------------------------------------------------------------------------

    def command_fold(self, argument: str) -> None:
        """Fold or unfold the card at hand, or all of them."""
        if self.screen.focused is self.transcript:
            self.transcript.action_fold()
        else:
            self.transcript.toggle_all()

    def command_timestamps(self, argument: str) -> None:
        """Times and receipts in the transcript."""
        self.transcript.toggle_timestamps()

    # -- copying -------------------------------------------------------------------------------------------

    def command_copy(self, argument: str) -> None:
        """Copy the message at hand, else the last reply."""
        if self.transcript.stands:
            self.copy_at_hand("message")
            return
        shown = about.as_shown(self.conversation, self.turn).path() if self.conversation else ()
        answered = [each for each in exchanges(shown) if each.nodes]
        text = answered[-1].text if answered else ""
        if text:
            self.copy(text, "the reply")
        else:
            self.say("There is no reply to copy.")

    def command_copy_block(self, argument: str) -> None:
        """Copy the block at hand."""
        self.copy_at_hand("block")

    def command_copy_code(self, argument: str) -> None:
        """Copy the code at hand."""
        self.copy_at_hand("code")

    def copy_selection(self, text: str) -> None:
        """Copy what the mouse chose."""
        self.copy(text, "the selection")

    def copy_at_hand(self, what: What) -> None:
        """Copy what the keyboard stands on, else the last of its kind."""
        found = self.transcript.at_hand(what)
        if found is None or not found[0]:
            self.say(f"There is no {what} to copy here.")
        else:
            self.copy(*found)

    def copy(self, text: str, what: str) -> None:
        """Give a text to the terminal's clipboard, and say so."""
        if len(text) > LONGEST_COPY:
            self.say(f"{len(text):,} characters are too many for a terminal's clipboard; /export writes them.")
        else:
            self.window.copy_to_clipboard(clean(text))
            self.say(f"{len(text):,} characters of {what} were given to the terminal's clipboard (OSC 52).")

    def command_sources(self, argument: str) -> None:
        """Open a source of the answer at hand, else of the last that cites any."""
        found = tuple((words, url) for words, url in self.transcript.sources() if url)
        if found:
            self.links_chosen(found, "Sources")
        else:
            self.say("No answer here cites a source.")

    # -- links ---------------------------------------------------------------------------------------------

    def links_chosen(self, links: tuple[tuple[str, str], ...], title: str = "Links") -> None:
        """One of several links is chosen first."""
        if len(links) == 1:
            self.link_chosen(links[0][1])
            return
        from .screens.choose import ChooseScreen, Option

        options = [
            Option(str(place), clean_line(words, 24), clean_line(url, 300)) for place, (words, url) in enumerate(links)
        ]

        def chosen(answer: str | None) -> None:
            if answer is not None:
                self.link_chosen(links[int(answer)][1])

        self.window.push_screen(ChooseScreen(title, options), chosen)

    def link_chosen(self, url: str) -> None:
        """A link is opened only after it was shown where it goes."""
        from .screens.choose import ChooseScreen, Option

        shown, address = clean_line(url, 300), clean(url)
        options = [Option("copy", "Copy the address")]
        host = _host(url)
        if host:
            options.insert(0, Option("open", "Open it in the browser", host))

        def chosen(answer: str | None) -> None:
            if answer == "open":
                self.window.open_url(url)
            elif answer == "copy":
                if len(address) > LONGEST_ADDRESS:
                    self.say(f"That address has {len(address):,} characters: too many to be copied.")
                else:
                    self.window.copy_to_clipboard(address)

        self.window.push_screen(ChooseScreen(shown, options), chosen)


def _host(url: str) -> str:
    """The host of an address that may be opened; empty for any other."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and not parts.username and not parts.password
        return (parts.hostname or "") if plain and is_safe(url) and len(url) <= LONGEST_ADDRESS else ""
    except ValueError:
        return ""

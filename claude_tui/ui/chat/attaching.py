"""The files that go with the next question: attached, shown, kept with the draft, and sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ...attachments.reading import Attachment, Refusal, attach_bytes, tokens_of
from ...attachments.sending import blocks, gather, keep, missing, refusal
from ...core.attached import TEXT, Kept
from ...core.measure import UNIT, measure
from ...core.message import OpaqueBlock
from ...core.models import Model
from ...core.pricing import Cost, price_on
from ...core.text import clean
from ...errors import ClaudeTuiError
from ...files import cause
from ...session import today
from ..editing.pasted import Pasted, number
from ..keys.commands import BY_ID
from ..widgets.chips import Chip
from ..words import format
from .held_files import as_held, held_files

if TYPE_CHECKING:
    from ...core.conversation import Conversation
    from .desk import Desk

MOST = 100
"""Files of one question."""


class Attaching:
    """The files of one desk's next question. What is here is on the disk already."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.files: list[Kept] = []
        self._weights: dict[str, int] = {}
        """The measure of each text, by its hash."""
        self._sent: dict[str, tuple[Kept, ...]] = {}
        """What went with the last question of each conversation."""
        self._offered: tuple[str, list[str]] = ("", [])
        """A paste that names files, and these."""
        self._pasted: list[str] = []
        """The large pastes in the prompt, in their order."""
        self.pasted_last = ""
        """The last of them there was: a command stands in its place while it is typed."""
        self.pasted.read = desk.session.contents.read

    # -- by command

    def command_attach(self, argument: str) -> None:
        """Attach files to the next question; without a path, those that were dropped."""
        from ...attachments.naming import written

        paths = written(argument)
        if paths:
            self.desk.run(self.add(paths))
        elif self.take_offered():
            pass
        elif argument:
            self.desk.say(f"These are no paths: {argument}", severity="warning")
        else:
            self.desk.drafts.begin_typing(BY_ID["attach"])

    def command_detach(self, argument: str) -> None:
        """Leave a file out that was attached."""
        self.desk.say(self.remove(argument))

    def command_paste_image(self, argument: str) -> None:
        """Attach the image that is in the clipboard."""
        self.desk.run(self.paste_image())

    def consider(self, text: str) -> None:
        """A short paste: files that it names, and nothing else, are offered."""
        self.desk.run(self._offer(text))

    async def _offer(self, text: str) -> None:
        from ...attachments.naming import dropped

        if text.lstrip()[:1] in tuple("/~'\"f") and (paths := await asyncio.to_thread(dropped, text)):
            self.offer(text, paths)

    # -- what goes

    async def add(self, paths: Sequence[str], *, exactly: bool = False) -> None:
        """Attach the files at these paths, which are patterns unless ``exactly``; each that cannot go is told in a
        sentence."""
        found, refused = await asyncio.to_thread(gather, paths, Path.cwd(), exactly=exactly)
        for sentence in refused:
            self.desk.say(sentence, severity="warning")
        await self._take(found)

    async def paste_image(self, given: Callable[[], bytes] | None = None) -> None:
        """Attach the image that is in the clipboard."""
        from ...attachments.clipboard import image_from_clipboard

        try:
            data = await asyncio.to_thread(given or image_from_clipboard)
            number = 1 + sum(kept.name.startswith("clipboard") for kept in self.files)
            found = await asyncio.to_thread(attach_bytes, data, f"clipboard-{number}")
        except Refusal as error:
            self.desk.say(str(error), severity="warning")
            return
        await self._take([found])

    async def _take(self, found: Sequence[Attachment]) -> None:
        if not found:
            return
        if len(self.files) + len(found) > MOST:
            self.desk.say(f"A question takes up to {MOST} files: leave some out.", severity="warning")
            return
        at = self.desk.drafts.key
        try:
            kept = await asyncio.to_thread(keep, found, self.desk.session.contents)
        except (OSError, ClaudeTuiError) as error:
            why = cause(error) if isinstance(error, OSError) else str(error)
            self.desk.say(f"What was attached cannot be kept, and so is not sent: {why}", severity="error")
            return
        if at != self.desk.drafts.key:  # another conversation was opened meanwhile
            self.desk.say("Nothing was attached: another conversation was opened meanwhile.")
            return
        self._weights |= {one.sha256: tokens_of(file) * UNIT for one, file in zip(kept, found, strict=True)}
        self.files = [*self.files, *(one for one in kept if one not in self.files)]
        for file in found:
            if file.note:
                self.desk.say(file.note)
        self._changed()

    def remove(self, which: str) -> str:
        """Leave out a file by its number or name, the last without one; what is to be said."""
        if not self.files:
            return "No file is attached."
        names = [kept.name for kept in self.files]
        place = len(names) - 1 if not which else int(which) - 1 if which.isdecimal() else -1
        if which in names:
            place = names.index(which)
        if not 0 <= place < len(names):
            return f"There is no such file among {', '.join(names)}."
        left = self.files[place]
        self.files = [kept for kept in self.files if kept is not left]
        self._changed()
        return f"{left.name} is not sent."

    def refused(self, model: Model) -> str:
        """Why the files cannot go with the question in the prompt; empty if they can."""
        return self.refused_with(self.desk.conversation, self.files, model)

    def refused_with(self, conversation: Conversation | None, files: Sequence[Kept], model: Model) -> str:
        """Why these files cannot go with the next question of a conversation; empty if they can."""
        if not files:
            return ""
        path = conversation.path() if conversation is not None else ()
        lost = next((one for one in files if not self.desk.session.contents.has(one.sha256, one.size)), None)
        if lost is not None:
            return f"The copy of {lost.name} that was kept is lost: leave it out with /detach, and attach it again."
        return refusal(path, files, model.context)

    def send(self, conversation_id: str) -> list[OpaqueBlock]:
        """The blocks of the question that is sent there now; nothing is attached any more. Raises ``Refusal``."""
        made = self.send_these(conversation_id, self.files)
        self.files = []
        self._show()
        return made

    def send_these(self, conversation_id: str, files: Sequence[Kept]) -> list[OpaqueBlock]:
        """The blocks of a question that is sent there now with these files. Raises ``Refusal``."""
        made = blocks(files, self.desk.session.contents)
        self._sent[conversation_id] = tuple(files)
        return made

    def set_aside(self) -> tuple[Kept, ...]:
        """The files that are attached, which are not any more: the question they go with waits."""
        files, self.files = tuple(self.files), []
        if files:
            self._show()
        return files

    async def take_up(self, files: Sequence[Kept]) -> None:
        """The files of a question that waited, and is in the prompt again."""
        self.files = [*files, *(kept for kept in self.files if kept not in files)]
        self._changed()
        await self._weigh(files)
        self._show()

    def are_as_sent(self, conversation_id: str) -> bool:
        """Whether the files are those of the question sent there last, or none is here or there."""
        return tuple(self.files) == self._sent.get(conversation_id, ())

    def give_back(self, conversation_id: str) -> None:
        """The question sent there last was not asked: its files are attached again."""
        back = self._sent.get(conversation_id, ())
        self.files = [*back, *(kept for kept in self.files if kept not in back)]
        self._changed()

    def save_sent(self, conversation_id: str) -> None:
        """The question sent there last was not asked, and another conversation is open: its files wait there."""
        held = as_held(self._sent.get(conversation_id, ()))
        self.desk.session.store.save_draft(conversation_id + ":files", held, sent=True)

    def warn(self) -> None:
        """Say which files of the open conversation are lost: they go by their names alone."""
        conversation = self.desk.conversation
        lost = missing(conversation.path(), self.desk.session.contents) if conversation is not None else []
        if lost:
            self.desk.say(f"Lost, and so sent by name alone: {', '.join(lost)}.", severity="warning")

    async def sweep(self) -> None:
        """Conversations were deleted for good: the contents that nothing names any more go with them."""
        session = self.desk.session
        named = await self.desk.wait(session.store.named_contents())
        await asyncio.to_thread(session.contents.sweep, named)

    # -- large pastes

    @property
    def pasted(self) -> Pasted:
        """What stands for them in the prompt."""
        return self.desk.prompt.pasted

    async def _keep_pasted(self, mark: str) -> None:
        """On the disk, so that the draft needs only name it; where that fails the draft holds it in full."""
        chip = self.pasted[mark]
        with suppress(OSError, ClaudeTuiError):
            chip.sha256 = await asyncio.to_thread(self.desk.session.contents.keep, chip.text.encode())
            if mark in self.desk.prompt.text:  # another conversation may be on its way into the prompt
                self.desk.prompt.tell_again()

    # -- what a paste names

    def offer(self, pasted: str, paths: list[str]) -> None:
        """Files that were dropped on the terminal, as it seems."""
        self._offered = (pasted.strip(), paths)
        self._show()

    def take_offered(self) -> bool:
        """Attach them, and take their paths out of the prompt; False when there are none."""
        pasted, paths = self._offered
        self._offered = ("", [])
        text = self.desk.prompt.text
        if not paths or clean(pasted) not in text:
            self._show()
            return False
        self.desk.prompt.set_text(text.replace(clean(pasted), "", 1).strip(" "))
        self.desk.run(self.add(paths))
        return True

    def typed(self, text: str) -> None:
        """The prompt has another text: other pastes; an offer whose path is gone goes too."""
        marks = self.pasted.marks(text)
        if marks != self._pasted:
            self.pasted_last = next(reversed(marks), self.pasted_last)
            for mark in marks:
                if mark not in self._pasted:  # once more, where it comes back: it may have been swept meanwhile
                    self.desk.run(self._keep_pasted(mark))
            self._pasted = marks
            self._show()
        if self.pasted.lost:
            self.pasted.lost = 0
            self.desk.say("A text that was pasted here was lost from the disk: it is left out.", severity="warning")
        if self._offered[1] and clean(self._offered[0]) not in text:
            self._offered = ("", [])
            self._show()

    # -- drafts

    def clear(self) -> None:
        """Another conversation is opened."""
        self.files, self._offered = [], ("", [])
        self._show()

    def leave_all(self) -> None:
        """They wait elsewhere."""
        self.files = []
        self._changed()

    def as_draft(self) -> str:
        """The files as they are kept with the draft."""
        return as_held(self.files)

    async def restore(self, key: str) -> None:
        """The files of a draft."""
        files = await self._held(key + ":files")
        if key == self.desk.drafts.key and files and not self.files:
            self.files = files
            self._show()

    async def take_over(self, key: str) -> None:
        """The files that are kept under this key, with those that are here."""
        files = await self._held(key)
        if files:
            self.files = [*files, *(kept for kept in self.files if kept not in files)]
            self._changed()

    async def _held(self, key: str) -> list[Kept]:
        files = list(held_files(await self.desk.wait(self.desk.session.store.draft(key))))
        await self._weigh(files)
        return files

    async def _weigh(self, files: Sequence[Kept]) -> None:
        """Measure the texts among them that were not measured in this run."""
        for kept in files:
            if kept.media_type == TEXT and kept.sha256 not in self._weights:
                data = await asyncio.to_thread(self.desk.session.contents.read, kept.sha256)
                self._weights[kept.sha256] = measure((data or b"").decode("utf-8", "replace"))

    # -- looks

    @property
    def weight(self) -> int:
        """The measure of all of it."""
        return sum(self._weights.get(kept.sha256, kept.tokens * UNIT) for kept in self.files)

    def _changed(self) -> None:
        self._show()
        self.desk.session.store.save_draft(self.desk.drafts.key + ":files", self.as_draft(), sent=True)

    def _show(self) -> None:
        desk = self.desk
        model = desk.settings.model
        paths = self._offered[1]
        offered = [Chip(Path(path).name, f"{desk.helps.get('attach', '/attach')} attaches it", True) for path in paths]
        pasted = [
            Chip("pasted text", self._about_pasted(mark, model), sign=number(place))
            for place, mark in enumerate(self._pasted)
        ]
        desk.screen.chips.show([*pasted, *(Chip(kept.name, self._about(kept, model)) for kept in self.files), *offered])
        desk.foresight.files = self.weight
        desk.foretelling.show()

    def _about_pasted(self, mark: str, model: Model) -> str:
        text, tokens = self.pasted[mark].text, self.pasted[mark].weight // UNIT
        lines = text.count("\n") + 1
        return " · ".join(
            [_size(len(text)), f"{lines:,} lines" if lines > 1 else "1 line", *_tokens_and_price(tokens, model)]
        )

    def _about(self, kept: Kept, model: Model) -> str:
        tokens = self._weights.get(kept.sha256, kept.tokens * UNIT) // UNIT
        said = [_size(kept.size)]
        if kept.width and kept.height:
            said.append(f"{kept.width:,}×{kept.height:,}")
        if kept.pages:
            said.append(f"{kept.pages:,} pages" if kept.pages > 1 else "1 page")
        return " · ".join([*said, *_tokens_and_price(tokens, model)])


def _size(size: int) -> str:
    if size < 100:
        return f"{size} bytes" if size > 1 else "1 byte"
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.1f} kB"


def _tokens_and_price(tokens: int, model: Model) -> tuple[str, str]:
    price = price_on(model, today(), tokens)
    cost = Cost(price.input * tokens / 1_000_000, "estimate") if price is not None else None
    return f"≈{format.tokens(tokens)} token{'' if tokens == 1 else 's'}", format.dollars(cost, 1)

"""What may follow each slash command, for the menu: what is known is given at once, the disk is read beside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from .. import personas
from ..core.budget import PERIODS
from ..core.offers import Offer, effort_offers, life_offers, thinking_offers, tool_offers
from ..core.text import clean_line
from ..session import today, tool_names
from .keys.typed import Choice, Choices
from .words import model_list

if TYPE_CHECKING:
    from .chat.chat import Chat
    from .looks.wardrobe import Wardrobe

_WAYS = (
    Choice("summary", "go on from a summary"),
    Choice("drop", "go on without the beginning"),
    Choice("compact", "let the API make room by itself, or no longer"),
)


class Arguments:
    """One window's. ``offer`` is called with what was read later than it was asked for."""

    def __init__(self, chat: Chat, offer: Callable[[str, Choices], object]) -> None:
        self._chat = chat
        self._offer = offer
        self._personas: tuple[Choice, ...] = ()
        """Those there were when they were read last."""

    def of(self, command_id: str) -> Choices:
        """The choices for the command of that id; none for one that takes what nobody can list."""
        chat = self._chat
        match command_id:
            case "model" | "retry":  # whatever id is typed may be one
                return Choices(self._models())
            case "theme":
                return Choices(self._themes(), only=True)
            case "effort":
                return Choices(_offered(effort_offers(chat.settings)), only=True)
            case "thinking":
                return Choices(_offered(thinking_offers(chat.settings)), only=True)
            case "cache":
                return Choices(_offered(life_offers(chat.settings.model, today())), only=True)
            case "tools":
                offers = tool_offers(chat.settings, tool_names(chat.session.toolbox))
                return Choices((*_offered(offers), Choice("all"), Choice("none")), several=True)
            case "persona":
                chat.run(self._read_personas())
                return self._persona()
            case "context":  # the ways cost, each its own: they are done when they were typed or chosen
                return Choices(_WAYS)
            case "budget":
                return Choices(tuple(Choice(period, f"what a {period} may cost") for period in PERIODS), more=True)
            case "key":
                return Choices((Choice("forget", "remove the stored key"),))
            case "system":
                return Choices((Choice("edit", "change what there is"), Choice("none", "no system prompt any more")))
            case "screen-reader":
                return Choices((Choice("on"), Choice("off")), only=True)
            case "attach":
                return Choices(paths=True, several=True)
            case "import" | "export" | "paste-save":
                return Choices(paths=True)
            case "detach":
                names = (clean_line(kept.name) for kept in chat.attaching.files)
                return Choices(tuple(map(Choice, dict.fromkeys(names))))
            case _:
                return Choices()

    def paths(self, command_id: str, path: str | None) -> None:
        """Offer the paths that fit what is typed of one, as they are found; None where none is typed any more."""
        several = command_id == "attach"

        def show(found: Sequence[str]) -> None:
            self._offer(command_id, Choices(tuple(map(Choice, found)), several=several, paths=True, asked=path or ""))

        self._chat.naming.argument(path, show, tree=several)

    def _models(self) -> tuple[Choice, ...]:
        catalogue, day = self._chat.session.catalogue, today()
        rows = model_list.options(catalogue, self._chat.settings.model, day)
        return tuple(
            Choice(
                row.id,
                " · ".join(filter(None, [row.warn, row.detail])),
                (row.label, catalogue.find(row.id).label),
            )
            for row in rows
        )

    def _themes(self) -> tuple[Choice, ...]:
        wardrobe: Wardrobe = cast("Any", self._chat.window).wardrobe
        rows = (Choice(name, spec.about) for name, spec in wardrobe.specs.items())
        return (Choice("auto", "as the terminal is dark or light"), *rows)

    def _persona(self) -> Choices:
        return Choices((Choice("none", "as a new conversation is asked"), *self._personas), only=True)

    async def _read_personas(self) -> None:
        names = await asyncio.to_thread(personas.names, self._chat.session.paths.personas_dir)
        self._personas = tuple(map(Choice, names))
        self._offer("persona", self._persona())


def _offered(offers: Iterable[Offer]) -> tuple[Choice, ...]:
    """Those that can be had now."""
    return tuple(Choice(offer.value, offer.note) for offer in offers if not offer.barred)

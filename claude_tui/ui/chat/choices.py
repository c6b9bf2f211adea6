"""What comes next is asked with: model, effort, thinking, length, system prompt, tools, the life of the cache."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...core.changes import change, held, priced
from ...core.conversation import Conversation
from ...core.models import Model
from ...core.offers import Offer, as_effort, effort_offers, life_offers, nearest_length, thinking_offers, tool_offers
from ...core.pricing import Cost, life_of, price_on, tokens_in
from ...core.request import DEFAULT_MAX_TOKENS, Settings, effective_effort, head, thinking_is_off
from ...core.text import clean_line
from ...errors import ClaudeTuiError
from ...session import LISTING_HOURS, now_ms, read_tools, today, tool_names
from ...wishes import Wishes, pending, read_wishes
from ..words import format, model_list

if TYPE_CHECKING:
    from ..screens.choose import Option
    from .desk import Desk

PICKER_HOURS = 1.0
"""How old the list of models may be before the API is asked again while one looks at it."""
SHORT = 300
"""Characters of a system prompt that are shown in a sentence; of a longer one its beginning."""


class Choices:
    """What is chosen for the next question of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # -- kept until it is asked with -----------------------------------------------------------------------

    def keep(self) -> None:
        """Keep what was chosen for the next question until it is asked with; the window that writes does."""
        if self._desk.conversation is None:
            # What holds for conversations to come too is in the state; of a persona nothing is.
            mine = self._desk.wishes
            kept = mine if mine.persona else Wishes(system=mine.system, max_tokens=mine.max_tokens)
            self._desk.session.store.save_choice("", kept.kept(now_ms()))
        elif self._desk.saved and self._desk.follows is None:
            kept = self._desk.wishes.over(pending(self._desk.conversation))
            self._desk.session.store.save_choice(self._desk.conversation.id, kept.kept(now_ms()))

    async def restore(self) -> None:
        """What was chosen for a conversation that was not begun, here or in a window that was closed."""
        kept = read_wishes(await self._desk.wait(self._desk.session.store.choice("")))
        kept = kept.without(self._desk.wishes).without(self._desk.session.flags)
        if self._desk.conversation is not None or kept == Wishes():
            return
        self._desk.wishes = self._desk.wishes.over(kept)
        self._desk.show_status()
        said = [f"the persona {kept.persona}"] if kept.persona else []
        if kept.system:
            said.append(f"a system prompt of {len(kept.system):,} characters")
        if kept.max_tokens:
            said.append(f"a longest reply of {format.tokens(kept.max_tokens)} tokens")
        if said:
            self._desk.say(f"As chosen here before: {', '.join(said)}.")

    # -- the model -----------------------------------------------------------------------------------------

    def command_model(self, argument: str) -> None:
        """Another model for what comes next."""
        if argument:
            self._use_model(argument)
            return
        from ..screens.choose import ChooseScreen

        settings, day, session = self._desk.settings, today(), self._desk.session
        life = life_of(head(settings))
        cached = held(self._desk.conversation, now_ms())
        trouble = ""

        def about(model_id: str) -> Sequence[str]:
            model = session.catalogue.find(model_id)
            moved = priced(cached if model_id != here() else 0, settings.model, model, day, life)
            return model_list.about(model, session.catalogue, day, moved)

        def here() -> str:
            return model_list.place_of(settings.model, session.catalogue)

        def offered() -> tuple[str, list[Option], str]:
            title = model_list.heading(session.listing.at, now_ms(), trouble)
            return title, model_list.options(session.catalogue, settings.model, day), here()

        def typed(text: str) -> Option | None:
            return model_list.typed_option(text, session.catalogue, day)

        successor = self._successor(settings.model)
        at = successor.id if successor is not None else here()
        screen = ChooseScreen(*offered(), about=about, typed=typed, rows=14, begin=at)
        self._desk.window.push_screen(screen, lambda answer: self._use_model(answer) if answer else None)

        def listed(problem: str) -> None:
            nonlocal trouble
            trouble = problem
            if screen.is_running:
                screen.offer(*offered())

        self.list_models(PICKER_HOURS, listed)

    def list_models(self, hours: float = LISTING_HOURS, then: Callable[[str], object] = lambda problem: None) -> None:
        """Ask the API for its models, in the background, if the list is older than so; ``then`` is told what went
        wrong, or nothing, if it was asked."""
        loop = asyncio.get_running_loop()

        def work() -> None:
            try:
                if not self._desk.session.list_models(hours):
                    return
                problem = ""
            except ClaudeTuiError as error:
                problem = str(error)
            with suppress(RuntimeError):  # the app was left meanwhile
                loop.call_soon_threadsafe(done, problem)

        def done(problem: str) -> None:
            then(problem)
            if not problem:
                self._desk.show_status()

        threading.Thread(target=work, name="models", daemon=True).start()

    def model_named(self, text: str) -> str | None:
        """The id of the model that a person means; None, and that is said, when there can be none of that name."""
        model_id = self._desk.session.catalogue.named(text)
        if model_id is not None:
            return model_id
        near = self._desk.session.catalogue.near(text)
        shown = clean_line(text, 60)
        self._desk.say(f"There is no model called {shown!r}" + (f"; did you mean {near[0]}?" if near else "."))
        return None

    def _use_model(self, text: str) -> None:
        model_id = self.model_named(text)
        if model_id is None:
            return
        model = self._desk.session.catalogue.find(model_id)
        said = f"Model: {model_id}"
        if not model.known:
            said += " (unknown to this version" + ("" if model.prices else "; its prices are not known") + ")"
        gone = model_list.successor_sentence(model, self._successor(model), today(), self._how("successor"))
        self._choose_for_good(f"{said}." + (f" {gone}." if gone else ""), model=model_id)

    def _successor(self, model: Model) -> Model | None:
        """What comes after a model that goes; None while it stays."""
        if not model_list.goes(model, today()):
            return None
        return self._desk.session.catalogue.successor(model, today())

    def command_successor(self, argument: str) -> None:
        """The model that comes after the one in use, which retires or has."""
        model = self._desk.settings.model
        successor = self._successor(model)
        if successor is None:
            self._desk.say(f"{model.called} stays; {self._how('model')} chooses another model.")
        else:
            self._use_model(successor.id)

    def farewell(self) -> str:
        """That the model in use goes, and what comes after it; empty while it stays, or while it writes."""
        model = self._desk.settings.model
        if self._desk.turn is not None or not model_list.goes(model, today()):
            return ""
        return model_list.successor_sentence(model, self._successor(model), today(), self._how("successor"))

    # -- effort and thinking -------------------------------------------------------------------------------

    def command_effort(self, argument: str) -> None:
        """How hard the model tries."""
        settings = self._desk.settings
        offers = effort_offers(settings)
        if not argument:
            current = effective_effort(settings) or "auto"
            self._choose_offer(f"Effort · {settings.model.called}", offers, current, self.command_effort)
            return
        offer = _named(offers, argument)
        if offer is None:
            taken = ", ".join(each.value for each in offers if not each.barred)
            self._desk.say(f"There is no effort {clean_line(argument, 30)!r}; {settings.model.called} takes {taken}.")
        elif offer.barred and settings.model.known and not settings.model.efforts:
            self._desk.say(f"{settings.model.called} takes no effort.")
        else:
            # What it does not take now is kept all the same: with thinking, or another model, it may.
            asked = replace(settings, effort=as_effort(offer.value))
            sent = effective_effort(asked) or "the model's own"
            why = f" ({offer.barred})" if offer.barred else ""
            self._choose_for_good(f"Effort: {sent}{why}.", state={"effort": asked.effort}, effort=offer.value)

    def command_thinking(self, argument: str) -> None:
        """Whether the model thinks first."""
        settings = self._desk.settings
        offers = thinking_offers(settings)
        offer = _named(offers, argument)
        if offer is None:
            if argument:
                self._desk.say(f"Thinking is on, off or auto, not {clean_line(argument, 30)!r}.")
            self._choose_offer(f"Thinking · {settings.model.called}", offers, settings.thinking, self.command_thinking)
            return
        off = thinking_is_off(replace(settings, thinking=offer.value))  # type: ignore[arg-type]
        said = f"Thinking: {'off' if off else 'on'}" + (f" ({offer.barred})" if offer.barred else "")
        if not settings.model.known and offer.value == "auto":
            said = "Thinking: as the model does by itself"
        kept = None if offer.value == "auto" else offer.value
        self._choose_for_good(f"{said}.", state={"thinking": kept}, thinking=offer.value)

    # -- the rest --------------------------------------------------------------------------------------------

    def command_max_tokens(self, argument: str) -> None:
        """The longest reply to ask for."""
        settings = self._desk.settings
        most, model = settings.model.max_output, settings.model.called
        if argument == "auto":
            self.choose(f"Longest reply: {min(DEFAULT_MAX_TOKENS, most):,} tokens.", max_tokens=0)
            return
        number = _count(argument)
        if not argument:
            now, usual = settings.max_tokens or DEFAULT_MAX_TOKENS, min(DEFAULT_MAX_TOKENS, most)
            other = "" if now == usual else f", /max-tokens auto makes it {usual:,}"
            self._desk.say(
                f"Longest reply: {min(now, most):,} tokens. /max-tokens N changes it, from 1 to {most:,}{other}."
            )
        elif number is None:
            self._desk.say(
                f"A number from 1 to {most:,} is needed: /max-tokens {nearest_length(DEFAULT_MAX_TOKENS, settings)}"
            )
        elif nearest_length(number, settings) != number:
            nearest = nearest_length(number, settings)
            self._desk.say(f"{model} writes from 1 to {most:,} tokens: /max-tokens {nearest}")
        else:
            self.choose(f"Longest reply: {number:,} tokens.", max_tokens=number)

    def command_system(self, argument: str) -> None:
        """What the model is told before everything else."""
        settings = self._desk.settings
        if not argument:
            self._desk.say(_shown(settings.system) if settings.system else "There is no system prompt: /system TEXT")
        elif argument == "edit":
            self._desk.prompt.restore(f"/system {settings.system}")
        elif argument == "none":
            self.choose("The system prompt is gone.", system="", persona="")
        else:
            tokens, most = tokens_in(len(argument), settings.model.id), settings.model.context * 9 // 10
            if tokens > most:
                room = len(argument) * most // tokens // 1_000 * 1_000
                self._desk.prompt.restore(f"/system {argument}")
                self._desk.say(
                    f"That system prompt is ≈{format.tokens(tokens)} tokens; {settings.model.called} has room for "
                    f"about {room:,} characters of it. It is in the prompt again.",
                    severity="warning",
                )
                return
            said = "The next question is asked with this system prompt"
            price = price_on(settings.model, today(), tokens)
            if tokens >= 10_000 and price is not None:
                each = format.dollars(Cost(tokens * price.input / 1_000_000, "estimate"))
                said += f"; it is ≈{format.tokens(tokens)} tokens, {each} with each question that no cache holds"
            self.choose(f"{said}.", system=argument, persona="")

    def command_cache(self, argument: str) -> None:
        """How long the API is to keep what it read of this conversation."""
        settings = self._desk.settings
        offers = life_offers(settings.model, today())
        offer = _named(offers, argument)
        if offer is not None:
            self.choose(f"Cache: {offer.note}, from the next question on.", cache=offer.value)
            return
        if argument:
            self._desk.say(f"The cache is kept 5m or 1h, not {clean_line(argument, 30)!r}.")
        self._choose_offer(f"Cache · {settings.model.called}", offers, settings.life, self.command_cache)

    def command_tools(self, argument: str) -> None:
        """What the model may use."""
        settings, toolbox = self._desk.settings, self._desk.session.toolbox
        offers = tool_offers(settings, tool_names(toolbox))
        if not argument:
            self._choose_tools(settings, offers)
            return
        try:
            tools = read_tools(argument, toolbox)
        except ClaudeTuiError as error:
            self._desk.say(str(error), severity="warning")
            return
        barred = [offer.barred for offer in offers if offer.value in tools and offer.barred]
        said = f"Tools on: {', '.join(tools) or 'none'}" + (f" ({barred[0]})" if barred else "")
        self._choose_for_good(f"{said}.", state={"tools": tools}, tools=tools)

    def _choose_tools(self, settings: Settings, offers: Sequence[Offer], at: str | None = None) -> None:
        """The tools, each switched on or off by Enter until one is content."""
        from ..screens.choose import ChooseScreen, Option

        options = [
            Option(
                offer.value,
                f"{'●' if offer.value in settings.tools else '○'} {offer.value}",
                offer.barred or offer.note,
                barred=bool(offer.barred),
            )
            for offer in offers
        ]

        def switched(name: str | None) -> None:
            if name is not None:
                on = self._desk.settings.tools
                tools = [each for each in tool_names(self._desk.session.toolbox) if (each in on) != (each == name)]
                self.command_tools(" ".join(tools) or "none")
                self._choose_tools(self._desk.settings, offers, name)

        screen = ChooseScreen("Tools · Enter switches, Esc closes", options, None, begin=at)
        self._desk.window.push_screen(screen, switched)

    # -- helpers -------------------------------------------------------------------------------------------

    def choose(self, said: str, **chosen: Any) -> None:
        """Take a choice for this conversation, and say it with what it costs."""
        before = self._desk.settings
        self._desk.set_wish(**chosen)
        self._desk.run(self._say_choice(said, self._desk.conversation, before, self._desk.settings))

    async def _say_choice(
        self, said: str, conversation: Conversation | None, before: Settings, after: Settings
    ) -> None:
        moved = await asyncio.to_thread(change, conversation, before, after, today(), now_ms())
        self._desk.say(" ".join(filter(None, [said, model_list.said_of(moved)])))

    def _choose_for_good(self, said: str, state: dict[str, Any] | None = None, **chosen: Any) -> None:
        """The same, and for conversations to come."""
        self.choose(said, **chosen)
        problem = self._desk.session.remember(**(chosen if state is None else state))
        if problem is not None:
            self._desk.say(str(problem), severity="warning")

    def _choose_offer(self, title: str, offers: Sequence[Offer], current: str, use: Callable[[str], None]) -> None:
        from ..screens.choose import ChooseScreen, Option

        options = [
            Option(offer.value, offer.value, offer.barred or offer.note, barred=bool(offer.barred)) for offer in offers
        ]
        screen = ChooseScreen(title, options, current)
        self._desk.window.push_screen(screen, lambda answer: use(answer) if answer else None)

    def _how(self, command: str) -> str:
        """The key of a command, or what is typed for it."""
        return self._desk.helps.get(command, f"/{command}")


def _named(offers: Sequence[Offer], typed: str) -> Offer | None:
    return next((offer for offer in offers if offer.value == typed.lower()), None)


def _count(typed: str) -> int | None:
    """``32000``, ``32,000``, ``32k`` as a number; None for anything else."""
    number = typed.strip().lower().replace(",", "").replace("_", "").replace(" ", "")
    thousands = number.endswith("k")
    number = number.removesuffix("k")
    if not (number.isascii() and number.isdecimal() and len(number) <= 12):
        return None
    return int(number) * (1_000 if thousands else 1)


def _shown(system: str) -> str:
    text = clean_line(system, SHORT)
    return f"System prompt, {len(system):,} characters: {text} · /system edit changes it, /system none removes it"

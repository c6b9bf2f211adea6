"""What comes next is asked with: model, effort, thinking, length, system prompt, tools, all of them as a persona."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ... import personas
from ...core.changes import change, held, priced
from ...core.conversation import Conversation
from ...core.models import Model
from ...core.offers import Offer, as_effort, effort_offers, life_offers, nearest_length, thinking_offers, tool_offers
from ...core.pricing import Cost, life_of, price_on, tokens_in
from ...core.request import DEFAULT_MAX_TOKENS, Settings, effective_effort, head, thinking_is_off
from ...core.text import clean_line
from ...errors import ClaudeTuiError
from ...files import Problem
from ...session import LISTING_HOURS, now_ms, read_tools, today, tool_names
from ...wishes import Wishes
from ..words import format, model_list
from .queueing import Queueing

if TYPE_CHECKING:
    from ..screens.choose import Option

PICKER_HOURS = 1.0
"""How old the list of models may be before the API is asked again while one looks at it."""
SHORT = 300
"""Characters of a system prompt that are shown in a sentence; of a longer one its beginning."""


class Choices(Queueing):
    """The desk, and what is chosen for its next question."""

    @property
    def settings(self) -> Settings:
        """What the next question is asked with."""
        return self.session.settings(self.conversation, self.wishes)

    # -- the model -----------------------------------------------------------------------------------------

    def command_model(self, argument: str) -> None:
        """Another model for what comes next."""
        if argument:
            self._use_model(argument)
            return
        from ..screens.choose import ChooseScreen

        settings, day, session = self.settings, today(), self.session
        life = life_of(head(settings))
        cached = held(self.conversation, now_ms())
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
        self.window.push_screen(screen, lambda answer: self._use_model(answer) if answer else None)

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
                if not self.session.list_models(hours):
                    return
                problem = ""
            except ClaudeTuiError as error:
                problem = str(error)
            with suppress(RuntimeError):  # the app was left meanwhile
                loop.call_soon_threadsafe(done, problem)

        def done(problem: str) -> None:
            then(problem)
            if not problem:
                self.show_status()

        threading.Thread(target=work, name="models", daemon=True).start()

    def model_named(self, text: str) -> str | None:
        """The id of the model that a person means; None, and that is said, when there can be none of that name."""
        model_id = self.session.catalogue.named(text)
        if model_id is not None:
            return model_id
        near = self.session.catalogue.near(text)
        shown = clean_line(text, 60)
        self.say(f"There is no model called {shown!r}" + (f"; did you mean {near[0]}?" if near else "."))
        return None

    def _use_model(self, text: str) -> None:
        model_id = self.model_named(text)
        if model_id is None:
            return
        model = self.session.catalogue.find(model_id)
        said = f"Model: {model_id}"
        if not model.known:
            said += " (unknown to this version" + ("" if model.prices else "; its prices are not known") + ")"
        gone = model_list.successor_sentence(model, self._successor(model), today(), self._how("successor"))
        self._choose_for_good(f"{said}." + (f" {gone}." if gone else ""), model=model_id)

    def _successor(self, model: Model) -> Model | None:
        """What comes after a model that goes; None while it stays."""
        if not model_list.goes(model, today()):
            return None
        return self.session.catalogue.successor(model, today())

    def command_successor(self, argument: str) -> None:
        """The model that comes after the one in use, which retires or has."""
        model = self.settings.model
        successor = self._successor(model)
        if successor is None:
            self.say(f"{model.called} stays; {self._how('model')} chooses another model.")
        else:
            self._use_model(successor.id)

    def here(self) -> str:
        """What the rule says of the open conversation: that its model goes, too."""
        said = super().here()
        model = self.settings.model
        if said or self.turn is not None or not model_list.goes(model, today()):
            return said
        return model_list.successor_sentence(model, self._successor(model), today(), self._how("successor"))

    # -- effort and thinking -------------------------------------------------------------------------------

    def command_effort(self, argument: str) -> None:
        """How hard the model tries."""
        settings = self.settings
        offers = effort_offers(settings)
        if not argument:
            current = effective_effort(settings) or "auto"
            self._choose_offer(f"Effort · {settings.model.called}", offers, current, self.command_effort)
            return
        offer = _named(offers, argument)
        if offer is None:
            taken = ", ".join(each.value for each in offers if not each.barred)
            self.say(f"There is no effort {clean_line(argument, 30)!r}; {settings.model.called} takes {taken}.")
        elif offer.barred and settings.model.known and not settings.model.efforts:
            self.say(f"{settings.model.called} takes no effort.")
        else:
            # What it does not take now is kept all the same: with thinking, or another model, it may.
            asked = replace(settings, effort=as_effort(offer.value))
            sent = effective_effort(asked) or "the model's own"
            why = f" ({offer.barred})" if offer.barred else ""
            self._choose_for_good(f"Effort: {sent}{why}.", state={"effort": asked.effort}, effort=offer.value)

    def command_thinking(self, argument: str) -> None:
        """Whether the model thinks first."""
        settings = self.settings
        offers = thinking_offers(settings)
        offer = _named(offers, argument)
        if offer is None:
            if argument:
                self.say(f"Thinking is on, off or auto, not {clean_line(argument, 30)!r}.")
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
        settings = self.settings
        most, model = settings.model.max_output, settings.model.called
        if argument == "auto":
            self._choose(f"Longest reply: {min(DEFAULT_MAX_TOKENS, most):,} tokens.", max_tokens=0)
            return
        number = _count(argument)
        if number is None:
            self.say(
                f"A number from 1 to {most:,} is needed: /max-tokens {nearest_length(DEFAULT_MAX_TOKENS, settings)}"
            )
        elif nearest_length(number, settings) != number:
            nearest = nearest_length(number, settings)
            self.say(f"{model} writes from 1 to {most:,} tokens: /max-tokens {nearest}")
        else:
            self._choose(f"Longest reply: {number:,} tokens.", max_tokens=number)

    def command_system(self, argument: str) -> None:
        """What the model is told before everything else."""
        settings = self.settings
        if not argument:
            self.say(_shown(settings.system) if settings.system else "There is no system prompt: /system TEXT")
        elif argument == "edit":
            self.prompt.restore(f"/system {settings.system}")
        elif argument == "none":
            self._choose("The system prompt is gone.", system="", persona="")
        else:
            tokens, most = tokens_in(len(argument), settings.model.id), settings.model.context * 9 // 10
            if tokens > most:
                room = len(argument) * most // tokens // 1_000 * 1_000
                self.prompt.restore(f"/system {argument}")
                self.say(
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
            self._choose(f"{said}.", system=argument, persona="")

    def command_cache(self, argument: str) -> None:
        """How long the API is to keep what it read of this conversation."""
        settings = self.settings
        offers = life_offers(settings.model, today())
        offer = _named(offers, argument)
        if offer is not None:
            self._choose(f"Cache: {offer.note}, from the next question on.", cache=offer.value)
            return
        if argument:
            self.say(f"The cache is kept 5m or 1h, not {clean_line(argument, 30)!r}.")
        self._choose_offer(f"Cache · {settings.model.called}", offers, settings.life, self.command_cache)

    def command_tools(self, argument: str) -> None:
        """What the model may use."""
        settings, toolbox = self.settings, self.session.toolbox
        offers = tool_offers(settings, tool_names(toolbox))
        if not argument:
            self._choose_tools(settings, offers)
            return
        try:
            tools = read_tools(argument, toolbox)
        except ClaudeTuiError as error:
            self.say(str(error), severity="warning")
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
                on = self.settings.tools
                tools = [each for each in tool_names(self.session.toolbox) if (each in on) != (each == name)]
                self.command_tools(" ".join(tools) or "none")
                self._choose_tools(self.settings, offers, name)

        screen = ChooseScreen("Tools · Enter switches, Esc closes", options, None, begin=at)
        self.window.push_screen(screen, switched)

    # -- personas ------------------------------------------------------------------------------------------

    def command_persona(self, argument: str) -> None:
        """A persona: its system prompt, model and settings for what comes next."""
        if argument == "none":
            self._choose("No persona.", **_all_of(replace(self.session.remembered(), persona="")))
        elif argument:
            self.run(self._wear(argument))
        else:
            self.open(self._choose_persona())

    async def _wear(self, name: str) -> None:
        found = await asyncio.to_thread(personas.load, self.session.paths.personas_dir, name)
        if isinstance(found, Problem):
            self.say(str(found), severity="warning")
            return
        for problem in found.problems:
            self.say(str(problem), severity="warning")
        wishes = found.wishes
        if wishes.model is not None:  # None, which is said, leaves the model one has
            wishes = replace(wishes, model=self.model_named(wishes.model))
        unknown = [name for name in wishes.tools or () if name not in tool_names(self.session.toolbox)]
        if unknown:
            self.say(f"There is no tool called {clean_line(unknown[0], 40)!r}; it is left out.", severity="warning")
        self._choose(f"Persona: {found.name}.", **_all_of(wishes.over(self.session.remembered())))

    async def _choose_persona(self) -> None:
        from ..screens.choose import ChooseScreen, Option

        folder = self.session.paths.personas_dir
        found = await asyncio.to_thread(personas.load_all, folder)
        if not found:
            self.say(f'There is no persona yet: write one as {folder / "NAME.toml"}, with system = "…" in it.')
            return
        options = [Option("none", "none", "as a new conversation is asked")]
        for each in found:
            if isinstance(each, Problem):
                name = each.where.split(personas.ENDING)[0]
                options.append(Option(name, name, str(each), barred=True))
            else:
                options.append(Option(each.name, each.name, _persona_detail(each)))
        screen = ChooseScreen("Persona", options, self.settings.persona or "none")
        self.window.push_screen(screen, lambda answer: self.command_persona(answer) if answer else None)

    # -- helpers -------------------------------------------------------------------------------------------

    def _choose(self, said: str, **chosen: Any) -> None:
        """Take a choice for this conversation, and say it with what it costs."""
        before = self.settings
        self.set_wish(**chosen)
        self.run(self._say_choice(said, self.conversation, before, self.settings))

    async def _say_choice(
        self, said: str, conversation: Conversation | None, before: Settings, after: Settings
    ) -> None:
        moved = await asyncio.to_thread(change, conversation, before, after, today(), now_ms())
        self.say(" ".join(filter(None, [said, model_list.said_of(moved)])))

    def _choose_for_good(self, said: str, state: dict[str, Any] | None = None, **chosen: Any) -> None:
        """The same, and for conversations to come."""
        self._choose(said, **chosen)
        problem = self.session.remember(**(chosen if state is None else state))
        if problem is not None:
            self.say(str(problem), severity="warning")

    def _choose_offer(self, title: str, offers: Sequence[Offer], current: str, use: Callable[[str], None]) -> None:
        from ..screens.choose import ChooseScreen, Option

        options = [
            Option(offer.value, offer.value, offer.barred or offer.note, barred=bool(offer.barred)) for offer in offers
        ]
        screen = ChooseScreen(title, options, current)
        self.window.push_screen(screen, lambda answer: use(answer) if answer else None)

    def _how(self, command: str) -> str:
        """The key of a command, or what is typed for it."""
        return self.helps.get(command, f"/{command}")


def _all_of(wishes: Wishes) -> dict[str, Any]:
    """Every choice, so that none of what was chosen before shows through."""
    return {
        "model": wishes.model,
        "system": wishes.system or "",
        "max_tokens": wishes.max_tokens or 0,
        "effort": wishes.effort or "auto",
        "thinking": wishes.thinking or "auto",
        "tools": wishes.tools or (),
        "cache": wishes.cache or "5m",
        "persona": wishes.persona or "",
    }


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


def _persona_detail(persona: personas.Persona) -> str:
    wishes = persona.wishes
    said = [persona.about, wishes.model or "", f"effort {wishes.effort}" if wishes.effort else ""]
    if not persona.about and wishes.system:
        said.insert(0, clean_line(wishes.system, 60))
    if persona.problems:
        said.append(f"{len(persona.problems)} mistakes in it" if len(persona.problems) > 1 else "a mistake in it")
    return " · ".join(filter(None, said))

"""A persona: a system prompt, a model and settings of the person's own, all chosen at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ... import personas
from ...core.text import clean_line
from ...files import Problem
from ...session import tool_names
from ...wishes import Wishes

if TYPE_CHECKING:
    from .choices import Choices
    from .desk import Desk


class Wearing:
    """The personas that what is asked at one desk may be asked as."""

    def __init__(self, desk: Desk, choices: Choices) -> None:
        self._desk = desk
        self._choices = choices

    def command_persona(self, argument: str) -> None:
        """A persona: its system prompt, model and settings for what comes next."""
        if argument == "none":
            self._choices.choose("No persona.", **_all_of(replace(self._desk.session.remembered(), persona="")))
        elif argument:
            self._desk.run(self._wear(argument))
        else:
            self._desk.open(self._choose_persona())

    async def _wear(self, name: str) -> None:
        found = await asyncio.to_thread(personas.load, self._desk.session.paths.personas_dir, name)
        if isinstance(found, Problem):
            self._desk.say(str(found), severity="warning")
            return
        for problem in found.problems:
            self._desk.say(str(problem), severity="warning")
        wishes = found.wishes
        if wishes.model is not None:  # None, which is said, leaves the model one has
            wishes = replace(wishes, model=self._choices.model_named(wishes.model))
        unknown = [name for name in wishes.tools or () if name not in tool_names(self._desk.session.toolbox)]
        if unknown:
            self._desk.say(
                f"There is no tool called {clean_line(unknown[0], 40)!r}; it is left out.", severity="warning"
            )
        self._choices.choose(f"Persona: {found.name}.", **_all_of(wishes.over(self._desk.session.remembered())))

    async def _choose_persona(self) -> None:
        from ..screens.choose import ChooseScreen, Option

        folder = self._desk.session.paths.personas_dir
        found = await asyncio.to_thread(personas.load_all, folder)
        if not found:
            self._desk.say(f'There is no persona yet: write one as {folder / "NAME.toml"}, with system = "…" in it.')
            return
        options = [Option("none", "none", "as a new conversation is asked")]
        for each in found:
            if isinstance(each, Problem):
                name = each.where.split(personas.ENDING)[0]
                options.append(Option(name, name, str(each), barred=True))
            else:
                options.append(Option(each.name, each.name, _persona_detail(each)))
        screen = ChooseScreen("Persona", options, self._desk.settings.persona or "none")
        self._desk.window.push_screen(screen, lambda answer: self.command_persona(answer) if answer else None)


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


def _persona_detail(persona: personas.Persona) -> str:
    wishes = persona.wishes
    said = [persona.about, wishes.model or "", f"effort {wishes.effort}" if wishes.effort else ""]
    if not persona.about and wishes.system:
        said.insert(0, clean_line(wishes.system, 60))
    if persona.problems:
        said.append(f"{len(persona.problems)} mistakes in it" if len(persona.problems) > 1 else "a mistake in it")
    return " · ".join(filter(None, said))

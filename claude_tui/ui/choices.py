"""What comes next is asked with: model, effort, thinking, length, system prompt, tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.models import EFFORTS, KNOWN, find_model, nearest_models, resolve_model
from ..core.request import effective_effort, thinking_is_off
from ..core.text import is_safe
from ..errors import ClaudeTuiError
from ..session import read_tools, tool_names
from .asking import Asking

if TYPE_CHECKING:
    from .screens.choose import Option


class Choices(Asking):
    """The desk, and what is chosen for its next question."""

    def command_model(self, argument: str) -> None:
        """Another model for what comes next."""
        if argument:
            self._use_model(argument)
            return
        from .screens.choose import Option

        options = [Option(model.id, model.name, _model_detail(model.id)) for model in KNOWN.values()]
        current = self.session.settings(self.conversation, self.wishes).model.id
        self._choose("Model", options, current, self._use_model)

    def model_named(self, text: str) -> str | None:
        """The id of the model that a person means; None, and that is said, when there can be none of that name."""
        model_id = resolve_model(text)
        if model_id and is_safe(model_id) and " " not in model_id:
            return model_id
        near = nearest_models(text)
        self.say(f"There is no model called {text!r}" + (f"; did you mean {near[0]}?" if near else "."))
        return None

    def _use_model(self, text: str) -> None:
        model_id = self.model_named(text)
        if model_id is None:
            return
        self.set_wish(model=model_id)
        self.session.remember(model=model_id)
        known = find_model(model_id, self.session.config.models).known
        self.say(f"Model: {model_id}" + ("" if known else " (unknown to this version; its prices are not known)"))

    def command_effort(self, argument: str) -> None:
        """How hard the model tries."""
        model = self.session.settings(self.conversation, self.wishes).model
        allowed = model.efforts or EFFORTS
        if model.known and not model.efforts:
            self.say(f"{model.name or model.id} takes no effort.")
        elif argument:
            if argument.lower() not in allowed:
                self.say(f"{model.name or model.id} takes the efforts {', '.join(allowed)}.")
                return
            self.set_wish(effort=argument.lower())
            self.session.remember(effort=argument.lower())
            sent = effective_effort(self.session.settings(self.conversation, self.wishes))
            self.say(f"Effort: {sent}" + ("" if sent == argument.lower() else " (as high as goes without thinking)"))
        else:
            from .screens.choose import Option

            options = [Option(effort, effort) for effort in allowed]
            current = effective_effort(self.session.settings(self.conversation, self.wishes)) or model.default_effort
            self._choose("Effort", options, current, self.command_effort)

    def command_thinking(self, argument: str) -> None:
        """Whether the model thinks first."""
        if argument.lower() not in ("on", "off", "auto"):
            from .screens.choose import Option

            options = [
                Option("on", "on", "think before answering"),
                Option("off", "off", "answer at once"),
                Option("auto", "auto", "as the model does by itself"),
            ]
            self._choose("Thinking", options, None, self.command_thinking)
            return
        self.set_wish(thinking=argument.lower())
        self.session.remember(thinking=None if argument.lower() == "auto" else argument.lower())
        settings = self.session.settings(self.conversation, self.wishes)
        off = thinking_is_off(settings)
        if argument.lower() == "off" and not off:
            self.say(f"{settings.model.name or settings.model.id} always thinks; it cannot be switched off.")
        else:
            self.say(f"Thinking: {'off' if off else 'on'}")

    def command_max_tokens(self, argument: str) -> None:
        """The longest reply to ask for."""
        model = self.session.settings(self.conversation, self.wishes).model
        number = argument.replace(",", "").replace("_", "")
        plain = number.isascii() and number.isdecimal() and len(number) <= 9
        if not plain or not 1 <= int(number) <= model.max_output:
            self.say(f"A number from 1 to {model.max_output:,} is needed: /max-tokens N")
            return
        self.set_wish(max_tokens=int(number))
        self.say(f"Longest reply: {int(number):,} tokens")

    def command_system(self, argument: str) -> None:
        """What the model is told before everything else."""
        if not argument:
            system = self.session.settings(self.conversation, self.wishes).system
            self.say(
                f"System prompt: {system}" if system else "There is no system prompt: /system TEXT, or /system none"
            )
            return
        self.set_wish(system="" if argument == "none" else argument)
        self.say(
            "The system prompt is gone."
            if argument == "none"
            else "The next question is asked with this system prompt."
        )

    def command_tools(self, argument: str) -> None:
        """What the model may use."""
        settings = self.session.settings(self.conversation, self.wishes)
        if not argument:
            on = [*settings.server_tools, *(str(tool["name"]) for tool in settings.local_tools)]
            names = ", ".join(tool_names(self.session.toolbox))
            self.say(f"Tools on: {', '.join(on) or 'none'}. There are {names}: /tools NAMES, all or none.")
            return
        try:
            tools = read_tools(argument, self.session.toolbox)
        except ClaudeTuiError as error:
            self.say(str(error), severity="warning")
            return
        self.set_wish(tools=tools)
        self.session.remember(tools=tools)
        self.say(f"Tools on: {', '.join(tools) or 'none'}")

    def _choose(self, title: str, options: list[Option], current: str | None, use: Any) -> None:
        from .screens.choose import ChooseScreen

        def chosen(answer: str | None) -> None:
            if answer is not None:
                use(answer)

        self.window.push_screen(ChooseScreen(title, options, current), chosen)


def _model_detail(model_id: str) -> str:
    from datetime import UTC, datetime

    from ..core.pricing import price_on

    model = find_model(model_id)
    price = price_on(model, datetime.now(UTC).date(), 0)
    cost = f"${price.input.normalize():f} in · ${price.output.normalize():f} out" if price else "price not known"
    retires = f" · retires {model.retires:%d %b %Y}" if model.retires else ""
    return f"{model.context // 1000:,}k context · {cost}{retires}"

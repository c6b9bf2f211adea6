"""The program itself: key, colours, settings, keys, help, plain lines, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ..keys.commands import BY_ID
from ..start import LINES

if TYPE_CHECKING:
    from ..looks.wardrobe import Wardrobe
    from ..settings import Setting
    from .desk import Desk


class Housekeeping:
    """What is done to the program from one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def command_key(self, argument: str) -> None:
        """Another API key, or none kept any more."""
        if argument == "forget":
            self._desk.say(cast("Any", self._desk.window).forget_key())
        elif argument:
            self._desk.say(
                "/key asks for a key where nobody sees it; /key forget removes the stored one.", severity="warning"
            )
        elif self._desk.session.demo is not None:
            self._desk.say("This is the demo: it needs no key.")
        elif self._desk.turns.ids:
            self._desk.say("A reply is being written; another key is for when it has ended.")
        else:
            cast("Any", self._desk.window).ask_key()

    def command_theme(self, argument: str) -> None:
        """Other colours; looked at while choosing."""
        window = cast("Any", self._desk.window)
        wardrobe: Wardrobe = window.wardrobe
        window.on_app_focus()  # a folder of one's own themes may be there by now
        if wardrobe.colourless:
            self._desk.say("NO_COLOR is set: there are no colours to choose from.")
            return
        if argument:
            if wardrobe.choose(argument):
                self._keep_theme(argument)
            else:
                there = ", ".join(["auto", *wardrobe.specs])
                self._desk.say(f"There is no theme called {argument!r}; there are {there}.", severity="warning")
            return
        from ..screens.choose import ChooseScreen, Option

        before, wish = wardrobe.choice, wardrobe.wish
        options = [Option("auto", "auto", f"{wish.dark} or {wish.light}, as the terminal is dark or light")]
        for name, spec in wardrobe.specs.items():
            kind = "" if spec.ansi else "dark" if spec.dark else "light"
            options.append(Option(name, name, " · ".join(filter(None, [spec.about, kind]))))

        def chosen(answer: str | None) -> None:
            wardrobe.choose(answer or before)
            if answer:
                self._keep_theme(answer)

        self._desk.window.push_screen(
            ChooseScreen("Theme", options, before, on_highlight=wardrobe.try_on, aside=True), chosen
        )

    def _keep_theme(self, name: str) -> None:
        problem = self._desk.session.remember(theme=name)
        if problem is not None:
            self._desk.say(str(problem), severity="warning")

    def command_screen_reader(self, argument: str) -> None:
        """Go on in plain lines, now and from the next start on."""
        if argument == "off":
            self._desk.say("The screen reader mode is off.")
            return
        self._desk.session.remember(screen_reader=True)
        self._desk.drafts.keep()
        here = self._desk.conversation.id if self._desk.conversation is not None and self._desk.saved else ""
        self._desk.window.exit(f"{LINES} {here}")

    def command_help(self, argument: str) -> None:
        """Every key and command."""
        cast("Any", self._desk.window).show_help()

    def command_settings(self, argument: str) -> None:
        """What can be set, how it is, and where that is from."""
        from ..screens.settings import SettingsScreen
        from ..settings import rows

        self._desk.window.push_screen(
            SettingsScreen(lambda: rows(self._desk.session), self._change_setting, self._forget_setting)
        )

    def _change_setting(self, setting: Setting, by: int) -> None:
        from ..settings import next_value

        if setting.command:
            self._desk.run_command(BY_ID[setting.command].method)
        else:
            self._keep_setting(setting, next_value(setting, self._desk.session, by))

    def _forget_setting(self, setting: Setting) -> None:
        if setting.name == "budget":
            self._desk.run_command("command_budget")  # each by itself
        elif self._desk.session.chosen(setting.name):
            self._keep_setting(setting, None)

    def _keep_setting(self, setting: Setting, value: object) -> None:
        problem = self._desk.session.choose(setting.name, value)
        if problem is not None:
            self._desk.say(str(problem), severity="warning")
        cast("Any", self._desk.window).follow(setting.name)
        self._desk.show_status()

    def command_keys(self, argument: str) -> None:
        """What the config calls each command, and its keys."""
        from ..screens.help import HelpScreen, changing

        self._desk.window.push_screen(
            HelpScreen(changing(self._desk.session.config.keys), "Keys, and how they are changed")
        )

    def command_quit(self, argument: str) -> None:
        """Leave; everything is kept."""
        self._desk.drafts.keep()
        self._desk.window.exit()

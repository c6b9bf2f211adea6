"""The app: themes, signals, what happens at start and at the end. No conversation is known here."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

from textual import events
from textual.app import SystemCommand
from textual.filter import LineFilter
from textual.screen import Screen

from ..core.text import clean, clean_line
from ..crash import in_loop
from ..errors import ClaudeTuiError
from ..giving_way import loading
from ..paths import Paths
from .keyed import Keyed
from .keys.commands import BY_ID, COMMANDS
from .keys.in_force import keys_in_force
from .keys.in_order import InOrder, Passed
from .looks.theme import UNTHEMED, Styles, textual_theme
from .looks.wardrobe import Wardrobe
from .screens.chat import ChatScreen
from .start import Opening
from .terminal.attention import Attention
from .terminal.driver import Colourless, ControlFilter, GroundSeen, SafeDriver
from .terminal.signals import Signals
from .widgets.waiting_lines import LOW

if TYPE_CHECKING:
    from textual.theme import Theme

    # Loaded behind the first frame.
    from ..core.conversation import Conversation
    from ..session import Session
    from ..theme_values import ThemeSpec
    from ..turn import Turn
    from .chat.standing import Standing
    from .looks.wardrobe import Files
    from .messages import TurnUpdated
    from .terminal.copier import Copier
    from .terminal.herald import Herald
    from .turns import Turns

_Opened: TypeAlias = "tuple[tuple[Session, Conversation | None], tuple[Files, Files]]"
"""What is opened behind the first frame: the session with a conversation, and all themes."""

PAINTED_SOON = 1.0
"""Seconds that everything else waits for the end of a conversation to be painted."""
TITLE_GRACE = 0.1
"""Seconds that a title being thought of gets to have its cost entered."""
QUIT_GRACE = 0.25
"""Seconds that turns under way get to save what came when the app is left."""


class ClaudeApp(Keyed):
    """The window."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [(0, "-low"), (LOW, "-high")]  # pyright: ignore[reportIncompatibleVariableOverride]
    TITLE = "claude-tui"
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, paths: Paths, opening: Opening, *, pick: bool = False) -> None:
        real = sys.__stdin__ is not None and sys.__stdin__.isatty()
        super().__init__(paths, driver_class=SafeDriver if real else None)
        self.turns: Turns | None = None
        self.signals = Signals(self._leave_by_signal)
        self.keys = InOrder(self, self._let_in)
        self.failure = ""
        """The sentence with which it ended, when it had to."""
        self._opening = opening
        self._standing: Standing
        """Of the conversation to begin with, worked out on the opening thread."""
        self._pick = pick
        self.wardrobe = Wardrobe(paths, self._put_on, colourless=self.no_color)
        self._begin_in(textual_theme(self.wardrobe.worn))
        self.still = self._all_still = self.animation_level == "none"
        """Whether nothing is to move for its own sake: not even a cursor blinks."""
        self.animation_level = "none"
        self.attention = Attention()
        self.herald: Herald | None = None
        """Where there is a terminal to be told something."""
        self._copier: Copier | None = None
        """Made when something is copied first."""
        self._guard = ControlFilter()  # always the same: what it did to a line is kept with the line
        self._plainly = [Colourless(), self._guard]
        self.chat_screen = ChatScreen(Styles(self.wardrobe.worn))
        self._bound: list[str] = []
        """Keys of commands that the app itself does."""
        self._bind(keys_in_force({}))

    def _begin_in(self, theme: Theme) -> None:
        """The theme of the first frame. Set as any other, it would have all styles parsed twice before that."""
        self.register_theme(theme)
        self.set_reactive(ClaudeApp.theme, theme.name)
        self.set_class(theme.dark, "-dark-mode", update=False)
        self.set_class(not theme.dark, "-light-mode", update=False)
        self._refresh_truecolor_filter(self.ansi_theme)
        self.stylesheet.set_variables(self.get_css_variables())

    def _put_on(self, spec: ThemeSpec) -> None:
        """Wear this theme, be it another one or the same in other colours."""
        self.register_theme(textual_theme(spec))
        if self.theme == spec.name:
            self.mutate_reactive(ClaudeApp.theme)
        self.theme = spec.name
        self.chat_screen.wear(Styles(spec))

    def on_ground_seen(self, event: GroundSeen) -> None:
        """The terminal is dark, or light: the default theme goes with it, and the next first frame does."""
        self.wardrobe.saw(event.dark)
        self._remember_ground()

    def _remember_ground(self) -> None:
        ground = self.wardrobe.seen
        if ground and self.session is not None and self.session.state.ground != ground:
            self.session.remember(ground=ground)

    def _themes_changed(self, files: Files) -> None:
        """The person's own themes were edited."""
        for sentence in self.wardrobe.changed(files):
            self.notify(clean(sentence), severity="warning", markup=False, timeout=15)

    def on_app_blur(self) -> None:
        """One looks elsewhere."""
        self.attention.focused(False)

    def on_app_focus(self) -> None:
        """One is back: there may be a folder of themes by now."""
        self.attention.focused(True)
        if self.session is not None:
            self.wardrobe.watch(self._themes_changed)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Nobody's cursor blinks while all is to be still."""
        if self.still and hasattr(event.widget, "cursor_blink"):
            cast("Any", event.widget).cursor_blink = False

    # -- start and end -------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """After the first frame comes all that must not delay it."""
        asyncio.get_running_loop().set_exception_handler(in_loop)
        self.signals.watch()
        self.call_after_refresh(self._after_first_frame)

    def get_default_screen(self) -> Screen[Any]:
        """The chat is the screen at the bottom of the stack: a blank one under it would be painted first."""
        return self.chat_screen

    def _after_first_frame(self) -> None:
        self._opener = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        """Open the session on a thread, then begin."""
        done: asyncio.Future[_Opened] = asyncio.get_running_loop().create_future()
        threading.Thread(target=self._open_apart, args=(done,), name="opening", daemon=True).start()
        try:
            (self.session, opened), themes = await done
        except ClaudeTuiError as error:
            self.failure = clean(str(error))
            self.exit(return_code=1)
            return
        except Exception as error:
            self.fail(error)
            self.exit(return_code=1)
            return
        try:
            self._settle(self.session, themes)
            if self.session.has_credentials:
                self.begin(self.session, opened)
            else:
                self.welcome(self.session, opened)
        except Exception as error:  # ours: a shell without a desk would swallow every question
            self.fail(error)
            self.exit(return_code=1)

    def _open_apart(self, done: asyncio.Future[_Opened]) -> None:
        def answer(result: Any, error: BaseException | None) -> None:
            if not done.done():
                done.set_exception(error) if error is not None else done.set_result(result)

        loop = done.get_loop()
        opened, result, failed = None, None, None
        try:
            with loading():
                opened = self._opening(lambda end: self._show_end(loop, end))
                result = opened, self.wardrobe.read()
                from .chat import chat, standing  # what the desk needs, loaded here so that no key waits for it

                del chat
                self._standing = standing.Standing().of(opened[1])
        except BaseException as error:
            failed = error
        try:
            loop.call_soon_threadsafe(answer, result, failed)
        except RuntimeError:  # the app was left meanwhile
            if opened is not None:
                opened[0].close()

    def _show_end(self, loop: asyncio.AbstractEventLoop, end: Conversation) -> None:
        """Show the end of a conversation before anything else is loaded, from the opening thread."""
        from .chat.standing import Standing

        painted = threading.Event()
        loop.call_soon_threadsafe(self.chat_screen.show_end, Standing().of(end), painted.set)
        painted.wait(PAINTED_SOON)  # what comes next would only hold it up

    def begin(self, session: Session, opened: Conversation | None) -> None:
        """The desk is there: whatever was typed until now is done."""
        from .chat.chat import Chat
        from .turns import Turns

        self._bind(keys_in_force(session.config.keys))
        self.turns = Turns(self._post_turn)
        self.chat_screen.furnish()
        chat = Chat(self.chat_screen, session, self.turns)
        chat.begin(opened, self._standing, pick=self._pick)
        self.chat_screen.attach(chat)
        chat.sharing.watch_windows()
        self.set_timer(0.2, self._warm)

    def _settle(self, session: Session, themes: tuple[Files, Files]) -> None:
        """All themes, and the garbage collector on again."""
        session.problems.extend(self.wardrobe.fill(*themes))
        if isinstance(self._driver, SafeDriver):
            from .terminal.herald import Herald

            self.herald = Herald(self._driver, session.config, self.attention)
        self.wardrobe.watch(self._themes_changed)
        self._remember_ground()
        if session.config.reduced_motion:
            self.follow("reduced_motion")
        gc.enable()
        gc.freeze()  # hardly anything of it is garbage, and to look for that would hold keys up
        # The default thresholds spend a third of the time of a streaming reply in collections.
        gc.set_threshold(20_000, 20, 100)

    def follow(self, setting: str) -> None:
        """A setting was changed: it holds at once."""
        assert self.session is not None
        config, screen = self.session.config, self.chat_screen
        match setting:
            case "reduced_motion":
                self.still = self._all_still or config.reduced_motion
                screen.prompt.cursor_blink = not self.still
                if self.herald is not None:
                    self.herald.follow(config)
            case "editing":
                screen.prompt.set_vim(config.editing == "vim")
            case "theme":
                self.wardrobe.choose(self.session.state.theme or config.theme or "auto")
            case "timestamps" if screen.transcript.reading.timestamps != config.timestamps:
                screen.transcript.toggle_timestamps()
            case _ if self.herald is not None:
                self.herald.follow(config)
            case _:
                pass

    def _warm(self) -> None:
        """Import the SDK in the background, so that the first question need not wait for it."""
        try:
            if self.session is not None and not self.is_headless:
                self.session.api.warm()
                if self.chat_screen.chat is not None:
                    self.chat_screen.chat.choices.list_models()
        except ClaudeTuiError as error:
            self.notify(clean(str(error)), severity="error", markup=False, timeout=15)

    # -- the terminal ----------------------------------------------------------------------------------------

    @property
    def clipboard(self) -> str:
        """What was copied last. Cleaned once it is asked for: of megabytes that takes longer than a frame."""
        return clean(self._clipboard)

    def copy_to_clipboard(self, text: str) -> None:
        """What was chosen in the prompt, or in a field; nothing, when nothing was."""
        if text:
            self.copy(text, "what was chosen")

    def copy(self, text: str, what: str) -> None:
        """Copy a text; ``what`` names it in the sentence that says what became of it. Ctrl+V pastes it here at once."""
        self._clipboard = text
        if self._copier is None:
            from .terminal.copier import Copier

            self._copier = Copier(self.paths.state_dir, self._order, self._tell_copied)
        self._copier.copy(text, what)

    def _tell_copied(self, sentence: str, well: bool) -> None:
        self.notify(clean_line(sentence, 400), severity="information" if well else "warning", markup=False)

    def _order(self, order: str) -> bool:
        """Give the terminal an order, from any thread; whether there is one that could take it."""
        driver = self._driver
        if driver is None or self._loop is None:
            return False
        self._loop.call_soon_threadsafe(driver.order if isinstance(driver, SafeDriver) else driver.write, order)
        return True

    def _leave_by_signal(self, code: int) -> None:
        self.exit(return_code=code)

    async def action_leave(self) -> None:
        """Quit; what was typed is kept."""
        self.exit()

    async def on_unmount(self) -> None:
        """Keep what was typed, and give turns under way a moment to save what came."""
        self.wardrobe.close()
        if self._copier is not None:
            self._copier.close()
        chat = self.chat_screen.chat
        if chat is not None:
            chat.drafts.keep()
        if self.turns is not None:
            self.turns.stop_all(QUIT_GRACE)
        if chat is not None:
            chat.titling.stop(TITLE_GRACE)
            chat.asides.stop(TITLE_GRACE)
            chat.drafts.settle()
        if self.session is not None:
            self.session.close()

    # -- turns ----------------------------------------------------------------------------------------------

    def _post_turn(self, conversation_id: str, turn: Turn) -> None:
        """From a worker thread."""
        from .messages import TurnUpdated

        self.post_message(TurnUpdated(conversation_id, turn))

    def on_turn_updated(self, message: TurnUpdated) -> None:
        """Hand a snapshot to the chat, whatever screen is over it."""
        if message.turn.phase == "done" and self.turns is not None:
            self.turns.ended(message.conversation_id)
        if self.chat_screen.chat is not None:
            self.chat_screen.chat.show_turn(message.conversation_id, message.turn)
        if self.herald is not None and self.turns is not None:
            self.herald.going(self.turns.phases)
            if message.turn.phase == "done":
                self.herald.ended(message.turn)

    # -- keys -----------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """A key waits until the one before it is done."""
        if isinstance(event, events.InputEvent | events.Paste):
            self.attention.key_came()
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.keys.came(event)
        else:
            await super().on_event(event)

    def _bind(self, keys: Mapping[str, Sequence[str]]) -> None:
        """These keys quit and help, whatever screen one looks at; a chord does in the conversation alone."""
        for key in self._bound:
            self._bindings.key_to_bindings.pop(key, None)
        self._bound.clear()
        for id, action in (("quit", "leave"), ("help", "help")):
            for key in (key for key in keys[id] if " " not in key):
                self._bindings.bind(key, action, BY_ID[id].title, show=False, priority=True)
                self._bound.append(key)

    def action_help(self) -> None:
        """The key of the help was pressed, on whatever screen."""
        if self.screen is self.chat_screen:
            self.chat_screen.action_command("help")
        else:
            self.show_help()

    def show_help(self) -> None:
        """The keys in force, those of where one stands first."""
        from .screens.help import HelpScreen, asked_at

        screen, chat = self.screen, self.chat_screen
        if isinstance(screen, HelpScreen):
            screen.action_close()
            return
        reading = chat.focused is chat.transcript if screen is chat else None
        keys: Mapping[str, str] = self.session.config.keys if self.session is not None else {}
        self.push_screen(HelpScreen(asked_at(screen, reading, keys)))

    async def _let_in(self, event: events.Event) -> bool:
        """Send a key to whom it is for; whether it was an order instead, and is done."""
        if isinstance(event, events.Key) and self.screen is self.chat_screen and self.chat_screen.took(event):
            return True
        await super().on_event(event)
        return False

    async def on_passed(self, message: Passed) -> None:
        """A key may be done."""
        await self.keys.passed(message)

    # -- the window -----------------------------------------------------------------------------------------

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What our own sheets ask for in whatever theme."""
        return UNTHEMED

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's, and the last guard against control characters."""
        if self.no_color:
            return self._plainly
        return [*super().get_line_filters(), self._guard]

    def action_command_palette(self) -> None:
        """The palette, where there is a desk to do what it lists."""
        if self.chat_screen.chat is not None and self.screen is self.chat_screen:
            from .screens.closing import Palette

            self.push_screen(Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: our own table, with the key that does the same."""
        chat = self.chat_screen.chat
        if chat is None or screen is not self.chat_screen:
            return
        for command in COMMANDS:
            about = f"{chat.key_of(command.id)} · {command.help}"
            yield SystemCommand(command.title, about, partial(chat.do, command))

    def _fatal_error(self) -> None:
        """An unexpected exception: our own report instead of a traceback with locals."""
        self.fail(self._exception or sys.exc_info()[1] or RuntimeError())
        self._close_messages_no_wait()

    def fail(self, error: BaseException) -> None:
        """Keep a report of an unexpected exception, and the sentence that says where it is."""
        self.failure = self.mishap(error)

    def mishap(self, error: BaseException) -> str:
        """Keep a report of what went wrong without ending the app; the sentence that says where it is."""
        from textual.worker import WorkerFailed

        from ..crash import report

        return report(error.error if isinstance(error, WorkerFailed) else error, self.paths.crash_dir)

    def tell(self, sentence: str) -> None:
        """A sentence about something nobody caught, from any thread."""
        assert self._loop is not None  # or there is no window: whoever calls says it elsewhere
        self._loop.call_soon_threadsafe(self._tell, sentence)

    def _tell(self, sentence: str) -> None:
        self.notify(clean(sentence), severity="error", markup=False, timeout=15)

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()  # whoever runs the app says how it failed

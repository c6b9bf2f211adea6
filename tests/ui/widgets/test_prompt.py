"""The prompt: Enter, breaks, growth, history, drafts, pastes, the slash menu."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.containers import Vertical
from textual.widgets import Static

from claude_tui.core.text import is_safe
from claude_tui.ui.widgets.prompt import LONGEST_PASTE, Prompt
from claude_tui.ui.widgets.prompt_looks import BLINKS, MOST_ROWS
from claude_tui.ui.widgets.slash_menu import SlashMenu
from tests.ui.widgets.conftest import HOSTILE, Host, paste, press, shown, soon, text_of

pytestmark = pytest.mark.anyio


class PromptHost(Host):
    """A transcript's place, the menu, the prompt."""

    CSS = "Static { height: 1fr; }"
    BINDINGS = [(key, f"note('{key}')", key) for key in ("pageup", "pagedown", "ctrl+home", "ctrl+end", "escape", "f6")]

    def __init__(self) -> None:
        self.menu = SlashMenu()
        self.prompt = Prompt("ask [/oops] on", menu=self.menu)
        super().__init__(Static("above", markup=False), self.menu, self.prompt)
        self.bubbled: list[str] = []

    def on_mount(self) -> None:
        self.prompt.focus()

    def action_note(self, key: str) -> None:
        self.bubbled.append(key)

    def on_prompt_submitted(self, event: Prompt.Submitted) -> None:
        self.listen(event)

    def on_prompt_draft_changed(self, event: Prompt.DraftChanged) -> None:
        self.listen(event)

    def on_prompt_slash_typed(self, event: Prompt.SlashTyped) -> None:
        self.listen(event)

    def on_prompt_interrupted(self, event: Prompt.Interrupted) -> None:
        self.listen(event)

    def on_prompt_paste_refused(self, event: Prompt.PasteRefused) -> None:
        self.listen(event)

    @property
    def sent(self) -> list[str]:
        return [event.text for event in self.heard(Prompt.Submitted)]


async def test_enter_sends_and_empties() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, "enter", "space", "enter")
        assert app.sent == []
        await press(pilot, *"hi", "enter", "enter")
        assert app.sent == [" hi"]
        assert app.prompt.text == ""


@pytest.mark.parametrize("key", ["ctrl+j", "shift+enter", "alt+enter", "shift+\r"])
async def test_breaks(key: str) -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, "a", key, "b")
        assert app.prompt.text == "a\nb"
        assert app.prompt.size.height == 2
        assert app.sent == []


async def test_it_grows_and_stops_growing() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 40)) as pilot:
        for count in range(1, 14):
            assert app.prompt.size.height == min(count, MOST_ROWS)
            await press(pilot, "ctrl+j")
        await pilot.resize_terminal(60, 9)
        await pilot.pause()
        assert app.prompt.size.height == 3
        await pilot.resize_terminal(60, 40)
        app.prompt.set_text("word " * 30)
        await pilot.pause()
        assert app.prompt.size.height == 3
        app.prompt.set_text("")
        await pilot.pause()
        assert app.prompt.size.height == 1


async def test_it_is_drawn_with_glyph_and_hint() -> None:
    app = PromptHost()
    async with app.run_test(size=(40, 10)) as pilot:
        assert text_of(app)[-1].rstrip() == " ❯ ask [/oops] on"
        await press(pilot, *"one", "ctrl+j", *"two")
        assert [line.rstrip() for line in text_of(app)[-2:]] == [" ❯ one", "   two"]
        for width in (12, 4, 2):
            await pilot.resize_terminal(width, 10)
            await pilot.pause()
            shown(app)


def drafts(app: PromptHost) -> list[str]:
    return [event.text for event in app.heard(Prompt.DraftChanged)]


async def test_history_keeps_the_draft() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        prompt = app.prompt
        prompt.set_history(["first", "second\nof two lines", "third"])
        await press(pilot, *"dr", "up")
        assert prompt.text == "third"
        await soon(pilot, lambda: drafts(app))
        assert drafts(app)[-1] == "dr"
        await press(pilot, "up", "up", "up")
        assert prompt.text == "first"
        await press(pilot, "!", "down", "up")
        assert prompt.text == "first!"
        await press(pilot, "down", "down", "down")
        assert prompt.text == "dr"
        await press(pilot, "down")
        assert prompt.text == "dr"


async def test_arrows_move_within_lines_first() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        app.prompt.set_history(["old"])
        await press(pilot, "a", "ctrl+j", "b", "up")
        assert app.prompt.cursor_location == (0, 1)
        await press(pilot, "up")
        assert app.prompt.text == "old"


async def test_drafts_are_told_soon_and_once() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, *"abc")
        await soon(pilot, lambda: drafts(app)[-1:] == ["abc"])
        await press(pilot, "enter")
        await soon(pilot, lambda: drafts(app)[-1] == "")
        count = len(drafts(app))
        await press(pilot, "x", "backspace")
        await pilot.pause(0.3)
        assert drafts(app)[count:] in ([], ["x", ""])


async def test_a_paste_is_text() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await paste(pilot, f"/quit\r\n{HOSTILE}\r")
        assert app.sent == []
        assert is_safe(app.prompt.text)
        assert app.prompt.text.startswith("/quit\na␛]52")
        assert app.prompt.text.endswith("\n")
        assert "\x1b" not in shown(app)
        await paste(pilot, "x" * (LONGEST_PASTE + 1))
        assert app.heard(Prompt.PasteRefused)[0].characters == LONGEST_PASTE + 1
        app.copy_to_clipboard("c\x1b[2J")
        app.prompt.set_text("")
        await press(pilot, "ctrl+v")
        assert "❯ ①" in shown(app) and app.prompt.full == "c\x1b[2J", "as it is, and nobody sees what it would do"
        app.prompt.set_text(HOSTILE)
        assert is_safe(app.prompt.text)
        assert app.prompt.full == HOSTILE


async def test_undo_of_many_lines_takes_the_scrollbar_along() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, "a")
        await paste(pilot, "line\n" * 25)
        await press(pilot, "ctrl+z")
        assert app.prompt.text == "a"


async def test_history_is_cleaned() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        app.prompt.set_history([HOSTILE])
        await press(pilot, "up", "up", "down")
        await press(pilot, "up")
        assert is_safe(app.prompt.text)


async def test_ctrl_c_copies_or_interrupts() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, *"ab", "ctrl+c")
        assert len(app.heard(Prompt.Interrupted)) == 1
        await press(pilot, "shift+left", "ctrl+c")
        assert app.clipboard == "b"
        assert len(app.heard(Prompt.Interrupted)) == 1
        await press(pilot, "end", "ctrl+x")
        assert app.prompt.text == "ab"


async def test_keys_of_the_screen_bubble() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        keys = ["pageup", "pagedown", "ctrl+home", "ctrl+end", "escape", "f6"]
        await press(pilot, *"text", *keys, "f7")
        assert app.bubbled == keys
        assert app.prompt.selected_text == ""
        await press(pilot, "ctrl+q")
    assert not app.is_running


async def test_undo_brings_back_what_was_cleared() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, *"abc")
        app.prompt.clear()
        await press(pilot, "ctrl+z")
        assert app.prompt.text == "abc"
        app.prompt.restore("before")
        assert app.prompt.text == "before\nabc"


async def test_the_keys_of_the_shell() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        prompt = app.prompt
        await press(pilot, *"one two-three", "ctrl+w", "ctrl+w", "ctrl+y")
        assert prompt.text == "one two-three"
        await press(pilot, "alt+backspace", "alt+b", "alt+b", "alt+d", "ctrl+y", "alt+y")
        assert prompt.text == "three two-"
        assert prompt.cursor_location == (0, 5)
        await press(pilot, "alt+y", "alt+f", "alt+t", "ctrl+t", "left", "alt+u")
        assert prompt.text == "one two-two thre-E"
        await press(pilot, *["ctrl+underscore"] * 3)
        assert prompt.text == "one two-three two-"
        await press(pilot, "alt+z", "ctrl+shift+z")
        assert prompt.text == "one two-two thre-e"
        await press(pilot, "ctrl+a", "shift+end", "ctrl+k", "ctrl+y")
        assert prompt.text == "one two-two thre-e"


async def test_a_kill_after_another_place_was_clicked_is_another() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, *"one two", "ctrl+w")
        await pilot.click(Prompt, offset=(3, 0))
        await press(pilot, "ctrl+k", "ctrl+y")
        assert app.prompt.text == "one "


async def test_under_vis_keys() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        prompt = app.prompt
        prompt.set_vim(True)
        prompt.set_history(["sent before"])
        await press(pilot, *"one two three")
        assert "❯ one two three" in shown(app)
        await press(pilot, "escape")
        assert "❮ one two three" in shown(app)
        await press(pilot, "b", "d", "w", "0", "3", "x", "j", "k")
        assert prompt.text == "sent before"
        await press(pilot, "j")
        assert prompt.text == " two "
        await press(pilot, "0", "v", "e", "y", "$", "p", "u", "ctrl+r")
        assert prompt.text == " two  two"
        assert app.bubbled == []
        await press(pilot, "escape")
        assert app.bubbled == ["escape"]
        await press(pilot, "V")
        assert prompt.selected_text == " two  two"
        await press(pilot, "escape", "ctrl+z", "enter")
        assert app.sent == [" two "]
        await press(pilot, "/", "m")
        assert "❯ /m" in shown(app)
        assert app.menu.is_open
        await press(pilot, "escape", "escape", "d", "d", "i", "x")
        assert prompt.text == "x"
        prompt.set_vim(False)
        await press(pilot, "escape", "d")
        assert prompt.text == "xd"
        assert app.bubbled == ["escape"] * 2


async def test_a_click_under_vis_keys_moves_the_cursor() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        app.prompt.set_vim(True)
        await press(pilot, *"one two", "escape", "v", "b")
        await pilot.click(Prompt, offset=(4, 0))
        await press(pilot, "x")
        assert app.prompt.text == "oe two"


async def test_the_slash_menu_follows_every_key() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, "/")
        assert app.menu.is_open
        assert app.menu.region.height == 8
        assert app.menu.region.bottom == app.prompt.region.y
        assert text_of(app)[0].startswith("above")
        await press(pilot, *"th")
        assert app.menu.chosen is not None
        assert app.menu.chosen.id == "thinking"
        assert app.heard(Prompt.SlashTyped)[-1].text == "/th"
        await press(pilot, "down", "tab")
        assert app.prompt.text == "/theme "
        await press(pilot, *"paper", "enter")
        assert app.sent == ["/theme paper"]
        assert not app.menu.is_open
        assert app.heard(Prompt.SlashTyped)[-1].text == ""


async def test_enter_takes_the_chosen_command() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, *"/cont", "enter")
        await press(pilot, *"/etc/hosts", "enter")
        await press(pilot, *"/new", "ctrl+j", "x", "enter")
        assert app.sent == ["/continue", "/etc/hosts", "/new\nx"]


async def test_escape_closes_the_menu_and_only_it() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, "/", "m", "escape")
        assert not app.menu.is_open
        assert app.bubbled == []
        await press(pilot, "o")
        assert not app.menu.is_open
        await press(pilot, "escape", "backspace", "backspace", "backspace", "/")
        assert app.bubbled == ["escape"]
        assert app.menu.is_open
        await press(pilot, "up")
        assert app.menu.chosen is not None
        assert app.menu.chosen.id == "quit"
        assert "/quit" in shown(app)


async def test_it_never_shows_a_cursor_beneath_another_screen() -> None:
    from claude_tui.ui.screens.choose import ChooseScreen, Option

    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, *"abc")
        await soon(pilot, lambda: app.prompt._draw_cursor)  # it blinks
        app.push_screen(ChooseScreen("T", [Option("a", "a")]))
        await pilot.pause()
        assert not app.prompt._draw_cursor
        await press(pilot, "escape")
        await soon(pilot, lambda: app.prompt._draw_cursor)


async def test_the_cursor_blinks_for_a_while_and_then_stays() -> None:
    prompt = Prompt()
    async with Host(prompt).run_test(size=(40, 10)) as pilot:
        prompt.focus()
        await pilot.pause()
        for _ in range(2):
            assert prompt.blink_timer._active.is_set()
            for _ in range(BLINKS):
                prompt._toggle_cursor_blink_visible()
            assert not prompt.blink_timer._active.is_set(), "it goes on for ever"
            assert prompt._draw_cursor
            await press(pilot, "a")


async def test_a_container_may_hold_it() -> None:
    prompt = Prompt()
    app = Host(Vertical(prompt))
    async with app.run_test(size=(30, 6)):
        assert prompt.size.height == 1


@pytest.mark.parametrize("rows", [1, 3, 7, 12])
async def test_undo_of_many_lines_may_take_the_scroll_bar_with_it(rows: int) -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, *"one")
        many = "\n" + "\n".join(["line"] * (MOST_ROWS + rows))
        app.prompt.insert(many)
        await pilot.pause()
        await press(pilot, "ctrl+z")
        assert app.prompt.text == "one"
        await press(pilot, "alt+z")
        assert app.prompt.text == "one" + many


FAMILY = "👩\u200d👩\u200d👧"
WIDE = {
    "東京": 4, "e\u0301a": 2, "naïve": 5, "🙂x": 3, f"{FAMILY}x": 3, "❤\ufe0fx": 3, "🇩🇪x": 3, "か\u3099x": 3,
    "👍🏽x": 3, "한글": 4, "ﾊﾟ": 2,
}  # fmt: skip


@pytest.mark.parametrize("text", WIDE)
async def test_the_cursor_stands_behind_wide_and_joined_letters(text: str) -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        prompt = app.prompt
        await paste(pilot, text)
        row = prompt.region
        assert prompt.text == text
        for left in range(len(text)):
            column, (y, x) = prompt.cursor_screen_offset.x - row.x - 3, prompt.cursor_location
            assert (y, column) == (0, cell_len(text[:x])), "the cursor stands where its letter does"
            line = prompt.render_line(0)
            assert line.cell_length == sum(cell_len(segment.text) for segment in line) == prompt.size.width
            if not left:
                assert column == WIDE[text]
            await press(pilot, "left")
        assert prompt.cursor_location == (0, 0)


async def test_keys_go_past_whole_letters() -> None:
    app = PromptHost()
    async with app.run_test(size=(60, 20)) as pilot:
        prompt = app.prompt
        prompt.set_text(f"a{FAMILY}e\u0301東")
        await press(pilot, "left", "left")
        assert prompt.cursor_location == (0, 1 + len(FAMILY))
        await press(pilot, "backspace")
        assert prompt.text == "ae\u0301東"
        await press(pilot, "right", "backspace")
        assert prompt.text == "a東", "a letter goes with its accent"
        await press(pilot, "delete")
        assert prompt.text == "a"
        prompt.set_text("e\u0301")
        await press(pilot, "home", "delete")
        assert prompt.text == ""

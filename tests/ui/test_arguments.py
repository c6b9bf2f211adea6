"""What may follow a slash command is offered above the prompt, and done when it is chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_tui.core.text import is_safe
from claude_tui.paths import Paths
from claude_tui.ui.keys.typed import Choice, Choices
from claude_tui.ui.screens.choose import ChooseScreen
from claude_tui.ui.widgets.slash_menu import SlashMenu
from tests.support.driver import Person, person

pytestmark = pytest.mark.anyio


def menu(someone: Person) -> SlashMenu:
    return someone.app.chat_screen.query_one(SlashMenu)


async def test_models_are_offered_by_any_of_their_names(home: Path) -> None:
    async with person(home) as someone:
        await someone.types("/model ")
        await someone.sees("claude-opus-5-5", "the default")
        await someone.press("enter")  # nothing was typed of one, and none chosen: it is asked which
        assert isinstance(someone.screen, ChooseScreen)
        await someone.press("escape")
        await someone.types("/model hk")
        await someone.sees("claude-haiku-5-5")
        assert "claude-opus-5-5" not in someone.text
        await someone.press("down", "enter")
        await someone.hears("Model: claude-haiku-5-5")
        await someone.types("/model opus 4.8")
        await someone.press("tab")
        assert someone.typed == "/model claude-opus-4-8"
        await someone.press("enter")
        await someone.hears("Model: claude-opus-4-8")
        await someone.types("/model claude-opus-4-2-mine")  # the letters fit none, and whatever is typed may be one
        await someone.press("tab")
        assert someone.typed == "/model claude-opus-4-2-mine"
        await someone.press("enter")
        await someone.hears("Model: claude-opus-4-2-mine")


async def test_the_beginning_of_a_theme_is_enough(home: Path) -> None:
    async with person(home) as someone:
        wardrobe = someone.app.wardrobe
        names = ["auto", *wardrobe.specs]
        await someone.types("/theme ")
        await someone.sees(*names[:5])
        await someone.press("up")
        assert menu(someone).line == f"/theme {names[-1]}"
        await someone.press("down", "down", "enter")
        assert wardrobe.choice == names[1]
        last = next(name for name in reversed(names) if not any(o != name and o.startswith(name[:3]) for o in names))
        await someone.commands(f"/theme {last[:3]}")
        assert wardrobe.choice == last


async def test_personas_are_read_beside_the_keys(home: Path) -> None:
    folder = Paths.default().personas_dir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reviewer.toml").write_text('system = "Review."\n')
    (folder / "e\x1b[2Jvil.toml").write_text('system = "Evil."\n')
    async with person(home) as someone:
        await someone.types("/persona ")
        await someone.sees("reviewer", "none")
        assert "vil" not in someone.text
        await someone.types("rev")
        await someone.press("enter")
        await someone.until(lambda: someone.chat.settings.persona == "reviewer")
        (folder / "poet.toml").write_text('system = "Rhyme."\n')
        await someone.types("/persona ")
        await someone.sees("poet")


async def test_of_efforts_and_tools_what_can_be_had_is_offered(home: Path) -> None:
    async with person(home) as someone:
        await someone.commands("/model opus-4.6")
        await someone.types("/effort ")
        offered = [row.shown for row in menu(someone)._found]
        assert offered == ["auto", "low", "medium", "high", "max"]
        await someone.types("me")
        await someone.press("enter")
        await someone.hears("Effort: medium")
        await someone.types("/tools calculate no")
        await someone.press("tab")
        assert someone.typed == "/tools calculate none"
        await someone.press("ctrl+u")
        await someone.types("/budget mo")
        await someone.press("down", "enter")
        assert someone.typed == "/budget month "
        await someone.types("5")
        await someone.press("enter")
        await someone.hears("A month may cost $5")


async def test_names_that_mean_harm_are_cleaned_on_the_screen(home: Path) -> None:
    async with person(home) as someone:
        harm = Choice("a\x1b[2J\u202egnp\x07", "b\x9b31m\nc")
        menu(someone).ask = lambda command_id: Choices((harm,))
        await someone.types("/theme ")
        await someone.sees("gnp")
        assert all(is_safe(line) for line in someone.text.split("\n"))
        await someone.press("tab")
        assert is_safe(someone.typed)

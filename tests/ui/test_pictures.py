"""A few frozen pictures: what the app looks like, and in every theme. ``pytest --snapshot-update`` takes them anew."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock, ThinkingBlock, ToolUseBlock, Usage
from claude_tui.demo import DemoServer, Failure, Faithful, Hang, Reply, Script
from claude_tui.paths import Paths, shipped_themes
from claude_tui.session import Session
from claude_tui.store import Spend, Store
from claude_tui.ui.app import ClaudeApp
from claude_tui.ui.chat.waiting import Line
from claude_tui.ui.screens.library import LibraryScreen
from claude_tui.ui.widgets.line_input import LineInput
from claude_tui.ui.widgets.status_bar import StatusView
from claude_tui.ui.words.status import status_of
from tests.exchange.samples import CLAUDE, write_json
from tests.support.driver import Person, conversation_of, keep, opened

SIZE = (80, 24)
NOON = 1_800_000_000_000
Scene = Callable[[Person], Awaitable[None]]


async def anew(someone: Person) -> None:
    """Leave the conversation and open it from the disk: how it came, in few or many pieces, shows no more."""
    conversation = someone.conversation.id
    await someone.commands("/new")
    await someone.chat.keeping.load(conversation)
    await someone.pilot.pause()


def as_ever(view: StatusView) -> StatusView:
    """The same times on every machine, however busy: to the first token, and of waiting for it."""
    elapsed = None if view.state.startswith("waiting") else view.elapsed_ms
    return replace(view, elapsed_ms=elapsed, ttft_ms=800 if view.ttft_ms is not None else None)


@pytest.fixture
def picture(home: Path, monkeypatch: pytest.MonkeyPatch, snap_compare: Any) -> Any:
    """Compares what a scene ends with; the clock, the ids and the pace are the same every time."""
    numbers = itertools.count(1)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    for module in ("claude_tui.ids", "claude_tui.session", "claude_tui.ui.chat.asking"):
        monkeypatch.setattr(f"{module}.new_id", lambda: f"id{next(numbers):06}")
    for module in ("claude_tui.session", "claude_tui.ui.chat.asking", "claude_tui.ui.chat.choices"):
        monkeypatch.setattr(f"{module}.now_ms", lambda: NOON)
    monkeypatch.setattr("claude_tui.ui.chat.desk.status_of", lambda **facts: as_ever(status_of(**facts)))

    def compare(
        scene: Scene,
        *,
        script: Script | None = None,
        theme: str = "",
        seed: Any = None,
        size: tuple[int, int] = SIZE,
    ) -> None:
        server = DemoServer(pace=0, script=script).start()

        def opening(show: object) -> tuple[Session, Conversation | None]:
            session = opened(server, home)
            means = session.means

            def still() -> Any:
                return replace(means(), now=lambda: NOON)

            session.means = still  # type: ignore[method-assign]
            if seed is not None:
                seed(session.store)
            return session, None

        app = ClaudeApp(Paths.default(), opening)

        async def play(pilot: Any) -> None:
            someone = Person(app, pilot, server)
            await someone.until(lambda: app.chat_screen.chat is not None)
            if theme:
                app.wardrobe.choose(theme)
            app.chat_screen.prompt.cursor_blink = False
            await asyncio.sleep(0.05)
            await scene(someone)
            if hasattr(focused := app.screen.focused, "cursor_blink"):
                focused.cursor_blink = False  # it is drawn, however long that took
            app._notifications.clear()
            app._refresh_notifications()
            await pilot.pause()
            app.chat_screen.prompt.refresh()  # what a dialog stands over may have been painted before it
            app.screen.refresh()
            await pilot.pause()

        try:
            assert snap_compare(app, run_before=play, terminal_size=size)
        finally:
            server.stop()

    yield compare
    monkeypatch.undo()
    time.tzset()


def test_empty(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await someone.sees("This is the demo")

    picture(scene)


async def tools(someone: Person) -> None:
    await someone.commands("/tools all")
    await someone.says("search for terminals")
    await anew(someone)
    await someone.sees("[3] Inside")


def test_a_search_with_sources(picture: Any) -> None:
    picture(tools)


def test_a_tool_card_open(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await someone.commands("/tools all")
        await someone.says("calculate 17 * 4")
        await anew(someone)
        await someone.press("f3")
        await someone.sees("▾ calculate")

    picture(scene)


def test_thinking_open(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await someone.says("why")
        await anew(someone)
        await someone.press("f3", "ctrl+home")
        await someone.sees("▾ Thought")

    picture(scene)


def test_waiting_for_the_first_word(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        someone.server.then(Hang(30))
        await someone.says("why", wait=False)
        await someone.until(lambda: "waiting" in someone.status)

    picture(scene)


def test_an_error(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        someone.server.then(Reply([{"type": "text", "text": "Welcome. What is it about?"}]))
        await someone.says("hello")
        someone.server.then(Failure(401, "authentication_error", "invalid x-api-key"))
        await someone.says("and now")
        await anew(someone)
        await someone.sees("Ctrl+G")

    picture(scene)


def test_cut_and_gone_on_with(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await someone.says("drop")
        await anew(someone)
        await someone.sees("you have just tested it")

    picture(scene)


def test_the_codes_of_a_reply(picture: Any) -> None:
    """By number, to copy one of them."""

    async def scene(someone: Person) -> None:
        await someone.says("markdown")
        await anew(someone)
        await someone.press("ctrl+x", "n")
        await someone.sees("Copy which code?", "no language at all")

    picture(scene)


def test_the_slash_menu(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await someone.says("why")
        await anew(someone)
        await someone.press("slash", "t")
        await someone.sees("❯ /t")

    picture(scene)


def test_what_may_follow_a_slash_command(picture: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claude_tui.ui.arguments.today", lambda: date(2026, 9, 1))

    async def scene(someone: Person) -> None:
        await someone.says("why")
        await anew(someone)
        await someone.press("slash", *"model", "space", *"op", "down", "down")
        await someone.sees("claude-opus-4-8")

    picture(scene)


def test_a_large_paste(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await someone.types("What is wrong in ")
        await someone.types(
            "".join(f"12:00:{number:02} \x1b[31merror\x1b[0m number {number}\n" for number in range(60))
        )
        await someone.types(", and does this help? ")
        await someone.types("def answer(): return 42\n" * 200)
        await someone.sees("does this help? ②", "② pasted text")

    picture(scene)


def test_what_is_put_by(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await someone.types("The first thought")
        await someone.press("ctrl+x", "s")
        await someone.until(lambda: not someone.typed)
        await someone.types("Another, with a paste: ")
        await someone.types("word " * 1_000)
        await someone.press("ctrl+x", "s")
        await someone.until(lambda: not someone.typed)
        someone.app.clear_notifications()
        await someone.until(lambda: "brings it back" not in someone.text)
        await someone.press("ctrl+x", "s")
        await someone.sees("Put by", "The first thought", "▪ pasted text")

    picture(scene)


def test_under_vis_keys(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        someone.app.chat_screen.prompt.set_vim(True)
        await someone.types("One word and another")
        await someone.press("escape", "b", "b", "v", "e")
        await someone.sees("visual mode", "❮ One word")

    picture(scene)


def test_the_library(picture: Any) -> None:
    def seed(store: Any) -> None:
        for number, title in enumerate(("Why the night is dark", "A stubborn bug", "Postcards from 東京", "Soup")):
            keep(store, conversation_of(number + 1, id=f"c{number}", title=title))

    async def scene(someone: Person) -> None:
        await someone.press("ctrl+o")
        await someone.until(lambda: isinstance(someone.screen, LibraryScreen))
        await someone.sees("Soup")

    picture(scene, seed=seed)


def test_an_import(picture: Any, tmp_path: Path) -> None:
    async def scene(someone: Person) -> None:
        someone.chat.run_command("command_import", str(write_json(tmp_path / "conversations.json", CLAUDE)))
        await someone.sees("Enter opens the newest")

    picture(scene)


def shelves(store: Any) -> None:
    for number, title in enumerate(("Why the night is dark", "A stubborn bug", "Postcards from 東京", "Soup")):
        keep(
            store,
            conversation_of(number + 1, lambda at: f"**Answer {at}**: the fox, again.", id=f"c{number}", title=title),
        )
    store.pin("c1").result(5)
    store.save_draft("c0", "half a thought").result(5)


def test_the_library_finds_what_was_said(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await someone.press("ctrl+o")
        await someone.until(lambda: isinstance(someone.screen, LibraryScreen))
        await someone.press(*"fox again")
        await someone.until(lambda: "4 by what was said" in someone.text and "said …" not in someone.text)
        await someone.press("down")
        await someone.until(lambda: "Postcards" in "".join(line[66:] for line in someone.lines))

    picture(scene, seed=shelves, size=(120, 24))


def test_the_library_in_a_narrow_window(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await someone.press("ctrl+o")
        await someone.until(lambda: isinstance(someone.screen, LibraryScreen))
        await someone.sees("Soup", "pinned", "draft")

    picture(scene, seed=shelves, size=(40, 20))


SAMPLE = """# What a theme dresses

Plain words, **strong**, *set apart*, ~~taken back~~, `in code`, and [a link](https://example.com).

```python
@cache
def seen(line: Line) -> int:
    'A string.'
    return len(line.spans) + 1  # a remark
```

- [x] done
- [ ] to do

| role | worn by |
|---|---|
| muted | what is secondary |

> A quotation.

```diff
- before
+ after
```
"""


@pytest.mark.parametrize("theme", sorted(path.stem for path in shipped_themes().glob("*.toml")))
def test_every_theme(picture: Any, theme: str) -> None:
    """All that a conversation wears, with a block chosen and words found in it."""

    def seed(store: Any) -> None:
        blocks = (
            ThinkingBlock("What is there to show?", "signed"),
            ToolUseBlock("toolu_1", "calculate", {"expression": "1/0"}),
            TextBlock(SAMPLE),
        )
        question = Node("q1", None, "user", (TextBlock("What does this theme look like?"),), "typed", created_at=1)
        reply = Node("a1", "q1", "assistant", blocks, "model", "interrupted", model="claude-opus-5-5", created_at=1)
        keep(store, Conversation("c1", "Themes", {"q1": question, "a1": reply}, "a1", 1, 1))

    async def scene(someone: Person) -> None:
        await someone.chat.keeping.load("c1")
        await someone.sees("after")
        await someone.press("tab", "left", "left")
        await someone.commands("/find spans")
        await someone.sees("1 of 1")

    picture(scene, theme=theme, seed=seed, size=(80, 36))


def branches(store: Any) -> None:
    made = conversation_of(3, lambda number: f"# Answer {number}\n\nThe fox takes the *long* way home.", id="c")
    path = list(made.nodes.values())
    short = (TextBlock("# Answer 1\n\nThe fox takes the short way, through the wood."),)
    again = replace(path[3], id="again", content=short, model="claude-haiku-4-5")
    other = Node("other", path[1].id, "user", (TextBlock("And if it rains?"),), "typed")
    cut = Node(
        "cut", "other", "assistant", (TextBlock("Then the fox"),), "model", "interrupted", model="claude-opus-5-5"
    )
    store.put_whole(made.with_nodes([again, other, cut]).with_head(path[-1].id)).result(5)


async def opens(someone: Person) -> None:
    found = await someone.chat.wait(someone.session.store.load("c"))
    someone.chat.open_conversation(found)
    await someone.sees("Answer 2")


def test_the_tree(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await opens(someone)
        await someone.press("f12", "up", "up")
        await someone.sees("3 branches", "Then the fox  cut")

    picture(scene, seed=branches)


def test_what_differs(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await opens(someone)
        await someone.press("ctrl+up", "ctrl+up", "ctrl+up")
        someone.chat.branching.command_diff("")
        await someone.sees("answer 1 of 2", "short")
        await someone.press("n")

    picture(scene, seed=branches)


def test_what_was_spent(picture: Any) -> None:
    def seed(store: Store) -> None:
        for day, cents in enumerate((12, 3, 0, 45, 0, 0, 8, 130, 61, 2, 0, 33)):
            dollars = str(Decimal(cents) / 100)
            if cents:
                store.spend(Spend(NOON + day * 86_400_000, "c", f"n{day}", "claude-opus-5-5", {}, dollars, "exact"))
        store.spend(Spend(NOON, "c", "m", "claude-next-1", {}, None, "unknown")).result(10)

    async def scene(someone: Person) -> None:
        someone.app.chat_screen.set_focus(None)  # whether its cursor was painted before the dialog came is chance
        someone.chat.run_command("command_cost")
        await someone.sees("Cost 1 of 4", "ever")
        await someone.press("right")
        await someone.sees("Cost by time 2 of 4", "$1.30")

    picture(scene, seed=seed)


def test_budget(picture: Any, home: Path) -> None:
    config = Paths.default(demo=False).config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[budget]\nconversation = 2\nday = 5\n")

    async def scene(someone: Person) -> None:
        await someone.commands("/budget")
        await someone.sees("A conversation", "$0.84 of $5.00")
        someone.screen.query_one(LineInput).cursor_blink = False

    spent = Spend(4_000_000_000_000, "c", "n", "claude-opus-5-5", {}, "0.84", "exact")  # later than any clock says
    picture(scene, seed=lambda store: store.spend(spent))


def test_stopped_by_a_budget(picture: Any, home: Path) -> None:
    config = Paths.default(demo=False).config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[budget]\nday = 0.02\n")

    async def scene(someone: Person) -> None:
        await someone.says("Why is the sea salt?")
        await someone.sees("raises it and goes on")

    picture(scene)


@pytest.fixture
def on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("claude_tui.session", "claude_tui.ui.chat.choices"):
        monkeypatch.setattr(f"{module}.today", lambda: date(2026, 11, 21))


def test_the_models(picture: Any, on_a_day: None) -> None:
    async def scene(someone: Person) -> None:
        await someone.commands("/model sonnet 4.5")
        await someone.hears("Model: claude-sonnet-4-5")
        someone.app.clear_notifications()  # it is told under the list, or over it, as it comes
        await someone.pilot.pause()
        someone.app.chat_screen.set_focus(None)  # as above
        someone.chat.run_command("command_model")
        await someone.sees("as the API lists them", "claude-sonnet-5-5")
        someone.screen.query_one(LineInput).cursor_blink = False

    picture(scene, size=(80, 34))


def test_efforts_that_cannot_be_had(picture: Any, on_a_day: None) -> None:
    async def scene(someone: Person) -> None:
        await someone.commands("/model claude-opus-4-6")
        someone.app.chat_screen.set_focus(None)
        someone.chat.run_command("command_effort")
        await someone.sees("not taken; high is the nearest")
        someone.screen.query_one(LineInput).cursor_blink = False
        await someone.press("down")

    picture(scene)


def long_talk(store: Any) -> None:
    """A conversation that fills four fifths of the context, and whose cache is cold."""
    conversation = conversation_of(2, id="long")
    head = conversation.head
    assert head is not None
    usage = Usage({"input_tokens": 8, "cache_read_input_tokens": 799_000, "cache_creation_input_tokens": 31_000})
    request = {"model": "claude-opus-5-5", "thinking": {"type": "adaptive", "display": "summarized"}}
    keep(store, conversation.with_node(replace(head, usage=usage, facts={"request": request}, created_at=1)))


def test_what_a_question_would_cost(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await someone.chat.keeping.load("long")
        await someone.types("And what of the lakes, which the rivers feed too?")
        await someone.sees("tokens", "83 % full: /context")

    picture(scene, seed=long_talk)


def test_ways_to_make_room(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await someone.chat.keeping.load("long")
        someone.app.chat_screen.set_focus(None)
        someone.chat.run_command("command_context")
        await someone.sees("Go on from a summary")
        someone.screen.query_one(LineInput).cursor_blink = False

    picture(scene, seed=long_talk)


@pytest.mark.parametrize("size", [(80, 24), (40, 24)], ids=["wide", "narrow"])
def test_what_may_follow_a_leader(picture: Any, size: tuple[int, int]) -> None:
    async def scene(someone: Person) -> None:
        someone.app.chat_screen.prompt.cursor_blink = False
        # These and no more: another command changes no picture.
        chords = someone.app.chat_screen.chords
        ids = (
            "archive",
            "budget",
            "diff",
            "editor",
            "export",
            "fork",
            "next-block",
            "previous-variant",
            "rename",
            "theme",
        )
        follows = {key: id for key, id in chords.table["ctrl+x"].items() if id in ids}
        chords.table = {"ctrl+x": follows}
        await someone.press("ctrl+x")
        await someone.sees("Ctrl+X …")

    picture(scene, size=size)


@pytest.mark.parametrize("size", [(80, 26), (40, 30)], ids=["wide", "narrow"])
def test_the_settings(picture: Any, home: Path, size: tuple[int, int]) -> None:
    file = Paths.default().config_file
    file.parent.mkdir(parents=True)
    file.write_text("timestamps = true\nnotify_after = 30\n")

    async def scene(someone: Person) -> None:
        someone.session.choose("notify_after", 5)
        someone.chat.run_command("command_settings")
        await someone.press(*["down"] * 12)
        await someone.sees("config.toml says 30")

    picture(scene, size=size)


@pytest.mark.parametrize("listed", [False, True], ids=["above the prompt", "listed"])
def test_what_waits_to_be_sent(picture: Any, listed: bool) -> None:
    talk = conversation_of(1, id="waits")

    def seed(store: Store) -> None:
        keep(store, talk)
        line = Line(talk.id, store)
        for number, text in enumerate(("And what of the lakes?", "Then write it down in three sentences.")):
            line.add(f"w{number}", text)

    async def scene(someone: Person) -> None:
        await someone.chat.keeping.load(talk.id)
        await someone.sees("as they were left")
        if listed:
            await someone.commands("/queue")
            await someone.sees("2 messages wait")

    picture(scene, seed=seed)


def test_a_question_aside(picture: Any) -> None:
    async def scene(someone: Person) -> None:
        await someone.says("Why is the sea salt?")
        await someone.commands("/btw What is brine?")
        await someone.sees("Esc closes")
        someone.screen.query_one(LineInput).cursor_blink = False

    picture(scene, script=Faithful("Water with *salt* in it:\n\n- from the rocks\n- from the sea itself"))

"""A terminal is told of a reply's end when nobody looks, in an order that it knows and nobody's words can leave."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from claude_tui.config import Config
from claude_tui.core.conversation import Conversation
from claude_tui.core.retry import Failure
from claude_tui.turn import Turn
from claude_tui.ui.terminal.attention import AWAY_SECONDS, Attention
from claude_tui.ui.terminal.herald import AGAIN_SECONDS, Herald
from claude_tui.ui.terminal.orders import Known, known, notice, plain, progress, title
from tests.support.driver import conversation_of
from tests.support.hostile import EVERYTHING

pytestmark = pytest.mark.anyio

XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("environ", "manner", "marked"),
    [
        ({}, "bell", False),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.5.14"}, "osc9", False),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.6.6"}, "osc9", True),
        ({"TERM_PROGRAM": "ghostty", "TERM_PROGRAM_VERSION": "1.2.0"}, "osc777", True),
        ({"TERM_PROGRAM": "ghostty", "TERM_PROGRAM_VERSION": "1.1.3"}, "osc777", False),
        ({"TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20240203-110809-5046fc22"}, "osc777", False),
        ({"TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20250331-101010-abcdef01"}, "osc777", True),
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, "osc99", False),
        ({"TERM": "foot"}, "osc777", False),
        ({"WT_SESSION": "a"}, "bell", True),
        ({"ConEmuANSI": "ON"}, "bell", True),
        ({"TERM_PROGRAM": "vscode"}, "bell", False),
        ({"TERM_PROGRAM": "ghostty", "TERM_PROGRAM_VERSION": "9" * 400}, "osc777", True),
    ],
    ids=str,
)
def test_a_terminal_is_known_by_what_it_says_of_itself(environ: dict[str, str], manner: str, marked: bool) -> None:
    assert known({**XTERM, **environ}) == Known(manner, marked, True)  # type: ignore[arg-type]
    assert not known({**XTERM, **environ, "TMUX": "a"}).progress


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_one_is_told_nothing(term: str) -> None:
    assert known({"TERM": term, "WT_SESSION": "a"}) == Known("off", False, False)
    terminal = Told()
    herald = Herald(terminal, Config(notify="osc9"), away(), {"TERM": term})
    herald.shows("A talk", writing=True)
    herald.going(["writing"])
    herald.ended(turn())
    assert terminal.said == []


HOSTILE = (EVERYTHING, "\x1b]0;stolen\x07", "a\x1b\\b", "a\x07b", "a\x9cb\x9d", "\u202eabc", "x" * 500, "\ud800",
           "a;b;c", "4;1;50", "\n\r\n", "\x18\x1a", "\x1bPtmux;\x1b")  # fmt: skip
_ORDERS = {
    "osc9": re.compile(r"\x1b\]9;[^\x00-\x1f\x7f-\x9f;0-9][^\x00-\x1f\x7f-\x9f;]*\x07"),
    "osc777": re.compile(r"\x1b\]777;notify;[^\x00-\x1f\x7f-\x9f;]*;[^\x00-\x1f\x7f-\x9f;]*\x07"),
    "osc99": re.compile(r"\x1b\]99;i=claude-tui:d=0;[^\x00-\x1f\x7f-\x9f;]*\x1b\\"
                        r"\x1b\]99;i=claude-tui:p=body;[^\x00-\x1f\x7f-\x9f;]*\x1b\\"),
    "bell": re.compile(r"\x07"),
    "off": re.compile(""),
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nobodys_words_leave_an_order(text: str) -> None:
    for manner, form in _ORDERS.items():
        assert form.fullmatch(notice(manner, "Claude has answered", text)), manner  # type: ignore[arg-type]
    assert re.fullmatch(r"\x1b\]2;[^\x00-\x1f\x7f-\x9f\u202a-\u202e]{0,80}\x07", title(text))
    plain(text).encode()


class Told:
    """A terminal, and what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.held: dict[str, str] = {}

    def order(self, data: str) -> None:
        self.said.append(data)

    def hold(self, name: str, now: str, begin: str, end: str) -> None:
        self.said.append(now)
        self.held[name] = end

    def let_go(self, name: str) -> None:
        if end := self.held.pop(name, ""):
            self.said.append(end)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def away() -> Attention:
    attention = Attention()
    attention.focused(False)
    return attention


def turn(took: float = 60.0, **more: object) -> Turn:
    ended = conversation_of(1, title="Why it jumps")
    return Turn(more.pop("conversation", ended), "done", started=time.monotonic() - took, **more)  # type: ignore[arg-type]


GHOSTTY = {**XTERM, "TERM_PROGRAM": "ghostty", "TERM_PROGRAM_VERSION": "1.2.0"}


def told(turn: Turn, config: Config | None = None, attention: Attention | None = None) -> list[str]:
    terminal = Told()
    Herald(terminal, config or Config(), attention or away(), GHOSTTY).ended(turn)
    return terminal.said


def cut(kind: str) -> Failure:
    return Failure(kind, "It went so.")  # type: ignore[arg-type]


def test_the_end_of_a_long_reply_is_told_when_nobody_looks() -> None:
    assert told(turn()) == ["\x1b]777;notify;Claude has answered;Why it jumps\x07"]
    assert told(turn(failure=cut("server"))) == ["\x1b]777;notify;The reply was cut;Why it jumps: It went so.\x07"]
    assert told(turn(failure=cut("budget"))) == ["\x1b]777;notify;The budget is reached;Why it jumps\x07"]
    conversation: Conversation = conversation_of(1, title="Long")
    head = conversation.head
    assert head is not None
    limited = conversation.with_node(replace(head, stop_reason="max_tokens"))
    assert told(turn(conversation=limited)) == [
        "\x1b]777;notify;The reply can be continued;Long: the limit was reached\x07"
    ]


def test_not_of_one_that_was_stopped_or_short_or_looked_at_or_unwanted() -> None:
    assert told(turn(failure=cut("cancelled"))) == []
    assert told(turn(took=5)) == []
    assert told(turn(took=5), Config(notify_after=3))
    looking = Attention()
    looking.focused(True)
    assert told(turn(), attention=looking) == []
    assert told(turn(), Config(notify="off")) == []
    assert told(turn(), Config(notify="bell")) == ["\x07"]
    assert told(turn(), Config(notify="osc9")) == ["\x1b]9;Claude has answered: Why it jumps\x07"]


def test_a_terminal_that_never_says_so_is_looked_at_until_no_key_came_for_a_while() -> None:
    clock = Clock()
    attention = Attention(clock)
    assert attention.there
    clock.now += AWAY_SECONDS + 1
    assert not attention.there
    attention.key_came()
    assert attention.there
    attention.focused(False)
    assert not attention.there
    attention.key_came()
    assert attention.there, "whoever types is there, whatever the terminal said"
    clock.now += AWAY_SECONDS * 10
    assert attention.there, "and is, until it says otherwise"


@pytest.mark.parametrize(
    ("passes", "wanted"), [(True, "\x1bPtmux;\x1b\x1b]9;Claude has answered: Why it jumps\x07\x1b\\"), (False, "\x07")]
)
async def test_through_tmux_where_it_passes_it_on_else_its_bell(passes: bool, wanted: str) -> None:
    terminal = Told()
    herald = Herald(terminal, Config(notify="osc9"), away(), {**XTERM, "TMUX": "a"}, passes=lambda: passes)
    herald.ended(turn())
    until = time.monotonic() + 20
    while not terminal.said:
        assert time.monotonic() < until
        await asyncio.sleep(0.01)
    assert terminal.said == [wanted]


def test_progress_is_shown_while_a_reply_is_written_and_again_before_it_fades() -> None:
    terminal, clock = Told(), Clock()
    herald = Herald(terminal, Config(), away(), GHOSTTY, clock=clock)
    for phases in (["connecting"], ["writing"], ["writing", "retrying"], ["retrying"], ["stalled"], ["writing"]):
        herald.going(phases)
    clock.now += AGAIN_SECONDS
    herald.going(["writing"])
    herald.going([])
    herald.going([])
    busy, waits, none = progress("busy"), progress("waiting"), progress("none")
    assert terminal.said == [busy, waits, busy, busy, none]
    assert (busy, none) == ("\x1b]9;4;3\x07", "\x1b]9;4;0\x07")


def test_reduced_motion_has_no_mark_that_moves() -> None:
    terminal = Told()
    Herald(terminal, Config(reduced_motion=True), away(), GHOSTTY).going(["writing"])
    assert terminal.said == []


def test_the_title_is_the_conversations_with_a_mark_while_it_is_written() -> None:
    terminal = Told()
    herald = Herald(terminal, Config(), away(), XTERM)
    herald.shows("", writing=False)
    herald.shows("Why it jumps", writing=True)
    herald.shows("Why it jumps", writing=True)
    herald.shows("Why it jumps", writing=False)
    titles = ["claude-tui", "● Why it jumps · claude-tui", "Why it jumps · claude-tui"]
    assert terminal.said == [title(each) for each in titles]
    assert terminal.held == {"title": "\x1b]2;\x07\x1b[23;0t"}


def test_each_can_be_turned_off() -> None:
    terminal = Told()
    herald = Herald(terminal, Config(notify="off", progress=False, window_title=False), away(), GHOSTTY)
    herald.shows("A talk", writing=True)
    herald.going(["writing"])
    herald.going([])
    herald.ended(turn())
    assert terminal.said == []


def test_what_the_settings_are_called(tmp_path: Path) -> None:
    from claude_tui.config import load_config

    file = tmp_path / "config.toml"
    file.write_text('notify = "BELL"\nnotify_after = 30\nprogress = false\nwindow_title = false\n')
    config, problems = load_config(file)
    assert (config.notify, config.notify_after, config.progress, config.window_title) == ("bell", 30, False, False)
    assert problems == []
    file.write_text('notify = "osc"\n')
    assert "osc9" in str(load_config(file)[1][0])

"""A new user's day with the demo, in a small and a large terminal."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from claude_tui.demo import replies
from tests.support.desk import environment, run
from tests.support.seen import compare, transcript
from tests.support.terminal import Terminal

SIZES = ((80, 24), (200, 50))
SLOWLY = {"CLAUDE_TUI_DEMO_PACE": "3"}
"""Where a key or a kill must come before the end of the reply."""
QUICKLY = {"CLAUDE_TUI_DEMO_PACE": "0.4"}


def idle(text: str) -> bool:
    """Whether nothing is being written: the status line has no state."""
    status = text.rstrip("\n").split("\n")[-1]
    return not re.search(r"connecting|waiting|thinking|writing|tool:|retry|stopping", status)


def done(text: str, words: str) -> bool:
    return words in " ".join(text.split()) and idle(text)  # the lines are broken by the width


def view(terminal: Terminal) -> list[str]:
    """The transcript's lines without the mark of new lines and the bar."""
    rows = terminal.rows()
    prompt = max(place for place, row in enumerate(rows) if "❯" in row)
    return [re.sub(r"\s*(↓.*)?[▁▂▃▄▅▆▇█]*$", "", row[: terminal.columns - 1]) for row in rows[: prompt - 2]]


def test_a_day(tmp_path: Path) -> None:
    """Side by side: most of it is waiting, at the pace of a person."""
    with ThreadPoolExecutor(len(SIZES)) as pool:
        days = [pool.submit(a_day, tmp_path / f"{size[0]}x{size[1]}" / "home", size) for size in SIZES]
    for day in days:
        day.result()


def a_day(home: Path, size: tuple[int, int]) -> None:
    home.parent.mkdir()
    with Terminal("--demo", home=home, size=size, env=SLOWLY) as terminal:
        greeting = terminal.wait(lambda text: "This is the demo" in text and "$0.00" in text.split("\n")[-1])
        assert "Nothing leaves this machine" in greeting and "Ask anything" in greeting

        # The tour streams; a page up holds the view still, End follows again.
        terminal.say("tour")
        terminal.wait("Keys worth knowing")
        if size[0] < 100:
            terminal.wait("can be searched")
            terminal.press("pageup")
            terminal.wait(lambda text: re.search(r"↓ (\d+ new|End)", text))
            time.sleep(0.1)  # the whole of that frame
            before = view(terminal)
            terminal.wait(lambda text: re.search(r"↓ \d+ new lines? · End", text))
            assert view(terminal) == before, "the view moved under the reader"
            terminal.press("ctrl+end")
            terminal.wait(lambda text: "new line" not in text)

        # Esc stops at once.
        terminal.press("escape")
        terminal.wait("Ctrl+G goes on")

        terminal.press("ctrl+q")
        assert terminal.ended() == 0

    with Terminal("--demo", "-c", home=home, size=size, env=QUICKLY) as terminal:
        # One key goes on, to the same text as if nothing had happened.
        terminal.wait("Ctrl+G goes on")
        terminal.resize(size[0] - 10, size[1] - 4)
        terminal.press("ctrl+g")
        terminal.wait(lambda text: done(text, "exactly where it was."))
        terminal.resize(*size)
        terminal.settle()
        assert run("show", "last", "--demo", "--last-reply", env=environment(home))[1] == replies.TOUR
        terminal.press("ctrl+q")
        assert terminal.ended() == 0

    with Terminal("--demo", "-c", home=home, size=size, env=QUICKLY) as terminal:
        terminal.wait(lambda text: done(text, "exactly where it was."))
        # The line goes dead, and it goes on by itself.
        terminal.say("drop")
        terminal.wait("connection lost after")
        terminal.wait(lambda text: done(text, "That is the promise"))
        dropped = run("show", "last", "--demo", "--last-reply", env=environment(home))[1]
        assert dropped.endswith("you have just tested it.\n") and dropped.count("Watch the seam") == 1

        # Tools.
        terminal.say("/tools all")
        terminal.wait("Tools on:")
        terminal.wait(lambda text: "Tools on:" not in text)  # it is told over the first lines
        terminal.say("time")
        shown = terminal.wait(lambda text: done(text, "Here it is"))
        assert re.search(r"▸ current_time.* · 20\d\d-", shown)
        terminal.say("search for terminals")
        shown = terminal.wait(lambda text: done(text, "[3] Inside the screen"))
        assert "1978[1]" in shown and "▸ web_search" in shown and "3 results" in shown

        terminal.press("ctrl+q")
        assert terminal.ended() == 0

    with Terminal("--demo", "-c", home=home, size=size, env=SLOWLY) as terminal:
        terminal.wait(lambda text: done(text, "[3] Inside the screen"))
        # The power goes.
        terminal.say("why is it dark")
        terminal.wait("Distant")
        terminal.kill()
        last = transcript(terminal.rows())
        assert len(last.answered) > 2

    with Terminal("--demo", "-c", home=home, size=size, env=QUICKLY) as terminal:
        shown = terminal.wait("Ctrl+G goes on")
        assert "when the program ended" in shown
        assert not compare(last.answered[-3:], shown).missing
        terminal.press("ctrl+g")
        terminal.wait(lambda text: done(text, "It is a good habit"))
        terminal.send("a draft that is not sent")
        terminal.wait("a draft that is not sent")
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        assert terminal.unrestored() == []
    assert run("show", "last", "--demo", "--last-reply", env=environment(home))[1] == replies.ESSAY

    with Terminal("--demo", "-c", home=home, size=size) as terminal:
        terminal.wait("a draft that is not sent")
        terminal.press("ctrl+q")
        assert terminal.ended() == 0


def test_leaving_while_it_writes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Terminal("--demo", home=home, env=SLOWLY) as terminal:
        terminal.wait("This is the demo")
        terminal.say("markdown")
        terminal.wait("Everything below")
        last = terminal.text
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        assert terminal.unrestored() == []
    code, out, _ = run("show", "last", "--demo", "--last-reply", env=environment(home))
    assert code == 0 and replies.MARKDOWN.startswith(out) and len(out) > 30
    assert not compare(transcript(last.split("\n")).answered, replies.MARKDOWN_THINKING + out).missing
    code, out, _ = run("list", "--demo", env=environment(home))
    assert "…" in out, "it is marked as cut"


def test_leaving_before_the_first_word(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Terminal("--demo", home=home, env=SLOWLY) as terminal:
        terminal.wait("This is the demo")
        terminal.say("tell me everything")
        terminal.wait("connecting")
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
    assert "tell me everything" in run("show", "last", "--demo", env=environment(home))[1]


def test_what_a_crash_cut_is_offered(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Terminal("--demo", home=home, env=SLOWLY) as terminal:
        terminal.wait("This is the demo")
        terminal.say("why")
        terminal.wait("evenly with stars")
        terminal.kill()
    with Terminal("--demo", home=home, env=QUICKLY) as terminal:
        shown = terminal.wait("Ctrl+G goes on with it")
        assert "A reply was cut when the program ended" in shown and "why" in shown
        terminal.press("ctrl+g")
        terminal.wait(lambda text: done(text, "It is a good habit"))
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
    assert run("show", "last", "--demo", "--last-reply", env=environment(home))[1] == replies.ESSAY

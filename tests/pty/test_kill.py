"""``kill -9`` in a terminal: every word that was on the screen is on the disk, shown again, and gone on with."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from claude_tui.attachments.keeping import Contents
from claude_tui.core.pasted import whole
from claude_tui.demo import replies
from claude_tui.paths import Paths
from tests.support.left import look
from tests.support.seen import Compared, compare, compare_torn, letters, transcript
from tests.support.terminal import Terminal
from tests.support.zygote import Zygote

AT_ONCE = 4
"""Terminals side by side: they mostly wait."""
SIZES = ((80, 24), (50, 16), (120, 40), (200, 50))
GREETING = "This is the demo"
PACE = 0.12
"""Of the demo's human one."""
LONG = int(os.environ.get("CLAUDE_TUI_KILLS", "800"))  # read now: a test has no such variable
"""Kills in the long form."""
WHOLE = 12.5 * PACE
"""Seconds from the first thought after which the reply is complete: kills come before, or a little after."""


@dataclass(frozen=True, slots=True)
class Killed:
    """What one kill left."""

    moment: float
    size: tuple[int, int]
    seen: Compared
    again: Compared
    characters: int
    status: str


def kill_once(zygote: Zygote, folder: Path, chance: random.Random, comes_back: bool) -> Killed:
    """Ask, wait for a random moment, kill; look at the disk; come back and go on to the end."""
    home = folder / "home"
    size = chance.choice(SIZES)
    env = {"CLAUDE_TUI_DEMO_PACE": str(PACE)}
    with Terminal("--demo", home=home, size=size, env=env, zygote=zygote) as terminal:
        terminal.wait(GREETING, 60)
        terminal.say("markdown")
        if chance.random() < 0.85:
            # Most kills fall between the first word and the last.
            terminal.wait(lambda text: "Thinking" in text or "writing" in text or "bug report" in text, 60)
        moment = chance.uniform(0.0, 1.2 * WHOLE)
        time.sleep(moment)
        terminal.kill()
        screen = terminal.text
        # Before the question is painted the greeting stands there, which is nobody's to keep.
        last = transcript([] if GREETING in screen else terminal.rows())
    left = look(home, demo=True)
    found = compare_torn(last.answered, left.answered)
    assert not found.missing, f"killed after {moment:.2f} s, not on the disk: {found.missing}\n{screen}"
    if last.asked:
        assert not compare(last.asked, left.asked or left.draft).missing, screen
    if letters("".join(last.answered)):
        assert left.offered or left.status == "complete", f"{left.status}, and the next start does not offer it"
        assert left.goes_on or left.status == "complete"
    back = Compared(0, 0)
    if comes_back and left.offered:
        back = come_back(zygote, home, size, last.answered, left.answered)
    return Killed(moment, size, found, back, len(left.answered), left.status)


def come_back(zygote: Zygote, home: Path, size: tuple[int, int], seen: tuple[str, ...], stored: str) -> Compared:
    """In the real app: what was seen is shown again, and one key goes on to the uncut text."""
    env = {"CLAUDE_TUI_DEMO_PACE": str(PACE)}
    # The store was opened once by the test: from now on it is a reply that was cut, like any other.
    with Terminal("--demo", "-c", home=home, size=size, env=env, zygote=zygote) as terminal:
        shown = terminal.wait("Ctrl+G", 60)
        again = transcript(shown.split("\n"))
        back = compare(again.answered, stored)
        assert not back.missing, f"shown, and never stored: {back.missing}\n{shown}"
        if len(seen) > 4 and len(again.answered) > 4:
            # The end of what was seen is seen again: the view opens at the end, behind which it may have been.
            pages = [again.answered]
            while len(compare_torn(seen[-4:], "".join(map("".join, pages))).missing) > 1:
                assert len(pages) < 9, f"{seen[-4:]} is not shown again:\n{shown}"
                terminal.press("pageup")
                pages.insert(0, transcript(terminal.settle().split("\n")).answered)
            terminal.press("ctrl+end")
        terminal.press("ctrl+g")
        terminal.wait(lambda text: "every kind of block" in text and "Ctrl+G" not in text, 60)
        terminal.wait(lambda text: "writing" not in text, 30)
        terminal.press("ctrl+q")
        assert terminal.ended(15) == 0
        assert terminal.unrestored() == []
    whole = look(home, demo=True)
    assert whole.text == replies.MARKDOWN and whole.status == "complete", "what went on is not the uncut text"
    return back


def kills(zygote: Zygote, folder: Path, count: int, seed: int | None, *, back_each: int) -> list[Killed]:
    """So many kills; each n-th comes back in the real app and goes on to the end."""
    chance = random.Random(seed)
    jobs: list[tuple[Path, random.Random, bool]] = []
    for number in range(count):
        place = folder / f"kill{number}"
        place.mkdir()
        jobs.append((place, random.Random(chance.random()), number % back_each == back_each - 1))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda job: kill_once(zygote, *job), jobs))
    print(
        f"{count} kills in a terminal ({sum(one.status == 'complete' for one in done)} after the end, "
        f"{sum(not one.characters for one in done)} before the beginning): "
        f"{sum(one.seen.words for one in done):,} words compared, {sum(one.characters for one in done):,} characters "
        f"kept, {sum(one.again.words for one in done):,} words shown again, none missing"
    )
    return done


def test_sixteen_kills(zygote: Zygote, tmp_path: Path) -> None:
    done = kills(zygote, tmp_path, 16, 5, back_each=8)
    assert sum(one.seen.words for one in done) > 300


@pytest.mark.long
def test_many_kills(zygote: Zygote, tmp_path: Path) -> None:
    done = kills(zygote, tmp_path, LONG, None, back_each=20)
    assert sum(one.seen.words for one in done) > 20 * LONG


# While typing

TYPED = "A question that nobody has sent yet, typed by a person: naïve café, 東京, 🙂 and so on, word after word. " * 3
PROMISED = 0.25
"""Seconds after which what was typed is on the disk."""


def type_and_kill(zygote: Zygote, folder: Path, chance: random.Random) -> tuple[int, float]:
    """Type until a random moment, kill: how much was typed, and the age of the oldest character that is lost."""
    home = folder / "home"
    at: list[float] = []
    with Terminal("--demo", home=home, zygote=zygote) as terminal:
        terminal.wait(GREETING, 60)
        terminal.settle(0.1)
        for letter in TYPED[: chance.randrange(5, 160)]:
            terminal.send(letter)
            at.append(time.monotonic())
            time.sleep(chance.choice((0.005, 0.02, 0.05)))
        time.sleep(chance.uniform(0.0, 0.4))
        killed = time.monotonic()
        terminal.kill()
    kept = look(home, demo=True).draft
    assert TYPED.startswith(kept), kept
    return len(at), killed - at[len(kept)] if len(kept) < len(at) else 0.0


def typed_and_killed(zygote: Zygote, folder: Path, count: int, seed: int | None) -> float:
    """So many of them; the 95th percentile of the ages of what was lost, in seconds."""
    chance = random.Random(seed)
    jobs: list[tuple[Path, random.Random]] = []
    for number in range(count):
        place = folder / f"typed{number}"
        place.mkdir()
        jobs.append((place, random.Random(chance.random())))
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda job: type_and_kill(zygote, *job), jobs))
    ages = sorted(age for _, age in done)
    high = ages[int(0.95 * (len(ages) - 1))]
    print(
        f"{count} kills while typing: {sum(size for size, _ in done):,} characters, the oldest lost was "
        f"{ages[-1] * 1000:.0f} ms old (95 %: {high * 1000:.0f} ms; promised: {PROMISED * 1000:.0f} ms)"
    )
    return high


def test_what_was_typed_is_kept(zygote: Zygote, tmp_path: Path) -> None:
    assert typed_and_killed(zygote, tmp_path, 10, 7) < PROMISED + 1.0, "and a second for a machine that is busy"


@pytest.mark.long
def test_what_was_typed_is_kept_very_often(zygote: Zygote, tmp_path: Path) -> None:
    assert typed_and_killed(zygote, tmp_path, 200, None) < PROMISED + 1.0


def test_a_large_paste_is_kept(zygote: Zygote, tmp_path: Path) -> None:
    """Four times as long as is promised after it was pasted: it is there again as it was, and is sent so."""
    home, log = tmp_path / "home", "".join(f"line {number} \x1b[1mof a log\x1b[0m\n" for number in range(2_000))
    with Terminal("--demo", home=home, zygote=zygote) as terminal:
        terminal.wait(GREETING, 60)
        terminal.send("What is this? ")
        terminal.paste(log.replace("\n", "\r"))
        terminal.wait("① pasted text")
        time.sleep(4 * PROMISED)
        terminal.kill()
    contents = Contents(Paths.under(home, demo=True).attachments_dir)
    assert whole(look(home, demo=True).draft, contents.read) == f"What is this? {log}"
    with Terminal("--demo", home=home, zygote=zygote) as terminal:
        terminal.wait("❯ What is this? ①", 60)
        terminal.wait("2,001 lines")
        terminal.press("enter")
        terminal.wait(lambda _: log in look_asked(home), 60)


def look_asked(home: Path) -> str:
    """The last question, as it is on the disk while the program runs."""
    with closing(sqlite3.connect(Paths.under(home, demo=True).database)) as file:
        rows = file.execute("SELECT content FROM node WHERE role = 'user' ORDER BY seq DESC LIMIT 1").fetchall()
    return json.loads(rows[0][0])[-1]["text"] if rows else ""


# The comparison


def test_the_comparison_finds_what_is_missing() -> None:
    """Or nothing above proves anything."""
    answered = replies.MARKDOWN
    lines = [line for line in answered.split("\n") if line.strip()]
    assert not compare(lines, answered).missing
    assert not compare(lines[9:], answered).missing, "a screen that was scrolled"
    for end in range(200, len(answered), 397):
        cut = answered[:end]
        kept = [line for line in cut.split("\n") if line.strip()]
        assert not compare(kept, cut).missing
        last = kept[-1].split()[-1]
        if any(letter.isalnum() for letter in last):
            assert compare(kept, cut[: cut.rindex(last)]).missing, f"the loss of {last!r} was not noticed"
    assert compare(lines, answered.replace("drawn while it arrives", "drawn")).missing
    torn = [*lines[30:50], *lines[20:40]]
    assert compare(torn, answered).missing and not compare_torn(torn, answered).missing
    within = [*lines[30:50], lines[50][:8] + lines[20][8:], *lines[21:40]]
    assert compare(within, answered).missing and not compare_torn(within, answered).missing
    assert compare_torn(torn, answered.replace(torn[-1].strip(), "").replace(torn[2].strip(), "")).missing

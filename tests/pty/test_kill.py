"""``kill -9`` while it writes: every word that was on the screen is on the disk, shown again, and gone on with."""

from __future__ import annotations

import json
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from claude_tui.demo import replies
from tests.support.desk import environment, run
from tests.support.seen import Compared, compare, transcript
from tests.support.terminal import Terminal

AT_ONCE = 4
"""Terminals side by side: they mostly wait."""
SIZES = ((80, 24), (50, 16), (120, 40), (200, 50))
WHOLE = 12.5
"""Seconds from the first thought after which the reply is complete: kills come before, or a little after."""


@dataclass(frozen=True, slots=True)
class Killed:
    """What one kill left."""

    moment: float
    size: tuple[int, int]
    seen: Compared
    again: Compared
    characters: int


def stored(home: Path) -> tuple[str, str, list[dict[str, Any]]]:
    """What is on the disk: what was asked, what was answered with its thinking, and the nodes."""
    code, out, told = run("export", "last", "--demo", "--format", "json", env=environment(home))
    assert code == 0, told
    nodes = json.loads(out)["nodes"]
    asked = "".join(_text(node) for node in nodes if node["role"] == "user")
    answered = "".join(_text(node) for node in nodes if node["role"] == "assistant")
    return asked, answered, nodes


def _text(node: dict[str, Any]) -> str:
    return "".join(str(block.get("thinking") or block.get("text") or "") for block in node["content"])


def kill_once(folder: Path, chance: random.Random, goes_on: bool = True) -> Killed:
    """Ask, wait for a random moment, kill; look at the disk, come back, go on to the end."""
    home = folder / "home"
    size = chance.choice(SIZES)
    with Terminal("--demo", home=home, size=size) as terminal:
        terminal.wait("This is the demo")
        terminal.say("markdown")
        if chance.random() < 0.85:
            terminal.wait("Thinking", 30)  # most kills fall between the first word and the last
            moment = chance.uniform(0.0, WHOLE)
        else:
            moment = chance.uniform(0.0, 2.0)
        time.sleep(moment)
        terminal.kill()
        last = transcript(terminal.rows())
        screen = terminal.text
    if not last.asked:
        # Enter had not been heard of yet, or what was asked has left the screen.
        assert last.answered or moment < 1.0 or "markdown" not in screen.split("❯")[0], screen
    if not any(letter.isalnum() for line in (*last.asked, *last.answered) for letter in line):
        return Killed(moment, size, Compared(0, 0), Compared(0, 0), 0)
    asked, answered, _ = stored(home)
    found = compare(last.answered, answered)
    assert not found.missing, f"killed at {moment:.2f} s, not on the disk: {found.missing}\n{screen}"
    assert not compare(last.asked, asked).missing, screen

    with Terminal("--demo", "-c", home=home, size=size) as terminal:
        shown = terminal.wait(lambda text: "Ctrl+G" in text or "every kind of block" in text or "seen ✓" in text)
        again = transcript(shown.split("\n"))
        back = compare(again.answered, answered)
        assert not back.missing, f"shown, and never stored: {back.missing}\n{shown}"
        if len(last.answered) > 4 and len(again.answered) > 4:
            # The end of what was seen is seen again: the view opens at the end.
            tail = "".join(again.answered)
            seen_again = compare(last.answered[-4:], tail)
            assert len(seen_again.missing) <= 1, f"{seen_again.missing} is not shown again:\n{shown}"
        if goes_on and "Ctrl+G" in shown:
            terminal.press("ctrl+g")
            terminal.wait(lambda text: "every kind of block" in text and "Ctrl+G" not in text, 40)
        terminal.wait(lambda text: "writing" not in text, 10)
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        assert terminal.unrestored() == []
    if goes_on:
        code, out, told = run("show", "last", "--demo", "--last-reply", env=environment(home))
        assert (code, told) == (0, "")
        assert out == replies.MARKDOWN, "what went on is not the uncut text"
    return Killed(moment, size, found, back, len(answered))


def kills(folder: Path, count: int, seed: int | None, *, go_on_each: int = 1) -> list[Killed]:
    """So many kills; each one or each n-th goes on to the end afterwards, which takes as long as the reply."""
    chance = random.Random(seed)
    jobs: list[tuple[Path, random.Random, bool]] = []
    for number in range(count):
        place = folder / f"kill{number}"
        place.mkdir()
        jobs.append((place, random.Random(chance.random()), number % go_on_each == 0))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda job: kill_once(*job), jobs))
    for one in done:
        print(
            f"killed at {one.moment:5.2f} s in {one.size[0]}x{one.size[1]}: {one.seen.words} words on the screen, "
            f"{one.characters} characters on the disk, {one.again.words} words shown again"
        )
    print(f"{count} kills, {sum(one.seen.words for one in done)} words compared, none missing")
    return done


def test_eight_kills(tmp_path: Path) -> None:
    done = kills(tmp_path, 8, 5, go_on_each=4)
    assert sum(one.seen.words for one in done) > 300


@pytest.mark.long
def test_many_kills(tmp_path: Path) -> None:
    count = int(os.environ.get("CLAUDE_TUI_KILLS", "50"))
    done = kills(tmp_path, count, None)
    assert sum(one.seen.words for one in done) > 30 * count


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

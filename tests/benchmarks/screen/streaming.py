"""B5 to B10, B15, FLAT: what a reply costs while it comes, by where in it.

``FLAT`` is the same with thinking and tools among the text, at two paces, and at the end of 4 MB.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.support.driver import WORDS, conversation_of, keep

from .table import Ask, Figure, middle, percentile
from .watching import Watching, Window, watching

KINDS = (
    "fence", "plain fence", "table", "list", "paragraph", "quote", "fence in item", "nested list", "giant blockquote",
)  # fmt: skip
PLACES = (10, 50, 200, 760)
"""In kB."""
FAST, SLOW = 1_000, 100
"""Tokens a second."""


def measure(ask: Ask) -> Iterator[Figure]:
    """Every row of a stream."""
    if ask.budgets & {"B5", "B7", "B10", "B15"}:
        yield from _long_reply(ask)
    if "B6" in ask.budgets:
        runs: list[list[Window]] = []
        rivals: list[list[Window]] = []
        for _ in range(ask.times(2)):
            runs.append(reply(SLOW, PLACES[:2], 4_000))
            rivals.append(_rival(SLOW, 4_000))
        share = middle([run[0].share for run in runs])
        yield Figure("B6", "CPU of a core at 100 tokens/s, at 10 kB", share, "%", 12, len(runs))
        yield from _against("B6", "at 100 tokens/s, ", runs, rivals)
    if "B8" in ask.budgets:
        for kind in KINDS:
            runs = [reply(FAST, (10, 200), 8_000, kind) for _ in range(ask.times(2))]
            first, last = (middle([run[at].each for run in runs]) for at in (0, 1))
            yield Figure("B8", f"CPU at 200 kB of a {kind}, by that at 10 kB", last, "ms/kB", 1.5, len(runs), first)
    if "B9" in ask.budgets:
        late = stalls()
        yield Figure("B9", "event loop late at 1,000 tokens/s, p99", percentile(late, 0.99), "ms", 20, len(late))
        yield Figure("B9", "event loop late at 1,000 tokens/s, at most", max(late), "ms", 50, len(late))
    if "FLAT" in ask.budgets:
        yield from _flat(ask)


def reply(rate: float, places: Sequence[int], characters: int, kind: str = "mixed") -> list[Window]:
    """What comes at each place of one reply."""
    with watching() as app:
        app.ask()
        return [_at(app, place, rate, characters, kind) for place in places]


def _at(app: Watching, place: int, rate: float, characters: int, kind: str = "mixed") -> Window:
    app.to(kind, place * 1000, rate)
    return app.window(characters, lambda: app.server.say(kind, characters, rate))


def _long_reply(ask: Ask) -> Iterator[Figure]:
    runs: list[list[Window]] = []
    rivals: list[list[Window]] = []
    grown: list[float] = []
    for _ in range(ask.times(3)):
        with watching() as app:
            before = app.terminal.memory
            app.ask()
            runs.append([_at(app, place, FAST, 16_000) for place in PLACES])
            app.to("mixed", 800_000, FAST)
            grown.append(app.terminal.memory - before)
        if "B5" in ask.budgets:
            rivals.append(_rival(FAST, 8_000))
    each = [middle([run[at].each for run in runs]) for at in range(len(PLACES))]
    times = len(runs)
    if "B5" in ask.budgets:
        yield Figure("B5", "CPU at 1,000 tokens/s, at 10 kB", each[0], "ms/kB", 60, times)
        share = middle([run[0].share for run in runs])
        yield Figure("B5", "CPU of a core at 1,000 tokens/s, at 10 kB", share, "%", 25, times)
        yield from _against("B5", "", runs, rivals)
    if "B7" in ask.budgets:
        for place, value in zip(PLACES[1:], each[1:], strict=True):
            yield Figure("B7", f"CPU at {place} kB of one text, by that at 10 kB", value, "ms/kB", 1.3, times, each[0])
    if "B10" in ask.budgets:
        yield Figure("B10", "memory that a reply of 800 kB takes", middle(grown), "MB", 40, times)
    if "B15" in ask.budgets:
        sizes = [size / 1000 for run in runs for window in run for size in window.frames]
        yield Figure("B15", "bytes of a frame that scrolls, p95", percentile(sizes, 0.95), "kB", 25, len(sizes))


def _rival(rate: float, characters: int) -> list[Window]:
    with watching("tests.benchmarks.screen.rival") as app:
        app.server.asked()
        found: list[Window] = []
        for place in PLACES[:2]:
            app.to("mixed", place * 1000, rate)
            found.append(app.window(characters, lambda: app.server.say("mixed", characters, rate), behind=True))
        return found


def _against(budget: str, pace: str, runs: Sequence[list[Window]], rivals: Sequence[list[Window]]) -> Iterator[Figure]:
    for at, most in ((0, 1 / 4), (1, 1 / 6)):
        ours, theirs = (middle([run[at].each for run in each]) for each in (runs, rivals))
        what = f"CPU {pace}at {PLACES[at]} kB, by that of Textual's MarkdownStream"
        yield Figure(budget, what, ours, "ms/kB", most, len(runs), theirs)


def _flat(ask: Ask) -> Iterator[Figure]:
    for rate, characters in ((FAST, 12_000), (SLOW, 3_000)):
        runs: list[list[Window]] = []
        ends: list[Window] = []
        for _ in range(ask.times(2)):
            with watching() as app:
                app.ask()
                runs.append([_among(app, place, rate, characters) for place in (10, 50, 200, 800)])
            with watching("claude_tui", "-c", seed=_four_megabytes) as app:
                app.ask()
                ends.append(_among(app, 10, rate, characters))
        first, *later = (middle([run[at].each for run in runs]) for at in range(4))
        for place, value in zip((50, 200, 800), later, strict=True):
            what = f"with thinking and tools, {rate:,} tokens/s, at {place} kB by 10 kB"
            yield Figure("FLAT", what, value, "ms/kB", 1.3, len(runs), first)
        value = middle([window.each for window in ends])
        what = f"the same, {rate:,} tokens/s, after 4 MB by after nothing"
        yield Figure("FLAT", what, value, "ms/kB", 1.3, len(ends), first)


def _among(app: Watching, place: int, rate: float, characters: int) -> Window:
    """Text, thinking, a tool, and text again."""
    app.to("mixed", place * 1000, rate)
    third = characters // 3

    def work() -> None:
        app.server.say("mixed", third, rate)
        app.server.tell("paragraph", "thinking", third, rate)
        app.server.search()
        app.server.say("mixed", third, rate)

    return app.window(characters, work)


def _four_megabytes(store: object) -> None:
    keep(store, conversation_of(1_000, lambda number: (f"# {number}\n\n" + WORDS * 8 + "\n\n") * 11))  # type: ignore[arg-type]


def stalls() -> list[float]:
    """Milliseconds by which something due every 5 ms came late, while a reply came."""
    with tempfile.TemporaryDirectory() as name:
        report = Path(name) / "late"
        with watching("tests.benchmarks.screen.beating", str(report)) as app:
            app.ask()
            app.to("mixed", 10_000, FAST)
            app.terminal.signal(34)
            app.server.say("mixed", 40_000, FAST)
            app.terminal.signal(35)
            while not report.exists():
                app.terminal.quiet(0.1)
            return [float(line) for line in report.read_text().split()]

"""What a delta costs at the end of a long reply: CPU ms per kB by kind of text and by position.

    python -m tests.benchmarks.markdown_flatness [kind ...]

Text arrives in pieces of 133 characters (a frame's worth at 1,000 tokens a second), and after each the
lines of what changed are laid out, as a screen would. Flat is when the columns are alike.
"""

import sys
import time
from collections.abc import Callable

from rich.cells import cell_len

from claude_tui.markdown import Document

POSITIONS = (10, 50, 200, 800)
PIECE = 133
SPAN = 8_000
"""Characters measured at each position."""
WIDTH = 100

SENTENCE = "The *journal* row goes in `before` the snapshot goes out: that is the **promise**, see [why](#w). "


def mixed(number: int) -> str:
    if number % 7 == 0:
        return f"\n## Part {number}\n\n"
    if number % 7 == 3:
        return f"\n```python\ndef part_{number}(x):\n    return [x, {number}]  # a comment\n```\n\n"
    if number % 7 == 4:
        return f"\n| a | b |\n|---|--:|\n| {number} | 2 |\n| three | 4 |\n\n"
    if number % 7 == 5:
        return "\n".join(f"- item {item} of a list, {SENTENCE}" for item in range(4)) + "\n\n"
    if number % 7 == 6:
        return f"> Quoted: {SENTENCE}\n> 你好世界 and more.\n\n"
    return SENTENCE * 4 + "\n\n"


def quoted(make: Callable[[int], str], prefix: str) -> Callable[[int], str]:
    return lambda number: "".join(f"{prefix}{line}\n" for line in make(number).removesuffix("\n").split("\n"))


def fence(number: int) -> str:
    head = "```python\n" if number == 0 else ""
    return f'{head}def line_{number}(x, *, y="text"):  # comment\n    return x + {number}\n\n'


def table(number: int) -> str:
    head = "| name | size | note |\n|---|--:|---|\n" if number == 0 else ""
    return f"{head}| row {number} | {number * 37} | a *short* note on it |\n"


KINDS: dict[str, Callable[[int], str]] = {
    "mixed": mixed,
    "fence": fence,
    "plain fence": lambda number: fence(number).replace("```python", "```"),
    "list": lambda number: f"- item {number}: {SENTENCE}\n",
    "table": table,
    "paragraph": lambda number: SENTENCE,
    "quote": quoted(lambda number: f"{SENTENCE * 3}\n\n", "> "),
    "fence in item": lambda number: ("- an item\n\n" if number == 0 else "") + quoted(fence, "  ")(number),
    "giant blockquote": quoted(mixed, "> "),
    "nested quotes": quoted(mixed, "> > > "),
    "nested list": lambda number: ("- outer\n" if number == 0 else "") + f"  - inner {number}: {SENTENCE}\n",
    "one word": lambda number: "word" * 30,
    "deep list": lambda number: "".join(
        f"{'  ' * depth}- level {depth} of {number}: {SENTENCE if depth == 7 else 'short'}\n"
        for depth in range(0 if number == 0 else 1, 8)
    ),
    "footnotes": lambda number: f"[^{number}]: {SENTENCE}\n",
    "giant footnote": lambda number: ("[^1]: a note\n\n" if number == 0 else "") + quoted(mixed, "    ")(number),
    "formulas": lambda number: rf"So $x_{{{number}}} = \frac{{a}}{{b}}$ costs $5 and \(\alpha^2 \le {number}\). ",
    "display formulas": lambda number: f"so\n$$\nx_{number} = \\sum_{{i=1}}^n i^2\n$$\n\n",
    "prices": lambda number: f"It costs ${number} and then $10 more, ",
    "definitions": lambda number: f"[label {number}]: https://example.com/{number}\n",
}


def text_of(make: Callable[[int], str], size: int) -> str:
    pieces: list[str] = []
    total = number = 0
    while total < size:
        pieces.append(make(number))
        total += len(pieces[-1])
        number += 1
    return "".join(pieces)


def measure(document: Document, text: str) -> float:
    """Milliseconds of CPU per kB for feeding a text piece by piece."""
    seen = document.frozen
    begin = time.process_time()
    for start in range(0, len(text), PIECE):
        document.append(text[start : start + PIECE])
        blocks = document.blocks
        for index in range(seen, len(blocks)):
            blocks[index].lines(WIDTH, cell_len)
        seen = document.frozen
    return (time.process_time() - begin) * 1_000 / (len(text) / 1_000)


def figures(make: Callable[[int], str]) -> list[float]:
    text = text_of(make, POSITIONS[-1] * 1_000 + SPAN)
    found: list[float] = []
    for position in POSITIONS:
        begin = position * 1_000
        document = Document(text[: begin - 4_000])
        measure(document, text[begin - 4_000 : begin])
        found.append(measure(document, text[begin : begin + SPAN]))
    return found


def main(arguments: list[str]) -> None:
    print(f"{'CPU ms/kB at':16}" + "".join(f"{position:>7} kB" for position in POSITIONS) + "   last/first")
    for name, make in KINDS.items():
        if arguments and name not in arguments:
            continue
        found = figures(make)
        row = "".join(f"{value:>10.2f}" for value in found)
        print(f"{name:16}{row}{found[-1] / found[0]:>10.2f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

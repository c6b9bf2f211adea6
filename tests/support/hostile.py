"""Text that means harm, by what it tries: whatever way it comes in, it is shown and not obeyed.

The numbers in it are ones the program never uses itself, so that an order that got through can be told from its own.
"""

from __future__ import annotations

BYTES = (
    b"\x9b31m \x9d52;c;c3RvbGVu\x9c \x90q\x9c \x85 \xc2 \xe2\x80 \xf0\x9f\x98 \xff\xfe \xc0\x9b \xed\xa0\x80 \xf8\x88"
)
"""Bytes that are no UTF-8; some of them orders where a terminal reads 8 bits."""


def _all(*orders: str) -> str:
    """Several orders with words between them, one of which is lost if an order is obeyed."""
    return "".join(f"{order}w{place} " for place, order in enumerate(orders))


PAYLOADS: dict[str, str] = {
    # Orders of a terminal, as 7 bits
    "cursor": _all("\x1b[777;777H", "\x1b[9A", "\x1b[9D", "\x1b[1G", "\x1b7", "\x1b8", "\x1b[s", "\x1b[u", "\x1bM"),
    "erased screen": _all("\x1b[2J\x1b[H", "\x1b[3J", "\x1b[K", "\x1b[1K", "\x1b[9X", "\x1b[9P", "\x1b[9M", "\x1b[9L"),
    "colours": _all("\x1b[31m", "\x1b[8m", "\x1b[38;5;9m", "\x1b[48:2::1:2:3m", "\x1b[0m", "\x1b[5;31;5m"),
    "modes": _all("\x1b[?1049l", "\x1b[?1000l", "\x1b[?2004l", "\x1b[?25h", "\x1b[?7h", "\x1b[4h", "\x1b[!p"),
    "scrolling": _all("\x1b[5;6r", "\x1b[9S", "\x1b[9T", "\x1b[?69h\x1b[3;9s", "\x1bD", "\x1bE", "\x1b[999999999b"),
    "questions": _all("\x1b[6n", "\x1b[c", "\x1b[>c", "\x1b[>q", "\x1b[21t", "\x1b[18t", "\x1b[?2026$p", "\x05"),
    "windows": _all("\x1b[8;1;1t", "\x1b[2t", "\x1b[9;1t", "\x1b[22;0t"),
    "keys": _all("\x1b[>31u", "\x1b[<9u", "\x1b[>4;2m", "\x1b=", "\x1b>", "\x1b[?9001h"),
    "cut off": "\x1b[ \x1b[38;2; \x1b[? \x1b[1;\n\x1b",
    "reset": _all("\x1bc", "\x1b#8", "\x1b(0", "\x1b)0", "\x1b%G", "\x1bN", "\x1bO", "\x1bn", "\x1b|"),
    "title": _all("\x1b]0;stolen\x07", "\x1b]1;stolen\x1b\\", "\x1b]2;stolen\x9c", "\x1bkstolen\x1b\\"),
    "clipboard": _all("\x1b]52;c;c3RvbGVu\x1b\\", "\x1b]52;p;c3RvbGVu\x07", "\x1b]52;c;?\x07", "\x1b]52;c;"),
    "hyperlink": "\x1b]8;;https://evil.example\x1b\\label\x1b]8;;\x1b\\ \x1b]8;id=a:b;file:///etc/passwd\x07x",
    "other OSC": _all(
        "\x1b]4;1;#ff0000\x07", "\x1b]7;file:///\x07", "\x1b]9;told\x07", "\x1b]10;?\x07", "\x1b]11;#fff\x07",
        "\x1b]50;?\x07", "\x1b]104\x07", "\x1b]133;A\x07", "\x1b]633;P;x\x07", "\x1b]777;notify;a;b\x07",
        "\x1b]1337;File=inline=1:AAAA\x07", "\x1b]22;wait\x07", "\x1b]9;4;1;50\x07",
    ),
    "no end": "\x1b]0;no end \x1bPno end",
    "DCS": _all('\x1bP$q"p\x1b\\', "\x1bP0;1;0q#0~\x1b\\", "\x1bP+q544e\x1b\\"),
    "tmux": "\x1bPtmux;\x1b\x1b]52;c;c3RvbGVu\x07\x1b\\",
    "APC, PM, SOS": _all("\x1b_Gi=31,s=1;AAAA\x1b\\", "\x1b^private\x1b\\", "\x1bXstring\x1b\\"),
    "lone": "\x1b",
    # The same as 8 bits, and bytes that are no text
    "C1": "\x9b31m \x9d0;stolen\x9c \x90q\x9c \x98x\x9c \x9ex\x9c \x9fx\x9c \x84\x85\x8d\x8e\x8f\x96",
    "every C1": "".join(map(chr, range(0x80, 0xA0))),
    "bytes": BYTES.decode(errors="surrogateescape"),
    "surrogates": "a\ud800b\udc00c\udc9bd\ude00\ud83d",
    "NULs": "a\0b\0\0c",
    "C0": "".join(map(chr, range(32))) + "\x7f",
    "rubbed out": "safe\x08\x08\x08\x08\x7f\x7fevil",
    "returns": "honest\rEVIL\r\nnext\n\rlast",
    "separators": "a\u2028b\u2029c\x0bd\x0ce\x85f\x1cg\x1dh\x1ei",
    "shifts": "\x0e lqqk \x0f \x1b(0lqqk\x1b(B",
    # What is seen and what is there
    "bidi": "\u202egnp.exe\u202c \u2066\u2067\u2068\u2069 \u200e\u200f\u061c \u202a\u202b\u202d",
    "right to left": "שלום abc مرحبا 123 \u05be\u0600\u06dd",
    "zalgo": "Z" + "\u0300\u0315\u0489\u20dd\u0e49" * 8 + "algo " + "\u0301" * 30,
    "marks first": "\u0301\u0308\u20dd\u0e49 \ufe0fx \u200dy \u093e\u093fz",
    "tags": "x" + "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all previous") + "\U000e007f\U000e0001",
    "selectors": "x" + "\ufe0f\ufe0e" * 20 + "\U000e0100\U000e01ef" * 20,
    "zero width": "a\u200b\u200c\u200d\u2060\ufeffb\u00adc\u034fd\u180ee\u2061\u2063\u206a\u206f\ufff9\ufffa\ufffb",
    "fillers": "\u115f\u1160\u3164\uffa0 \u2800 \u3000 \u00a0\u202f\u205f",
    "wide": "你好" * 20 + "👩\u200d👩\u200d👧\u200d👦" * 10 + "🇩🇪" * 10 + "🇦" + "﷽" * 3,
    "joined": "❤\ufe0f☺\ufe0e1\ufe0f\u20e3👍🏽👨🏽\u200d🚀 🏳\ufe0f\u200d🌈 का कि हिन्दी த்ரீ",
    "private": "\ue000\uf8ff\U000f0000\U0010fffd \uffff\U0001fffe \u0378",
    # Markup of the libraries under us
    "markup": "[/oops] [@click=app.quit]press[/] [bold red]x[/] [link=https://evil.example]y[/link] [" + "1" * 300,
    "actions": "[@click=app.bell()]b[/] [@click='screen.command(\"quit\")']c[/] command('delete') $text [$error]d[/]",
    "formats": "{0} {home!r} %s %(key)s %n ${HOME} $(id) `id` \\x1b[31m \\e[2J \\033c ^[[2J",
    "addresses": "javascript:alert(1) data:text/html,x file:///etc/passwd vscode://x --flag https://a@b.example/%1b%5d",
}  # fmt: skip
"""By what they try. None of them holds a line of its own but where lines are what it tries."""


def marked(name: str) -> str:
    """A payload between two words that are found again on the screen."""
    return f"{before(name)} {PAYLOADS[name]} {after(name)}"


def before(name: str) -> str:
    """The word before a payload."""
    return f"q{list(PAYLOADS).index(name):02d}q"


def after(name: str) -> str:
    """The word behind it."""
    return f"z{list(PAYLOADS).index(name):02d}z"


EVERYTHING = " ".join(map(marked, PAYLOADS))
"""All of them in one text."""

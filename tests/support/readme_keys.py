"""The README's section on keys, from the table: ``python -m tests.support.readme_keys`` writes it anew."""

from __future__ import annotations

import re
from pathlib import Path

from claude_tui.ui.keys.commands import COMMANDS, GROUPS, LIBRARY_KEYS, PROMPT_KEYS, READING_KEYS
from claude_tui.ui.keys.names import label, split_keys

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- keys: from the table of commands -->\n", "<!-- /keys -->\n"


def section() -> str:
    """The table: a row for each group of commands, and for each place with keys of its own."""
    rows = [(group, [(command.keys, command.slash) for command in COMMANDS if command.group == group])
            for group in GROUPS]  # fmt: skip
    for where, keys in (
        ("While you write", PROMPT_KEYS),
        ("While you read (Tab leads there)", [(key.keys, key.help) for key in READING_KEYS]),
        ("In the library", [(key.keys, key.help) for key in LIBRARY_KEYS]),
    ):
        rows.append((where, [(split_keys(names), _short(what)) for names, what in keys]))
    lines = [f"| {where} | {' · '.join(_entry(keys, what) for keys, what in entries)} |" for where, entries in rows]
    return "\n".join([f"{BEGIN}| where | keys |", "|---|---|", *lines, END])


def _entry(keys: tuple[str, ...], what: str) -> str:
    spelled = ", ".join(re.sub(r"([\\<>*\[\]|_`])", r"\\\1", label(key)) for key in keys)
    return f"**{spelled}** {what}"


def _short(what: str) -> str:
    """A sentence of the help as one item among others."""
    return what[0].lower() + what[1:] if not what.startswith("C-") else what


def parts(text: str) -> tuple[str, str, str]:
    """The README before the section, the section, and what is behind it."""
    before, _, rest = text.partition(BEGIN)
    inside, _, after = rest.partition(END)
    return before, BEGIN + inside + END, after


def main() -> None:
    """Put the section into the README."""
    before, _, after = parts(README.read_text())
    README.write_text(before + section() + after)


if __name__ == "__main__":
    main()

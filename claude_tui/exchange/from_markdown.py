"""The Markdown that `markdown_export` writes, read back: who said what, and how the last reply ended.

What was thought and what tools did stand in it as text, and so do the sources: they come back as they read.
"""

from __future__ import annotations

import re
from collections import Counter

from claude_tui.core.message import TextBlock
from claude_tui.core.reply import Status
from claude_tui.exchange.carried import Carried, Said, digest, grown
from claude_tui.exchange.markdown_export import CLAUDE, ENDINGS, YOU
from claude_tui.exchange.verbatim import Lines

SOURCE = "Markdown"
_MARKED = re.compile(r"## (?:You|Claude) #+")


def read(text: str) -> Carried | None:
    """The conversation in it; None when there is no section of ours."""
    title, sections = _sections(text.replace("\r\n", "\n"))
    if not sections:
        return None
    said: list[Said] = []
    for number, (heading, body) in enumerate(sections):
        body, status, reason = _ending(body) if heading == CLAUDE else (body, "complete", None)
        said.append(
            Said(
                id=str(number),
                parent=str(number - 1) if number else None,
                role="user" if heading == YOU else "assistant",
                content=[TextBlock(body)] if body else [],
                status=status,
                stop_reason=reason,
            )
        )
    # It has no id and no time: the same text is the same conversation.
    return grown(SOURCE, digest(text), said, Counter(), title=title)


def _sections(text: str) -> tuple[str, list[tuple[str, str]]]:
    title = ""
    sections: list[tuple[str, list[str]]] = []
    reader = Lines()
    for line in text.split("\n"):
        verbatim = reader.read(line)
        if not verbatim and line in (YOU, CLAUDE):
            sections.append((line, []))
        elif sections:
            marked = not verbatim and _MARKED.fullmatch(line)
            sections[-1][1].append(line[:-1].rstrip() if marked else line)
        elif not title and line.startswith("# "):
            title = line[2:]
        elif line.strip():
            return "", []  # something stands before: it is another text, with a heading like ours in it
    return title, [(heading, "\n".join(lines).strip("\n")) for heading, lines in sections]


def _ending(body: str) -> tuple[str, Status, str | None]:
    """The body without the line that says how it ended, and what that says."""
    before, _, last = body.rpartition("\n")
    ended = ENDINGS.get(last)
    if ended is None or (before and not before.endswith("\n")):
        return body, "complete", None
    return before.strip("\n"), "interrupted" if ended[0] == "streaming" else ended[0], ended[1]

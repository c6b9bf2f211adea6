"""The README's picture is drawn by the app itself, and a test keeps it so.

``CLAUDE_TUI_DRAW=1 pytest tests/ui/test_readme_picture.py`` draws it anew.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock, Usage
from claude_tui.core.models import find_model
from claude_tui.core.request import Settings
from claude_tui.core.resume import plan
from claude_tui.paths import Paths
from claude_tui.session import open_session
from claude_tui.ui.app import ClaudeApp

DRAW = bool(os.environ.get("CLAUDE_TUI_DRAW"))
PICTURE = Path(__file__).with_name("readme.svg")
NOON = 1_795_176_000_000

THINKING = (
    "The container anchors itself again on every layout pass. Two ways out come to mind; "
    "I should check whether it is a known limit."
)
BEGINNING = """The container re-anchors on every layout, so each new line moves what you read. Two ways out:

1. Keep the scroll position yourself, and set it *after* the layout.
2. Draw the transcript as lines, so that nothing is laid out anew:

```python
class Transcript(ScrollView):
    def render_line(self, y: int) -> Strip:
        return self.painter.paint(self.line_at(self.scroll_offset.y + y))
```

Let me see wh"""
END = "ether others met it."
ANSWER = "It is a **known limit** of the toolkit"
SOURCES = ("Anchors and growing content", "https://example.com/anchors")


def conversation() -> Conversation:
    """A question, thinking, a reply that was cut and went on, a search, its sources."""
    question = Node(
        "q1", None, "user", (TextBlock("Why does my widget jump while it streams?"),), "typed", created_at=NOON
    )
    request = {"model": "claude-opus-5-5", "max_tokens": 32000}
    first = Node(
        "a1",
        "q1",
        "assistant",
        (ThinkingBlock(THINKING, "signed"), TextBlock(BEGINNING)),
        "model",
        "interrupted",
        created_at=NOON,
        model="claude-opus-5-5",
        usage=Usage({"input_tokens": 212, "output_tokens": 3}),
        facts={
            "request": request,
            "timings": {"0": 6200},
            "ending": {"cause": "error", "kind": "network", "detail": "The connection was lost."},
            "cost": {"usd": "0.004", "exactness": "estimate"},
        },
    )
    step = plan((question, first), Settings(find_model("claude-opus-5-5")))
    assert step is not None and step.ask is not None
    ask = Node("c1", "a1", "user", (TextBlock(step.ask),), "continue", created_at=NOON, join=step.join)
    search = ToolUseBlock("srvtoolu_1", "web_search", {"query": "textual anchor jump"}, "server_tool_use")
    title, url = SOURCES
    found = [
        {"type": "web_search_result", "title": title, "url": url, "encrypted_content": "x"},
        {
            "type": "web_search_result",
            "title": "Another page",
            "url": "https://example.com/2",
            "encrypted_content": "x",
        },
    ]
    cite = {"type": "web_search_result_location", "url": url, "title": title, "cited_text": "…", "encrypted_index": "x"}
    second = Node(
        "a2",
        "c1",
        "assistant",
        (
            TextBlock(step.join.anchor + END),
            search,
            ToolResultBlock("srvtoolu_1", found, type="web_search_tool_result"),
            TextBlock(ANSWER, (cite,)),
            TextBlock("; the second way is the lasting one."),
        ),
        "model",
        "complete",
        created_at=NOON,
        model="claude-opus-5-5",
        stop_reason="end_turn",
        usage=Usage({"input_tokens": 980, "cache_read_input_tokens": 3600, "output_tokens": 412}),
        join=step.join,
        facts={"request": request, "cost": {"usd": "0.0229", "exactness": "exact"}, "elapsed_ms": 9000},
    )
    nodes = {node.id: node for node in (question, first, ask, second)}
    return Conversation("c", "Why does my widget jump while it streams?", nodes, "a2", NOON, NOON)


def draw(home: Path) -> str:
    """The screen, as SVG."""

    async def run() -> str:
        def opening(show: object) -> tuple[object, Conversation]:
            return open_session(environ={"ANTHROPIC_API_KEY": "sk-ant-" + "x" * 40}), conversation()

        app = ClaudeApp(Paths.default(), opening)  # type: ignore[arg-type]
        async with app.run_test(size=(84, 29)) as pilot:
            app.chat_screen.prompt.cursor_blink = False
            for _ in range(200):
                await pilot.pause(0.02)
                if app.chat_screen.chat is not None and app.chat_screen.transcript.rows > 10:
                    break
            await pilot.pause(0.3)
            return app.export_screenshot(title="claude-tui")

    return asyncio.run(run())


def test_the_picture_is_what_the_app_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    drawn = draw(tmp_path)
    if DRAW:
        PICTURE.write_text(drawn, encoding="utf-8")
    assert PICTURE.read_text(encoding="utf-8") == drawn, "draw it anew with CLAUDE_TUI_DRAW=1"

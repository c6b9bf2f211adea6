"""A few lines to read over the conversation: a receipt, what was spent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ...core.conversation import Node
from ...core.pricing import Cost, total
from ...core.text import clean_line
from .. import format
from ..about import cost_of, fact

if TYPE_CHECKING:
    from ...store import Spend

Lines = Sequence[tuple[str, str]]
"""What it is, and how much."""


class InfoScreen(ModalScreen[None]):
    """Names and values; any of the closing keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q,space", "close", "Close", show=False)]
    DEFAULT_CSS = """
    InfoScreen {
        align: center middle;
        background: transparent;
        & > VerticalScroll {
            width: 72; max-width: 96%; height: auto; max-height: 80%;
            background: $surface; padding: 1 2;
        }
        & .info--title { color: $accent; text-style: bold; margin-bottom: 1; }
        & .info--hint { color: $text-muted; margin-top: 1; }
    }
    """

    def __init__(self, title: str, lines: Lines) -> None:
        super().__init__()
        self._title = title
        self._lines = lines

    def compose(self) -> ComposeResult:
        """The title, the lines, how to leave."""
        width = max((len(name) for name, _ in self._lines), default=0) + 2
        text = "\n".join(f"{name:<{width}}{clean_line(value, 200)}".rstrip() for name, value in self._lines)
        with VerticalScroll():
            yield Static(Content(self._title), classes="info--title")
            yield Static(Content(text))
            yield Static(Content("Esc closes"), classes="info--hint")

    def action_close(self) -> None:
        """Back to the conversation."""
        self.dismiss(None)


def receipt_lines(node: Node) -> Lines:
    """Everything known about one reply."""
    facts: Any = node.facts
    usage = node.usage
    lines: list[tuple[str, str]] = [
        ("model", node.model),
        ("status", node.status + (f", {node.stop_reason}" if node.stop_reason else "")),
        ("at", f"{datetime.fromtimestamp(node.created_at / 1000).astimezone():%Y-%m-%d %H:%M:%S}"),
    ]
    for name, count in (
        ("input", usage.input_tokens),
        ("cache read", usage.cache_read_input_tokens),
        ("cache written", usage.cache_creation_input_tokens),
        ("output", usage.output_tokens),
        ("of it thinking", usage.detail("output_tokens_details", "thinking_tokens")),
        ("web searches", usage.detail("server_tool_use", "web_search_requests")),
    ):
        if count:
            lines.append((name, f"{count:,}"))
    lines.append(("cost", format.dollars(cost_of(node))))
    for name, key in (("first word", "ttft_ms"), ("took", "elapsed_ms")):
        if isinstance(facts.get(key), int):
            lines.append((name, f"{facts[key] / 1000:.1f} s"))
    for name, key in (("message id", "message_id"), ("request id", "request_id"), ("dropped events", "dropped")):
        if facts.get(key):
            lines.append((name, str(facts[key])))
    ending = fact(node, "ending")
    if ending:
        lines.append(("ended by", f"{ending.get('cause', '')}: {ending.get('detail', '')}"))
    return lines


def cost_lines(spent: Sequence[Spend], conversation_id: str) -> Lines:
    """Sums of the ledger: this conversation, today, this month, ever."""
    now = datetime.now(UTC).astimezone()
    today = now.date()

    def day(entry: Spend) -> Any:
        return datetime.fromtimestamp(entry.at / 1000).astimezone().date()

    sums = (
        ("this conversation", [entry for entry in spent if entry.conversation_id == conversation_id]),
        ("today", [entry for entry in spent if day(entry) == today]),
        ("this month", [entry for entry in spent if (day(entry).year, day(entry).month) == (today.year, today.month)]),
        ("ever", list(spent)),
    )
    return [(name, _sum(entries)) for name, entries in sums]


def _sum(entries: Sequence[Spend]) -> str:
    costs = [
        Cost(Decimal(entry.cost_usd), entry.exactness) if entry.cost_usd is not None else Cost(None, "unknown")
        for entry in entries
    ]
    priced = sum(cost.dollars is not None for cost in costs)
    words = format.dollars(total(costs)) if priced or not costs else "—"
    return words + (f"   ({priced} of {len(costs)} replies priced)" if priced != len(costs) else "")

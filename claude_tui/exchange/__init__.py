"""Conversations on their way out and in: as Markdown to be read, as JSON that loses nothing."""

from __future__ import annotations

from claude_tui.exchange.file_names import file_name
from claude_tui.exchange.json_export import ExchangeError, from_json, to_json
from claude_tui.exchange.markdown_export import to_markdown
from claude_tui.exchange.masking import masked, told

__all__ = ["ExchangeError", "file_name", "from_json", "masked", "to_json", "to_markdown", "told"]

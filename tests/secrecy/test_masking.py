"""A key pasted into a conversation is the person's own word: kept as it is, masked where it is given out."""

from __future__ import annotations

import html
import json
import re
import stat
from pathlib import Path

import pytest

from claude_tui.cli import run
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock, ToolResultBlock, ToolUseBlock
from claude_tui.exchange.rendering import Wanted, rendered
from claude_tui.paths import Paths, make_private
from claude_tui.secrets import store_key
from claude_tui.store import Store
from claude_tui.theme_files import load_themes
from claude_tui.ui.chat.exporting import export
from tests.support.driver import conversation_of, keep

PASTED = "sk-ant-api03-PaStEd0123456789_-abcdefghij"
OURS = "gateway+token/0123456789=="


@pytest.fixture
def kept(home: Path) -> Conversation:
    paths = Paths.default()
    make_private(paths.data_dir)
    store = Store.open(paths.database)
    conversation = conversation_of(1, lambda number: f"Never paste {PASTED} again, nor {OURS}.", title="Keys")
    keep(store, conversation)
    store.close()
    return conversation


@pytest.mark.parametrize("form", ["md", "json", "html"])
def test_an_export_masks_and_says_how_many(form: str, kept: Conversation, capsys: pytest.CaptureFixture[str]) -> None:
    store_key(OURS, Paths.default())
    assert run(["export", "--format", form]) == 0
    out, told = capsys.readouterr()
    assert PASTED not in out and OURS not in out
    assert "Never paste [redacted] again, nor [redacted]." in out
    assert told == "claude-tui: 2 secrets in it were masked. --keep-secrets leaves them.\n"
    assert run(["export", "--format", form, "--keep-secrets"]) == 0
    out, told = capsys.readouterr()
    assert f"Never paste {PASTED} again, nor {OURS}." in out and told == ""


def test_what_is_shown_and_stored_is_what_was_said(kept: Conversation, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "last", "--last-reply"]) == 0
    assert capsys.readouterr().out == f"Never paste {PASTED} again, nor {OURS}."


def test_the_apps_own_export_masks_too(home: Path, tmp_path: Path) -> None:
    themes, _ = load_themes(*Paths.default(demo=False).theme_folders())
    worn = themes["dusk"], themes
    for name in ("talk.md", "talk.json", "talk.html"):
        said = export(conversation_of(1, lambda number: f"Never paste {PASTED} again."), str(tmp_path / name), *worn)
        assert said == f"Written to {tmp_path / name}. 1 secret in it was masked."
        assert PASTED not in (tmp_path / name).read_text()
        # The person chose the place, not that others may read it.
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert json.loads((tmp_path / "talk.json").read_text())["nodes"][1]["content"][0]["text"] == (
        "Never paste [redacted] again."
    )
    said = export(conversation_of(1, lambda number: "Nothing secret."), str(tmp_path / "other.md"), *worn)
    assert said == f"Written to {tmp_path / 'other.md'}."


TOKEN = "sk-ant-api03-_AbC1-_dEf2_-PqR6_StU7_vWx8-_"
"""Underlines and hyphens stand in it as in a real one: an inline parser takes them for emphasis."""


@pytest.mark.parametrize(
    "text",
    [
        f"my key is {TOKEN} please", f"_{TOKEN}_ and **{TOKEN}**", f"[a link](https://example.com/?key={TOKEN})",
        *(f"```{language}\nkey = {TOKEN};\n```" for language in ("python", "js", "ini", "yaml", "bash", "c", "")),
        f'```json\n{{"key": "{TOKEN}", "n": {TOKEN}}}\n```', f"```http\nAuthorization: Bearer {TOKEN[7:]}\n```",
        f"```http\nx-api-key: {TOKEN[7:]}\n```", f"- a list\n\n      x = {TOKEN}\n",
    ],
)  # fmt: skip
def test_no_colour_and_no_emphasis_takes_a_key_apart(text: str) -> None:
    worn = load_themes(*Paths.default().theme_folders())[0]["dusk"]
    call = ToolUseBlock("call", "read", {"file": text})
    nodes = [
        Node("q", None, "user", (TextBlock(text),), "typed"),
        Node("a", "q", "assistant", (TextBlock(text), call), "model"),
        Node("r", "a", "user", (ToolResultBlock("call", text),), "tool"),
    ]
    conversation = Conversation("c", text, {}, None).with_nodes(nodes)
    page, count = rendered(conversation, Wanted("html", themes=(worn, None)))
    read = html.unescape(re.sub("<[^>]*>", "", page))
    assert count >= 4 and "[redacted]" in read
    assert not any(TOKEN[at : at + 6] in part for at in range(13, len(TOKEN) - 5) for part in (page, read))

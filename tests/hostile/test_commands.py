"""What the commands print on a terminal, and what the user's own files bring to the screen, holds no order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from claude_tui.core.text import is_safe
from claude_tui.paths import Paths, make_private
from tests.support.hostile import EVERYTHING, PAYLOADS
from tests.support.strict import Watched
from tests.support.terminal import Terminal
from tests.support.zygote import Zygote

from .test_doors import ESCAPE, SIZE, one_line, seed, session

TYPED = "\x1b[2J\x1b]0;mine\x07\u202e\x9b31m"
ASKED = (
    ("list",), ("search", "needle"), ("usage",), ("doctor",), ("trash",),
    *(("show", f"c{number:02d}") for number in range(0, len(PAYLOADS), 5)),
    *(("export", f"c{number:02d}", "--format", how) for number in (3, 7)
      for how in ("html", "json")),
    ("show", TYPED), ("search", TYPED), ("import", TYPED + ".json"), ("export", "c00", "--format", TYPED),
    ("--" + TYPED,), (TYPED,), ("--resume", TYPED, "-p", "x"), ("-p", "x", "--model", TYPED, "--demo"),
)  # fmt: skip


def test_what_is_printed_on_a_terminal_is_text(zygote: Zygote, tmp_path: Path) -> None:
    home = tmp_path / "home"
    seed(home)
    strange: dict[tuple[str, ...], str] = {}
    for arguments in ASKED:
        with Terminal(*arguments, home=home, size=SIZE, zygote=zygote) as terminal:
            code = terminal.ended(30)
            said = terminal.raw.decode().replace("\r\n", "\n")
        assert code in (0, 1, 2), (arguments, code, said)
        if not is_safe(said) or "Traceback" in said:
            strange[arguments] = said
    assert not strange


@pytest.mark.parametrize("given", [TYPED, "%s%n../../../etc/passwd", "x" * 50_000])
def test_an_id_that_is_nobodys(zygote: Zygote, tmp_path: Path, given: str) -> None:
    env = {"ANTHROPIC_API_KEY": "demo"}
    with Watched("--resume", given, home=tmp_path / "home", env=env, zygote=zygote) as terminal:
        terminal.left(1)
        assert "There is no conversation" in terminal.text


def test_what_the_users_files_hold(zygote: Zygote, tmp_path: Path) -> None:
    """Settings, their names, key commands, and themes."""
    paths = Paths.under(tmp_path / "home", demo=False)
    make_private(paths.config_dir)
    text = EVERYTHING.encode("utf-8", "replace").decode()
    said = {name: json.dumps(one_line(value), ensure_ascii=True).replace("\\u0000", "\\u0001").replace("\x7f", "")
            for name, value in PAYLOADS.items() if value.isascii() or "\ud800" not in value}  # fmt: skip
    values = [value for value in said.values() if "\\ud" not in value]
    lines = [
        f"{key} = {value}"
        for key, value in zip(("model", "theme", "effort", "system", "theme_dark"), values, strict=False)
    ]
    lines += [f"{value} = {value}" for value in values[5:12]]
    lines += ["[keys]", *(f"{value} = {value}" for value in values[12:18])]
    lines += [f"[models.{value}]\nprices = {value}" for value in values[18:22]]
    paths.config_file.write_text("\n".join(lines))
    themes = paths.config_dir / "themes"
    themes.mkdir()
    (themes / "bad.toml").write_text(f"name = {values[1]}\nabout = {values[2]}\n[colors]\nprimary = {values[3]}\n")
    (themes / "worse.toml").write_bytes(text.encode() + b"\xff\x00")
    colours = 'primary = "#ffdd33"\nbackground = "#000000"\nforeground = "#ffffff"\n'
    (themes / "named.toml").write_text(f"name = {values[4]}\nabout = {values[5]}\ndark = true\n[colors]\n{colours}")
    with session(zygote, tmp_path) as (terminal, _):
        terminal.check()
        listed(terminal, "/theme")
        listed(terminal, "/model")


def listed(terminal: Watched, command: str) -> None:
    terminal.send(f"{command}\r")
    terminal.wait("Esc")
    terminal.settle()
    terminal.check()
    terminal.send(ESCAPE)
    terminal.wait("❯ Ask anything")

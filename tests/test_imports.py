"""What is loaded when: the SDK and the toolkit only where they are needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .support.desk import ROOT, environment

HEAVY = ("textual", "rich", "anthropic", "httpx2", "pydantic")
TELL = "import sys; print(' '.join(sorted(name for name in sys.modules)))"


def loaded(home: Path, code: str) -> set[str]:
    command = [sys.executable, "-c", f"{code}\n{TELL}"]
    done = subprocess.run(command, env=environment(home), capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.splitlines()[-1].split())


def heavy(names: set[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] in HEAVY}


CORE = sorted(path.stem for path in (ROOT / "claude_tui" / "core").glob("*.py") if path.stem != "__init__")


def test_core_knows_only_the_standard_library(home: Path) -> None:
    assert "reply" in CORE
    names = loaded(home, "".join(f"import claude_tui.core.{name}\n" for name in CORE))
    assert not heavy(names)
    ours = {name for name in names if name.startswith("claude_tui.") and not name.startswith("claude_tui.core")}
    assert not ours and not names & {"sqlite3", "asyncio", "threading", "socket", "random"}


@pytest.mark.parametrize("module", ["turn", "api", "session", "headless", "cli", "reports", "doctor", "store", "demo"])
def test_neither_toolkit_nor_sdk(home: Path, module: str) -> None:
    assert not heavy(loaded(home, f"import claude_tui.{module}"))


def test_an_api_that_was_not_asked_loads_nothing(home: Path) -> None:
    code = "from claude_tui.api import Api, Endpoint\nApi(Endpoint('https://api.anthropic.com', 'key')).close()"
    assert not heavy(loaded(home, code))


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_loads_nothing(home: Path, flag: str) -> None:
    before = loaded(home, "pass")
    code = f"import sys\nsys.argv = ['claude-tui', '{flag}']\nfrom claude_tui.__main__ import main\nmain()"
    names = loaded(home, code) - before
    assert {name for name in names if name.startswith("claude_tui")} == {"claude_tui", "claude_tui.__main__"}
    assert not names & {"argparse", "pathlib", "typing", "json", "re"}


def test_the_list_needs_no_network(home: Path) -> None:
    code = "from claude_tui.cli import run\nassert run(['list']) == 0"
    names = loaded(home, code)
    assert not heavy(names) and "claude_tui.api" not in names


def test_the_first_frame_waits_for_words_alone(home: Path) -> None:
    """Messages, prices, conversations, the config, the disk: all that is loaded behind it."""
    names = {name.removeprefix("claude_tui.") for name in loaded(home, "import claude_tui.ui.app")}
    core = {name for name in names if name.startswith("core.")}
    assert core <= {f"core.{name}" for name in ("figures", "measure", "pasted", "sound", "text")}
    behind = ("store", "turn", "api", "session", "demo", "tools", "exchange", "attachments", "markdown", "ui.chat")
    assert "ui.screens.chat" in names and not {name for name in names if name.startswith(behind)}
    assert not names & {"sqlite3", "ui.widgets.chips", "ui.widgets.find_bar", "textual.widgets._markdown"}

"""A whole session under umask 0, with everybody's traps in the current folder: what it leaves, opens and talks to."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
from pathlib import Path

from claude_tui.demo import DemoServer, Faithful
from tests.support.desk import ROOT, environment
from tests.support.terminal import Terminal
from tests.support.zygote import Zygote

HOOK = Path(__file__).with_name("hook")
KEY = "sk-ant-api03-CaNaRy0123456789_-abcdefghij"
TEXT = "".join(f"Line {line} of an answer that is long enough to be cut.\n\n" for line in range(40)) + "It ends here."
TRAPS = {
    ".env": "ANTHROPIC_API_KEY=sk-ant-api03-nobodys0123456789\nANTHROPIC_BASE_URL=http://127.0.0.1:9\n",
    "config.toml": 'model = "claude-trap-1"\n',
    ".claude/settings.json": '{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}}',
    "themes/dusk.toml": "this is no theme",
    **dict.fromkeys(("anthropic.py", "tomllib.py", "textual.py", "platformdirs.py"), "raise SystemExit('a trap')\n"),
}


def heard(path: Path) -> list[tuple[str, object]]:
    """What a process did: kinds and what was told of each."""
    lines = path.read_text().splitlines()
    assert lines, "nothing was heard: the listening does not work"
    return [(kind, ast.literal_eval(told)) for kind, _, told in (line.partition("\t") for line in lines)]


def connections(path: Path) -> set[object]:
    return {told for kind, told in heard(path) if kind.startswith(("socket.connect", "socket.send"))}


def looked_up(path: Path) -> set[object]:
    return {told[0] for kind, told in heard(path) if "get" in kind and isinstance(told, tuple)}


def files_of(path: Path, kinds: tuple[str, ...] = ("open", "os.listdir", "os.scandir")) -> list[Path]:
    return [Path(str(told)) for kind, told in heard(path) if kind in kinds]


def not_private(home: Path) -> list[str]:
    """What under a folder others could read or write."""
    found: list[str] = []
    for path in [home, *home.rglob("*")]:
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode != (0o700 if path.is_dir() else 0o600):
            found.append(f"{path.relative_to(home)} is {mode:o}")
    return found


def test_a_session_is_private_reads_nothing_here_and_talks_to_the_api_alone(zygote: Zygote, tmp_path: Path) -> None:
    here, logs = tmp_path / "here", tmp_path / "logs"
    home, exported = here / "home", tmp_path / "out" / "talk.md"
    logs.mkdir()
    exported.parent.mkdir()
    for name, text in TRAPS.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text)
    with DemoServer(pace=0.1, script=Faithful(TEXT), api_key=KEY) as server:
        given = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": KEY}

        def env(name: str, **more: str) -> dict[str, str]:
            return {**given, "LISTEN": str(logs / name), **more}

        def runs(name: str, *arguments: str, **more: str) -> int:
            started = environment(home, **env(name, **more))
            return zygote.start(*arguments, env=started, cwd=here, output=tmp_path / f"{name}.out").wait(60)

        with Terminal(home=home, env=env("app"), zygote=zygote, size=(100, 30)) as terminal:
            terminal.wait("❯")
            terminal.say("Tell me all of it.")
            terminal.wait("writing")
            terminal.press("escape")
            terminal.wait("Ctrl+G")
            assert not_private(home) == []
            terminal.press("ctrl+g")
            terminal.wait(lambda screen: "It ends here." in screen and "writing" not in screen)
            terminal.say(f"/export {exported}")
            terminal.wait(lambda _: exported.exists())
            terminal.say("Tell me more of it.")
            terminal.wait("writing")
            terminal.kill()
        assert not_private(home) == []
        with Terminal("-c", home=home, env=env("again"), zygote=zygote, size=(100, 30)) as terminal:
            terminal.wait("Ctrl+G")
            terminal.press("ctrl+q")
            assert terminal.ended() == 0
        crash = {"PROVOKE": "claude_tui.core.reply:fold@3", "PROVOKE_HIT": str(logs / "hit"), "PROVOKE_WORDS": KEY}
        assert runs("crash", "-p", "And now?", **crash) == 1
        assert list((home / "state" / "crashes").iterdir()), "there is no report, so its mode was not looked at"
        assert runs("print", "-p", "And now?") == 0
        for name in ("list", "doctor", "export", "show", "search"):
            assert runs(name, name, *(("all",) if name == "search" else ())) == 0, name
        # The program as it is loaded from here, where modules lie that are called like those it needs.
        loaded = {**environment(home, **env("cold")), "PYTHONPATH": f"{HOOK}{os.pathsep}{ROOT}"}
        command = [sys.executable, "-m", "claude_tui", "-p", "And now?"]
        done = subprocess.run(command, env=loaded, cwd=here, capture_output=True, timeout=90, stdin=subprocess.DEVNULL)
        assert (done.returncode, done.stderr) == (0, b"") and done.stdout.decode() == TEXT + "\n"
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
    assert not_private(home) == []
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600
    for name in ("app", "print", "crash", "cold"):
        assert connections(logs / name) == {address}, name
        assert looked_up(logs / name) <= {"127.0.0.1", b"127.0.0.1"}, name
    for name in ("list", "doctor", "export", "show", "search"):
        assert connections(logs / name) == looked_up(logs / name) == set(), name
    assert connections(logs / "again") <= {address}
    for log in sorted(logs.iterdir()):
        if log.name == "hit":
            continue
        # Python itself lists the current folder when it looks for the package that -m names, and the app when a path
        # is begun to be typed behind a command; neither opens anything.
        touched = files_of(log, ("open",)) if log.name in ("cold", "app") else files_of(log)
        assert not [path for path in touched if path.is_relative_to(here) and not path.is_relative_to(home)], log.name

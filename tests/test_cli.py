"""The command line: what reads, and one clear sentence for whatever is wrong."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from claude_tui import __version__, cli
from claude_tui.arguments import parse
from claude_tui.core.conversation import Conversation
from claude_tui.demo import DemoServer, Faithful, Fault, Faulty, Reply
from claude_tui.files import as_json

from .support.desk import Desk, environment, last, reply_text, run, settings, start, typed

TEXT = "The **answer**, with a tab\there and 彼は走った.\n\nAnd a second paragraph.\n"
QUESTION = "What is the answer?"


class Told:
    """What a call printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]):
    """The program without a process."""

    def run_it(*arguments: str) -> Told:
        capsys.readouterr()
        try:
            code = cli.run(arguments)
        except SystemExit as exit:
            code = int(exit.code or 0)
        said = capsys.readouterr()
        return Told(code, said.out, said.err)

    return run_it


def check_refused(told: Told, code: int, *words: str) -> None:
    """One sentence on stderr, nothing on stdout."""
    assert told.code == code, told.err
    assert told.out == "" and told.err.count("\n") == 1 and told.err.startswith("claude-tui: ")
    assert "Traceback" not in told.err
    for word in words:
        assert word in told.err


@pytest.fixture
def talk(home: Path) -> Conversation:
    """A conversation that is there: a question, thinking, an answer."""
    with Desk(home, Faithful(TEXT, "I think of it.")) as desk:
        return last(desk.ask(QUESTION, settings())).conversation


# What reads


def test_nothing_is_there_yet(call: Any) -> None:
    assert (call("list").code, call("list").out) == (0, "")
    assert json.loads(call("list", "--json").out) == []
    assert (call("search", "x").code, call("search", "x").out) == (1, "")
    check_refused(call("show"), 1, "There is no conversation yet")
    check_refused(call("export"), 1, "There is no conversation yet")


def test_list(call: Any, talk: Conversation) -> None:
    told = call("list")
    assert told.code == 0 and told.out.startswith(talk.id) and QUESTION in told.out
    (row,) = json.loads(call("list", "--json").out)
    assert row["id"] == talk.id and row["title"] == QUESTION and row["messages"] == 2
    assert row["model"] == "claude-opus-5-5" and float(row["cost_usd"]) > 0 and row["interrupted"] is False


def test_search(call: Any, talk: Conversation) -> None:
    told = call("search", "paragraph")
    assert told.code == 0 and talk.id in told.out and "second paragraph" in told.out
    (hit,) = json.loads(call("search", "--json", "second", "paragraph").out)
    assert hit["conversation_id"] == talk.id and hit["kind"] == "text"
    assert call("search", "nothing-like-it").code == 1
    assert call("search", '"', "(", "*", "AND").code in (0, 1)


def test_show(call: Any, talk: Conversation) -> None:
    assert call("show", "last", "--last-reply").out == TEXT
    assert call("show", talk.id, "--last-reply").out == TEXT
    assert call("show", talk.id[:20], "--last-reply").out == TEXT
    told = call("show")
    assert QUESTION in told.out and "second paragraph" in told.out and "I think of it" not in told.out
    assert "I think of it" in call("show", "--thinking").out


def test_the_last_reply_is_that_of_the_last_answered_question(call: Any, home: Path, talk: Conversation) -> None:
    with Desk(home) as desk:
        desk.store.add(talk.id, [typed("And then?", talk.head_id)]).result()
    assert call("show", "--last-reply").out == TEXT


def test_export(call: Any, talk: Conversation, tmp_path: Path) -> None:
    told = call("export", "last", "--format", "json")
    data = json.loads(told.out)
    assert data["conversation"]["id"] == talk.id and data["conversation"]["head_id"] == talk.head_id
    asked, answered = data["nodes"]
    assert (asked["role"], asked["origin"], asked["parent_id"]) == ("user", "typed", None)
    assert answered["parent_id"] == asked["id"] and answered["status"] == "complete"
    assert answered["stop_reason"] == "end_turn" and answered["model"] == "claude-opus-5-5"
    assert answered["content"][0]["type"] == "thinking" and answered["content"][0]["signature"]
    assert answered["content"][1] == {"type": "text", "text": TEXT}
    assert float(answered["cost_usd"]) > 0 and answered["usage"]["output_tokens"] > 0
    target = tmp_path / "talk.md"
    assert call("export", "-o", str(target)).code == 0
    assert "second paragraph" in target.read_text() and target.stat().st_mode & 0o077 == 0
    check_refused(call("export", "-o", str(target)), 1, "is there already")
    check_refused(call("export", "-o", str(tmp_path / "no" / "such" / "x.md")), 1, "cannot be written")


def test_ids(call: Any, home: Path, talk: Conversation) -> None:
    check_refused(call("show", "zzz"), 1, "no conversation whose id begins with 'zzz'")
    with Desk(home) as desk:
        desk.ask("Another.")
    assert len({row["id"][0] for row in json.loads(call("list", "--json").out)}) == 1
    check_refused(call("show", talk.id[0]), 1, "more than one conversation")
    check_refused(call("-p", "x", "--demo", "--resume", "zzz"), 1, "no conversation whose id begins")
    check_refused(call("show", "\x1b[31m"), 1, "no conversation")


def test_doctor(call: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = call("doctor")
    assert told.code == 1 and "!!  key: There is none" in told.out
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-very-secret-key")
    told = call("doctor", "--json")
    findings = {finding["what"]: finding for finding in json.loads(told.out)}
    assert told.code == 0 and all(finding["good"] for finding in findings.values())
    assert findings["key"]["sentence"] == "from the environment (ANTHROPIC_API_KEY)"
    assert "very-secret" not in told.out and {"versions", "config", "conversations", "address"} <= set(findings)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://gateway.lan")
    assert call("doctor").code == 1
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('http_hosts = ["gateway.lan"]\n')
    assert call("doctor").code == 0
    (home / "config.toml").write_text("model = \n")
    told = call("doctor")
    assert told.code == 1 and "!!  config: " in told.out
    assert call("doctor", "--demo").code == 1


# What is wrong


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--no-such-flag"], ["--no-such-flag"]),
        (["no-such-command"], ["no-such-command"]),
        (["-p", "x", "--output-format", "xml"], ["xml"]),
        (["-p", "x", "--max-tokens", "many"], ["many"]),
        (["-p", "x", "--max-tokens", "0"], ["1 or more"]),
        (["-p", "x", "--auto-continue", "-1"], ["negative"]),
        (["-p", "x", "--effort", "huge"], ["huge"]),
        (["-p", "x", "--thinking", "maybe"], ["maybe"]),
        (["-p", "x", "--tools", "hammer", "--demo"], ["hammer", "web_search"]),
        (["-p", "x", "--model", " ", "--demo"], ["model"]),
        (["-p", "--demo"], ["nothing to ask"]),
        (["-p", "   ", "--demo"], ["nothing to ask"]),
        (["-p", "--resume", "--demo"], ["--resume"]),
        (["search"], ["query"]),
        (["show", "--yaml"], ["--yaml"]),
        (["list", "--limit", "0"], ["1 or more"]),
        ([], ["not a terminal"]),
        (["-c"], ["not a terminal"]),
        (["--resume"], ["not a terminal"]),
    ],
)
def test_a_call_that_cannot_be_understood(call: Any, monkeypatch: Any, arguments: list[str], words: list[str]) -> None:
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: PTH123, SIM115
    check_refused(call(*arguments), 2, *words)


def test_help_and_version(call: Any) -> None:
    assert "--auto-continue" in call("--help").out and call("--help").code == 0
    assert call("--version").out == f"claude-tui {__version__}\n"


def test_no_key(call: Any) -> None:
    check_refused(call("-p", "x"), 1, "ANTHROPIC_API_KEY")
    assert json.loads(call("list", "--json").out) == []


def test_an_address_the_key_may_not_go_to(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-very-secret-key")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://api.anthropic.com")
    check_refused(call("-p", "x"), 2, "not https")


def test_a_broken_config(call: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    (home / "config.toml").write_text("model = \n")
    with DemoServer(pace=0, script=Faithful(TEXT)) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "demo")
        told = call("-p", "x")
    assert told.code == 0 and told.out == TEXT + "\n"
    assert told.err.count("\n") == 1 and "config.toml" in told.err


@pytest.mark.parametrize("command", [["-p", "x", "--demo"], ["list"], ["show"], ["search", "x"], ["export"]])
def test_a_folder_that_cannot_be(call: Any, tmp_path: Path, monkeypatch: Any, command: list[str]) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CLAUDE_TUI_HOME", str(tmp_path / "file" / "home"))
    check_refused(call(*command), 1, str(tmp_path / "file"))
    monkeypatch.setenv("CLAUDE_TUI_HOME", "relative")
    check_refused(call(*command), 2, "absolute")


def test_a_database_that_is_none(call: Any, home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "conversations.db").write_text("This is not a database.\n" * 100)
    told = call("list")
    assert told.code in (0, 1) and told.out == "" and told.err.startswith("claude-tui: ")
    assert "Traceback" not in told.err


def test_a_newer_database_is_only_read(call: Any, home: Path, talk: Conversation, monkeypatch: Any) -> None:
    with sqlite3.connect(home / "data" / "conversations.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    told = call("show", "--last-reply")
    assert told.code == 0 and told.out == TEXT and told.err.count("\n") == 1
    with DemoServer(pace=0, script=Faithful(TEXT)) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "demo")
        told = call("-p", "Is this saved?")
    assert told.code == 0 and told.out == TEXT + "\n" and "could not be saved" in told.err


def test_an_unreachable_server(call: Any, monkeypatch: Any, home: Path) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "demo")
    monkeypatch.setattr("random.random", lambda: 0.0)
    monkeypatch.setattr("claude_tui.core.retry.TRIES", 2)
    check_refused(call("-p", "x"), 1, "The connection was refused")
    (row,) = json.loads(call("list", "--json").out)
    assert row["title"] == "x"  # the question is kept


# In a process


def test_streams_that_are_closed(home: Path) -> None:
    with DemoServer(pace=0, script=Faithful(TEXT)) as server:
        env = environment(home, ANTHROPIC_BASE_URL=server.url, ANTHROPIC_API_KEY="demo")
        program = f"{sys.executable} -m claude_tui"

        def shell(line: str) -> tuple[int, str, str]:
            done = subprocess.run(["/bin/sh", "-c", line], env=env, capture_output=True, text=True, timeout=120)
            return done.returncode, done.stdout, done.stderr

        assert shell(f"{program} -p hello <&-") == (0, TEXT + "\n", "")
        assert shell(f"{program} -p hello >&- </dev/null") == (0, "", "")
        assert shell(f"{program} -p hello 2>&- </dev/null") == (0, TEXT + "\n", "")
        code, out, err = shell(f"{program} show --last-reply | true")
        assert (out, err) == ("", "")
        code, out, err = shell(f"{program} show > /dev/full")
        assert code == 1 and err == "claude-tui: This did not work: no space left on device.\n"
        code, out, err = shell(f"{program} -p hello > /dev/full </dev/null")
        assert code == 1 and "no space left on device" in err and "saved" in err and err.count("\n") == 1
        assert shell(f"{program} show --last-reply") == (0, TEXT, "")


def test_any_locale(home: Path, talk: Conversation) -> None:
    for locale in ({"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0", "LC_ALL": "en_US.ISO-8859-1"}):
        assert run("show", "--last-reply", env=environment(home, **locale)) == (0, TEXT, ""), locale


def test_two_at_once_do_not_write_in_one_conversation(home: Path, talk: Conversation) -> None:
    more = Reply([{"type": "text", "text": TEXT}])
    with DemoServer(pace=0, script=Faithful(TEXT)) as server:
        env = environment(home, ANTHROPIC_BASE_URL=server.url, ANTHROPIC_API_KEY="demo")
        server.then(Faulty(more, Fault("stall", after_text=30)))
        first = start("-c", "-p", "more", env=env)
        assert first.stdout is not None and first.stdout.read(5) == TEXT[:5].encode()
        code, out, err = run("-c", "-p", "and more", env=env)
        assert (code, out) == (1, "") and "Another claude-tui" in err and err.count("\n") == 1
        first.kill()
        first.communicate()
        assert run("-c", "-p", env=env)[0] == 0
    with Desk(home) as desk:
        found = desk.store.load(talk.id).result()
        assert found is not None and reply_text(found) == TEXT


def test_an_unexpected_error_is_one_sentence_and_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(options: object) -> int:
        raise KeyError("what somebody said")

    monkeypatch.setattr("claude_tui.cli._chat", broken)
    assert cli.run([]) == 1
    said = capsys.readouterr().err
    assert said.startswith("claude-tui: Something went wrong here (KeyError).")
    assert said.count("\n") == 1
    report = Path(said.strip().rpartition(" ")[2])
    assert "KeyError" in report.read_text()
    assert "what somebody said" not in report.read_text()


def test_json_escapes_what_could_harm_a_terminal_and_nothing_else() -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    value = {"said": "caf\u00e9 \x9b31m \u202e \x7f \x1b]52;c;x"}
    shown = as_json(value, Terminal())
    assert shown.isascii() and shown.isprintable() and json.loads(shown) == value
    assert "caf\u00e9" in as_json(value, StringIO()) and json.loads(as_json(value, StringIO())) == value


@pytest.mark.parametrize("name", ["~nosuchperson/x.md", "n" * 300, "a\0b"])
def test_an_export_that_cannot_be_written(name: str, call: Any, talk: Conversation) -> None:
    check_refused(call("export", talk.id, "-o", name), 1, "cannot be written")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["-p", "hi", "--modle", "opus"], "There is no option --modle; did you mean --model?"),
        (["--sytem=Be brief.", "-p", "hi"], "There is no option --sytem; did you mean --system?"),
        (["--frobnicate"], "There is no option --frobnicate; claude-tui"),
        (["usage", "--jsno"], "There is no option --jsno; did you mean --json?"),
        (["lst"], "invalid choice: 'lst'"),
    ],
)
def test_an_option_that_is_none_is_told_as_such(call: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse(call)
    assert left.value.code == 2 and said in capsys.readouterr().err


def test_options_are_still_shortened_and_words_with_dashes_are_words() -> None:
    assert parse(["--eff", "low", "-p", "--what does this do"]).effort == "low"

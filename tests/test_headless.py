"""``claude-tui -p``: what it prints, with which code it ends, and what is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claude_tui import cli
from claude_tui.core.models import find_model
from claude_tui.core.offers import not_taken
from claude_tui.core.request import Settings
from claude_tui.demo import DemoServer, Failure, Faithful, Fault, Faulty, Hang, RawStream, Reply
from claude_tui.paths import Paths
from claude_tui.store import Bound, Store

from .support.desk import ended, environment, run, start
from .support.streams import STREAMS, accumulated, block_events, read_events, started, write_sse
from .support.streams import ended as ended_events

TEXT = (
    "# Rivers\n\nA river is water that has decided.  \nIt goes on, whoever looks, and it never repeats itself.\n\n"
    "```sh\nflow --down\n```\n\n彼は走った. And so to the sea, which takes everything.\n"
)
WHOLE = Reply([{"type": "text", "text": TEXT}])


def cut(kind: Any, place: int) -> Faulty:
    return Faulty(WHOLE, Fault(kind, after_text=place))


class BadLine(Faithful):
    """The faithful model, whose first answers are cut."""

    faults: list[Fault]

    def answer(self, request: dict[str, Any]) -> Any:
        whole = super().answer(request)
        return Faulty(whole, self.faults.pop(0)) if self.faults else whole


@pytest.fixture
def line() -> BadLine:
    script = BadLine(TEXT, "A thought.")
    script.faults = []
    return script


@pytest.fixture
def server(line: BadLine) -> Iterator[DemoServer]:
    with DemoServer(pace=0, script=line) as running:
        yield running


@pytest.fixture
def env(home: Path, server: DemoServer) -> dict[str, str]:
    return environment(home, ANTHROPIC_BASE_URL=server.url, ANTHROPIC_API_KEY="demo")


@pytest.fixture
def call(server: DemoServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """The program without a process: its code, stdout and stderr."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "demo")
    monkeypatch.setattr("random.random", lambda: 0.0)

    def run_it(*arguments: str, piped: str = "") -> tuple[int, str, str]:
        read, write = os.pipe()
        os.write(write, piped.encode())
        os.close(write)
        with os.fdopen(read) as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            capsys.readouterr()
            code = cli.run(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_it


def asked(server: DemoServer) -> list[dict[str, Any]]:
    return [one.body for one in server.requests]


def question(body: dict[str, Any]) -> str:
    return body["messages"][-1]["content"][0]["text"]


# What it prints


def test_text(call: Any, server: DemoServer) -> None:
    assert call("-p", "What is a river?") == (0, TEXT + "\n", "")
    assert question(asked(server)[0]) == "What is a river?"
    assert call("show", "--last-reply") == (0, TEXT, "")


def test_json(call: Any) -> None:
    code, out, err = call("-p", "What is a river?", "--output-format", "json")
    result = json.loads(out)
    assert code == 0 and err == "" and out.count("\n") == 1
    assert result["text"] == TEXT and result["status"] == "complete" and result["stop_reason"] == "end_turn"
    assert result["model"] == "claude-opus-5-5" and result["usage"]["output_tokens"] > 0
    assert float(result["cost_usd"]) > 0 and result["cost_is"] == "exact"
    assert result["error"] is None and result["exit_code"] == 0
    (row,) = json.loads(call("list", "--json")[1])
    assert row["id"] == result["conversation_id"]


def test_stream_json(call: Any, server: DemoServer) -> None:
    uses = [{"type": "tool_use", "id": "t1", "name": "calculate", "input": {"expression": "6 * 7"}}]
    server.then(Reply([{"type": "text", "text": "I work it out."}, *uses], "tool_use"))
    code, out, err = call("-p", "6 * 7?", "--output-format", "stream-json", "--tools", "calculate")
    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and err == ""
    kinds = [event["type"] for event in events]
    assert set(kinds) == {"text", "thinking", "tool_use", "tool_result", "result"} and kinds[-1] == "result"
    said = "".join(event["text"] for event in events if event["type"] == "text")
    assert said == events[-1]["text"] == f"I work it out.\n\n{TEXT}"
    assert "".join(event["text"] for event in events if event["type"] == "thinking") == "A thought."
    (use,) = [event for event in events if event["type"] == "tool_use"]
    assert use == {"type": "tool_use", "id": "t1", "name": "calculate", "input": {"expression": "6 * 7"}}
    (result,) = [event for event in events if event["type"] == "tool_result"]
    assert result == {"type": "tool_result", "tool_use_id": "t1", "is_error": False, "text": "42"}
    assert kinds.index("tool_use") < kinds.index("tool_result")


def test_a_wait_is_told_as_an_event(call: Any, server: DemoServer) -> None:
    server.then(Failure(429, "rate_limit_error", "Slow down", {"retry-after": "0.2"}))
    _, out, _ = call("-p", "x", "--output-format", "stream-json")
    first = json.loads(out.splitlines()[0])
    assert first["type"] == "retry" and first["sentence"] == "Rate limited by the API: Slow down. Try 2 of 5."


def test_stdin(call: Any, server: DemoServer) -> None:
    assert call("-p", "Summarise:", piped="a long\ntext\n")[0] == 0
    assert question(asked(server)[0]) == "Summarise:\n\na long\ntext"
    assert call("-p", piped="only piped")[0] == 0
    assert question(asked(server)[1]) == "only piped"


@pytest.mark.parametrize("name", ["interleaved", "parallel_tools", "web_search", "line_separators", "late_usage"])
def test_what_is_printed_is_what_is_kept(call: Any, server: DemoServer, name: str) -> None:
    server.then(RawStream((STREAMS / f"{name}.sse").read_bytes(), piece=60, delay=0.001))
    _, out, _ = call("-p", "x")
    kept = call("show", "--last-reply")[1]
    assert out == kept + "\n" and kept.startswith(accumulated(read_events(STREAMS / f"{name}.sse")).text)


def test_blocks_that_grow_side_by_side(call: Any, server: DemoServer) -> None:
    """What comes later in the reply is printed later, even if it was written first."""

    def block(index: int, text: str) -> list[dict[str, Any]]:
        return list(block_events(index, {"type": "text", "text": text}, size=6))

    first, second = block(0, "First: one, two. "), block(1, "Second: three.")
    events = [started(), *first[:2], *second[:2], first[2], second[2], *first[3:], *second[3:], *ended_events()]
    records = [f": {'.' * 500}"[: 498 - len(one)] + f"\n{one}" for one in map(write_sse, ([each] for each in events))]
    server.then(RawStream("".join(records).encode(), piece=499, delay=0.06))
    assert call("-p", "x") == (0, "First: one, two. Second: three.\n", "")


def test_an_empty_line_is_not_doubled_after_a_tool(call: Any, server: DemoServer) -> None:
    uses = [{"type": "tool_use", "id": "t1", "name": "calculate", "input": {"expression": "6 * 7"}}]
    server.then(Reply([{"type": "text", "text": "I work it out.\n\n"}, *uses], "tool_use"))
    code, out, _ = call("-p", "6 * 7?", "--tools", "calculate")
    assert (code, out) == (0, f"I work it out.\n\n{TEXT}\n")
    assert call("show", "--last-reply")[1] + "\n" == out


# What is asked


def test_settings(call: Any, server: DemoServer) -> None:
    flags = "--model sonnet --max-tokens 5000 --effort low --thinking off --tools web_search,calculate"
    assert call("-p", "x", *flags.split(), "--system", "Be brief.")[0] == 0
    body = asked(server)[0]
    assert body["model"] == "claude-sonnet-5-5" and body["system"] == "Be brief." and body["max_tokens"] == 5000
    assert body["output_config"] == {"effort": "low"} and body["thinking"] == {"type": "between_tools"}
    assert [tool["name"] for tool in body["tools"]] == ["web_search", "calculate"]
    # The conversation goes on as it was; another begins anew.
    assert call("-c", "-p", "And more?")[0] == 0
    again = asked(server)[1]
    for key in ("model", "system", "output_config", "thinking", "tools"):
        assert again[key] == body[key]
    assert [message["role"] for message in again["messages"]] == ["user", "assistant", "user"]
    assert call("-p", "y")[0] == 0
    fresh = asked(server)[2]
    assert fresh["model"] == "claude-opus-5-5" and "system" not in fresh and "tools" not in fresh
    assert fresh["cache_control"] == {"type": "ephemeral"}
    assert fresh["thinking"] == {"type": "adaptive", "display": "summarized"}


def test_thinking_with_a_budget_stays_on(call: Any, server: DemoServer) -> None:
    assert call("-p", "x", "--model", "claude-haiku-4-5", "--thinking", "on")[0] == 0
    assert call("-c", "-p", "y")[0] == 0
    assert [body["thinking"]["type"] for body in asked(server)] == ["enabled", "enabled"]
    assert call("-c", "-p", "z", "--tools", "all", "--thinking", "off")[0] == 0
    body = asked(server)[2]
    assert len(body["tools"]) == 5 and body.get("thinking", {}).get("type") != "enabled"
    assert {one.status for one in server.requests} == {200}


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--model claude-haiku-4-5 --effort high", "Claude Haiku 4.5 takes no effort."),
        ("--model claude-sonnet-4-6 --effort xhigh", "Effort: high (not taken; high is the nearest)."),
        ("--max-tokens 999999", "Claude Opus 5.5 writes at most 128,000 tokens: so many are asked for."),
        ("--thinking off", "Thinking: on (it always thinks)."),
        ("--model claude-haiku-4-5 --thinking on --max-tokens 900",
         "Thinking: off (it needs a longest reply of more than 1,024 tokens: --max-tokens 2048)."),
        ("--model claude-new-9 --thinking off",
         "Thinking: as the model does by itself (how it stops thinking is not known to this version)."),
        ("--model claude-fable-5-2 --effort high --thinking on --max-tokens 9000", ""),
    ],
)  # fmt: skip
def test_a_flag_that_is_not_taken_is_said(call: Any, server: DemoServer, flags: str, said: str) -> None:
    code, out, err = call("-p", "x", *flags.split())
    assert (code, out) == (0, TEXT + "\n") and err == (f"claude-tui: {said}\n" if said else "")
    assert {one.status for one in server.requests} == {200}


def test_a_tool_that_the_model_does_not_take_is_said() -> None:
    model = replace(find_model("claude-opus-5-5"), barred_tools=("web_fetch", "code_execution"))
    wanted = Settings(model, server_tools=("web_search", "code_execution"))
    assert not_taken(wanted, {"tools"}) == ["Claude Opus 5.5 does not take code_execution."]
    assert not_taken(wanted, {"effort"}) == [], "it is said to who says so"


def test_the_config_and_then_the_flags(call: Any, server: DemoServer, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text('model = "claude-sonnet-4-6"\nsystem = "From the file."\nmax_tokens = 700\n')
    assert call("-p", "x")[0] == 0
    assert call("-p", "x", "--model", "opus", "--system", "")[0] == 0
    one, two = asked(server)
    assert (one["model"], one["system"], one["max_tokens"]) == ("claude-sonnet-4-6", "From the file.", 700)
    assert two["model"] == "claude-opus-5-5" and "system" not in two


def test_resume_by_id(call: Any, server: DemoServer) -> None:
    first = json.loads(call("-p", "one", "--output-format", "json")[1])["conversation_id"]
    call("-p", "two")
    assert call("--resume", first, "-p", "three")[0] == 0
    assert [message["role"] for message in asked(server)[2]["messages"]] == ["user", "assistant", "user"]
    assert asked(server)[2]["messages"][0]["content"][0]["text"] == "one"
    assert json.loads(call("list", "--json")[1])[0]["id"] == first  # it is the last one now


def test_the_demo(home: Path) -> None:
    """At its own pace, so that only the beginning is read; in a folder of its own."""
    process = start("--demo", "-p", "hello", env=environment(home))
    assert process.stdout is not None and process.stdout.read(20)
    process.send_signal(signal.SIGINT)
    code, _, err = ended(process)
    assert (code, err) == (130, "")
    assert run("list", env=environment(home))[1] == ""
    assert "hello" in run("--demo", "list", env=environment(home))[1]


# Going on


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-opus-5-5", "claude-unknown-9"])
def test_going_on_prints_the_rest(call: Any, line: BadLine, model: str) -> None:
    printed = ""
    line.faults = [Fault("rst", after_text=60), Fault("fin", after_text=90)]
    for arguments in (["-p", "What is a river?", "--model", model], ["-c", "-p"]):
        code, out, err = call(*arguments, "--auto-continue", "0")
        assert code == 1 and err.startswith("claude-tui: The connection was lost. ")
        printed += out.removesuffix("\n")
        assert call("show", "--last-reply")[1] == printed and TEXT.startswith(printed)
    code, out, err = call("-c", "-p")
    assert (code, err) == (0, "") and printed + out == TEXT + "\n"
    assert call("show", "--last-reply")[1] == TEXT
    code, out, err = call("-c", "-p")
    assert (code, out) == (2, "") and "nothing to continue" in err


def test_it_goes_on_by_itself_once(call: Any, server: DemoServer) -> None:
    server.then(cut("rst", 60))
    assert call("-p", "What is a river?") == (0, TEXT + "\n", "")
    server.then(cut("rst", 60))
    code, out, err = call("-p", "What is a river?", "--auto-continue", "0")
    assert (code, out) == (1, TEXT[:60] + "\n") and err.startswith("claude-tui: The connection was lost. ")


def test_nothing_came_and_it_is_asked_again(call: Any, server: DemoServer) -> None:
    server.then(Failure(400, "invalid_request_error", "No."))
    kept = "The question is saved; claude-tui -c -p asks it again."
    assert call("-p", "x") == (1, "", f"claude-tui: The API refused the request (400): No. {kept}\n")
    assert call("-c", "-p") == (0, TEXT + "\n", "")
    server.then(Failure(400, "invalid_request_error", "No."))
    code, out, _ = call("-p", "x", "--output-format", "json")
    result = json.loads(out)
    assert code == 1 and result["exit_code"] == 1 and result["status"] == "failed" and result["text"] == ""
    assert result["error"] == "The API refused the request (400): No."


# How it ends


def test_limit_and_refusal(call: Any, server: DemoServer) -> None:
    server.then(Reply([{"type": "text", "text": TEXT[:80]}], "max_tokens"))
    code, out, err = call("-p", "x")
    assert (code, out) == (3, TEXT[:80] + "\n")
    assert err.startswith("claude-tui: The reply reached its limit. ") and err.endswith("goes on.\n")
    assert call("-c", "-p") == (0, TEXT[80:] + "\n", "")
    assert asked(server)[1]["max_tokens"] == 2 * asked(server)[0]["max_tokens"]
    server.then(Reply([{"type": "text", "text": "No."}], "refusal"))
    assert call("-p", "x") == (4, "No.\n", "claude-tui: The model declined to answer.\n")
    server.then(Reply([{"type": "text", "text": TEXT[:80]}], "model_context_window_exceeded"))
    assert call("-p", "x")[0] == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("where", ["waiting", "retrying", "writing"])
def test_a_signal_stops_it(
    env: dict[str, str], server: DemoServer, call: Any, number: signal.Signals, where: str
) -> None:
    limited = Failure(429, "rate_limit_error", "Slow down", {"retry-after": "30"})
    server.then({"waiting": Hang(30), "retrying": limited, "writing": cut("stall", 70)}[where])
    process = start("-p", "What is a river?", env=env)
    until = time.monotonic() + 15
    while not server.requests and time.monotonic() < until:
        time.sleep(0.01)
    head = b""
    if where == "writing":
        assert process.stdout is not None
        head = process.stdout.read(len(TEXT[:70].encode()))
    time.sleep(0.2)
    began = time.monotonic()
    process.send_signal(number)
    code, out, err = ended(process)
    assert time.monotonic() - began < 20  # of the 30 it would have waited; the machine may be busy
    assert code == (130 if number == signal.SIGINT else 128 + number) and err == ""
    assert head.decode() + out == (TEXT[:70] + "\n" if where == "writing" else "")
    code, kept, _ = call("show", "--last-reply")
    assert kept == (TEXT[:70] if where == "writing" else "")
    code, rest, _ = call("-c", "-p")
    assert code == 0 and kept + rest == TEXT + "\n"


def test_a_signal_as_it_starts(env: dict[str, str], server: DemoServer) -> None:
    """While everything is still being loaded: no traceback, whatever it lands in."""
    server.then(*[Hang(30)] * 20)
    code = (
        "import gc, claude_tui.__main__ as program\n"
        "def begun(disable=gc.disable):\n    gc.disable = disable\n    print(flush=True)\n"
        "gc.disable = begun\nprogram.main()"
    )
    command = [sys.executable, "-c", code, "-p", "What is a river?"]
    for delay in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8):
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None and process.stdout.readline() == b"\n"  # from here on it is ours
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        assert ended(process) == (130, "", ""), delay


def test_nobody_reads(env: dict[str, str], server: DemoServer) -> None:
    server.then(cut("stall", 70))
    process = start("-p", "What is a river?", env=env)
    assert process.stdout is not None and process.stdout.read(5) == TEXT[:5].encode()
    process.stdout.close()
    time.sleep(0.2)
    server.stop()  # the line goes dead; what follows finds nobody
    assert process.wait(20) == 1
    assert process.stderr is not None
    told = process.stderr.read().decode()
    process.stderr.close()
    assert "Traceback" not in told and "Exception" not in told
    assert run("show", "--last-reply", env=env)[1] == TEXT[:70]


def test_nobody_reads_the_rest(env: dict[str, str], server: DemoServer) -> None:
    long = Reply([{"type": "text", "text": TEXT * 2000}])
    server.then(RawStream(b"", 500), long)
    process = start("-p", "What is a river?", env=env)
    assert process.stdout is not None and process.stdout.read(5) == TEXT[:5].encode()
    process.stdout.close()
    assert process.wait(20) == 1 and process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    kept = run("show", "--last-reply", env=env)[1]
    assert kept and (TEXT * 2000).startswith(kept)


# What it may cost


def test_a_budget_of_one_call(call: Any, server: DemoServer) -> None:
    code, out, err = call("-p", "What is a river?", "--budget", "0.001")
    assert (code, out) == (5, "\n" if out else "") and asked(server) == []
    assert err.startswith("claude-tui: This may pass the budget of this call of $0.00100: $0.00 is spent")
    assert err.endswith("The question is saved; claude-tui -c -p asks it again.\n") and err.count("\n") == 1
    assert call("-c", "-p") == (0, TEXT + "\n", ""), "it goes on without one"
    with pytest.raises(SystemExit):
        call("-p", "x", "--budget", "much")


def test_a_budget_stops_a_reply_and_its_words_are_printed(call: Any, server: DemoServer) -> None:
    long = Reply([{"type": "text", "text": "word " * 20_000}])
    server.then(Faulty(long, Fault("hold", after_text=20_000)))
    server.let_go(20)
    code, out, _ = call(
        "-p", "What is a river?", "--budget", "$0.08", "--output-format", "json", "--max-tokens", "3000"
    )
    result = json.loads(out)
    assert code == result["exit_code"] == 5 and result["status"] == "interrupted"
    assert result["error"] == "Stopped: more would pass the budget of this call of $0.080."
    assert ("word " * 20_000).startswith(result["text"]) and result["text"]
    assert float(result["cost_usd"]) < 0.081


def test_a_day_s_budget_holds_without_a_screen_and_is_warned_of(call: Any, server: DemoServer, home: Path) -> None:
    home.mkdir(exist_ok=True)
    config = Paths.default(demo=False).config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[budget]\nday = 1\n")
    server.then(Reply([{"type": "text", "text": "x"}], usage={"output_tokens": 45_000}))
    code, out, err = call("-p", "x", "--max-tokens", "100")
    assert (code, out) == (0, "x\n") and err == "claude-tui: 90 % of today's budget of $1.00 is spent.\n"
    code, _, err = call("-p", "x", "--max-tokens", "30000", "--model", "claude-mythos-5-2")
    assert code == 5 and "costs is not known, so that no budget can hold" in err
    assert len(asked(server)) == 1


@pytest.mark.parametrize("wrong", ["[budget]\nday = five\n", '[budget]\nday = "five"\n', "[budgets]\nday = 5\n"])
def test_where_a_budget_cannot_be_read_nothing_is_sent(call: Any, server: DemoServer, home: Path, wrong: str) -> None:
    config = Paths.default(demo=False).config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(wrong)
    code, out, err = call("-p", "x")
    assert (code, out) == (2, "") and asked(server) == []
    assert "config.toml, line " in err and err.endswith("Nothing is sent until that is mended.\n")
    assert err.count("config.toml") == 1, "it is said once"
    config.write_text("[budget]\nday = 5\n")
    assert call("-p", "x") == (0, TEXT + "\n", "")


def test_what_a_killed_call_had_reserved_is_settled_at_the_next_start(
    call: Any, env: dict[str, str], server: DemoServer
) -> None:
    server.then(Faulty(WHOLE, Fault("hold", after_text=70)))
    process = start("-p", "What is a river?", "--budget", "1", env=env)
    assert process.stdout is not None
    assert process.stdout.read(len(TEXT[:70].encode())) == TEXT[:70].encode()
    process.kill()
    process.communicate()
    database = Paths.default(demo=False).database
    store = Store.open(database)
    (reserved,) = store.used([Bound(0)]).result(5)
    assert store.left_reserved().result(5) and reserved > 10**8
    store.close(5)
    assert call("-p", "And the sea?")[0] == 0
    store = Store.open(database)
    spent = sum(float(entry.cost_usd or 0) for entry in store.spent().result(5))
    (counted,) = store.used([Bound(0)]).result(5)
    assert not store.left_reserved().result(5) and len(store.spent().result(5)) == 2
    assert spent * 10**9 <= counted < spent * 10**9 + 2_000_000, (
        "what it wrote, and a little more for what nobody counted"
    )
    store.close(5)

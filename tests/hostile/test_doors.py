"""Hostile text through every door there is, in a real terminal: no byte of it is an order, and none of it is obeyed."""

from __future__ import annotations

import json
import re
import stat
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import OpaqueBlock, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claude_tui.core.text import is_safe
from claude_tui.demo import DemoServer, Failure, RawStream
from claude_tui.demo.answers import Received
from claude_tui.paths import Paths, make_private
from claude_tui.store import Store
from tests.support.driver import keep
from tests.support.hostile import BYTES, EVERYTHING, PAYLOADS, after, before, marked
from tests.support.streams import delta, ended, reply_events, started
from tests.support.strict import Watched, each_cluster, each_letter
from tests.support.zygote import Zygote

SIZE = (150, 60)
ESCAPE = "\x1b[27u"
"""Esc as kitty sends it: whatever comes behind it is something else."""
PLACES = "{0}\n\n# {0}\n\n> - {0}\n\n| {1} | b |\n|---|--:|\n| {1} | c |\n\n```py {1}\n{0}\n```\n\n[{1}](https://a.example/{1})"


class Careless(DemoServer):
    """A server that takes whatever it is asked."""

    def refusal(self, request: Received, size: int) -> Failure | None:
        """None: what is sent on is as hostile as what came."""
        return None


def one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\r", " ").replace("|", "/")


def in_places(name: str) -> str:
    """A payload in the places of markdown."""
    return PLACES.format(marked(name), one_line(PAYLOADS[name]))


def groups(size: int) -> list[str]:
    """All payloads, several in a text of so many characters; a longer one is cut."""
    texts = [""]
    for name in PAYLOADS:
        text = f"{before(name)} {PAYLOADS[name][: size - 20]} {after(name)} "
        if len(texts[-1]) + len(text) > size:
            texts.append("")
        texts[-1] += text
    return texts


# What comes from the wire


def found(text: str) -> dict[str, Any]:
    return {"type": "web_search_result", "url": f"https://a.example/{text}", "title": text, "page_age": text,
            "encrypted_content": "x"}  # fmt: skip


def cited(text: str) -> dict[str, Any]:
    return {
        "type": "web_search_result_location",
        "url": text,
        "title": text,
        "cited_text": text,
        "encrypted_index": "x",
    }


def blocks(text: str, short: str) -> list[dict[str, Any]]:
    """A reply with a text in everything that a reply may hold."""
    return [
        {"type": "thinking", "thinking": text, "signature": "x"},
        {"type": "server_tool_use", "id": f"s {short}", "name": "web_search", "input": {"query": text, short: [short]}},
        {"type": "web_search_tool_result", "tool_use_id": f"s {short}", "content": [found(short), found(text)]},
        {"type": "server_tool_use", "id": "s2", "name": short, "input": short},
        {"type": short, "tool_use_id": "s2", "content": {"stdout": text, short: short}},
        {"type": "hologram " + short, short: text},
        {"type": "text", "text": text, "citations": [cited(short), cited(text)]},
    ]


def sse(events: list[dict[str, Any]]) -> bytes:
    """Events as they are, lone surrogates too."""
    return b"".join(b"event: x\ndata: " + json.dumps(event).encode() + b"\n\n" for event in events)


def replies(names: list[str]) -> list[RawStream | Failure]:
    """What the server answers, one after another."""
    said = "\n\n".join(map(in_places, names))
    short = one_line(text_of(names))
    whole = reply_events(blocks(said, short), size=40, model=short, id=short)
    whole[-2]["delta"] |= {"stop_reason": short, "stop_sequence": short, "stop_details": {"category": short}}
    call = [{"type": "tool_use", "id": "t1", "name": "calculate", "input": {"expression": short}},
            {"type": "tool_use", "id": "t2", "name": short, "input": {"a": text_of(names)}}]  # fmt: skip
    raw = sse([started(), {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
               delta(0, "text_delta", text="BYTES"), {"type": "content_block_stop", "index": 0}, *ended()])  # fmt: skip
    error = {"type": "error", "error": {"type": short[:300], "message": short}}
    return [
        RawStream(sse(whole)),
        RawStream(sse(reply_events(call, "tool_use"))),
        RawStream(sse(reply_events([{"type": "text", "text": "after the tools"}]))),
        RawStream(raw.replace(b"BYTES", BYTES)),
        RawStream(sse([*reply_events([{"type": "text", "text": short}])[:4], error])),
    ]


def text_of(names: list[str]) -> str:
    return " ".join(map(marked, names))


# What is on the disk


def seed(home: Path) -> None:
    """Conversations that some other program wrote: hostile in every field that takes any text."""
    paths = Paths.under(home, demo=False)
    make_private(paths.data_dir)
    store = Store.open(paths.database)
    for number, name in enumerate(PAYLOADS):
        text = PAYLOADS[name].encode("utf-8", "replace").decode()
        question = Node(f"q{number}", None, "user", (TextBlock(f"the word {text} needle"),), "typed", created_at=number)
        short = one_line(text)
        content = (
            ThinkingBlock(text, "x"), TextBlock(f"needle {text}"), ToolUseBlock("t", short, {short: text}),
            ToolResultBlock("t", text), OpaqueBlock({"type": short, "x": text}),
        )  # fmt: skip
        facts = {
            "request": {"max_tokens": 5, "model": short, "tools": [short, {"name": short}], "system": text},
            "request_id": short, "message_id": short, "extra": {short: text, "stop_details": {"category": short}},
            "ending": {"cause": short, "detail": text, "kind": short}, "cost": {"usd": short, "exactness": short},
        }  # fmt: skip
        status = "interrupted" if number % 2 else "complete"
        reply = Node(f"a{number}", f"q{number}", "assistant", content, "model", status, model=short,
                     stop_reason=short, created_at=number, facts=facts)  # fmt: skip
        held = Conversation(f"c{number:02d}", f"{before(name)} {text}", created_at=1)
        keep(store, held.with_nodes([question, reply]))
        store.save_draft(held.id, text)
    store.close(5)


# The session


@contextmanager
def session(
    zygote: Zygote, folder: Path, *arguments: str, widths: Any = each_letter, **more: Any
) -> Iterator[tuple[Watched, Careless]]:
    """The app against a careless server, in a terminal that knows every order; nothing may open a browser."""
    opened, browser = folder / "opened", folder / "browser"
    browser.write_text(f"#!/bin/sh\necho \"$@\" >> '{opened}'\n")
    browser.chmod(stat.S_IRWXU)
    with Careless(pace=0) as server:
        env = {
            "ANTHROPIC_BASE_URL": server.url,
            "ANTHROPIC_API_KEY": "demo",
            "BROWSER": str(browser),
            **more.pop("env", {}),
        }
        given = {"size": SIZE, "zygote": zygote, "env": env, "home": folder / "home", "widths": widths, **more}
        with Watched(*arguments, **given) as terminal:
            terminal.wait("❯")
            yield terminal, server
            terminal.check()
            terminal.press("ctrl+q")
            terminal.left()
    assert not opened.exists(), opened.read_text()
    reports = [report.read_text() for report in (folder / "home" / "state" / "crashes").glob("*")]
    assert not reports, reports[0]


def pages(terminal: Watched, first: str, most: int = 60) -> str:
    """All of the conversation from its end to its beginning, a page at a time."""
    said = [terminal.settle(0.05)]
    while first not in said[-1]:
        assert len(said) < most, said[-1]
        terminal.press("pageup")
        terminal.wait(lambda text: text != said[-1])
        said.append(terminal.settle(0.03))
        terminal.check()
    return "\n".join(said)


def complete(said: str, names: Sequence[str]) -> None:
    """What stood before and behind each payload is still to be seen."""
    assert not [name for name in names if before(name) not in said or after(name) not in said]


def run_lines(terminal: Watched, lines: Iterable[str]) -> None:
    """Commands, pasted and sent; what they open is closed."""
    for line in lines:
        terminal.paste(line)
        terminal.send("\r" + ESCAPE)
        clear(terminal)
    terminal.check()


def clear(terminal: Watched) -> None:
    """All that was sent is done, nothing is over the conversation, and nothing in the prompt.

    Keys are done in their order: a word typed behind an Esc stands in the prompt, or something needs another Esc.
    """
    for number in range(40):
        word = f" m{number}m{len(terminal.raw)}"
        terminal.send(word)
        with suppress(AssertionError):
            terminal.wait(lambda screen, word=word: word in screen.rpartition("─" * 40)[2], 1 + number)
            terminal.press("ctrl+c")
            terminal.wait(lambda screen, word=word: "❯ Ask anything" in screen and word not in screen)
            return
        terminal.check()
        terminal.send(ESCAPE)
    raise AssertionError(terminal.text)


@pytest.mark.long
@pytest.mark.parametrize("widths", [each_letter, each_cluster])
def test_what_comes_from_the_wire(zygote: Zygote, tmp_path: Path, widths: Any) -> None:
    """Thinking, text, calls, results, sources, unknown blocks, names, reasons, errors, and bytes that are no text."""
    flags = ("--tools", "all", "--auto-continue", "0")
    with session(zygote, tmp_path, *flags, widths=widths) as (terminal, server):
        server.then(*replies(list(PAYLOADS)))
        for word, asked in (("first", 1), ("second", 3), ("third", 4), ("fourth", 5)):
            terminal.say(word)
            terminal.wait(lambda screen, asked=asked: len(server.requests) >= asked)
            terminal.wait(at_rest)
            terminal.check()
        terminal.press("f3")
        complete(pages(terminal, "┃ first"), list(PAYLOADS))
        terminal.press("f5")
        terminal.wait("OSC 52")
        for key in ("f4", "f6"):  # the receipt, the pieces
            terminal.press(key)
            terminal.wait("Esc closes")
            terminal.check()
            terminal.send(ESCAPE)
            terminal.wait("❯ Ask anything")
        run_lines(terminal, ["/sources", "/find [/oops] [@click", "/cost"])
        assert terminal.record.copied
        for copied in terminal.record.copied:
            assert is_safe(b64decode(copied).decode())


def at_rest(screen: str) -> bool:
    """Whether nothing is typed and nothing being written."""
    return "❯ Ask anything" in screen and not BUSY.search(screen.rstrip().rpartition("\n")[2])


BUSY = re.compile("writing|waiting|connecting|thinking|running")


def test_what_lies_on_the_disk(zygote: Zygote, tmp_path: Path) -> None:
    """Titles, models, reasons, drafts, what was found, receipts: of conversations that somebody else wrote."""
    seed(tmp_path / "home")
    with session(zygote, tmp_path, "--resume", size=(160, 70)) as (terminal, _):
        listed = terminal.wait("Enter opens")
        assert all(before(name) in listed for name in PAYLOADS)
        terminal.send("needle")
        terminal.wait(re.compile(r"[1-9]\d* by what was said(?! …)").search)
        terminal.check()
        terminal.send("y" * 520)  # more than the line holds; no bell rings
        terminal.wait("0 of ")
        terminal.check()
        terminal.send(ESCAPE)
        clear(terminal)
        for name in list(PAYLOADS)[::4]:
            terminal.press("ctrl+o")
            terminal.wait("Enter opens")
            terminal.send(before(name))
            terminal.wait("1 of ")
            terminal.press("enter")
            terminal.wait(lambda screen: "┃ the word" in screen and "Enter opens" not in screen)
            for key in ("f4", "f6"):
                terminal.press(key)
                terminal.wait("Esc closes")
                terminal.send(ESCAPE)
            terminal.wait("❯")
            terminal.check()
            clear(terminal)


COMMANDS = ("/rename {}", "/theme {}", "/model {}", "/find {}", "/search {}", "/export {}.md", "/system {}",
            "/tools {}", "/effort {}", "/max-tokens {}", "/{}", "/thinking {}", "/key {}")  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("turn", range(len(COMMANDS)))
def test_what_is_pasted_and_typed(zygote: Zygote, tmp_path: Path, turn: int) -> None:
    """As a question, as what a command is given, as a draft, and as keys; in turns, so that each meets each at last."""
    with session(zygote, tmp_path) as (terminal, _):
        terminal.paste(EVERYTHING.encode("utf-8", "replace").decode())
        terminal.settle()
        terminal.send("\r")
        terminal.wait("You said")
        run_lines(
            terminal,
            (
                COMMANDS[(number + turn) % len(COMMANDS)].format(text.encode("utf-8", "replace").decode())
                for number, text in enumerate(map(one_line, list(PAYLOADS.values())[turn % 3 :: 1 if turn else 3]))
            ),
        )
        terminal.paste("nested \x1b[200~ in itself \x1b[201~ and more")  # the rest is typed, as a terminal gives it
        clear(terminal)
        for name, text in PAYLOADS.items():
            if not any(letter < " " or letter == "\x7f" for letter in text):
                terminal.send(text.encode("utf-8", "surrogatepass"))
                terminal.send(f" {before(name)}")
                terminal.wait(before(name))
                clear(terminal)
        terminal.check()


ERRORS = ("invalid_request_error", "not_found_error", "permission_error", "request_too_large")


def test_what_the_api_says_of_an_error(zygote: Zygote, tmp_path: Path) -> None:
    """Messages, kinds and headers of failures."""
    texts = groups(380)
    failures = [
        Failure(400 + number % 5, ERRORS[number % 4] if number % 3 else one_line(text), text, error_code=text)
        for number, text in enumerate(texts)
    ]
    with session(zygote, tmp_path, "--auto-continue", "0") as (terminal, server):
        server.then(*failures)
        for number in range(len(failures)):
            terminal.say(f"try {number}")
            terminal.wait(lambda screen, number=number: len(server.requests) > number)
            terminal.wait(at_rest)
            clear(terminal)
            terminal.press("ctrl+n")
            terminal.wait("/ lists commands")
        terminal.check()

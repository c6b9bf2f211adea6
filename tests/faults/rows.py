"""The fault matrix: what the other side does, what the person does, and how it must end.

A row is met headless and in the app; what is said is kept as text beside the tests. Rows that need a
process to die, a disk to fill or a second window are proved elsewhere: see ``ELSEWHERE``.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Any, Literal, TypeAlias

from claude_tui.demo import Answer, Failure, Fault, Faulty, Hang, RawStream, Reply
from claude_tui.turn import Patience

from ..support.streams import delta, ended, reply_events, started, write_sse

Way: TypeAlias = Literal["", "no name", "refused", "shut", "proxy"]
Course: TypeAlias = Literal["", "it sleeps", "its clock runs back", "it has asked too often", "it has a bug"]
TEXT = "The tide comes twice a day: é, 海, and every wave of it is counted by nobody at all."
WHOLE = Reply([{"type": "text", "text": TEXT}])
EVENTS = reply_events([{"type": "text", "text": TEXT}])
BODY = write_sse(EVENTS).replace("\\u6d77", "海").replace("\\u00e9", "é").encode()
EARLY = BODY.index(b"content_block_start") - 7
CALL: dict[str, Any] = {"type": "tool_use", "id": "t1", "name": "calculate", "input": {"expression": "1 + 1"}}
HOLOGRAM: dict[str, Any] = {"type": "hologram", "light": "blue"}
THOUGHT: dict[str, Any] = {"type": "thinking", "thinking": "Where does the sea go? " * 4, "signature": ""}

THOUGHTFUL = Reply([THOUGHT, {"type": "text", "text": TEXT}])

CALM = Patience(frame=0.01, idle=0.05, offline=0.05, sleep_grace=1.5)
IMPATIENT = replace(CALM, stall_said=0.2, stall_offered=0.3, stall_cut=3.0)
PINGED = replace(CALM, silent_said=0.2, silent_offered=0.3, silent_cut=3.0)
PATIENT = replace(CALM, stall_said=0.2, stall_offered=0.3, silent_said=0.2, silent_offered=0.3)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the matrix."""

    name: str
    answers: Sequence[Answer] = ()
    """What the server answers, one request after the other; then it answers wholly."""
    attempts: int = 1
    status: str = "complete"
    """How the last reply ended."""
    text: str | None = TEXT
    """What of the answer is kept; None where it is none of this matrix's business."""
    code: int | None = 0
    """The exit code without a screen; None for a row that needs a person."""
    way: Way = ""
    """How the server is not reached."""
    proxy: str = ""
    """What the proxy on the way answers: a status line, or the name of a certificate."""
    waits: str = ""
    """The phase in which the person looks at the screen, and presses ``keys``."""
    keys: tuple[str, ...] = ()
    patience: Patience = CALM
    course: Course = ""
    """What is unusual on this side."""
    continues: int = 0
    """Times it goes on by itself."""
    model: str = "claude-opus-5-5"
    tools: tuple[str, ...] = ()


def refused(status: int, kind: str, message: str, **headers: str) -> Failure:
    return Failure(status, kind, message, {name.replace("_", "-"): value for name, value in headers.items()})


def cut(kind: Any, place: int = 40) -> Faulty:
    return Faulty(WHOLE, Fault(kind, after_text=place))


def raw(*events: Any, **headers: str) -> RawStream:
    return RawStream(write_sse(events).encode(), 200, headers)


def with_lines(*lines: bytes, at: int = 4) -> RawStream:
    """The whole answer, with these records among its own."""
    records = BODY.split(b"\n\n")
    return RawStream(b"\n\n".join([*records[:at], *lines, *records[at:]]))


def failed(name: str, *answers: Answer, **more: Any) -> Row:
    """Nothing came, and it ends with a sentence."""
    return Row(name, answers, **{"status": "failed", "text": "", "code": 1, **more})


def broken(name: str, *answers: Answer, text: str = TEXT[:40], **more: Any) -> Row:
    """Something came, and it can be gone on with."""
    return Row(name, answers, **{"status": "interrupted", "text": text, "code": 1, **more})


def paused(number: int) -> Reply:
    """A turn of the server's that it wants to go on with."""
    use = {"type": "server_tool_use", "id": f"srvtoolu_{number}", "name": "web_search", "input": {"query": "tide"}}
    found = {"type": "web_search_tool_result", "tool_use_id": f"srvtoolu_{number}", "content": []}
    return Reply([{"type": "text", "text": f"Part {number}."}, use, found], "pause_turn")


FORGED = refused(400, "invalid_request_error", "Invalid `signature` in `thinking` block")
OVERLOADED = refused(529, "overloaded_error", "Overloaded")
BUSY = "rate_limit_error"
SLOW_DOWN = "This request would exceed your rate limit of 40,000 input tokens per minute."

NO_ANSWER = [
    failed("the name is not found", way="no name", attempts=0),
    failed("nobody listens", way="refused", attempts=0),
    failed("nobody takes the connection", way="shut", attempts=0),
    failed("a certificate of nobody's", way="proxy", proxy="unsigned", attempts=0),
    failed("an expired certificate", way="proxy", proxy="expired", attempts=0),
    failed("a certificate of the future", way="proxy", proxy="early", attempts=0),
    failed("another's certificate", way="proxy", proxy="another", attempts=0),
    failed("the proxy asks for a password", way="proxy", proxy="407 Proxy Authentication Required", attempts=0),
    failed("the proxy does not lead there", way="proxy", proxy="403 Forbidden", attempts=0),
    failed("the connection ends before an answer", *[Faulty(WHOLE, Fault("fin", 0))] * 5, attempts=5),
]
REFUSALS = [
    failed("a login page", RawStream(b"<html>Log in</html>", 200, {"content-type": "text/html"})),
    failed("a redirect", RawStream(b"", 302, {"location": "http://127.0.0.1:9/"})),
    failed("400", refused(400, "invalid_request_error", "messages: something is wrong with it")),
    failed("422", refused(422, "invalid_request_error", "metadata: not like this")),
    failed("400 signature, twice", *[FORGED] * 2, attempts=2),
    failed("401", refused(401, "authentication_error", "invalid x-api-key")),
    failed("403", refused(403, "permission_error", "Your organization may not.")),
    failed("404", refused(404, "not_found_error", "model: claude-opus-5-6"), model="claude-opus-5-6"),
    failed("413", refused(413, "request_too_large", "Request exceeds the maximum size")),
    failed(
        "the prompt is too long",
        refused(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    ),
    failed("a spend limit", refused(429, BUSY, "Spend limit reached")),
    Row("429", [refused(429, BUSY, SLOW_DOWN)], 2),
    Row("429, seconds", [refused(429, BUSY, SLOW_DOWN, retry_after="0.1")], 2),
    Row("429, milliseconds", [refused(429, BUSY, SLOW_DOWN, retry_after_ms="50")], 2),
    Row("429, a date", [refused(429, BUSY, SLOW_DOWN, retry_after=formatdate(0, usegmt=True))], 2),
    failed("429, an hour", refused(429, BUSY, SLOW_DOWN, retry_after="3600")),
    *[Row(str(status), [refused(status, "api_error", "Not now")], 2) for status in (500, 502, 503, 504)],
    Row("529", [OVERLOADED], 2),
    failed("529 for ever", *[OVERLOADED] * 5, attempts=5),
    failed("not to be tried again", refused(500, "api_error", "No", x_should_retry="false")),
]
STREAMS = [
    broken("overloaded in the middle", cut("error")),
    broken("another error in the middle", raw(*EVENTS[:6],
        {"type": "error", "error": {"type": "api_error", "message": "Internal server error"}}), text=TEXT[:32]),
    Row("overloaded before the first word", [Faulty(WHOLE, Fault("error", 0))], 2),
    Row("reset, and it goes on by itself", [cut("rst")], 2, continues=1),
    broken("reset", cut("rst")),
    broken("closed", cut("fin")),
    broken("closed inside a character", Faulty(RawStream(BODY), Fault("fin", BODY.index("海".encode()) + 1)),
        text=TEXT[:24]),
    broken("closed inside a line", Faulty(RawStream(BODY), Fault("fin", BODY.rindex(b"text_delta"))), text=None),
    broken("ended without its end", cut("eof")),
    Row("ended before its beginning", [Faulty(RawStream(BODY), Fault("eof", EARLY))], 2, text=None),
    Row("two damaged events", [with_lines(b"event: x\ndata: {not json", b"event: x\ndata: null")]),
    broken("five damaged events", with_lines(*[b"event: x\ndata: [1"] * 5), text=None),
    Row("an unknown event", [with_lines(b'event: weather\ndata: {"type": "weather"}')]),
    Row("an unknown block", [raw(*reply_events([HOLOGRAM, {"type": "text", "text": TEXT}]))]),
    Row("an unknown delta", [raw(*EVENTS[:4], delta(0, "weather_delta", sky="grey"), *EVENTS[4:])]),
    broken("a delta of no block", raw(*EVENTS[:4], delta(7, "text_delta", text="lost"), *EVENTS[4:]), text=TEXT),
    Row("a second end", [raw(*EVENTS, {"type": "message_stop"})]),
    broken("a second beginning", raw(*EVENTS[:6], started(), *EVENTS[6:]), text=TEXT[:32]),
    Row("a beginning that has all of it", [raw(
        started(content=[{"type": "text", "text": TEXT}]), *ended())]),
    Row("gzip", [RawStream(gzip.compress(BODY), 200, {"content-encoding": "gzip"})]),
    broken("gzip that breaks off", RawStream(gzip.compress(BODY)[:-60], 200, {"content-encoding": "gzip"}), text=None),
    failed("an encoding that is not what it says", *[RawStream(BODY, 200, {"content-encoding": "gzip"})] * 5,
        attempts=5),
    broken("silence in the middle", cut("stall"), patience=IMPATIENT, waits="stalled"),
    broken("pings and nothing else", Faulty(WHOLE, Fault("ping-only", after_text=40, every=0.05)), patience=PINGED,
        waits="stalled"),
]  # fmt: skip
ENDINGS = [
    Row("declined", [Reply([{"type": "text", "text": TEXT}], "refusal", stop_details={"category": "bio"})], code=4),
    Row("the limit", [Reply([{"type": "text", "text": TEXT}], "max_tokens")], code=3),
    Row("the context is full", [Reply([{"type": "text", "text": TEXT}], "model_context_window_exceeded")], code=3),
    Row("paused, eleven times", [paused(number) for number in range(11)], 11, text=None, code=1),
    Row("a new reason", [Reply([{"type": "text", "text": TEXT}], "tired")]),
    broken("a tool call cut in its input", Faulty(RawStream(write_sse(reply_events(
        [{"type": "text", "text": TEXT}, CALL], "tool_use")).encode()), Fault("fin", -1)), text=TEXT,
        tools=("calculate",)),
    Row("a tool call whose input is no JSON", [raw(*EVENTS[:-2],
        {"type": "content_block_start", "index": 1, "content_block": {**CALL, "input": {}}},
        delta(1, "input_json_delta", partial_json='{"expression": 1 +'),
        {"type": "content_block_stop", "index": 1}, *ended("tool_use"))], 2, text=None, tools=("calculate",)),
]  # fmt: skip
OURS = [
    failed("an error of ours", course="it has a bug", attempts=0),
    Row("the clock is set back while it writes", [cut("rst")], 2, course="its clock runs back", continues=1),
    broken("the machine sleeps in the middle", cut("stall"), course="it sleeps", waits="stalled"),
    Row("the machine slept, and it goes on by itself", [cut("stall")], 2, course="it sleeps", continues=1),
]
PERSON = [
    Row("a key in spite of too many requests", [OVERLOADED], 2, code=None, course="it has asked too often",
        waits="retrying", keys=("ctrl+g",)),
    Row("Esc before the answer", [Hang(30)], 1, "none", "", None, waits="waiting", keys=("escape",)),
    Row("Esc while it waits to try again", [refused(429, BUSY, SLOW_DOWN, retry_after="90")], 1, "none", "", None,
        waits="retrying", keys=("escape",)),
    Row("a key tries at once", [refused(429, BUSY, SLOW_DOWN, retry_after="90")], 2, code=None, waits="retrying",
        keys=("ctrl+g",)),
    Row("a key tries at once without a network", [refused(503, "api_error", "Not now", retry_after="90")], 2,
        code=None, waits="retrying", keys=("ctrl+g",)),
    Row("Esc in a thought", [Faulty(THOUGHTFUL, Fault("stall", after_thinking=40))],
        1, "interrupted", "", None, waits="thinking", keys=("escape",)),
    Row("Esc in the text", [cut("stall")], 1, "interrupted", TEXT[:40], None, waits="writing", keys=("escape",)),
    Row("Esc twice", [cut("stall")], 1, "interrupted", TEXT[:40], None, waits="writing", keys=("escape", "escape")),
    Row("Esc in a tool call's input", [Faulty(RawStream(write_sse(reply_events(
        [{"type": "text", "text": TEXT}, CALL], "tool_use")).encode()), Fault("stall", -1))], 1, "interrupted", TEXT,
        None, waits="writing", keys=("escape",), tools=("calculate",)),
    Row("Esc in a silence", [cut("stall")], 1, "interrupted", TEXT[:40], None, waits="stalled", keys=("escape",),
        patience=replace(PATIENT, stall_offered=30)),
    Row("a key ends a silence", [cut("stall")], 2, code=None, waits="stalled", keys=("ctrl+g",), patience=PATIENT),
    Row("a byte at a time", [RawStream(BODY, piece=1, delay=0.2)], 1, "none", "", None, waits="stalled",
        keys=("escape",), patience=replace(PATIENT, stall_said=30, silent_said=0.5)),
]  # fmt: skip


def _placed(row: Row) -> Row:
    """A fault at byte -1 falls into the tool's input."""
    answers = [
        replace(answer, fault=replace(answer.fault, after_bytes=answer.answer.body.index(b"partial_json") + 20))
        if isinstance(answer, Faulty) and answer.fault.after_bytes == -1 and isinstance(answer.answer, RawStream)
        else answer
        for answer in row.answers
    ]
    return replace(row, answers=answers)


GROUPS = {
    "no answer": NO_ANSWER,
    "refusals": REFUSALS,
    "streams": STREAMS,
    "ours": OURS,
    "endings": [_placed(row) for row in ENDINGS],
    "person": [_placed(row) for row in PERSON],
}


def heavy(share: float = 1.0) -> dict[str, RawStream]:
    """Answers that are too much at once, or a share of them."""
    lines, words, bits = (int(number * share) for number in (210_000, 200_000, 10_000))
    return {
        "a delta of 5 MB": _text("A line of a long delta.\n" * lines, 1 << 30),
        "a line of 1 MB": _text("word " * words, 1 << 30),
        "40,000 deltas": _text("word and " * bits, 2),
    }


def _text(text: str, size: int) -> RawStream:
    return raw(*reply_events([{"type": "text", "text": text}], size=size))


ELSEWHERE = {
    "a refused prefill, mended": "turn/test_failures.py::test_a_refused_prefill_is_asked_for_instead",
    "a refused signature, mended": "turn/test_failures.py::test_a_refused_signature_is_repaired_once",
    "401, by the key's source": "test_api.py::test_a_wrong_key_is_named_by_its_source",
    "a name looked up for ever": "test_api.py::test_a_name_that_is_looked_up_for_ever_does_not_keep_the_program",
    "cut at every byte": "turn/test_continue.py::test_cut_everywhere",
    "a tool finished, its result not sent": "turn/test_tools.py::test_a_result_that_was_not_sent_is_sent",
    "a tool was running (kill)": "test_kills.py::test_a_killed_tool_is_not_run_again",
    "Esc while a tool runs": "turn/test_failures.py::test_esc",
    "Esc while the SDK is loaded": "turn/test_failures.py::test_esc_while_the_sdk_is_loaded_and_before_anything",
    "quit while it writes": "pty/test_day.py::test_leaving_while_it_writes",
    "SIGHUP, SIGTERM, SIGQUIT, SIGINT": "pty/test_terminal.py::test_signals_end_it_cleanly",
    "the terminal is closed": "pty/test_terminal.py::test_a_closed_window_ends_it",
    "signals, headless": "test_headless.py::test_a_signal_stops_it",
    "a broken pipe": "test_headless.py::test_nobody_reads_the_rest",
    "SIGKILL": "pty/test_kill.py::test_sixteen_kills",
    "SIGKILL, headless": "test_kills.py::test_twenty_four_kills",
    "power loss": "store/test_power.py::test_two_hundred_power_cuts",
    "Ctrl-C": "ui/test_talking.py::test_ctrl_c_clears_stops_and_twice_quits",
    "sizes of the window": "pty/test_terminal.py::test_any_size_of_window",
    "a full disk": "store/test_faults.py::test_a_full_disk_and_then_room_again",
    "a locked database": "store/test_faults.py::test_another_program_holds_the_lock",
    "a read-only disk": "store/test_faults.py::test_a_disk_that_is_read_only_for_a_moment",
    "writes, syncs and creations refused": "store/test_refusals.py::test_twenty_refusals",
    "a second window": "ui/test_mishaps.py::test_two_windows_do_not_write_in_one_conversation",
    "a thread of a turn dies": "turn/test_failures.py::test_an_error_of_ours_leaves_a_reply_that_goes_on",
}
"""Rows with a test of their own, below ``tests``. A change of network is the row of a reset."""


def body_of(answer: RawStream) -> str:
    """Its text, as it must arrive."""
    found = (json.loads(line[6:]) for line in answer.body.decode().splitlines() if line.startswith("data: "))
    return "".join(event.get("delta", {}).get("text", "") for event in found)

"""``claude-tui -p``: a turn printed as it is committed, in the same loop the app drives."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TextIO, TypeAlias

from . import interrupt
from .cancel import Cancel
from .core.conversation import Conversation, Node
from .core.offers import not_taken
from .core.retry import MONEY
from .core.text import clean, closed
from .core.view import Exchange, Flow, Part, exchange, result_text
from .files import as_json, cause
from .session import Session
from .turn import Turn, run_turn

OutputFormat: TypeAlias = Literal["text", "json", "stream-json"]

COMPLETE, FAILED, USAGE, LIMIT, REFUSED, BUDGET, STOPPED = 0, 1, 2, 3, 4, 5, 130
"""Exit codes: see ``README.md``."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_GONE = "nobody reads"


def print_turn(
    session: Session,
    conversation: Conversation,
    question: Sequence[Node],
    output_format: OutputFormat,
) -> int:
    """Run one turn and print it; the exit code."""
    cancel = Cancel()
    settings = session.settings(conversation)
    for sentence in not_taken(settings, session.flags.named):
        print(f"claude-tui: {clean(sentence.replace('/max-tokens', '--max-tokens'))}", file=sys.stderr)
    printer = _Printer(sys.stdout, output_format, conversation)
    turn: Turn | None = None
    unheard = ""
    with _stopped_by_signals(cancel) as stopped_by:
        for turn in run_turn(conversation, settings, session.means(), cancel, question=question):
            if unheard:
                continue  # stopped already: what came is being saved
            try:
                printer.show(turn)
            except OSError as error:  # whoever read has gone, or the disk is full
                unheard = _unheard(error)
                cancel.cancel()
        if turn is None:
            return FAILED
        code = FAILED if unheard else _exit_code(turn, stopped_by)
        try:
            if not unheard:
                printer.end(turn, code)
        except OSError as error:
            unheard, code = _unheard(error), FAILED
    for note in turn.notes:
        print(f"claude-tui: {clean(note)}", file=sys.stderr)
    _tell_problem(turn, code, unheard)
    if unheard:
        _silence(sys.stdout)
    return code


@contextmanager
def _stopped_by_signals(cancel: Cancel) -> Generator[list[int]]:
    """Raise ``cancel`` at a signal that asks to stop; the signals that came.

    The flag is raised by a thread: a handler runs in the middle of whatever the main thread does, and
    that may be holding the very lock the flag needs.
    """
    seen: list[int] = []
    waking, woken = socket.socketpair()
    waking.setblocking(False)

    def watch() -> None:
        while number := woken.recv(1):
            if number[0] in _SIGNALS:
                seen.append(number[0])
                cancel.cancel()
        woken.close()

    threading.Thread(target=watch, name="signals", daemon=True).start()
    # The pipe first: a signal between the two would be taken by a handler that does nothing, and told to nobody.
    wakeup = signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, lambda number, frame: None) for number in _SIGNALS}
    try:
        interrupt.check()
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        waking.close()


def _unheard(error: OSError) -> str:
    """Why the answer cannot be printed; that nobody reads any more needs no words."""
    if isinstance(error, BrokenPipeError):
        return _GONE
    return f"The answer cannot be printed ({cause(error)}); what came is saved."


def _silence(out: TextIO) -> None:
    """Nothing more can be printed: keep the interpreter from trying at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    except (OSError, ValueError):
        pass


def _last(turn: Turn) -> Node | None:
    path = turn.conversation.path()
    return next((node for node in reversed(path) if node.role == "assistant"), None)


def _exit_code(turn: Turn, stopped_by: Sequence[int]) -> int:
    if stopped_by:
        return STOPPED if stopped_by[0] == signal.SIGINT else 128 + stopped_by[0]
    node = _last(turn)
    if turn.failure is not None and turn.failure.kind in MONEY:
        return BUDGET
    if node is None or node.status != "complete":
        return FAILED
    match node.stop_reason:
        case "max_tokens" | "model_context_window_exceeded":
            return LIMIT
        case "refusal":
            return REFUSED
        case "tool_use" | "pause_turn":
            return FAILED
        case _:
            return COMPLETE


def _tell_problem(turn: Turn, code: int, unheard: str = "") -> None:
    sentence = ""
    if unheard:
        sentence = "" if unheard == _GONE else unheard
    elif code in (FAILED, BUDGET):
        why = turn.failure.sentence if turn.failure else "The reply is not complete."
        sentence = f"{closed(why)} {_kept(turn)}"
    elif code == LIMIT:
        sentence = f"The reply reached its limit. {_kept(turn)}"
    elif code == REFUSED:
        sentence = "The model declined to answer."
    if sentence:
        print(f"claude-tui: {clean(sentence).rstrip()}", file=sys.stderr)
    if not turn.saved:
        print("claude-tui: The reply could not be saved.", file=sys.stderr)


def _kept(turn: Turn) -> str:
    """What there is of an unfinished reply, and how it goes on."""
    if not turn.saved:
        return ""
    characters = len(current_exchange(turn).text)
    if characters:
        return f"{characters:,} characters of it are saved; claude-tui -c -p goes on."
    return "The question is saved; claude-tui -c -p asks it again."


def current_exchange(turn: Turn) -> Exchange:
    """The last question of the turn's path and what was answered so far."""
    path = turn.conversation.path()
    start = next((at for at in range(len(path) - 1, -1, -1) if path[at].origin == "typed"), None)
    if start is None:
        return exchange(None, path, turn.live)
    return exchange(path[start], path[start + 1 :], turn.live)


class _Printer:
    """Prints what a snapshot has more than the one before."""

    def __init__(self, out: TextIO, output_format: OutputFormat, before: Conversation) -> None:
        self.out = out
        self.format = output_format
        self.clean = out.isatty() and output_format == "text"
        self._printed: dict[str, int] = {}
        self._told: set[str] = set()
        self._wait = ""
        self._any = False
        path = before.path()
        if path and path[-1].origin != "typed":
            # Going on: what was said before is not printed again.
            for part in current_exchange(Turn(before, "done")).parts:
                self._printed[part.key] = len(_said(part.flow))
                self._told.add(part.key)
                if part.result is not None:
                    self._told.add(f"{part.key}!")

    def show(self, turn: Turn) -> None:
        if turn.phase == "retrying" and turn.sentence != self._wait:
            self._wait = turn.sentence
            self._event({"type": "retry", "sentence": turn.sentence, "wait": round(turn.wait, 1)})
            if self.format == "text" and sys.stderr.isatty():
                print(f"claude-tui: {clean(turn.sentence)}", file=sys.stderr)
        before: Part | None = None
        wrote = False
        for part in current_exchange(turn).parts:
            said = _said(part.flow)
            if part.kind == "text":
                if len(said):
                    wrote = self._text(part, said, before) or wrote
                    before = part
            elif part.kind == "thinking":
                if new := self._new(part, said):
                    self._event({"type": "thinking", "text": new})
            elif part.kind == "tool":
                self._tool(part)
        if wrote:
            self.out.flush()

    def _new(self, part: Part, said: Flow) -> str:
        new = said.since(self._printed.get(part.key, 0))
        self._printed[part.key] = len(said)
        return new

    def _text(self, part: Part, said: Flow, before: Part | None) -> bool:
        begins = not self._printed.get(part.key)
        new = self._new(part, said)
        if not new:
            return False
        if begins and before is not None and before.message != part.message:
            earlier = _said(before.flow)
            new = new if earlier.since(len(earlier) - 2) == "\n\n" else f"\n\n{new}"
        self._any = True
        if self.format == "text":
            self.out.write(clean(new) if self.clean else new)
        self._event({"type": "text", "text": new})
        return True

    def _tool(self, part: Part) -> None:
        if not part.open and part.key not in self._told:
            self._told.add(part.key)
            block: Any = part.block
            self._event({"type": "tool_use", "id": block.id, "name": block.name, "input": dict(block.input)})
        if part.result is not None and f"{part.key}!" not in self._told:
            self._told.add(f"{part.key}!")
            result = part.result
            told = {"tool_use_id": result.tool_use_id, "is_error": result.is_error, "text": result_text(result)}
            self._event({"type": "tool_result", **told})

    def _event(self, event: dict[str, Any]) -> None:
        if self.format == "stream-json":
            self.out.write(as_json(event, self.out) + "\n")
            self.out.flush()

    def end(self, turn: Turn, code: int) -> None:
        if self.format == "text":
            if self._any:
                self.out.write("\n")
        else:
            result = _result(turn, code)
            self.out.write(as_json(result, self.out) + "\n")
        self.out.flush()


def _said(flow: Flow) -> Flow:
    """The flow without what we added to it."""
    if not any(piece.added for piece in flow.stretches):
        return flow
    return Flow(tuple(piece for piece in flow.stretches if not piece.added))


def _result(turn: Turn, code: int) -> dict[str, Any]:
    node = _last(turn)
    current = current_exchange(turn)
    return {
        "type": "result",
        "conversation_id": turn.conversation.id,
        "node_id": node.id if node else None,
        "text": current.text,
        "status": node.status if node else "failed",
        "stop_reason": node.stop_reason if node else None,
        "model": node.model if node else None,
        "usage": dict(node.usage.counts) if node else {},
        "cost_usd": None if turn.cost.dollars is None else str(turn.cost.dollars),
        "cost_is": turn.cost.exactness,
        "error": turn.failure.sentence if turn.failure else None,
        "exit_code": code,
    }

"""The default script: replies worth reading, chosen by what the user says, and continued when they were cut.

The same conversation always gets the same words. The only memory is of how often a busy server was asked.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass
from typing import Any

from . import limits, replies
from .answers import Answer, Failure, Fault, FaultKind, Faulty, Json, Reply
from .faithful import thinking_blocks
from .reading import Reading, read
from .wire import arr, compact, obj, text_of, visible_text

_LONG_QUOTE = 24
"""From so many characters on, a quote of a finished answer asks to go on all the same."""
_SHORT_MESSAGE = 8
"""Words of a message that may be an order to fail; a longer one only happens to have the word in it."""
_FAULT_KINDS: dict[str, FaultKind] = {"drop": "rst", "stall": "stall", "error": "error", "eof": "eof"}
_FAULT_PLACE = 0.43
_GO_ON = re.compile(r"(?i)\s*(please\s+)?(go on|continue)\b.{0,40}$", re.DOTALL)
_SUM = re.compile(r"[\d(][\d\s().]*(?:[-+*/×÷^%][\d\s().]+)+")


@dataclass(frozen=True, slots=True)
class Scene:
    """What is said to a question: blocks without thinking, and how they may fail to arrive."""

    title: str
    blocks: tuple[Json, ...]
    thinking: str = ""
    stop_reason: str = "end_turn"
    stop_details: Json | None = None
    fault: FaultKind | None = None
    refusals: tuple[Failure, ...] = ()
    """Answers to the first tries."""
    pause_after: int | None = None
    """How many blocks are said before the turn pauses."""

    @property
    def text(self) -> str:
        return "".join(text_of(block.get("text")) for block in self.blocks if block.get("type") == "text")


class DemoScript:
    """Replies worth reading, chosen by what the user says."""

    def __init__(self) -> None:
        self._tries: dict[str, int] = {}
        self._lock = threading.Lock()

    def answer(self, request: Json) -> Answer:
        messages = request.get("messages")
        reading = read(messages, lambda so_far: _scene(so_far, request).text, _asks_to_go_on)
        scene = _scene(reading, request)
        if not reading.continues and (refusal := self._busy(scene, compact(messages))):
            return refusal
        reply = limits.kept(_reply(scene, reading, request), request)
        if scene.fault and not reading.continues:
            return Faulty(reply, Fault(scene.fault, after_text=int(len(scene.text) * _FAULT_PLACE)))
        return reply

    def _busy(self, scene: Scene, conversation: str) -> Failure | None:
        """The refusal that is due; after the last one the count begins again."""
        if not scene.refusals:
            return None
        key = hashlib.sha256(conversation.encode("utf-8", "surrogatepass")).hexdigest()
        with self._lock:
            tried = self._tries.pop(key, 0)
            if tried >= len(scene.refusals):
                return None
            self._tries[key] = tried + 1
        return scene.refusals[tried]


def _asks_to_go_on(reading: Reading, quote: str, said: str) -> bool:
    complete = reading.so_far.rstrip() == reading.text.rstrip()
    if quote:
        return not complete or len(quote) >= _LONG_QUOTE
    return not complete and _GO_ON.match(said) is not None


def _reply(scene: Scene, reading: Reading, request: Json) -> Reply:
    """The scene from where the conversation stands."""
    blocks, reason = list(scene.blocks), scene.stop_reason
    if reading.continues:
        blocks = _after(blocks, reading.position, reading.paused)
        if reading.ask:
            blocks = _said_first(reading.ask, blocks)
    elif scene.pause_after is not None:
        blocks, reason = blocks[: scene.pause_after], "pause_turn"
    thought = [] if reading.continues else thinking_blocks(request, scene.thinking)
    return Reply([*thought, *blocks], reason, stop_details=scene.stop_details)


def _after(blocks: list[Json], position: int, past_tools: bool) -> list[Json]:
    """The blocks from a place in the text on; what stands exactly there comes again unless it was run."""
    rest: list[Json] = []
    passed = 0
    for block in blocks:
        if block.get("type") != "text":
            if passed > position or (passed == position and not past_tools):
                rest.append(block)
            continue
        text = text_of(block.get("text"))
        if passed + len(text) > position:
            rest.append({**block, "text": text[max(0, position - passed) :]})
        passed += len(text)
    return rest


def _said_first(quote: str, blocks: list[Json]) -> list[Json]:
    if blocks and blocks[0].get("type") == "text":
        return [{**blocks[0], "text": quote + text_of(blocks[0].get("text"))}, *blocks[1:]]
    return [_text(quote), *blocks]


def _text(said: str, **more: Any) -> Json:
    return {"type": "text", "text": said, **more}


# Choosing


def _scene(reading: Reading, request: Json) -> Scene:
    """What is said to the open question of a conversation."""
    question = reading.question.lower()
    words = set(re.findall(r"[a-z]+", question))
    short = len(question.split()) <= _SHORT_MESSAGE
    if reading.results:
        return Scene("Tools", (_text(_after_tools(reading.results)),))
    if _wants_title(words, request):
        return Scene("A title", (_text(_named(words)),))
    if short and (fault := next((name for name in _FAULT_KINDS if name in words), None)):
        return _broken(fault)
    if short and {"overload", "overloaded"} & words:
        refusal = Failure(529, "overloaded_error", "Overloaded")
        return _busy("twice", "“overloaded” (529)", refusal, refusal)
    if short and "rate" in words and {"limit", "limits"} & words:
        said = "This request would exceed your account's rate limit. Please try again later."
        return _busy("once", "“rate limit” (429)", Failure(429, "rate_limit_error", said, {"retry-after": "3"}))
    if short and {"refuse", "refusal"} & words:
        details = {"type": "refusal", "category": None, "explanation": replies.REFUSAL_EXPLANATION}
        return Scene("A refusal", (_text(replies.REFUSAL),), stop_reason="refusal", stop_details=details)
    if short and "pause" in words:
        return _paused(request)
    brief = len(question.split()) <= 2 * _SHORT_MESSAGE
    clock, sums = "time" in words, bool({"calculate", "arithmetic"} & words or _SUM.search(question))
    if brief and (clock or sums):
        return _tools(reading, request, clock, sums)
    if "search" in words:
        return _search(reading.question, request)
    if {"markdown", "long"} & words:
        return Scene("A field guide", (_text(replies.MARKDOWN),), replies.MARKDOWN_THINKING)
    if {"tour", "help", "hello", "hi", "hey"} & words:
        return Scene("A tour of the app", (_text(replies.TOUR),), replies.TOUR_THINKING)
    if {"think", "why"} & words:
        return Scene("Why the night is dark", (_text(replies.ESSAY),), replies.ESSAY_THINKING)
    quote = _quote(reading.question)
    if reading.number <= 1:
        said = replies.FIRST_ANSWER.format(quote=quote) + replies.TOUR
        return Scene("A tour of the app", (_text(said),), replies.TOUR_THINKING)
    said = replies.ANYTHING.format(quote=quote, menu=replies.MENU)
    return Scene("The demo", (_text(said),), replies.ANYTHING_THINKING)


def _quote(question: str) -> str:
    said = " ".join(question.split())
    said = said if len(said) <= 80 else said[:80].rsplit(" ", 1)[0] + " …"
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", said) or "…"


def _wants_title(words: set[str], request: Json) -> bool:
    """Whether the client asks for a name of the conversation and not for an answer."""
    system = set(re.findall(r"[a-z]+", visible_text(request.get("system")).lower()))
    return "title" in (words | system) and bool({"conversation", "chat", "words"} & (words | system))


def _named(words: set[str]) -> str:
    titles = {
        "drop": "A dropped connection", "stall": "A stalled reply", "error": "An error in the middle",
        "eof": "An early end", "overload": "A busy server", "limit": "A rate limit", "refuse": "A refusal",
        "pause": "A paused turn", "time": "What time it is", "calculate": "A sum", "search": "A web search",
        "markdown": "A field guide to Markdown", "why": "Why the night is dark", "think": "Why the night is dark",
    }  # fmt: skip
    return next((title for word, title in titles.items() if word in words), "A tour of the demo")


# Scenes


def _broken(fault: str) -> Scene:
    what, how = replies.FAULTS[fault]
    said = replies.FAULTS_TEXT.format(what=what, how=how)
    return Scene(what, (_text(said),), replies.SHORT_THINKING, fault=_FAULT_KINDS[fault])


def _busy(times: str, what: str, *refusals: Failure) -> Scene:
    said = replies.BUSY.format(times=times, what=what)
    return Scene("A busy server", (_text(said),), replies.SHORT_THINKING, refusals=refusals)


def _number(request: Json, salt: str) -> str:
    """An id that is the same for the same conversation, and new in each later turn."""
    return hashlib.sha256(f"{salt} {compact(request.get('messages'))}".encode("utf-8", "replace")).hexdigest()[:20]


def _searched(request: Json, query: str) -> tuple[Json, Json]:
    one = f"srvtoolu_{_number(request, query)}"
    pages = [
        {"type": "web_search_result", "url": url, "title": title, "page_age": None, "encrypted_content": _sealed(said)}
        for url, title, said in replies.SEARCH_PAGES
    ]
    call: Json = {"type": "server_tool_use", "id": one, "name": "web_search", "input": {"query": query}}
    return call, {"type": "web_search_tool_result", "tool_use_id": one, "content": pages}


def _sealed(said: str) -> str:
    return "demo" + hashlib.sha256(said.encode()).hexdigest()


def _search(question: str, request: Json) -> Scene:
    if not _offered(request, "web_search"):
        return Scene("A web search", (_text(replies.SEARCH_OFF),), replies.SHORT_THINKING)
    said: list[Json] = [_text(replies.SEARCH_OPENING)]
    said += _searched(request, _query(question))
    for text, page in replies.SEARCH_PARTS:
        if page is None:
            said.append(_text(text))
            continue
        url, title, cited = replies.SEARCH_PAGES[page]
        citation = {
            "type": "web_search_result_location",
            "cited_text": cited,
            "url": url,
            "title": title,
            "encrypted_index": _sealed(url),
        }
        said.append(_text(text, citations=[citation]))
    return Scene("A web search", tuple(said), replies.SHORT_THINKING)


def _query(question: str) -> str:
    rest = re.sub(r"(?i)\b(please|can you|search|the web|for|look up)\b", " ", question)
    return " ".join(rest.split()).strip("?.! ")[:100] or "history of the computer terminal"


def _paused(request: Json) -> Scene:
    call, result = _searched(request, "something that takes long")
    said = (_text(replies.PAUSE_FIRST), call, result, _text(replies.PAUSE_SECOND))
    return Scene("A paused turn", said, replies.SHORT_THINKING, pause_after=3)


def _tools(reading: Reading, request: Json, clock: bool, sums: bool) -> Scene:
    wanted = [("time",)] * clock + [("calc", "arith")] * sums
    found = [tool for parts in wanted if (tool := _offered(request, *parts))]
    if not found:
        return Scene("Tools", (_text(replies.TOOLS_OFF),), replies.SHORT_THINKING)
    opening = replies.BOTH_OPENING if len(found) > 1 else replies.TIME_OPENING if clock else replies.SUM_OPENING
    calls: list[Json] = []
    for tool in found:
        name = text_of(tool.get("name"))
        given = _filled(obj(tool.get("input_schema")), reading.question)
        calls.append({"type": "tool_use", "id": f"toolu_{_number(request, name)}", "name": name, "input": given})
    return Scene("Tools", (_text(opening), *calls), replies.TOOL_THINKING, stop_reason="tool_use")


def _offered(request: Json, *parts: str) -> Json | None:
    """The first tool of the request whose name contains one of these."""
    tools = map(obj, arr(request.get("tools")))
    return next((tool for tool in tools if any(part in text_of(tool.get("name")).lower() for part in parts)), None)


def _filled(schema: Json, question: str) -> Json:
    """An input that satisfies a schema: the expression where one is asked for, else the plainest value."""
    required = arr(schema.get("required"))
    given: Json = {}
    for name, shape in obj(schema.get("properties")).items():
        is_sum = any(part in name.lower() for part in ("expr", "formula", "calc"))
        if is_sum or name in required:
            given[name] = _sum(question) if is_sum else _plain(name, obj(shape))
    return given


def _sum(question: str) -> str:
    found = [match.group().strip() for match in _SUM.finditer(question)]
    said = max(found, key=len, default="(17 + 4) * 2")
    return said.replace("×", "*").replace("÷", "/").rstrip(" .")


def _plain(name: str, shape: Json) -> Any:
    if "default" in shape:
        return shape["default"]
    if values := arr(shape.get("enum")):
        return values[0]
    match shape.get("type"):
        case "integer" | "number":
            return shape.get("minimum", 1)
        case "boolean":
            return False
        case "array":
            return []
        case "object":
            return {}
        case _:
            return "UTC" if "zone" in name.lower() or name.lower() == "tz" else "now"


def _after_tools(results: list[Json]) -> str:
    """A text that uses what the tools said."""
    said: list[str] = []
    for result in results:
        content = visible_text(result.get("content")).strip() or "nothing"
        content = " ".join(content.split())[:400]
        if result.get("is_error"):
            return replies.TOOL_FAILED.format(said=content)
        said.append(content)
    if len(said) == 1:
        answer = f"Here it is: **{_bold(said[0])}**\n"
    else:
        answer = "Here are the answers:\n\n" + "".join(f"- **{_bold(one)}**\n" for one in said)
    return answer + replies.TOOL_CLOSING


def _bold(said: str) -> str:
    try:
        # A result that is JSON reads better as one short line of code.
        json.loads(said)
    except ValueError:
        return said.replace("*", "\\*")
    return said if re.fullmatch(r"[\d.,eE+-]+", said) else f"`{said}`"

"""Budgets: what a request may cost at most before it is sent, and what it has cost at most while it comes.

A budget holds because what a request may cost is reserved before it is sent and settled when it has ended. What is
reserved is the sum of

- what is read: every byte of the request at most a token (or what the API counted of it already), at the dearest
  price of input there is, as a write to the cache and in the United States alone; a page of a document as ``PAGE``, as
  many as a request may have where nobody could count them; and never more than the model's context holds;
- ``max_tokens`` of output, thinking included: the API writes no more;
- for tools at the API's side, up to ``ROUNDS`` readings of all that, each ``ROUND`` tokens longer than the one
  before, and each tool's own charge. Where less is left, tools that can be told so may be used less often
  (``max_uses``, one of ``USES``), and where less is left than a whole reply may cost, ``max_tokens`` is lowered to
  what fits, down to ``LEAST``;
- where the API may make room in the context, and the request may be so long that it does, one more reading of all of
  it and ``SUMMARY`` tokens of output.

What is under way at midnight counts in the day and the month that begin too, and is entered in those it ends in.

While a reply comes it is metered, never under what it costs as far as that can be told, and where that is more than
was reserved, more is reserved or the reply is stopped.

What can still pass a budget:

- A stream is stopped at the event that would pass it: by that event, and by what the API bills of what it wrote until
  it noticed.
- Tools that cannot be told how often (code execution, and those of a tool turn that is open, which stay as they
  are) are stopped when more comes than was reserved: by then the API reads what came: one reading of it.
- A page of a document that has more than ``PAGE`` tokens passes by what is more of it.
- Where the API makes room, a summary of more than ``SUMMARY`` tokens passes by what is more of it; and where tools
  fill the context again within the same reply, a second such pass does, before it is heard of here.
- A reply that has ended is entered with the API's own count. Where that is more than was promised (output beyond
  ``max_tokens``, a tool that brought more than ``ROUND`` tokens and was read before its result came here) the
  budget is passed by the difference, once for each request under way: nothing more is sent then. What the API's count
  has no price for (the priority tier, another model that took part) is counted with what the meter says; where only a
  part of it has none, that part is not.
- Of a reply that is cut nobody says what it wrote in hiding, or wrote after the cut. It is counted with what the meter
  says, thinking that was not shown by the clock: what it costs beyond that is at most the rest of its ``max_tokens``.
- Of a try that brought no answer nobody says whether it was billed. What it read is counted; what it may have
  written is not: at most ``max_tokens`` a try.
- What is not in this ledger: other machines, other programs with the same key, models whose price nobody knows (they
  are sent only after a person said so).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal, TypeAlias, cast

from .attached import IMAGES, MANY_PARTS, kept_of
from .conversation import Node
from .message import JsonObject, RedactedThinkingBlock, ThinkingBlock, block_to_wire
from .models import Model
from .prices import TOOLS, prices_of
from .pricing import Life, life_of, price_on
from .request import COUNTED
from .room import compacts_at

Period: TypeAlias = Literal["run", "conversation", "day", "month"]
PERIODS: tuple[Period, ...] = ("conversation", "day", "month")
"""Those a person sets; ``run`` is what one call of ``-p`` may cost."""
NAMES: Mapping[Period, str] = {
    "run": "the budget of this call",
    "conversation": "this conversation's budget",
    "day": "today's budget",
    "month": "this month's budget",
}
WARN = Decimal("0.8")
"""The share of a budget from which on it is said."""

NANO = 10**9
LEAST = 2_000
"""Tokens of output, thinking included, under which asking is not worth what is read for it."""
ROOM = 8_000
"""Tokens of output that are kept for the answer before tools are given more rounds."""
USUAL_ROUNDS = 2
"""Readings by tools at the API's side that a budget is raised for when a key raises it."""
ROUNDS = 10
"""Readings that tools at the API's side make of a request at most (platform docs: stop reasons, 2026-08)."""
ROUND = 10_000
"""Tokens that what such a tool brings is taken for; ten searches of a recording brought 6,900 each."""
USES = (5, 2, 1)
"""How often a tool is told that it may be used, where less is left than it might cost."""
SUMMARY = 10_000
"""Tokens that the summary is taken for which the API makes of a conversation; nothing says how long it may be."""
_TOOLS_READ = {"web_search": 8_000, "web_fetch": 8_000, "code_execution": 8_000}
"""Tokens of instructions that the API adds for a tool of its own, at most."""
_TOOL_READ = 1_000
"""And for any of ours."""
_IMAGE_READ = 6_000
"""Tokens that an image is read as at most, however few bytes it has."""
PAGE = 8_000
"""And a page of a document: it is read as an image and as text, of which a page has 3,000 (docs: PDF support)."""
_MILLION = 1_000_000


def nano(dollars: Decimal) -> int:
    """Billionths of a dollar, rounded up."""
    return int((dollars * NANO).to_integral_value(ROUND_CEILING))


def dollars(nano: int) -> Decimal:
    """Dollars of so many billionths."""
    return Decimal(nano) / NANO


# What was set


@dataclass(frozen=True, slots=True)
class Limits:
    """Dollars that may be spent; None for no bound."""

    conversation: Decimal | None = None
    day: Decimal | None = None
    month: Decimal | None = None
    run: Decimal | None = None
    unsure: str = ""
    """Why nobody can tell what they are to be: until that is mended, or a person says so, nothing is sent."""

    def of(self, period: Period) -> Decimal | None:
        """The bound of one period."""
        return getattr(self, period)

    @property
    def any(self) -> bool:
        """Whether there is one at all."""
        return any(self.of(period) is not None for period in ("run", *PERIODS))


def began(period: Period, now: int) -> int:
    """When the period began that ``now`` lies in, by the local calendar, in milliseconds since 1970; 0 for one that
    has no beginning."""
    if period not in ("day", "month"):
        return 0
    then = datetime.fromtimestamp(now / 1000)
    start = datetime(then.year, then.month, then.day if period == "day" else 1)
    return int(start.timestamp() * 1000)


def name_of(period: Period, now: int, conversation_id: str) -> str:
    """What one day, month or conversation is called where its budget was raised: ``day 2026-11-21``."""
    if period == "conversation":
        return f"conversation {conversation_id}"
    then = datetime.fromtimestamp(now / 1000)
    return f"day {then:%Y-%m-%d}" if period == "day" else f"month {then:%Y-%m}"


def raised(limit: Decimal, needed: Decimal) -> Decimal:
    """The next budget: a quarter more, or as much as is needed, in two figures, rounded up."""
    wanted = max(limit * Decimal("1.25"), needed, Decimal("0.01"))
    step = Decimal(1).scaleb(max(wanted.adjusted() - 1, -2))
    return (wanted / step).to_integral_value(ROUND_CEILING) * step


# What a request may cost


@dataclass(frozen=True, slots=True)
class Promise:
    """What one request may cost."""

    read: int
    """Tokens of it that are read, at most."""
    asked: int
    """``max_tokens`` as it was asked for."""
    rounds: int
    """How often tools at the API's side may have it read again; 0 without such tools."""
    given: int
    """Dollars for a million tokens read, and written, each at its dearest, in billionths for one."""
    written: int
    charge: int = 0
    """What a tool charges for a call, in billionths."""
    compacts: int = 0
    """Tokens from which on the API makes room first, in a pass of its own; 0 where it does not."""
    life: Life = "5m"
    """What it asks of the cache: what is written beyond the API's breakdown is billed so."""
    counted: int = 0
    """Tools that are told how often they may be used: each of them once at least."""

    def most(self, max_tokens: int, rounds: int) -> int:
        """What it costs at most with so many tokens and rounds, in billionths of a dollar."""
        again = rounds * self.read + ROUND * rounds * (rounds + 1) // 2
        room = self.making_room if self.compacts and self.read + ROUND * rounds >= self.compacts else 0
        return room + (self.read + again) * self.given + max_tokens * self.written + rounds * self.charge

    @property
    def making_room(self) -> int:
        """What the pass costs in which the API makes room: all of it is read, and a summary is written."""
        return max(self.read, self.compacts) * self.given + SUMMARY * self.written

    @property
    def whole(self) -> int:
        """With all that was asked for."""
        return self.most(self.asked, self.rounds)

    @property
    def least(self) -> int:
        """With as little as makes sense."""
        return self.most(min(self.asked, LEAST), self.fewest)

    @property
    def fewest(self) -> int:
        """The rounds that its tools cannot be told to make fewer than."""
        return min(self.rounds, max(self.counted, 1))

    @property
    def usual(self) -> int:
        """With enough for most replies: what a budget is raised for when a key raises it."""
        return self.most(min(self.asked, ROOM), min(self.rounds, max(USUAL_ROUNDS, self.fewest)))

    @property
    def reading(self) -> int:
        """What is read before a word is said."""
        return self.most(0, 0)

    def fit(self, given: int) -> tuple[int, int]:
        """The tokens and the rounds that fit into what was reserved: not less than ``least``."""
        room = min(self.asked, ROOM)
        fewest = self.fewest
        rounds = next((n for n in range(self.rounds, fewest, -1) if self.most(room, n) <= given), fewest)
        left = given - self.most(0, rounds)
        return min(self.asked, left // self.written if self.written else self.asked), rounds


def promise(path: Sequence[Node], params: JsonObject, model: Model, day: date) -> Promise | None:
    """What a request may cost at most; None where nobody knows its price."""
    read = most_read(path, params)
    if prices_of(model.id):  # its context is known: what is longer is refused, and costs nothing
        read = min(read, model.context)
    tools = [name for tool in _tools(params) if (name := _server_tool(tool))]
    told, many = told_uses(params)
    rounds = min(ROUNDS, many * len(told)) if len(told) == len(tools) else ROUNDS
    life = life_of(params)
    rates = _dearest(model, day, read * (rounds + 1) + ROUND * rounds * (rounds + 1) // 2, life == "1h")
    if rates is None:
        return None
    charges = {tool.counter.split("_requests")[0]: nano(tool.dollars) for tool in TOOLS}
    charge = max((charges.get(name, 0) for name in tools), default=0)
    counted = sum(name in COUNTED for name in tools)
    limits = rounds, rates[0], rates[1], charge, compacts_at(params), life, counted
    return Promise(read, int(params["max_tokens"]), *limits)


def uses(path: Sequence[Node], params: JsonObject, rounds: int) -> int | None:
    """How often each tool that can be told so may be used, where so many rounds are left; None without such a tool.

    What was told last stays where it is near enough: with other tools the API reads all of it anew, and thinking
    does not go back.
    """
    counted = sum(_server_tool(tool) in COUNTED for tool in _tools(params))
    if not counted:
        return None
    fits = max(rounds // counted, 1)
    step = next(place for place, each in enumerate(USES) if each <= fits)
    before: Any = next((node.facts.get("request") for node in reversed(path) if node.role == "assistant"), None)
    last = told_uses(cast("JsonObject", before))[1] if isinstance(before, Mapping) else 0
    return last if last in USES[step : step + 2] else USES[step]


def told_uses(params: JsonObject) -> tuple[list[str], int]:
    """The tools that a request tells how often they may be used, and how often; 0 where it tells none."""
    told: list[tuple[str, Any]] = [
        (_server_tool(tool), tool["max_uses"]) for tool in _tools(params) if "max_uses" in tool
    ]
    return [name for name, _ in told], next((many for _, many in told if isinstance(many, int)), 0)


def most_read(path: Sequence[Node], params: JsonObject) -> int:
    """Tokens of a request, at most: a token has a byte or more; and what the API counted is counted.

    ``path`` are the messages it was made of.
    """
    tools = _tools(params)
    around = sum(_TOOLS_READ.get(_server_tool(tool), 0) for tool in tools) + (_TOOL_READ if tools else 0)
    bound = size_of(params.get("system") or "") + size_of(tools) + around
    whole = bound + size_of(params["messages"]) + _seen(params["messages"])
    for index in range(len(path) - 1, -1, -1):
        node = path[index]
        asked: Any = node.facts.get("request")
        if node.role != "assistant" or node.status != "complete" or not isinstance(asked, Mapping):
            continue
        sent = cast("JsonObject", asked)
        counted = node.usage.context_tokens
        if sent.get("model") != params["model"] or not counted or node.facts.get("usage_final") is False:
            continue
        if "context_management" in sent and sent["context_management"] != params.get("context_management"):
            return whole  # what the API left out of what it counted may be read again
        after = [block_to_wire(block) for later in path[index + 1 :] for block in later.content]
        same = sent.get("system") == params.get("system") and sent.get("tools") == params.get("tools")
        new = size_of(after) + _seen(after) + 64 * (len(path) - index)
        if not same or sent.get("thinking") != params.get("thinking") or sent.get("without_thinking"):
            earlier = (block for before in path[:index] for block in before.content)
            new += size_of([block_to_wire(block) for block in earlier if isinstance(block, _THOUGHT)])
        return min(whole, counted + node.usage.output_tokens + new + (0 if same else bound))
    return whole


_THOUGHT = (ThinkingBlock, RedactedThinkingBlock)
"""What one request leaves out and a later one may carry again."""


def size_of(value: object) -> int:
    """Bytes of it as it is sent."""
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return len(said.encode("utf-8", "surrogatepass"))


def _seen(value: object) -> int:
    """Tokens of the images and pages that are somewhere in it, at most."""
    if isinstance(value, Mapping):
        found = cast("JsonObject", value)
        if (kept := kept_of(found)) is not None:
            return _IMAGE_READ if kept.media_type in IMAGES else PAGE * (kept.pages or MANY_PARTS)
        return _IMAGE_READ * (found.get("type") in ("image", "document")) + sum(map(_seen, found.values()))
    if isinstance(value, list | tuple):
        return sum(map(_seen, cast("Sequence[object]", value)))
    return 0


def _tools(params: JsonObject) -> list[JsonObject]:
    tools: Any = params.get("tools")
    return list(cast("Sequence[JsonObject]", tools)) if isinstance(tools, list | tuple) else []


def _server_tool(tool: JsonObject) -> str:
    """The name of a tool that runs at the API's side; empty for one of ours."""
    return "" if tool.get("type") in (None, "custom") else str(tool.get("name") or tool.get("type"))


def _dearest(model: Model, day: date, tokens: int, hour: bool) -> tuple[int, int] | None:
    """Billionths of a dollar for a token read and a token written, at the dearest that ``tokens`` may be priced."""
    prices = [
        price
        for on in (day, day + timedelta(days=1))  # it may end after midnight
        for prompt in (0, tokens)
        if (price := price_on(model, on, prompt)) is not None
    ]
    if not prices:
        return None
    # A write to the cache that no source prices: nowhere it is dearer than twice the input.
    writes = ((each, each.write_1h if hour else each.write_5m) for each in prices)
    read = max(max(each.input, 2 * each.input if write is None else write) * each.us for each, write in writes)
    return _per_token(read), _per_token(max(each.output * each.us for each in prices))


def _per_token(dollars: Decimal) -> int:
    return nano(dollars / _MILLION)

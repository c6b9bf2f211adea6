"""What a question will cost in tokens, before it is asked: the measure, and how it learns from what was counted."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_tui.core.conversation import Node
from claude_tui.core.estimate import Basis, basis, factor_of, weigh
from claude_tui.core.measure import UNIT, Measured, measure
from claude_tui.core.message import OpaqueBlock, TextBlock, ThinkingBlock, ToolUseBlock, Usage
from claude_tui.core.models import find_model
from claude_tui.core.request import Settings, build

OPUS = Settings(find_model("claude-opus-5-5"))
FACTORS = (0.7, 0.85, 1.0, 1.2, 1.4, 1.6)

_WORDS = "The tide comes twice a day, and twice it goes; nobody who lives by the sea asks why."
_PROSE = _WORDS.split()
_CODE = (
    "    def path(self, node_id: str | None = None) -> tuple[Node, ...]:\n"
    "        steps: list[Node] = []\n        while at is not None and at in self.nodes:\n"
    "            steps.append(self.nodes[at])  # 2nd\n        return tuple(reversed(steps))\n"
)
_CJK = "海水为什么是咸的？因为河流把岩石中的盐分带入大海，而水蒸发后盐留了下来。海の水はなぜ塩辛いのですか。"


def prose(size: int, seed: int = 1) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(_PROSE) for _ in range(size // 5))[:size]


def code(size: int, seed: int = 1) -> str:
    lines = _CODE.splitlines(keepends=True)
    chance = random.Random(seed)
    return "".join(chance.choice(lines) for _ in range(size // 30 + 1))[:size]


def cjk(size: int, seed: int = 1) -> str:
    chance = random.Random(seed)
    return "".join(chance.choice(_CJK) for _ in range(size))


def as_json(size: int, seed: int = 1) -> str:
    chance = random.Random(seed)
    rows = [
        {"id": chance.randrange(10**6), "name": prose(12, at), "on": chance.random() < 0.5, "tags": ["a", "b-c"]}
        for at in range(size // 60 + 1)
    ]
    return json.dumps(rows)[:size]


KINDS: dict[str, Callable[..., str]] = {"prose": prose, "code": code, "CJK": cjk, "JSON": as_json}


# Another tokenizer than the measure: by pieces, as real ones do, with what real ones put around messages.

_PIECES = re.compile(r" ?[A-Za-z]{1,6}|\d{1,3}|[ \t]+|\n+|[^\w\s]{1,2}|[^\x00-\x7f]|\w")


def pieces(text: str) -> int:
    return sum(1 for _ in _PIECES.finditer(text))


def rate(kind: str) -> float:
    """Tokens of that tokenizer to a measured one, of texts of this kind."""
    text = KINDS[kind](20_000, 7)
    return pieces(text) / (measure(text) / UNIT)


def tokens_of(params: Any, of_text: Callable[[str], float]) -> int:
    """What a hidden tokenizer counts of a request."""
    counted = 3.0
    for message in params["messages"]:
        counted += 5 + sum(of_text(block["text"]) for block in message["content"])
    return round(counted + of_text(params.get("system", "")))


def asked(text: str, *after: Node) -> Node:
    return Node(f"q{len(after)}", after[-1].id if after else None, "user", (TextBlock(text),), "typed", created_at=1)


def answered(path: tuple[Node, ...], said: str, of_text: Callable[[str], float], settings: Settings = OPUS) -> Node:
    """The reply to a path, with the usage that a hidden tokenizer makes of both."""
    request = build(path, settings)
    usage = {"input_tokens": tokens_of(request.params, of_text), "output_tokens": round(of_text(said))}
    return Node(
        f"a{len(path)}",
        path[-1].id,
        "assistant",
        (TextBlock(said),),
        "model",
        model=settings.model.id,
        stop_reason="end_turn",
        usage=Usage(usage),
        facts={"request": request.facts},
    )


def off_by(first: str, said: str, second: str, of_text: Callable[[str], float]) -> float:
    """How far the figure for a second question is from what is counted when it is asked, after one usage."""
    question = asked(first)
    path = (question, answered((question,), said, of_text))
    figure = basis(path, OPUS, weigh).with_text(measure(second))
    assert figure.sure == "learned"
    true = tokens_of(build((*path, asked(second, *path)), OPUS).params, of_text)
    return abs(figure.tokens - true) / true


@given(st.text(), st.text())
def test_a_measure_is_the_sum_of_the_measures_of_its_parts(one: str, other: str) -> None:
    assert measure(one + other) == measure(one) + measure(other)


@given(st.lists(st.one_of(st.text(max_size=40), st.sampled_from(["aab" * 30, "aa", "b" * 50, "海\n" * 9]))))
def test_a_text_that_changes_is_measured_as_if_it_were_new(texts: list[str]) -> None:
    at = Measured()
    for text in texts:
        at = at.now(text)
        assert (at.text, at.weight) == (text, measure(text))


@given(st.text(min_size=1, max_size=60), st.data())
def test_an_edit_anywhere_is_measured_as_the_whole_would_be(text: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    after = text[:first] + data.draw(st.text(max_size=8)) + text[last:]
    assert Measured().now(text).now(after).weight == measure(after)


def test_nothing_has_no_measure_and_lone_surrogates_have_one() -> None:
    assert measure("") == 0 and measure("\ud800") > 0


@pytest.mark.parametrize("kind", KINDS)
def test_before_anything_was_counted_the_figure_is_a_guess_of_the_right_size(kind: str) -> None:
    text = KINDS[kind](4_000)
    figure = basis((), OPUS, weigh).with_text(measure(text))
    assert figure.sure == "guess"
    assert 0.5 < figure.tokens / pieces(text) < 2


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("kind", KINDS)
def test_after_one_usage_the_figure_is_within_ten_percent_for_a_hidden_factor(kind: str, factor: float) -> None:
    def of_text(text: str) -> float:
        return factor * measure(text) / UNIT

    for first, said, second in ((60, 60, 60), (300, 900, 80), (2_000, 3_000, 500), (150, 400, 9_000), (80, 40, 30_000)):
        make = KINDS[kind]
        assert off_by(make(first), make(said, 2), make(second, 3), of_text) < 0.10, (first, said, second)


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("kind", KINDS)
def test_and_so_it_is_for_a_tokenizer_that_counts_by_pieces(kind: str, factor: float) -> None:
    scale = factor / rate(kind)

    def of_text(text: str) -> float:
        return scale * pieces(text)

    for first, said, second in ((300, 900, 80), (2_000, 3_000, 500), (400, 400, 9_000), (900, 40, 30_000)):
        make = KINDS[kind]
        assert off_by(make(first), make(said, 2), make(second, 3), of_text) < 0.10, (first, said, second)


@pytest.mark.parametrize("factor", FACTORS)
def test_kinds_may_come_mixed_where_what_was_counted_is_not_small_beside_what_is_new(factor: float) -> None:
    """Every kind of question after every other kind, with a tokenizer that is off by a factor of its own for each."""

    def of_text(text: str) -> float:
        return factor * pieces(text)

    worst = max(
        off_by(KINDS[one](3_000), KINDS[one](3_000, 2), KINDS[other](400, 3), of_text)
        for one in KINDS
        for other in KINDS
    )
    assert worst < 0.10


@given(st.floats(0.7, 1.6), st.lists(st.sampled_from(list(KINDS)), min_size=2, max_size=6), st.integers(0, 9))
def test_a_conversation_stays_within_ten_percent_turn_after_turn(factor: float, kinds: list[str], seed: int) -> None:
    def of_text(text: str) -> float:
        return factor * measure(text) / UNIT

    path: tuple[Node, ...] = ()
    for turn, kind in enumerate(kinds):
        text = KINDS[kind](200 + 300 * turn, seed + turn)
        question = asked(text, *path)
        true = tokens_of(build((*path, question), OPUS).params, of_text)
        figure = basis(path, OPUS, weigh).with_text(measure(text))
        if turn:
            assert abs(figure.tokens - true) / true < 0.10
        path = (*path, question)
        path = (*path, answered(path, KINDS[kind](500, seed), of_text))


def test_a_count_of_exactly_this_needs_no_guess_and_teaches_the_factor() -> None:
    guess = basis((), OPUS, weigh)
    text = prose(2_000)
    counted = guess.with_count(measure(text), 1_000)
    assert (counted.with_text(measure(text)).tokens, counted.with_text(measure(text)).sure) == (1_000, "counted")
    more = counted.with_text(measure(text * 2))
    assert more.sure == "learned" and abs(more.tokens - 2_000) < 60


def test_a_count_of_a_few_words_says_nothing_of_a_large_file() -> None:
    words = measure("keep me")
    guess = basis((), OPUS, weigh)
    counted = guess.with_count(words, 21)
    assert counted.with_text(words).tokens == 21 and counted.factor == guess.factor
    question = asked("keep me")
    usage = Usage({"input_tokens": 40, "output_tokens": 3})
    reply = replace(answered((question,), "Yes.", lambda text: 1), usage=usage)
    assert basis((question, reply), OPUS, weigh).factor == guess.factor


def test_a_model_of_another_tokenizer_is_not_measured_by_this_one() -> None:
    question = asked(prose(3_000))
    path = (question, answered((question,), prose(3_000), lambda text: 1.5 * measure(text) / UNIT))
    other = basis(path, Settings(find_model("claude-haiku-4-5")), weigh)
    assert not other.learned and other.known == 12 and other.factor == 1.0
    assert basis(path, Settings(find_model("claude-haiku-4-5")), weigh, 0.8).factor == 0.8


def test_what_was_counted_once_for_every_search_is_no_measure_of_the_context() -> None:
    question = asked(prose(3_000))
    reply = answered((question,), prose(300), lambda text: measure(text) / UNIT)
    called = ToolUseBlock("s1", "web_search", {"query": "salt"}, "server_tool_use")
    inflated = Node(
        "a2", "q0", "assistant", (called, *reply.content), "model", model=reply.model, stop_reason="end_turn",
        usage=Usage({"input_tokens": 404_500, "output_tokens": 90}), facts=reply.facts,
    )  # fmt: skip
    assert basis((question, inflated), OPUS, weigh).with_text(1_000).tokens < 3_000


def test_thinking_that_will_not_be_sent_is_not_counted_again() -> None:
    question = asked(prose(3_000))
    told = answered((question,), prose(300), lambda text: measure(text) / UNIT)
    counts = {"input_tokens": 900, "output_tokens": 5_100, "output_tokens_details": {"thinking_tokens": 5_000}}
    thought = Node(
        "a1", "q0", "assistant", (ThinkingBlock("Salt.", "signed"), *told.content), "model", model=told.model,
        stop_reason="end_turn", usage=Usage(counts), facts=told.facts,
    )  # fmt: skip
    assert basis((question, thought), OPUS, weigh).known == 6_000 + 4
    elsewhere = Settings(OPUS.model, system="Another one.")  # other thinking is bound to it
    assert basis((question, thought), elsewhere, weigh).known == 1_000 + 4


def test_thinking_that_is_sent_again_is_counted_again() -> None:
    question = asked(prose(3_000))
    told = answered((question,), prose(300), lambda text: measure(text) / UNIT)
    counts = {"input_tokens": 900, "output_tokens": 5_100, "output_tokens_details": {"thinking_tokens": 5_000}}
    thought = replace(told, content=(ThinkingBlock("Salt.", "signed"), *told.content), usage=Usage(counts))
    again = asked("And?", question, thought)
    without = replace(OPUS, system="Another one.")
    plain = answered((question, thought, again), "So.", lambda text: measure(text) / UNIT, without)
    path = (question, thought, again, plain)
    assert abs(basis(path, OPUS, weigh).known - basis(path, without, weigh).known - 5_000) < 10


def test_a_cut_reply_has_its_input_counted_and_its_words_measured() -> None:
    question = asked(prose(3_000))
    whole = answered((question,), prose(4_000, 2), lambda text: measure(text) / UNIT)
    cut = Node(
        "a1", "q0", "assistant", whole.content, "model", "interrupted", model=whole.model,
        usage=whole.usage.updated({"output_tokens": 1}), facts=whole.facts,
    )  # fmt: skip
    exact = basis((question, whole), OPUS, weigh).with_text(1_000).tokens
    guessed = basis((question, cut), OPUS, weigh).with_text(1_000).tokens
    assert abs(exact - guessed) / exact < 0.02


def test_what_is_not_weighed_yet_is_left_out_and_what_was_counted_is_not() -> None:
    question = asked(prose(3_000))
    path = (question, answered((question,), prose(300), lambda text: 1.5 * measure(text) / UNIT))
    waiting = basis(path, OPUS, lambda node: None)
    assert waiting.whole is None and waiting.learned and waiting.known == basis(path, OPUS, weigh).known


def test_files_have_a_weight_that_is_not_their_letters() -> None:
    def said(block: dict[str, Any]) -> int:
        return weigh(Node("n", None, "user", (OpaqueBlock(block),), "typed")).said // UNIT

    pixels = {"type": "base64", "media_type": "image/png", "data": "A" * 900_000}
    assert 1_000 < said({"type": "image", "source": pixels}) < 3_000
    assert 10_000 < said({"type": "document", "source": {**pixels, "media_type": "application/pdf"}}) < 90_000
    assert said({"type": "claude_tui.note", "text": "x" * 900}) < 10


def test_a_factor_is_not_learned_from_next_to_nothing() -> None:
    assert factor_of(0, 0, 1.1) == 1.1
    assert factor_of(400, 2 * UNIT, 1.0) == 4.0 and factor_of(-3, 2 * UNIT, 1.0) == 0.3
    assert 1.55 < factor_of(160, 100 * UNIT, 1.0) < 1.6
    assert Basis(factor=1.0).with_text(0).tokens >= 1

"""Criterion: every model of the SDK's list, and models in no list, with all that the screens offer together, make
requests that the strict server takes; and what the screens bar, it would not have taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product
from typing import get_args

import pytest
from anthropic.types import ModelParam

from claude_tui.core.catalogue import Catalogue, read_listing
from claude_tui.core.conversation import Node
from claude_tui.core.message import ThinkingBlock, ToolResultBlock, ToolUseBlock
from claude_tui.core.models import EFFORTS, Model
from claude_tui.core.offers import MODES, as_effort, effort_offers, thinking_offers, tool_offers
from claude_tui.core.request import SERVER_TOOLS, Settings, build
from claude_tui.demo.capabilities import MODELS, described
from claude_tui.demo.capabilities import find as their
from claude_tui.demo.validator import problems
from claude_tui.tools import default_toolbox
from tests.support.talk import HEADERS, assistant, body_of, refused, user

OF_THE_SDK = sorted(name for part in get_args(ModelParam) for name in get_args(part) if isinstance(name, str))
UNKNOWN = ["claude-next-9", "claude-opus-9-20271231"]
LISTED = Catalogue(read_listing([described(model) for model in MODELS]))
"""What is known when the API was asked."""
NEW = {
    **described(MODELS[0]),
    "id": "claude-next-9",
    "created_at": "2027-01-01T00:00:00Z",
    "capabilities": {
        "effort": {"supported": True, **{level: {"supported": True} for level in EFFORTS}},
        "thinking": {"supported": True, "types": {"adaptive": {"supported": True}, "disabled": {"supported": False}}},
    },
}
TOOLBOX = default_toolbox()
ALL_TOOLS = (*SERVER_TOOLS, *TOOLBOX.names)


def models() -> Iterator[Model]:
    for model_id in [*OF_THE_SDK, *UNKNOWN]:
        yield Catalogue().find(model_id)
        yield LISTED.find(model_id)
    yield Catalogue(read_listing([NEW])).find("claude-next-9")


TOOLSETS = [names for size in range(len(ALL_TOOLS) + 1) for names in combinations(ALL_TOOLS, size)]


def with_tools(settings: Settings, names: tuple[str, ...]) -> Settings:
    offered = {offer.value for offer in tool_offers(settings, ALL_TOOLS) if not offer.barred}
    return replace(
        settings,
        server_tools=tuple(name for name in SERVER_TOOLS if name in names and name in offered),
        local_tools=tuple(TOOLBOX.only(names).definitions()),
    )


def histories(model: Model) -> Iterator[list[Node]]:
    """Nothing before it; an answer of this model; an open tool turn that another model began with thinking."""
    yield [user("q")]
    asked = {"request": {"model": model.id}}
    yield [user("q"), assistant("a", "It is.", model=model.id, facts=asked), user("q2")]
    other = "claude-opus-5-5" if model.id != "claude-opus-5-5" else "claude-fable-5"
    thought = {"request": {"model": other, "thinking": {"type": "adaptive", "display": "summarized"}}}
    call = ToolUseBlock("toolu_1", "calculate", {"expression": "1+1"})
    yield [
        user("q"),
        assistant(
            "a", ThinkingBlock("Hm.", "c2ln"), call, stop_reason="tool_use", model="claude-opus-5-5", facts=thought
        ),
        Node("r", None, "user", (ToolResultBlock("toolu_1", "2"),), "tool"),
    ]


def tried(model_id: str, toolsets: list[tuple[str, ...]], lengths: tuple[int | None, ...]) -> int:
    """Every combination of what is offered; how many they were."""
    count = 0
    for model in (each for each in models() if each.id == model_id):
        for mode, tools in product(MODES, toolsets):
            settings = with_tools(Settings(model, thinking=mode), tools)
            for offer, most in product(effort_offers(settings), (*lengths, model.max_output) if lengths else (None,)):
                asked = replace(settings, effort=as_effort(offer.value), max_tokens=most)
                assert refused(build([user("q")], asked)) == [], (model, mode, tools, offer, most)
                count += 1
    return count


@pytest.mark.parametrize("model_id", [*OF_THE_SDK, *UNKNOWN])
def test_what_is_offered_together_is_taken(model_id: str) -> None:
    assert tried(model_id, [(), ALL_TOOLS], ()) >= 2 * 3 * 2 * 6


@pytest.mark.parametrize("model_id", [*OF_THE_SDK, *UNKNOWN])
def test_so_is_every_length(model_id: str) -> None:
    assert tried(model_id, [()], (1, 1_025)) >= 2 * 3 * 6 * 3


@pytest.mark.long
@pytest.mark.parametrize("model_id", [*OF_THE_SDK, *UNKNOWN])
def test_every_set_of_tools_with_every_length(model_id: str) -> None:
    assert tried(model_id, TOOLSETS, (None, 1, 1_024, 1_025)) >= 2 * 3 * 32 * 6 * 5


@pytest.mark.parametrize("model_id", [*OF_THE_SDK, *UNKNOWN])
def test_it_is_taken_whatever_was_before(model_id: str) -> None:
    for model in (each for each in models() if each.id == model_id):
        for path, mode in product(histories(model), MODES):
            for effort in (None, *EFFORTS):
                sent = build(path, with_tools(Settings(model, thinking=mode, effort=effort), ("calculate",)))
                assert refused(sent) == [], (model, mode, effort, path[-1].id)


@pytest.mark.parametrize("model_id", OF_THE_SDK)
def test_what_is_offered_is_sent_as_it_was_chosen_and_what_is_barred_would_be_refused(model_id: str) -> None:
    theirs = their(model_id)
    assert theirs is not None
    for model in (each for each in models() if each.id == model_id):
        for mode in MODES:
            settings = Settings(model, thinking=mode)
            plain = body_of(build([user("q")], settings))
            for offer in effort_offers(settings)[1:]:
                params = build([user("q")], replace(settings, effort=as_effort(offer.value))).params
                forced = {**plain, "output_config": {"effort": offer.value}}
                if not offer.barred:
                    assert params["output_config"] == {"effort": offer.value}
                elif model_id != "claude-mythos-preview":  # of its efforts nothing is known
                    assert params.get("output_config") != {"effort": offer.value}
                    assert problems(forced, HEADERS), (model_id, mode, offer)
        for offer in thinking_offers(Settings(model)):
            sent = build([user("q")], Settings(model, thinking=offer.value)).params  # type: ignore[arg-type]
            kind = sent.get("thinking", {}).get("type")
            thinks = kind in ("adaptive", "enabled") or (kind is None and theirs.thinks_unasked)
            if offer.value != "auto":
                assert thinks == ((offer.value == "on") != bool(offer.barred)), (model_id, offer)
            if offer.value == "off" and offer.barred:
                for type in ("disabled", "between_tools"):
                    assert problems(
                        {**body_of(build([user("q")], Settings(model))), "thinking": {"type": type}}, HEADERS
                    )


def test_a_new_model_is_used_as_the_api_describes_it() -> None:
    new = Catalogue(read_listing([NEW])).find("claude-next-9")
    assert new.known and new.thinking == ("adaptive",) and new.efforts == EFFORTS
    sent = build([user("q")], Settings(new, effort="max", thinking="off")).params
    assert sent["thinking"]["type"] == "adaptive" and sent["output_config"] == {"effort": "max"}
    assert [offer.barred for offer in thinking_offers(Settings(new))] == ["", "", "it always thinks"]


def test_the_sdk_lists_what_is_tested_here() -> None:
    assert len(OF_THE_SDK) >= 22 and "claude-opus-5-5" in OF_THE_SDK

"""The models we know."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from claude_tui.core.catalogue import Catalogue, leaving
from claude_tui.core.models import DEFAULT_MODEL, EFFORTS, KNOWN, find_model, nearest_models
from claude_tui.core.request import Settings, build
from claude_tui.demo.capabilities import MODELS, find
from tests.support.talk import user


@pytest.mark.parametrize("model_id", KNOWN)
def test_it_accepts_what_the_server_accepts(model_id: str) -> None:
    """Two tables, each written from the documentation alone."""
    ours, theirs = KNOWN[model_id], find(model_id)
    assert theirs is not None and ours.prefill == theirs.prefill
    assert set(ours.thinking) <= theirs.thinking and set(ours.efforts) <= theirs.efforts
    assert set(ours.efforts) == theirs.efforts or model_id == "claude-mythos-preview"  # nothing is said of them
    assert ours.thinks_by_default == theirs.thinks_unasked
    assert (ours.context, ours.max_output) == (theirs.context, theirs.max_tokens)
    assert (ours.off_up_to == "high") == theirs.low_effort_to_stop
    if ours.efforts and theirs.efforts:
        assert ours.default_effort == theirs.default_effort


def test_only_these_take_a_prefill() -> None:
    assert [model.id for model in KNOWN.values() if model.prefill] == [
        "claude-opus-4-5",
        "claude-sonnet-4-5",
        "claude-haiku-4-5",
    ]


def test_every_current_model_is_known() -> None:
    assert [model.id for model in MODELS if not find_model(model.id).known] == ["claude-opus-4-20250514"]  # retired
    assert DEFAULT_MODEL in KNOWN


def test_a_snapshot_is_its_model() -> None:
    dated = find_model("claude-haiku-4-5-20251001")
    assert dated.known and dated.prefill and dated.id == "claude-haiku-4-5-20251001" and dated.label == "haiku-4.5"
    assert find_model("claude-opus-5-5-latest").known


def test_an_unknown_model_gets_cautious_defaults() -> None:
    model = find_model("claude-unknown-9")
    assert not model.known and not model.prefill and model.thinking == () and model.prices == ()
    assert model.label == "unknown-9" and find_model("gpt").label == "gpt"
    assert find_model("claude-3-7-sonnet-20250219").prefill is False


def test_a_new_model_is_asked_as_the_user_tells_of_it() -> None:
    told: dict[str, Any] = {
        "name": "Claude Next",
        "context": 2_000_000,
        "max_output": 256_000,
        "thinking": ["disabled", "adaptive"],
        "efforts": ["low", "high", "xhigh"],
        "default_effort": "high",
        "compacts": True,
        "retires": date(2028, 1, 31),
        "prices": {"input": 1, "output": 2},
    }
    model = Catalogue((), {"claude-next-9": told}).find("claude-next-9")
    assert (model.called, model.context, model.max_output, model.compacts) == ("Claude Next", 2_000_000, 256_000, True)
    assert model.known and model.thinking == ("adaptive", "disabled") and model.thinks_by_default
    assert model.retires == date(2028, 1, 31) and leaving(model, date(2028, 1, 1)) is not None
    asked = build([user("q")], Settings(model, thinking="off", effort="max", compact=True)).params
    assert asked["thinking"] == {"type": "disabled"} and asked["output_config"] == {"effort": "high"}
    assert asked["context_management"]["edits"][0]["trigger"]["value"] == 1_600_000
    asked = build([user("q")], Settings(model, thinking="on", effort="max")).params
    assert asked["thinking"]["type"] == "adaptive" and asked["output_config"] == {"effort": "xhigh"}
    old = find_model("claude-opus-5-5", {"claude-opus-5-5": {"efforts": ["low"], "thinking": "all", "retires": 7}})
    assert old.efforts == ("low",) and old.default_effort is None
    assert old.thinking == ("adaptive",) and old.retires is None, "what is no fact is passed over"
    quiet = find_model("claude-next-9", {"claude-next-9": {"thinking": []}})
    assert quiet.known and not quiet.thinks_by_default
    assert "thinking" not in build([user("q")], Settings(quiet, thinking="on")).params


def test_overrides() -> None:
    own = {
        "claude-unknown-9": {"prefill": True, "context": 5, "max_output": 7, "prices": {"input": "1", "output": 2}},
        "claude-opus-5-5": {"prefill": "yes", "context": -1, "max_output": "x", "prices": {"input": 1}},
        "claude-opus-5": {"prices": {"input": "much", "output": 1}},
    }
    model = find_model("claude-unknown-9", own)
    assert (model.prefill, model.context, model.max_output) == (True, 5, 7)
    assert [(price.input, price.write_1h, price.read) for price in model.prices] == [(Decimal(1), None, None)]
    for name in ("claude-opus-5-5", "claude-opus-5", "claude-haiku-4-5"):
        assert find_model(name, own) == find_model(name)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("opus", "claude-opus-5-5"),
        ("Opus 5.5", "claude-opus-5-5"),
        ("sonnet-4.6", "claude-sonnet-4-6"),
        ("haiku", "claude-haiku-5-5"),
        ("claude-opus-4-8", "claude-opus-4-8"),
        (" fable_5.1 ", "claude-fable-5-1"),
        ("claude-next-7", "claude-next-7"),
        (" My-Model ", "My-Model"),
        ("", ""),
    ],
)
def test_what_a_person_types(typed: str, found: str) -> None:
    assert Catalogue().named(typed) == (found or None)


def test_ids_that_look_like_it() -> None:
    assert "claude-opus-5-5" in nearest_models("claude-opus-55") and len(nearest_models("claude-opus-55")) <= 3
    assert nearest_models("zzz") == [] and nearest_models("abd", ["abc"]) == ["abc"]


def test_days() -> None:
    assert KNOWN["claude-sonnet-4-5"].retires == date(2026, 11, 30)
    assert EFFORTS == ("low", "medium", "high", "xhigh", "max")

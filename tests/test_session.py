"""What a session asks with, and what it remembers of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from claude_tui.config import load_state
from claude_tui.core.catalogue import read_listing
from claude_tui.core.conversation import Conversation
from claude_tui.core.request import Request, build
from claude_tui.demo.capabilities import MODELS, described
from claude_tui.listing import Listing
from claude_tui.session import Session, open_session
from claude_tui.wishes import Wishes
from tests.support.talk import assistant, user


@pytest.fixture
def session() -> Iterator[Session]:
    opened = open_session(environ={})
    opened.listing = Listing(read_listing([described(model) for model in MODELS]), 1)
    yield opened
    opened.close()


def asked(session: Session, conversation: Conversation, here: Wishes) -> tuple[Conversation, Request]:
    """The conversation after another question and its answer, and what was sent."""
    settings, at = session.settings(conversation, here), len(conversation.nodes)
    conversation = conversation.with_node(replace(user(f"q{at}"), parent_id=conversation.head_id, created_at=at))
    request = build(conversation.path(), settings)
    facts = {"request": request.facts, "chosen": settings.beside(request)}
    reply = assistant(f"a{at}", "So.", facts=facts)
    return conversation.with_node(replace(reply, parent_id=conversation.head_id, created_at=at + 1)), request


def test_a_model_that_cannot_make_room_is_never_asked_to_whatever_another_did(session: Session) -> None:
    conversation, here = Conversation("c"), Wishes(model="claude-opus-5-5", compact=True)
    conversation, request = asked(session, conversation, here)
    assert "context_management" in request.params
    here = replace(here, model="claude-haiku-4-5")
    for _ in range(3):
        conversation, request = asked(session, conversation, here)
        assert request.params["model"] == "claude-haiku-4-5" and "context_management" not in request.params


def test_a_model_that_was_asked_to_make_room_still_is_when_nothing_is_known_of_it(session: Session) -> None:
    conversation, request = asked(session, Conversation("c"), Wishes(model="claude-opus-5-5", compact=True))
    session.listing = Listing()
    assert not session.catalogue.find("claude-opus-5-5").compacts
    _, request = asked(session, conversation, Wishes())
    assert "context_management" in request.params


def test_a_turn_knows_the_users_own_prices(session: Session) -> None:
    session.config = replace(session.config, models={"mine": {"prices": {"input": 1, "output": 2}}})
    session.listing = Listing()
    assert session.means().find("mine").prices[0].input == 1


def test_what_another_window_chose_stays_in_the_file(session: Session) -> None:
    other = open_session(environ={})
    try:
        session.remember(model="claude-opus-5", unseen={"mine": {"seen": 1}, "both": {"seen": 1}})
        assert other.remember(theme="amber", unseen={"theirs": {"seen": 2}}) is None
        session.remember(effort="max", unseen={"mine": {"seen": 3}})
        kept = load_state(session.paths.state_file)[0]
        assert (kept.model, kept.theme, kept.effort) == ("claude-opus-5", "amber", "max")
        assert kept.unseen == {"mine": {"seen": 3}, "theirs": {"seen": 2}}, "what either took out is out"
        assert session.state.theme is None and other.state.model is None, "a window goes on with its own"
        other.remember(effort=None)
        assert load_state(session.paths.state_file)[0].effort is None
        session.paths.state_file.write_text("model = [broken")
        assert session.remember(theme="plain") is None
        assert load_state(session.paths.state_file)[0].model == "claude-opus-5", "of a damaged file nothing is taken"
    finally:
        other.close()


def test_only_the_api_itself_is_asked_for_a_diagnosis(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    assert session.settings().diagnose
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://gateway.example")
    assert not session.settings().diagnose


def test_an_hour_of_cache_in_the_config_is_asked_for(session: Session) -> None:
    session.config = replace(session.config, cache="1h")
    _, request = asked(session, Conversation("c"), Wishes())
    assert request.params["cache_control"]["ttl"] == "1h"
    conversation, _ = asked(session, Conversation("c"), Wishes(cache="5m"))
    assert session.settings(conversation).life == "5m", "a conversation keeps its own"
